"""Austria: TKG 2021, § 174."""

from datetime import date

import pytest

from app.domain.rules.rule import Strength
from tests.policies.abroad import PARTIES, SOLD, Clause, assert_clauses, house, of_strength, reasons, unconfirmed

ACT = date(2021, 11, 1)
GDPR = date(2018, 5, 25)
CLAUSES = {
    "at-marketing-basis": Clause(
        quote="Opt-in for everyone incl. companies (VwGH: every subscriber)", since=ACT, classes=SOLD
    ),
    "at-charity-basis": Clause(
        quote="Very broad: also ideas, politics, NGO fundraising calls", since=ACT, classes=["charity"]
    ),
    "at-political-basis": Clause(quote="Very broad: also ideas, politics", since=ACT, classes=["political"]),
    "at-consent-request-ban": Clause(
        quote="Calls to obtain consent are banned (OGH 4 Ob 113/99t)", since=ACT, classes=["consent_request"]
    ),
    **house("at", ACT, "survey_research", "service", "debt", "callback"),
    "at-objection": Clause(quote="Withdrawal: any time; no effect on the contract", since=GDPR),
    "at-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=GDPR),
    "at-caller-id": Clause(quote="CLI: must not be suppressed or falsified", since=ACT),
    "at-house-hours": Clause(quote="Hours/prefix/register for calls: none found", since=GDPR),
    "at-house-retention": Clause(quote="no statutory period was found", since=ACT),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("AT", CLAUSES)


@pytest.mark.parametrize("party", [*PARTIES, "unknown"])
@pytest.mark.parametrize("call_class", [*SOLD, "charity", "political"])
def test_everybody_is_asked_for_consent_before_anything_is_advertised(party: str, call_class: str) -> None:
    """Law: "Opt-in for everyone incl. companies"; "charity is not a safe class here"."""
    judged = "justified=presumed_interest + legitimate_interest; relationship=customer & contract"
    assert reasons("at", f"party={party}; class={call_class}; consent=none; {judged}") == ["no_consent"]


def test_nobody_is_called_to_be_asked_for_consent() -> None:
    """Law: "Calls to obtain consent are banned (OGH 4 Ob 113/99t)"."""
    assert reasons("at", "class=consent_request; consent=given") == ["consent_request_call_banned"]


def test_what_comes_from_the_house_says_so_and_nothing_is_unconfirmed() -> None:
    assert unconfirmed("AT") == set()
    assert of_strength("AT", Strength.REGULATOR) == {"at-charity-basis", "at-political-basis", "at-consent-request-ban"}
    assert of_strength("AT", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
