"""A no that stands: what it may be called, and what does not undo it."""

from typing import Any

import pytest

from app.domain.consent import Evidence, Origin
from app.domain.standing import ConsentDemands, ConsentState, standing_consent
from tests.builders import DAY, NOW, SECOND, grant, withdrawal
from tests.domain.test_consent import CALL, said, standing, wanted


@pytest.mark.parametrize("purpose", ["marketing", "survey_commercial"])
def test_a_no_counts_whether_it_names_the_purpose_of_the_law_or_the_class_of_the_call(purpose: str) -> None:
    no = withdrawal(**said(1), purposes=frozenset({purpose}))
    asked_for = wanted(CALL, "survey_commercial")
    found = standing_consent([grant(**said(9)), no], wanted=asked_for, at=NOW, demands=ConsentDemands())
    assert found.state is ConsentState.WITHDRAWN


@pytest.mark.parametrize(
    "worthless",
    [
        {"evidence": Evidence.MISSING},
        {"origin": Origin.OUTBOUND_CALL},
        {"expires_at": NOW - SECOND},
        {"obtained_at": NOW + DAY, "recorded_at": NOW},
    ],
    ids=["without evidence", "from an outbound call", "expired", "not yet valid"],
)
def test_a_worthless_yes_leaves_the_no_standing(worthless: dict[str, Any]) -> None:
    later = grant(**({**said(1)} | worthless))
    found = standing(withdrawal(**said(9)), later)
    assert found.no is not None
    assert standing(withdrawal(**said(9)), grant(**said(1))).no is None
