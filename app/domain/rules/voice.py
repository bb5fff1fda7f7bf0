"""`voice`: who or what may speak. An AI voice counts as automated unless a law says otherwise."""

from dataclasses import dataclass

from app.domain.campaign import VoiceMode
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceParams:
    """`forbidden_modes` may not speak; with `ai_is_automated` what is barred to recordings is barred to an AI."""

    forbidden_modes: frozenset[VoiceMode]
    ai_is_automated: bool = True


def read_voice(fields: Fields) -> VoiceParams:
    """Read the parameters of a voice rule."""
    params = VoiceParams(
        forbidden_modes=frozenset(fields.words("forbidden_modes", VoiceMode)),
        ai_is_automated=fields.flag("ai_is_automated", default=True),
    )
    if not params.forbidden_modes:
        fields.fault("forbidden_modes is missing")
    return params


def find_voice(rule: Rule, params: VoiceParams, facts: Facts) -> Finding:
    """Look who speaks; a voice that is not known may be a forbidden one."""
    if facts.voice_mode is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.VOICE_MODE_BANNED)
    speaks = {facts.voice_mode}
    if params.ai_is_automated and facts.voice_mode is VoiceMode.AI:
        speaks.add(VoiceMode.PRERECORDED)
    if speaks & params.forbidden_modes:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.VOICE_MODE_BANNED)
    return Finding(rule=rule, outcome=Outcome.PASS)
