"""One row a kind: how its parameters are read, and the function that asks it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.domain.facts import Facts
from app.domain.rules.basis import find_basis, read_basis
from app.domain.rules.caller_id import find_caller_id, read_caller_id
from app.domain.rules.category_ban import find_category_ban, read_category_ban
from app.domain.rules.cooldown import find_cooldown, read_cooldown
from app.domain.rules.fields import BadRule, Fields
from app.domain.rules.frequency import find_frequency, read_frequency
from app.domain.rules.number_state import find_number_state, read_number_state
from app.domain.rules.obligation import find_obligations, read_obligation
from app.domain.rules.register import find_register, read_register
from app.domain.rules.registration import find_registration, read_registration
from app.domain.rules.rule import Finding, Kind, Rule
from app.domain.rules.suppression import find_suppression, read_suppression
from app.domain.rules.voice import find_voice, read_voice
from app.domain.rules.window import find_window, read_window

__all__ = ["BadRule", "ask", "facts_seen", "read_params"]


_PERMITTING = (
    *("call_class", "voice_mode", "product_category", "party_type", "number_source", "justified"),
    *("consents", "relationships", "registers"),
)
_TIMES = ("zones", "holidays", "half_holidays", "consents")


class _Row(NamedTuple):
    read: Callable[[Fields], Any]
    ask: Callable[[Rule, Any, Facts], Finding]
    sees: tuple[str, ...]


_KINDS: Mapping[Kind, _Row] = {
    Kind.REGISTRATION: _Row(read_registration, find_registration, ("registrations", "zones")),
    Kind.CATEGORY_BAN: _Row(read_category_ban, find_category_ban, ("product_category", *_PERMITTING)),
    Kind.SUPPRESSION: _Row(read_suppression, find_suppression, ("suppressions", "objected_all", "consents")),
    Kind.REGISTER: _Row(read_register, find_register, ("registers", "zones", *_PERMITTING)),
    Kind.BASIS: _Row(read_basis, find_basis, _PERMITTING),
    Kind.NUMBER_STATE: _Row(read_number_state, find_number_state, ("line_type", "attempts", *_PERMITTING)),
    Kind.VOICE: _Row(read_voice, find_voice, ("voice_mode",)),
    Kind.CALLER_ID: _Row(read_caller_id, find_caller_id, ("caller_prefix", *_PERMITTING)),
    Kind.WINDOW: _Row(read_window, find_window, _TIMES),
    Kind.COOLDOWN: _Row(read_cooldown, find_cooldown, ("attempts",)),
    Kind.FREQUENCY: _Row(read_frequency, find_frequency, ("attempts",)),
    Kind.OBLIGATION: _Row(read_obligation, find_obligations, ()),
}


def read_params(kind: Kind, fields: Fields) -> Any:
    """Read the parameters of a rule of this kind; what is wrong is noted in the fields' faults."""
    params = _KINDS[kind].read(fields)
    fields.done()
    return params


def ask(rule: Rule, facts: Facts) -> Finding:
    """Ask one rule about one call."""
    return _KINDS[rule.kind].ask(rule, rule.params, facts)


def facts_seen(rule: Rule) -> tuple[str, ...]:
    """Give the names of the facts that a rule looks at, the instant first, then what decides whether it applies."""
    return tuple(dict.fromkeys(("at", *sorted(rule.applies_when), *_KINDS[rule.kind].sees)))
