"""The words of campaigns and lists: what each choice is called, and what it means for the law."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode

CALL_CLASSES: Mapping[Any, tuple[Any, Any]] = {
    CallClass.MARKETING: (
        _l("Marketing"),
        _l("An offer of goods or services. The strictest rules: consent or another basis, registers, hours, caps."),
    ),
    CallClass.CONSENT_REQUEST: (
        _l("Asking for consent"),
        _l("In most countries this is marketing too: who has not agreed may not be asked by telephone."),
    ),
    CallClass.MEETING_SETUP: (
        _l("Arranging a meeting"),
        _l("A meeting at which something may be offered is held to the rules of marketing."),
    ),
    CallClass.SURVEY_COMMERCIAL: (
        _l("Commercial survey"),
        _l("A survey that leads to an offer, or serves one, is held to the rules of marketing."),
    ),
    CallClass.SURVEY_RESEARCH: (
        _l("Research survey"),
        _l("Opinions or research without any offer. Fewer rules; a person's objection binds all the same."),
    ),
    CallClass.CHARITY: (_l("Charity"), _l("An appeal for donations. Some countries have rules of their own for it.")),
    CallClass.POLITICAL: (_l("Political"), _l("A party, a candidate or a cause.")),
    CallClass.SERVICE: (
        _l("Service"),
        _l("About a contract the person has: delivery, fault, appointment. Any offer makes it marketing."),
    ),
    CallClass.DEBT: (_l("Debt"), _l("A reminder of a debt. Hours and frequency are limited.")),
    CallClass.CALLBACK: (_l("Callback"), _l("The person asked for this call.")),
}
VOICE_MODES: Mapping[Any, tuple[Any, Any]] = {
    VoiceMode.LIVE: (_l("A person speaks"), _l("Also where a machine dials and a person then speaks.")),
    VoiceMode.PRERECORDED: (
        _l("A recording speaks"),
        _l("An automated call: nearly everywhere only with a consent that names automated calls."),
    ),
    VoiceMode.AI: (
        _l("An artificial voice speaks"),
        _l("Counts as automated too, and must say that it is artificial."),
    ),
}
PROFILES: Mapping[Any, tuple[Any, Any]] = {
    Profile.STRICT: (_l("Strict"), _l("Where the law can be read in two ways, the safer one.")),
    Profile.STATUTE: (_l("Statute"), _l("The letter of the law, without the authorities' stricter opinion.")),
}
PARTY_TYPES: Mapping[Any, Any] = {
    PartyType.CONSUMER: _l("Consumers"),
    PartyType.SOLE_TRADER: _l("Sole traders"),
    PartyType.COMPANY: _l("Companies"),
    PartyType.UNKNOWN: _l("Not known: the strictest rules"),
}
NUMBER_SOURCES: Mapping[Any, Any] = {
    NumberSource.OWN_CUSTOMER: _l("The client's own customers"),
    NumberSource.CONSENT: _l("People who agreed"),
    NumberSource.DIRECTORY: _l("A public directory"),
    NumberSource.PUBLIC_WEB: _l("The web"),
    NumberSource.RANDOM: _l("Random numbers"),
    NumberSource.PURCHASED: _l("A purchased database"),
}
VERDICTS: Mapping[str, Any] = {
    "allow": _l("May be dialled"),
    "deny": _l("May not be dialled"),
    "defer": _l("Not now"),
    "invalid": _l("No valid number"),
    "duplicate": _l("Repeated"),
}
STATES: Mapping[str, Any] = {
    "received": _l("waiting"),
    "reading": _l("being read"),
    "checking": _l("being checked"),
    "ready": _l("to review"),
    "failed": _l("could not be read"),
    "cancelled": _l("cancelled"),
    "released": _l("released"),
    "expired": _l("to be checked again"),
}
STRENGTHS: Mapping[str, Any] = {
    "statute": _l("law"),
    "regulator": _l("authority"),
    "code": _l("code of conduct"),
    "house": _l("house rule"),
}


def country_name(code: str) -> str:
    """Give a country's name in the reader's language."""
    locale = get_locale()
    return str(code if locale is None else locale.territories.get(code, code))


def state_of(row: Mapping[str, Any], *, now: Any) -> str:
    """Tell the state of a list as a person sees it: `released` and `expired` are of a ready one."""
    if row["state"] != "ready":
        return str(row["state"])
    if row["valid_until"] <= now:
        return "expired"
    return "ready" if row["released_at"] is None else "released"
