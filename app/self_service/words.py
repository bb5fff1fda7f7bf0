"""The record's codes in words that a called person understands."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.domain.attempt import CallResult
from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.relationship import RelationshipKind
from app.domain.rules.permission import Accepted

PURPOSES: Mapping[str, Any] = {
    CallClass.MARKETING: _l("offers"),
    CallClass.CONSENT_REQUEST: _l("asking for consent"),
    CallClass.MEETING_SETUP: _l("arranging a meeting"),
    CallClass.SURVEY_COMMERCIAL: _l("a commercial survey"),
    CallClass.SURVEY_RESEARCH: _l("research"),
    CallClass.CHARITY: _l("charity"),
    CallClass.POLITICAL: _l("politics"),
    CallClass.SERVICE: _l("your contract or order"),
    CallClass.DEBT: _l("a debt"),
    CallClass.CALLBACK: _l("calling you back"),
}
VOICES: Mapping[str, Any] = {
    VoiceMode.LIVE: _l("a person"),
    VoiceMode.PRERECORDED: _l("a recording"),
    VoiceMode.AI: _l("an artificial voice"),
}
ORIGINS: Mapping[str, Any] = {
    Origin.WEB_FORM: _l("a form on the web"),
    Origin.APP: _l("an app"),
    Origin.PAPER: _l("on paper"),
    Origin.IN_PERSON: _l("in person"),
    Origin.INBOUND_CALL: _l("when you called"),
    Origin.OUTBOUND_CALL: _l("when you were called"),
    Origin.SMS: _l("a text message"),
    Origin.EMAIL: _l("an e-mail"),
    Origin.PARTNER: _l("through a partner"),
    Origin.IMPORT: _l("a file"),
}
ACTIONS: Mapping[str, Any] = {
    Action.GIVEN: _l("You agreed to be called"),
    Action.REFUSED: _l("You refused"),
    Action.WITHDRAWN: _l("You withdrew your consent"),
    Action.REVOKED: _l("The company ended the consent"),
    Action.INVALIDATED: _l("The consent was found not to be valid"),
}
RELATIONSHIPS: Mapping[str, Any] = {
    RelationshipKind.CUSTOMER: _l("You are kept as a customer"),
    RelationshipKind.CONTRACT: _l("You are kept as having a contract"),
    RelationshipKind.INQUIRY: _l("You are kept as having asked for something"),
}
RESULTS: Mapping[str, Any] = {
    CallResult.ATTEMPTED: _l("called"),
    CallResult.ANSWERED: _l("answered"),
    CallResult.NO_ANSWER: _l("not answered"),
    CallResult.BUSY: _l("busy"),
    CallResult.REFUSED: _l("refused"),
    CallResult.OPT_OUT: _l("you said no"),
    CallResult.WRONG_PARTY: _l("somebody else answered"),
    CallResult.VOICEMAIL: _l("voicemail"),
    CallResult.NOT_DIALLED: _l("not called after all"),
}
BASES: Mapping[str, Any] = {
    Accepted.CONSENT: _l("your consent"),
    Accepted.CUSTOMER: _l("you are a customer"),
    Accepted.CONTRACT: _l("you have a contract"),
    Accepted.INQUIRY: _l("you asked for something"),
    Accepted.PUBLISHED_BUSINESS_CONTACT: _l("a published business number"),
    Accepted.PRESUMED_INTEREST: _l("your presumed interest"),
    Accepted.LEGITIMATE_INTEREST: _l("the company's legitimate interest"),
    Accepted.POSITIVE_REGISTER: _l("a directory in which you agreed to calls"),
    Accepted.NONE_REQUIRED: _l("the law asks for no consent to such a call"),
}


def told(codes: Iterable[str], words: Mapping[str, Any]) -> str:
    """Write codes as one text; a code without a word stays as it is."""
    return ", ".join(str(words.get(code, code)) for code in codes)
