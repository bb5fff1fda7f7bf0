"""The words in which pages speak of consents, objections, calls and registers: each closed list, once."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.domain.attempt import CallResult
from app.domain.campaign import CallClass, CheckKind, VoiceMode
from app.domain.consent import Action, Evidence, Origin
from app.domain.decision import Verdict
from app.domain.register import ListStatus
from app.domain.relationship import RelationshipKind
from app.domain.rules.permission import Accepted
from app.domain.standing import ConsentState
from app.domain.suppression import SuppressionReason
from app.pages.languages import language
from app.services.access_words import access_words
from app.services.pack_words import Language
from app.services.reason_words import reason_sentences

CALL_CLASSES: Mapping[str, Any] = {
    CallClass.MARKETING: _l("Marketing"),
    CallClass.CONSENT_REQUEST: _l("Asking for consent"),
    CallClass.MEETING_SETUP: _l("Arranging a meeting"),
    CallClass.SURVEY_COMMERCIAL: _l("Commercial survey"),
    CallClass.SURVEY_RESEARCH: _l("Research survey"),
    CallClass.CHARITY: _l("Charity"),
    CallClass.POLITICAL: _l("Political"),
    CallClass.SERVICE: _l("Service of a contract"),
    CallClass.DEBT: _l("Debt collection"),
    CallClass.CALLBACK: _l("Callback that was asked for"),
}
VOICE_MODES: Mapping[str, Any] = {
    VoiceMode.LIVE: _l("A person"),
    VoiceMode.PRERECORDED: _l("A recording"),
    VoiceMode.AI: _l("An AI voice"),
}
ORIGINS: Mapping[str, Any] = {
    Origin.WEB_FORM: _l("Web form"),
    Origin.APP: _l("App"),
    Origin.PAPER: _l("Paper"),
    Origin.IN_PERSON: _l("In person"),
    Origin.INBOUND_CALL: _l("Call from the person"),
    Origin.OUTBOUND_CALL: _l("Call to the person"),
    Origin.SMS: _l("SMS"),
    Origin.EMAIL: _l("E-mail"),
    Origin.PARTNER: _l("Partner"),
    Origin.IMPORT: _l("Imported file"),
}
ACTIONS: Mapping[str, Any] = {
    Action.GIVEN: _l("Consent given"),
    Action.REFUSED: _l("Consent refused"),
    Action.WITHDRAWN: _l("Consent withdrawn"),
    Action.REVOKED: _l("Consent given up by the controller"),
    Action.INVALIDATED: _l("Consent found invalid"),
}
EVIDENCE: Mapping[str, Any] = {
    Evidence.HELD: _l("held here"),
    Evidence.CLAIMED: _l("claimed, not held here"),
    Evidence.MISSING: _l("none"),
}
SUPPRESSION_REASONS: Mapping[str, Any] = {
    SuppressionReason.OBJECTION: _l("Objection of the person"),
    SuppressionReason.OPT_OUT: _l("Said no in a call"),
    SuppressionReason.COMPLAINT: _l("Complaint"),
    SuppressionReason.COURT_ORDER: _l("Court order"),
    SuppressionReason.OTHER: _l("Other reason"),
    SuppressionReason.ERASURE: _l("The person was erased"),
}
STATES: Mapping[str, Any] = {
    ConsentState.GIVEN: _l("Consent stands"),
    ConsentState.NONE: _l("No consent"),
    ConsentState.REFUSED: _l("Consent refused"),
    ConsentState.WITHDRAWN: _l("Consent withdrawn"),
    ConsentState.REVOKED: _l("Consent given up by the controller"),
    ConsentState.EXPIRED: _l("Consent expired"),
    ConsentState.NOT_YET_VALID: _l("Consent not valid yet"),
    ConsentState.EVIDENCE_MISSING: _l("Nothing proves the consent"),
    ConsentState.FROM_OUTBOUND_CALL: _l("Consent from a call to the person, which does not count"),
    ConsentState.OTHER_PURPOSE: _l("Consent to another purpose"),
    ConsentState.OTHER_VOICE_MODE: _l("Consent to another voice"),
    ConsentState.OTHER_CATEGORY: _l("Consent to other products"),
}
RELATIONSHIPS: Mapping[str, Any] = {
    RelationshipKind.CUSTOMER: _l("Customer"),
    RelationshipKind.CONTRACT: _l("Contract"),
    RelationshipKind.INQUIRY: _l("Inquiry"),
}
RESULTS: Mapping[str, Any] = {
    CallResult.ATTEMPTED: _l("Dialled"),
    CallResult.ANSWERED: _l("Answered"),
    CallResult.NO_ANSWER: _l("No answer"),
    CallResult.BUSY: _l("Busy"),
    CallResult.REFUSED: _l("Refused"),
    CallResult.OPT_OUT: _l("Said no to further calls"),
    CallResult.WRONG_PARTY: _l("Somebody else answered"),
    CallResult.VOICEMAIL: _l("Voicemail"),
    CallResult.NOT_DIALLED: _l("Not dialled"),
}
VERDICTS: Mapping[str, Any] = {
    Verdict.ALLOW: _l("Allowed"),
    Verdict.DENY: _l("Denied"),
    Verdict.DEFER: _l("Not now"),
}
KINDS: Mapping[str, Any] = {
    CheckKind.AUTO: _l("asked by the dialer"),
    CheckKind.MANUAL: _l("asked for a call by hand"),
    CheckKind.CALLBACK: _l("asked for a callback"),
    CheckKind.LIST: _l("asked for a list"),
    CheckKind.TEST: _l("asked as a test"),
}
BASES: Mapping[str, Any] = {
    Accepted.CONSENT: _l("Consent"),
    Accepted.CUSTOMER: _l("Customer"),
    Accepted.CONTRACT: _l("Contract"),
    Accepted.INQUIRY: _l("Inquiry"),
    Accepted.PUBLISHED_BUSINESS_CONTACT: _l("Published business contact"),
    Accepted.PRESUMED_INTEREST: _l("Presumed interest"),
    Accepted.LEGITIMATE_INTEREST: _l("Legitimate interest"),
    Accepted.POSITIVE_REGISTER: _l("Register of those who agree to calls"),
    Accepted.NONE_REQUIRED: _l("None is required"),
}
LISTINGS: Mapping[str, Any] = {
    ListStatus.LISTED: _l("Listed"),
    ListStatus.UNLISTED: _l("Not listed"),
    ListStatus.UNASKED: _l("Not asked about"),
}


def reason_words(code: str) -> str:
    """Give the sentence of a reason in the reader's language; its code where there is none."""
    return {str(name): sentence for name, sentence in reason_sentences(Language(language())).items()}.get(code, code)


def labels() -> Mapping[str, str]:
    """Give the names of what is on record of a person, in the reader's language."""
    return access_words(Language(language()))


def named(names: Mapping[str, Any], codes: list[str] | tuple[str, ...]) -> str:
    """Name several of a closed list."""
    return ", ".join(str(names.get(code, code)) for code in codes)
