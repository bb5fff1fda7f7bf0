"""`caller_id`: what is shown must be shown, and be of a lawful range."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import NumberSource, PartyType
from app.domain.reason import Reason
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import facts, relationship
from tests.domain.rules.asked import asked, rule

SLOVAK: dict[str, Any] = {"must_present": True, "require_prefix": ["+421888"]}
PREFIXES = st.sampled_from(["+4218880", "+4218881", "+4219012", "+4202250", None])


@given(PREFIXES, st.booleans(), st.booleans(), st.booleans())
def test_a_call_passes_exactly_with_a_lawful_number(shown: str | None, present: bool, need: bool, ban: bool) -> None:
    if not (present or need or ban):
        return
    params = {"must_present": present, "require_prefix": ["+421888"] * need, "forbid_prefix": ["+4218881"] * ban}
    found = asked("caller_id", facts(caller_prefix=shown), **params)
    lawful = shown is not None and (not need or shown.startswith("+421888")) and (not ban or shown != "+4218881")
    assert (found.outcome is Outcome.PASS) is lawful


@pytest.mark.parametrize(("shown", "reason"), [
    (None, Reason.CLI_MISSING),
    ("+4218871", Reason.CLI_PREFIX_REQUIRED),
    ("+4218880", None),
    ("+4218889", None),
    ("+4218890", Reason.CLI_PREFIX_REQUIRED),
])  # fmt: skip
def test_a_slovak_call_shows_a_number_of_0888(shown: str | None, reason: Reason | None) -> None:
    """SK: (0)888 mandatory."""
    assert asked("caller_id", facts(caller_prefix=shown), **SLOVAK).reason is reason


@pytest.mark.parametrize(("shown", "reason"), [
    ("+3459999", None),
    ("+3460000", Reason.CLI_PREFIX_BANNED),
    ("+3479999", Reason.CLI_PREFIX_BANNED),
    ("+3480000", None),
    (None, Reason.CLI_MISSING),
])  # fmt: skip
def test_a_spanish_call_shows_no_mobile(shown: str | None, reason: Reason | None) -> None:
    """Orden TDF/149/2025: no mobile numbers for unsolicited commercial calls."""
    assert asked("caller_id", facts(caller_prefix=shown), forbid_prefix=["+346", "+347"]).reason is reason


def test_a_customer_may_be_called_from_another_range_but_not_from_none() -> None:
    params = SLOVAK | {"unless": ["customer"], "purpose": "marketing", "customer_months": 12}
    known = facts(caller_prefix="+4219012", relationships=(relationship(),))
    assert asked("caller_id", known, **params).outcome is Outcome.PASS
    assert asked("caller_id", facts(caller_prefix="+4219012"), **params).outcome is Outcome.BLOCK
    hidden = facts(caller_prefix=None, relationships=(relationship(),))
    assert asked("caller_id", hidden, **params).reason is Reason.CLI_MISSING


@pytest.mark.parametrize(("party", "source", "outcome"), [
    (PartyType.COMPANY, NumberSource.PUBLIC_WEB, Outcome.PASS),
    (PartyType.SOLE_TRADER, NumberSource.DIRECTORY, Outcome.PASS),
    (PartyType.CONSUMER, NumberSource.PUBLIC_WEB, Outcome.BLOCK),
    (PartyType.COMPANY, NumberSource.PURCHASED, Outcome.BLOCK),
    (None, NumberSource.PUBLIC_WEB, Outcome.BLOCK),
    (PartyType.COMPANY, None, Outcome.BLOCK),
])  # fmt: skip
def test_a_published_number_of_a_business_is_exempt_by_the_law_itself(
    party: PartyType | None, source: NumberSource | None, outcome: Outcome
) -> None:
    """SK: calls to a published number of an entrepreneur or legal person are exempt from the prefix duty."""
    params = SLOVAK | {"unless": ["published_business_contact"], "justification": False, "purpose": "marketing"}
    known = facts(caller_prefix="+4219012", party_type=party, number_source=source, consents=())
    assert asked("caller_id", known, **params).outcome is outcome


@pytest.mark.parametrize("params", [
    {},
    {"require_prefix": ["0888"]},
    {"require_prefix": ["+"]},
    {"require_prefix": ["+42188812"]},
    {"forbid_prefix": ["+0"]},
    {"must_present": True, "unless": ["none_required"], "purpose": "marketing"},
])  # fmt: skip
def test_a_rule_that_could_never_bind_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("caller_id", **params)
