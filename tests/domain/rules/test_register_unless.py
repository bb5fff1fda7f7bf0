"""What beats a listing: a consent that must be newer hides no contract that need not."""

from datetime import date
from typing import Any

import pytest

from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.relationship import RelationshipKind
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, answer, facts, grant, relationship, rule_of
from tests.domain.rules.asked import answered

PARAMS = {
    "register": "list",
    "snapshot_max_age_days": 15,
    "unless": ["consent", "contract"],
    "consent_after_listing": True,
    "contract_days": 30,
    "purpose": "marketing",
}
RULE = rule_of(
    {
        "id": "list",
        "kind": "register",
        "strength": "statute",
        "citation": "Art. 1",
        "effective_from": date(2022, 7, 27),
        "params": PARAMS,
    }
)
LISTED = answer(register="list", status=ListStatus.LISTED, listed_on=NOW.date() - 20 * DAY)
OLDER = grant(obtained_at=NOW - 30 * DAY)
NEWER = grant(obtained_at=NOW - 10 * DAY, recorded_at=NOW - 10 * DAY)
CONTRACT = relationship(kind=RelationshipKind.CONTRACT, began_at=NOW - 900 * DAY)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"consents": ()}, Reason.REGISTER_LISTED),
        ({"consents": (OLDER,)}, Reason.CONSENT_SUPERSEDED_BY_LISTING),
        ({"consents": (NEWER,)}, None),
        ({"consents": (), "relationships": (CONTRACT,)}, None),
        ({"consents": (OLDER,), "relationships": (CONTRACT,)}, None),
        ({"consents": (NEWER,), "relationships": (CONTRACT,)}, None),
    ],
)
def test_a_contract_beats_a_listing_whatever_became_of_a_consent(known: dict[str, Any], reason: Reason | None) -> None:
    finding = answered(RULE, facts(registers=(LISTED,), **known))
    assert finding.reason is reason
    assert finding.outcome is (Outcome.PASS if reason is None else Outcome.BLOCK)


@pytest.mark.parametrize(("ended", "reason"), [(-SECOND, Reason.CONSENT_SUPERSEDED_BY_LISTING), (SECOND, None)])
def test_a_contract_beats_it_until_its_days_are_over(ended: Any, reason: Reason | None) -> None:
    contract = relationship(kind=RelationshipKind.CONTRACT, began_at=NOW - 900 * DAY, ended_at=NOW - 30 * DAY + ended)
    finding = answered(RULE, facts(registers=(LISTED,), consents=(OLDER,), relationships=(contract,)))
    assert finding.reason is reason


def test_nothing_beats_a_list_that_is_stale_but_what_needs_no_answer() -> None:
    stale = answer(register="list", status=ListStatus.UNLISTED, as_of=NOW - 15 * DAY)
    assert answered(RULE, facts(registers=(stale,), consents=(NEWER,))).reason is Reason.REGISTER_STALE
    known = facts(registers=(stale,), consents=(OLDER,), relationships=(CONTRACT,))
    assert answered(RULE, known).outcome is Outcome.PASS
