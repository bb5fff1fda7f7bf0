"""Which rules will bind the calls of a campaign, country by country, and which of them a reason comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.campaign import CallClass, Campaign, NumberSource, PartyType, Profile, VoiceMode
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.rules.cooldown import CooldownParams, Trigger
from app.domain.rules.rule import EVERYWHERE, Kind, Rule
from app.domain.rules.suppression import SuppressionParams
from app.domain.ruleset import Ruleset
from app.domain.suppression import Scope

FIRST = ("CZ", "SK", "PL")
"""The countries that come first: most calls go there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is chosen for a campaign, and decides which rules bind it; None is *not known*."""

    call_class: CallClass | None = None
    voice_mode: VoiceMode | None = None
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
    profile: Profile | None = None
    house_hours: bool | None = None
    house_caps: bool | None = None


def choices_of(campaign: Campaign) -> Choices:
    """Give what was chosen for a campaign."""
    return Choices(**{name: getattr(campaign, name) for name in Choices.__dataclass_fields__})


def countries_with_rules(ruleset: Ruleset) -> Sequence[str]:
    """Give the countries that have rules of their own, the most called first."""
    found = {place for place in ruleset.by_place if place != EVERYWHERE}
    return [*(one for one in FIRST if one in found), *sorted(found.difference(FIRST))]


def rules_ahead(ruleset: Ruleset, *, choices: Choices, country: str, now: datetime) -> Sequence[Rule]:
    """Give the rules that bind such calls to a country now, in the order in which reasons are reported.

    It is the evaluator's own question, asked of a call of which nothing else is known: what is not known applies.
    """
    party = None if choices.party_type is PartyType.UNKNOWN else choices.party_type
    facts = Facts(
        at=now,
        region=country,
        line_type=LineType.UNKNOWN,
        zones=None,
        call_class=choices.call_class,
        voice_mode=choices.voice_mode,
        product_category=None,
        party_type=party,
        number_source=choices.number_source,
        profile=choices.profile,
        house_hours=choices.house_hours,
        house_caps=choices.house_caps,
    )
    order = list(Kind)
    return sorted(ruleset.applicable(facts), key=lambda rule: (order.index(rule.kind), rule.id))


_KINDS: Mapping[Kind, frozenset[Reason]] = {
    Kind.REGISTRATION: frozenset({Reason.CALLER_NOT_REGISTERED}),
    Kind.CATEGORY_BAN: frozenset({Reason.CATEGORY_BANNED}),
    Kind.SUPPRESSION: frozenset({Reason.OBJECTED_ALL, Reason.OBJECTED_CONTROLLER, Reason.ERASED_SUBJECT_SUPPRESSED}),
    Kind.REGISTER: frozenset(
        {
            Reason.REGISTER_LISTED,
            Reason.REGISTER_LISTED_CATEGORY,
            Reason.REGISTER_STALE,
            Reason.REGISTER_UNAVAILABLE,
            Reason.CONSENT_SUPERSEDED_BY_LISTING,
        }
    ),
    Kind.BASIS: frozenset(
        {one for one in Reason if one.value.startswith(("consent_", "no_consent"))}
        | {Reason.CUSTOMER_WINDOW_PASSED, Reason.PRODUCT_NOT_SIMILAR, Reason.MANUAL_REVIEW}
    )
    - {Reason.CONSENT_SUPERSEDED_BY_LISTING, Reason.CONSENT_REQUEST_CALL_BANNED},
    Kind.NUMBER_STATE: frozenset(
        {
            Reason.NUMBER_REASSIGNED,
            Reason.NUMBER_REASSIGN_UNKNOWN,
            Reason.NUMBER_INACTIVE,
            Reason.LINE_TYPE_BANNED,
        }
    ),
    Kind.VOICE: frozenset({Reason.VOICE_MODE_BANNED}),
    Kind.CALLER_ID: frozenset({Reason.CLI_MISSING, Reason.CLI_PREFIX_REQUIRED, Reason.CLI_PREFIX_BANNED}),
    Kind.WINDOW: frozenset({Reason.OUTSIDE_HOURS, Reason.HOLIDAY}),
    Kind.COOLDOWN: frozenset({Reason.COOLDOWN_REFUSAL, Reason.COOLDOWN_CONTACT}),
    Kind.FREQUENCY: frozenset({Reason.FREQUENCY_CAP}),
    Kind.OBLIGATION: frozenset(),
}


def rules_behind(reason: str, rules: Iterable[Rule], *, home: str) -> Sequence[Rule]:
    """Give those of the rules from which a reason may come: of the country `home`, or where none of its rules says
    so, of the others. None for what no rule says, as of an invalid cell.
    """
    found = {rule.id: rule for rule in rules if _may_say(rule, reason)}.values()
    return [rule for rule in found if rule.country in (home, EVERYWHERE)] or list(found)


def _may_say(rule: Rule, reason: str) -> bool:
    if rule.reason is not None:
        return rule.reason == reason
    if reason not in _KINDS[rule.kind]:
        return False
    match rule.params:
        case SuppressionParams(scope=scope):
            return reason == (Reason.OBJECTED_ALL if scope is Scope.ALL else Reason.OBJECTED_CONTROLLER)
        case CooldownParams(trigger=trigger):
            return (reason == Reason.COOLDOWN_REFUSAL) is (trigger is Trigger.REFUSAL)
        case _:
            return True
