"""Where nothing permits a call, a basis says why, and since when."""

from datetime import datetime
from typing import Any

import pytest

from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.relationship import RelationshipKind
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, basis_table, facts, grant, guarded, relationship, withdrawal
from tests.domain.rules.asked import answered, asked

MARKETING = {"purpose": "marketing"}
NOBODY = facts(consents=())
SURVEY = {"any_of": ["consent"], "purpose": "survey_research"}
CUSTOMER = {"any_of": ["customer"], "customer_months": 1, **MARKETING}


@pytest.mark.parametrize(("params", "known", "reason", "since"), [
    ({"any_of": []}, facts(), Reason.CATEGORY_BANNED, None),
    ({"any_of": ["consent"], **MARKETING}, NOBODY, Reason.NO_CONSENT, None),
    (
        {"any_of": ["consent"], **MARKETING},
        facts(consents=(withdrawal(),)),
        Reason.CONSENT_WITHDRAWN,
        NOW - 10 * DAY,
    ),
    (
        {"any_of": ["consent"], **MARKETING},
        facts(consents=(withdrawal(action=Action.REFUSED),)),
        Reason.NO_CONSENT,
        NOW - 10 * DAY,
    ),
    *(
        ({"any_of": ["consent"], **MARKETING}, facts(consents=(withdrawal(action=action),)), reason, NOW - 10 * DAY)
        for action, reason in (
            (Action.REVOKED, Reason.CONSENT_REVOKED_BY_CONTROLLER),
            (Action.INVALIDATED, Reason.CONSENT_REVOKED_BY_CONTROLLER),
        )
    ),
    *(
        ({"any_of": ["consent"], **MARKETING}, facts(consents=(grant(**changes),)), reason, NOW - 30 * DAY)
        for changes, reason in (
            ({"expires_at": NOW}, Reason.CONSENT_EXPIRED),
            ({"evidence": Evidence.MISSING}, Reason.CONSENT_EVIDENCE_MISSING),
            ({"origin": Origin.OUTBOUND_CALL}, Reason.CONSENT_FROM_OUTBOUND_CALL),
            ({"product_categories": frozenset({"gas"})}, Reason.PRODUCT_NOT_SIMILAR),
            ({"voice_modes": frozenset({"ai"})}, Reason.CONSENT_OTHER_CHANNEL),
        )
    ),
    (
        {"any_of": ["consent"], **MARKETING},
        facts(voice_mode=VoiceMode.AI, consents=(grant(),)),
        Reason.CONSENT_NOT_FOR_AUTOMATED,
        NOW - 30 * DAY,
    ),
    (SURVEY, facts(call_class=CallClass.SURVEY_RESEARCH), Reason.CONSENT_OTHER_PURPOSE, NOW - 30 * DAY),
    (
        {"any_of": ["consent"], **MARKETING},
        facts(consents=(grant(obtained_at=NOW + DAY),)),
        Reason.CONSENT_NOT_YET_VALID,
        NOW + DAY,
    ),
    (CUSTOMER, facts(consents=(), relationships=(relationship(),)), Reason.CUSTOMER_WINDOW_PASSED, None),
    (
        CUSTOMER,
        facts(consents=(), relationships=(relationship(kind=RelationshipKind.INQUIRY),)),
        Reason.NO_CONSENT,
        None,
    ),
    (
        {"any_of": ["none_required"], **MARKETING},
        facts(consents=(withdrawal(),)),
        Reason.CONSENT_WITHDRAWN,
        NOW - 10 * DAY,
    ),
])  # fmt: skip
def test_where_nothing_permits_a_basis_says_why_and_since_when(
    params: dict[str, Any], known: Facts, reason: Reason, since: datetime | None
) -> None:
    finding = asked("basis", known, **params)
    assert (finding.outcome, finding.reason, finding.until, finding.since) == (Outcome.BLOCK, reason, None, since)
    assert finding.basis is None


def test_where_none_is_needed_the_no_is_told_and_not_the_worthless_yes_after_it() -> None:
    yes = grant(obtained_at=NOW - DAY, recorded_at=NOW - DAY, evidence=Evidence.MISSING)
    known = facts(consents=(withdrawal(), yes))
    free = asked("basis", known, any_of=["none_required"], **MARKETING)
    assert (free.reason, free.since) == (Reason.CONSENT_WITHDRAWN, NOW - 10 * DAY)
    bound = asked("basis", known, any_of=["consent"], **MARKETING)
    assert (bound.reason, bound.since) == (Reason.CONSENT_EVIDENCE_MISSING, NOW - DAY)


@pytest.mark.parametrize(("any_of", "consents", "reason"), [
    (["consent"], (), Reason.CONSENT_REQUEST_CALL_BANNED),
    (["consent"], (withdrawal(),), Reason.CONSENT_WITHDRAWN),
    ([], (), Reason.CONSENT_REQUEST_CALL_BANNED),
])  # fmt: skip
def test_a_rule_may_name_the_reason_for_which_no_consent_is_not_enough(
    any_of: list[str], consents: tuple[ConsentEvent, ...], reason: Reason
) -> None:
    table = basis_table(reason="consent_request_call_banned", params={"any_of": any_of, **MARKETING})
    named = next(one for one in guarded(table).rules if one.id == "cz-basis")
    assert answered(named, facts(consents=consents)).reason is reason
