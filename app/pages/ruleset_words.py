"""What differs between two rulesets, in the reader's language: what each rule demands, and field by field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l

from app.domain.campaign import NumberSource, PartyType
from app.domain.hours import WEEKDAYS
from app.domain.rules.rule import EVERYWHERE
from app.domain.ruleset import Ruleset
from app.domain.ruleset_changes import Change, RuleChange, changes_between
from app.pages.campaign_words import NUMBER_SOURCES, PARTY_TYPES, PROFILES, country_name
from app.pages.consent_words import BASES, CALL_CLASSES, VOICE_MODES, reason_words
from app.pages.languages import language
from app.pages.rule_words import demand
from app.services.explanation_words import explanation_words
from app.services.pack_words import Language

CHANGES: Mapping[str, Any] = {
    Change.ADDED: _l("added"),
    Change.REMOVED: _l("removed"),
    Change.ENDED: _l("ended"),
    Change.CHANGED: _l("changed"),
    Change.COVERAGE: _l("what is not asked"),
}
FIELDS: Mapping[str, Any] = {
    "strength": _l("Strength"),
    "status": _l("Reading of the law"),
    "citation": _l("Citation"),
    "effective_from": _l("In force from"),
    "effective_to": _l("First day no longer in force"),
    "jurisdiction": _l("Country"),
    "kind": _l("Kind of rule"),
    "reason": _l("Reason that is told"),
    "applies_when.call_class": _l("Only calls of these classes"),
    "applies_when.voice_mode": _l("Only with these voices"),
    "applies_when.party_type": _l("Only to these parties"),
    "applies_when.number_source": _l("Only numbers from these sources"),
    "applies_when.line_type": _l("Only to lines of these kinds"),
    "applies_when.profile": _l("Only under these profiles"),
    "applies_when.region": _l("Only in these countries"),
    "applies_when.house_hours": _l("Only with house hours"),
    "applies_when.house_caps": _l("Only with house caps"),
    "params.any_of": _l("Accepted bases"),
    "params.unless": _l("Except with"),
    "params.purpose": _l("Purpose of the consent"),
    "params.evidence_held": _l("Proof must be held here"),
    "params.max_age_days": _l("Greatest age in days"),
    "params.snapshot_max_age_days": _l("Greatest age of the copy in days"),
    "params.register_max_age_days": _l("Greatest age of the register in days"),
    "params.positive_register": _l("Register of those who agree"),
    "params.positive_register_max_age_days": _l("Greatest age of that register in days"),
    "params.customer_months": _l("Months as a customer"),
    "params.contract_days": _l("Days after the contract's end"),
    "params.inquiry_months": _l("Months after an inquiry"),
    "params.similar": _l("Similar products only"),
    "params.justification": _l("Justification on record"),
    "params.register": _l("Register"),
    "params.polarity": _l("Positive or negative register"),
    "params.mode": _l("Way of asking the register"),
    "params.fixed_days": _l("Fixed days of the month"),
    "params.grace_days": _l("Days of grace"),
    "params.consent_after_listing": _l("Consent must be newer than the listing"),
    "params.max": _l("At most"),
    "params.window_days": _l("In so many days"),
    "params.window_hours": _l("In so many hours"),
    "params.count": _l("What is counted"),
    "params.days": _l("Days"),
    "params.trigger": _l("Begins with"),
    "params.must_present": _l("A number must be shown"),
    "params.require_prefix": _l("Prefixes that are demanded"),
    "params.forbid_prefix": _l("Prefixes that are forbidden"),
    "params.categories": _l("Products"),
    "params.forbidden_modes": _l("Forbidden voices"),
    "params.ai_is_automated": _l("An artificial voice counts as automated"),
    "params.check": _l("What is checked"),
    "params.line_types": _l("Kinds of lines"),
    "params.authority": _l("Authority"),
    "params.holder": _l("Whose registration"),
    "params.scope": _l("Objection to"),
    "params.lifted_by": _l("Lifted by"),
    "params.keep_for_years": _l("Kept for years"),
    "params.honour_within_days": _l("To be honoured within days"),
    "params.disclose": _l("What must be said"),
    "params.record": _l("The call is recorded"),
    "params.retain_years": _l("Years to keep the proof"),
    "params.retain_clock": _l("Counted from"),
    "params.closed_on_holidays": _l("Closed on public holidays"),
    "params.pre_holiday": _l("Hours before a holiday"),
    "params.half_day": _l("Hours of half days"),
}
_VALUES: Mapping[str, Any] = {
    "yes": _l("yes"),
    "no": _l("no"),
    "none": _l("none"),
    "not asked": _l("not asked"),
    "statute": _l("law"),
    "a regulator's opinion": _l("authority"),
    "a code of conduct": _l("code of conduct"),
    "house rule": _l("house rule"),
    "confirmed": _l("confirmed"),
    "not confirmed": _l("not confirmed"),
}
_NAMES: Mapping[str, Mapping[Any, Any]] = {
    "applies_when.call_class": CALL_CLASSES,
    "applies_when.voice_mode": VOICE_MODES,
    "applies_when.party_type": {one: PARTY_TYPES[one] for one in PartyType if one in PARTY_TYPES},
    "applies_when.number_source": {one: NUMBER_SOURCES[one] for one in NumberSource if one in NUMBER_SOURCES},
    "applies_when.profile": {one: words[0] for one, words in PROFILES.items()},
    "params.any_of": BASES,
    "params.unless": BASES,
    "params.purpose": CALL_CLASSES,
    "params.forbidden_modes": VOICE_MODES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """What differs in one rule: its id (a country's name, where it is of no rule), and rows of what, before, after."""

    title: str
    change: str
    word: str
    rows: Sequence[tuple[str, str, str]]


def told_changes(old: Ruleset, new: Ruleset) -> list[ToldChange]:
    """Say what differs between two rulesets."""
    before, after = ({rule.id: rule for rule in one.rules} for one in (old, new))
    told = []
    for one in changes_between(old, new):
        rows = [
            (field_name(field.name, one), _value(field.name, field.before), _value(field.name, field.after))
            for field in one.fields
        ]
        demands = [demand(rules[one.rule]) if one.rule in rules else "–" for rules in (before, after)]
        if one.rule is not None and demands[0] != demands[1]:
            rows.insert(0, (gettext("What it demands"), demands[0], demands[1]))
        place = gettext("everywhere") if one.jurisdiction == EVERYWHERE else _place(one.jurisdiction)
        title = place if one.rule is None else f"{one.rule} ({place})"
        told.append(ToldChange(title=title, change=one.change.value, word=str(CHANGES[one.change]), rows=rows))
    return told


def field_name(name: str, change: RuleChange | None = None) -> str:
    """Name a field of a rule; one that has no name here keeps its own."""
    if change is not None and change.change is Change.COVERAGE:
        return name
    head, _, last = name.rpartition(".")
    if head == "params.weekly" and last in WEEKDAYS:
        day = get_day_names("wide", locale=get_locale() or "en")[WEEKDAYS.index(last)]
        return str(gettext("Hours: %(day)s", day=day))
    if head in _BY_WORD:
        return _BY_WORD[head](last)
    return str(FIELDS.get(name, name))


_BY_WORD: Mapping[str, Callable[[str], str]] = {
    "params.category_of": lambda word: str(gettext("The register's category for %(name)s", name=word)),
    "params.purpose_of": lambda word: str(gettext("Purpose of %(name)s", name=CALL_CLASSES.get(word, word))),
}


def _value(name: str, text: str | None) -> str:
    if text is None:
        return "–"
    if name in ("citation", "effective_from", "effective_to"):
        return text
    if name == "kind":
        return explanation_words(Language(language())).get(text, text)
    if name == "reason":
        return reason_words(text)
    named = _NAMES.get(name, {})
    words = [str(named.get(one, _VALUES.get(one, one))) for one in text.split(", ")]
    return ", ".join(words)


def _place(jurisdiction: str) -> str:
    country, _, part = jurisdiction.partition("-")
    return f"{country_name(country)}, {part}" if part else country_name(country)
