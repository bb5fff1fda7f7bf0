"""What codes of the record are called on pages. A code that is not here is shown as it is."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.domain.attempt import CallResult
from app.domain.campaign import CheckKind
from app.domain.decision import Verdict
from app.domain.leaf import LeafKind
from app.domain.rules.permission import Accepted
from app.domain.rules.rule import Strength
from app.pages.languages import language
from app.services.entry_checks import Step
from app.services.lookups import LookupAct
from app.services.pack_words import Language
from app.services.reason_words import reason_sentences

VERDICTS = {Verdict.ALLOW: _l("Allowed"), Verdict.DENY: _l("Denied"), Verdict.DEFER: _l("Not now")}
KINDS = {
    CheckKind.AUTO: _l("automatic dialling"),
    CheckKind.MANUAL: _l("dialled by hand"),
    CheckKind.CALLBACK: _l("call back"),
    CheckKind.LIST: _l("call list"),
    CheckKind.TEST: _l("test"),
}
RESULTS = {
    CallResult.ATTEMPTED: _l("attempted"),
    CallResult.ANSWERED: _l("answered"),
    CallResult.NO_ANSWER: _l("no answer"),
    CallResult.BUSY: _l("engaged"),
    CallResult.REFUSED: _l("refused"),
    CallResult.OPT_OUT: _l("asked not to be called"),
    CallResult.WRONG_PARTY: _l("somebody else answered"),
    CallResult.VOICEMAIL: _l("voicemail"),
    CallResult.NOT_DIALLED: _l("not dialled"),
}
ENTRY_KINDS = {
    LeafKind.CHECK: _l("decision"),
    LeafKind.OUTCOME: _l("outcome of a call"),
    LeafKind.CONSENT: _l("consent"),
    LeafKind.SUPPRESSION: _l("suppression"),
    LeafKind.RELATIONSHIP: _l("relationship"),
    LeafKind.LIST: _l("call list"),
    LeafKind.IMPORT: _l("import"),
    LeafKind.REGISTER: _l("register"),
    LeafKind.RULESET: _l("rules"),
    LeafKind.LOOKUP: _l("look-up"),
    LeafKind.ERASURE: _l("erasure"),
    LeafKind.ADMIN: _l("administration"),
    LeafKind.KEY: _l("key"),
    LeafKind.EPOCH: _l("new tree after a loss"),
}
ACTS = {
    LookupAct.CONSENTS_SHOWN: _l("Consents were read"),
    LookupAct.SUPPRESSIONS_SHOWN: _l("Suppressions were read"),
    LookupAct.RELATIONSHIPS_SHOWN: _l("Relationships were read"),
    LookupAct.EVIDENCE_SHOWN: _l("Evidence was opened"),
    LookupAct.DECISION_SHOWN: _l("A decision was read"),
    LookupAct.DECISIONS_SHOWN: _l("Decisions were searched"),
    LookupAct.DECISION_REPLAYED: _l("A decision was derived again"),
    LookupAct.LIST_ROWS_SHOWN: _l("Rows of a call list were read"),
    LookupAct.LIST_DOWNLOADED: _l("A call list was downloaded"),
    LookupAct.LOG_SHOWN: _l("The log was searched"),
    LookupAct.LOG_EXPORTED: _l("The log was exported"),
    LookupAct.BUNDLE_MADE: _l("A bundle of the log was made"),
    LookupAct.PACK_MADE: _l("A defence pack was made"),
    LookupAct.ACCESS_GIVEN: _l("A person was given their data"),
}
STRENGTHS = {
    Strength.STATUTE: _l("statute"),
    Strength.REGULATOR: _l("regulator"),
    Strength.CODE: _l("code of conduct"),
    Strength.HOUSE: _l("house rule"),
}
BASES = {
    Accepted.CONSENT: _l("consent"),
    Accepted.CUSTOMER: _l("a customer"),
    Accepted.CONTRACT: _l("a contract"),
    Accepted.INQUIRY: _l("an inquiry"),
    Accepted.PUBLISHED_BUSINESS_CONTACT: _l("a published business contact"),
    Accepted.PRESUMED_INTEREST: _l("a presumed interest"),
    Accepted.LEGITIMATE_INTEREST: _l("a legitimate interest"),
    Accepted.POSITIVE_REGISTER: _l("a register of those who agree to calls"),
    Accepted.NONE_REQUIRED: _l("none is needed for such a call"),
}
COVERAGES = {
    "checked": _l("checked"),
    "stale": _l("too old"),
    "unasked": _l("the number was not asked about"),
    "unavailable": _l("not available"),
    "not_checked": _l("cannot be checked"),
}
DUTIES = {
    "disclose_caller": _l("Say who is calling."),
    "disclose_principal": _l("Say on whose behalf."),
    "disclose_purpose": _l("Say what the call is for."),
    "disclose_source": _l("Say where the number came from."),
    "disclose_ai": _l("Say that an AI voice is speaking."),
    "disclose_optout": _l("Say how to refuse further calls."),
    "record": _l("Record the call."),
}
STEPS = {
    Step.HASH: _l("The entry is what its leaf hash says: not a byte was changed."),
    Step.OPENING: _l("The number and the personal fields are those that the entry committed to."),
    Step.SIGNATURE: _l("The checkpoint is signed by the key of this log."),
    Step.INCLUSION: _l("The entry stands at its place in the tree under the checkpoint."),
}


def install(app: Flask) -> None:
    """Give the templates the filter `called`: `{{ row.verdict|called("verdict") }}`, and `duty`."""
    app.add_template_filter(called, "called")
    app.add_template_filter(duty, "duty")


def called(code: str | None, of: str) -> str:
    """Say what a code is called; a dash where there is none."""
    if code is None:
        return "–"
    if of == "reason":
        return sentence(code)
    return str(_NAMES[of].get(code, code))


def sentence(reason: str) -> str:
    """Say a reason in a sentence of the page's language."""
    return {str(one): text for one, text in words().items()}.get(reason, reason)


def words() -> Mapping[Any, str]:
    """Give the sentence of every reason in the page's language."""
    return reason_sentences(Language(language()))


def duty(obligation: Mapping[str, Any]) -> str:
    """Say in words what an allowed call obliges to."""
    if obligation["code"] == "retain":
        years = obligation["years"]
        since = {"last_used": gettext("its last use"), "withdrawn": gettext("its withdrawal")}
        kept = ngettext(
            "Keep the consent %(num)d year after %(since)s.",
            "Keep the consent %(num)d years after %(since)s.",
            years,
            since=since.get(obligation["clock"], obligation["clock"]),
        )
        return str(kept)
    return str(DUTIES.get(obligation["code"], obligation["code"]))


_NAMES: Mapping[str, Mapping[Any, Any]] = {
    "verdict": VERDICTS,
    "kind": KINDS,
    "result": RESULTS,
    "entry": ENTRY_KINDS,
    "act": ACTS,
    "strength": STRENGTHS,
    "basis": BASES,
    "coverage": COVERAGES,
    "step": STEPS,
}
