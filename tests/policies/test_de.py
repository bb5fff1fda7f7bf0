"""Germany: UWG §§ 7 and 7a."""

from datetime import date

from app.domain.rules.rule import Strength
from tests.policies.abroad import (
    AUTOMATED,
    BUSINESS,
    SOLD,
    Clause,
    assert_clauses,
    decided,
    house,
    of_strength,
    reasons,
    unconfirmed,
)
from tests.policies.case_table import obliged

ACT = date(2021, 10, 1)
GDPR = date(2018, 5, 25)
OTHERS = ("survey_research", "service", "debt", "callback", "charity", "political")
CLAUSES = {
    "de-consumer-basis": Clause(
        quote="Consumers: prior express consent", since=ACT, classes=SOLD, parties=["consumer"]
    ),
    "de-business-basis": Clause(
        quote="B2B: at least presumed consent – concrete factual interest, not just general relevance",
        since=ACT,
        classes=SOLD,
        parties=BUSINESS,
        voices=["live"],
    ),
    "de-business-automated-basis": Clause(
        quote="Automated machines: express consent also B2B (M, § 7(2) No. 2)",
        since=ACT,
        classes=SOLD,
        parties=BUSINESS,
        voices=AUTOMATED,
    ),
    "de-consent-request-basis": Clause(
        quote="DE (asking at the start of the call is unlawful)", since=ACT, classes=["consent_request"]
    ),
    **house("de", ACT, *OTHERS),
    "de-objection": Clause(quote="Art. 21(2)–(3) absolute stop for direct marketing", since=GDPR),
    "de-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=GDPR),
    "de-caller-id": Clause(quote="CLI suppression banned", since=ACT),
    "de-house-hours": Clause(quote="Hours/caps/prefix/register: none found", since=GDPR),
    "de-retention": Clause(quote="keep 5 years from grant and after each use", since=ACT),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("DE", CLAUSES)


def test_a_presumed_interest_counts_with_companies_alone_and_only_with_its_reason_on_record() -> None:
    """Law: "B2B: at least presumed consent – concrete factual interest"; "presumed interest off by default"."""
    assert reasons("de", "party=company; consent=none; justified=presumed_interest") == []
    assert reasons("de", "party=company; consent=none") == ["no_consent"]
    assert reasons("de", "party=consumer; consent=none; justified=presumed_interest") == ["no_consent"]


def test_the_proof_is_kept_five_years_from_each_use() -> None:
    """Law: "keep 5 years from grant and after each use"."""
    assert "retain 5 years last_used" in obliged(decided("de"))


def test_a_consent_counts_only_with_its_document_in_hand() -> None:
    """Law: "Both call centre and client; neither may rely on the other; a duty to check validity and completeness"."""
    for party, call_class in (("consumer", "marketing"), ("company", "marketing"), ("consumer", "consent_request")):
        asked = f"party={party}; class={call_class}"
        assert reasons("de", f"{asked}; consent=given(evidence=held)") == []
        assert reasons("de", f"{asked}; consent=given(evidence=claimed)") == ["consent_evidence_missing"]


def test_no_customer_is_called_for_being_one() -> None:
    """Law: "No customer exception for phone"."""
    assert reasons("de", "consent=none; relationship=customer & contract") == ["no_consent"]


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("DE") == {"de-business-automated-basis", "de-caller-id"}
    assert of_strength("DE", Strength.REGULATOR) == {"de-consent-request-basis"}
    assert of_strength("DE", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
