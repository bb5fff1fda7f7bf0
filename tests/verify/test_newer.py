"""What must be newer, and what is wished: around every instant on which that hangs, both read it the same."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.attempt import CallResult
from app.domain.consent import ConsentEvent
from app.domain.register import ListStatus
from tests.builders import DAY, NOW, answer, attempt, basis_table, facts, grant, guarded, rule_table, withdrawal
from tests.verify.test_derivation import assert_same

MANY = settings(max_examples=300, deadline=None, derandomize=True)
LISTED_ON = date(2026, 11, 20)
AS_OF = NOW - DAY
WRONG = NOW - 2 * DAY
CONSENT: dict[str, Any] = {"purpose": "marketing", "granularity": ["purpose"]}
AFTER = {"register": "sk-list", "snapshot_max_age_days": 9, "unless": ["consent"], "consent_after_listing": True}
WISHES: dict[str, Any] = {"any_of": ["positive_register"], "positive_register": "sk-list"}

_MIDNIGHT = datetime.combine(LISTED_ON, time(), tzinfo=UTC)
_EDGES = (AS_OF, WRONG, _MIDNIGHT + timedelta(hours=12), _MIDNIGHT + timedelta(hours=36))
_MOMENTS = st.sampled_from([edge + n * timedelta.resolution for edge in _EDGES for n in (-1, 0, 1)] + [NOW - 99 * DAY])
_ENDS = st.sampled_from((None, NOW + DAY, NOW - timedelta.resolution))


def _history() -> st.SearchStrategy[tuple[ConsentEvent, ...]]:
    yes = st.builds(lambda said, heard, end: grant(obtained_at=said, recorded_at=heard, expires_at=end),
                    _MOMENTS, _MOMENTS, _ENDS)  # fmt: skip
    no = st.builds(lambda at: withdrawal(obtained_at=at, recorded_at=at), _MOMENTS)
    some = st.lists(st.one_of(yes, yes, yes, yes, yes, no), min_size=1, max_size=3)
    return some.map(lambda events: tuple(_named(event, place) for place, event in enumerate(events)))


def _named(event: ConsentEvent, place: int) -> ConsentEvent:
    same = {"obtained_at": event.obtained_at, "recorded_at": event.recorded_at, "expires_at": event.expires_at}
    return (grant if event.is_grant else withdrawal)(id=f"event-{place}", **same)


@MANY
@given(_history(), st.sampled_from((None, LISTED_ON)))
def test_a_consent_is_newer_than_a_listing_in_both(history: tuple[ConsentEvent, ...], day: date | None) -> None:
    listed = answer(status=ListStatus.LISTED, as_of=AS_OF, listed_on=day)
    rules = guarded(basis_table(), rule_table("register", AFTER | CONSENT))
    assert_same(facts(consents=history, registers=(listed,)), rules)


@MANY
@given(_history())
def test_a_consent_is_newer_than_a_wrong_party_in_both(history: tuple[ConsentEvent, ...]) -> None:
    calls = (attempt(at=WRONG, result=CallResult.WRONG_PARTY),)
    rules = guarded(basis_table(), rule_table("number_state", {"check": "reassigned"} | CONSENT))
    assert_same(facts(consents=history, attempts=calls), rules)


@MANY
@given(_history(), st.sampled_from((None, LISTED_ON, LISTED_ON + DAY)))
def test_a_consent_is_of_the_day_that_was_asked_about_in_both(
    history: tuple[ConsentEvent, ...], day: date | None
) -> None:
    asked = {"check": "reassigned", "register": "sk-list", "register_max_age_days": 9}
    known = facts(consents=history, registers=(answer(as_of=AS_OF, listed_on=day),))
    assert_same(known, guarded(basis_table(), rule_table("number_state", asked | CONSENT)))


def test_a_wish_is_for_the_products_it_names_in_both() -> None:
    demand = {"register": "sk-list", "snapshot_max_age_days": 9, "polarity": "positive"}
    fresh = WISHES | CONSENT | {"positive_register_max_age_days": 9}
    for status in ListStatus:
        for about in (frozenset[str](), frozenset({"energy"}), frozenset({"power"}), frozenset({""})):
            answers = (answer(status=status, as_of=AS_OF, categories=about),)
            for product in ("energy", "bank", "power", None):
                known = facts(registers=answers, product_category=product)
                for names in ({}, {"energy": "power"}, {"bank": "energy"}):
                    assert_same(known, guarded(basis_table(), rule_table("register", demand | {"category_of": names})))
                assert_same(facts(registers=answers, product_category=product, consents=()),
                            guarded(basis_table(params=fresh)))  # fmt: skip
