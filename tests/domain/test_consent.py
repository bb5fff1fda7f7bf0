"""What stands of a history of consents, for one call at one instant."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent import Action, ConsentEvent, Evidence, Origin, condensed
from app.domain.standing import ConsentDemands, ConsentState, StandingConsent, Wanted, standing_consent
from tests.builders import DAY, NOW, SECOND, grant, withdrawal
from tests.strategies import CATEGORIES, PAST, PURPOSES, VOICES, colliding_histories, consent_events, histories

CALL = {"purpose": "marketing", "voice_mode": "live", "product_category": "energy"}
S = ConsentState


def wanted(call: dict[str, str], call_class: str | None = None) -> Wanted:
    """Describe a call whose class goes by the name of its purpose, or by its own."""
    return Wanted(
        purpose=call["purpose"],
        voice_mode=call["voice_mode"],
        product_category=call["product_category"],
        call_class=call_class or call["purpose"],
    )


def standing(*events: ConsentEvent, at: datetime = NOW, **demands: Any) -> StandingConsent:
    """Ask what stands for a live marketing call about energy."""
    return standing_consent(events, wanted=wanted(CALL), at=at, demands=ConsentDemands(**demands))


def said(days_ago: int, recorded: int | None = None) -> dict[str, datetime]:
    """Give both clocks of an event, in days before now."""
    return {
        "obtained_at": NOW - days_ago * DAY,
        "recorded_at": NOW - (days_ago if recorded is None else recorded) * DAY,
    }


def in_file(row: int, days_ago: int, name: str = "f1") -> dict[str, Any]:
    """Give the clocks of a row of a file that was imported yesterday."""
    return {**said(days_ago, 1), "file": name, "row": row, "origin": Origin.IMPORT}


HISTORIES = [
    ("nobody ever asked", [], S.NONE),
    ("given", [grant()], S.GIVEN),
    ("given, then withdrawn", [grant(), withdrawal()], S.WITHDRAWN),
    ("given, then refused", [grant(), withdrawal(action=Action.REFUSED)], S.REFUSED),
    ("given, then revoked by the controller", [grant(), withdrawal(action=Action.REVOKED)], S.REVOKED),
    ("given, then found invalid", [grant(), withdrawal(action=Action.INVALIDATED)], S.REVOKED),
    ("withdrawn, then given again", [withdrawal(), grant(**said(5))], S.GIVEN),
    (
        "given again without evidence",
        [withdrawal(), grant(**said(5), evidence=Evidence.MISSING)],
        S.EVIDENCE_MISSING,
    ),
    (
        "the old evidence does not prove the new grant",
        [grant(), withdrawal(), grant(id="g2", **said(5), evidence=Evidence.MISSING)],
        S.EVIDENCE_MISSING,
    ),
    ("said at the same instant, recorded later", [withdrawal(), grant(**said(10, 5))], S.WITHDRAWN),
    ("said later, recorded at the same instant", [withdrawal(), grant(**said(5, 10))], S.WITHDRAWN),
    ("said and recorded at the same instants", [withdrawal(), grant(**said(10))], S.WITHDRAWN),
    ("a withdrawal of long ago that arrives late", [grant(), withdrawal(**said(60, 1))], S.WITHDRAWN),
    ("a withdrawal that claims to be of tomorrow", [grant(), withdrawal(**said(-1, 5))], S.WITHDRAWN),
    ("an old grant that arrives after the withdrawal", [withdrawal(), grant(**said(20, 1))], S.WITHDRAWN),
    ("an old grant that arrives late, alone", [grant(**said(700, 1))], S.GIVEN),
    ("asked for in an outbound call", [grant(origin=Origin.OUTBOUND_CALL)], S.FROM_OUTBOUND_CALL),
    ("in an inbound call", [grant(origin=Origin.INBOUND_CALL)], S.GIVEN),
    ("no evidence", [grant(evidence=Evidence.MISSING)], S.EVIDENCE_MISSING),
    ("sound beside newer but faulty", [grant(), grant(id="g2", **said(1), evidence=Evidence.MISSING)], S.GIVEN),
    ("for another purpose", [grant(purposes=frozenset({"service"}))], S.OTHER_PURPOSE),
    ("for another voice", [grant(voice_modes=frozenset({"ai"}))], S.OTHER_VOICE_MODE),
    ("for another product", [grant(product_categories=frozenset({"bank"}))], S.OTHER_CATEGORY),
    ("for no purpose that was named", [grant(purposes=frozenset())], S.OTHER_PURPOSE),
    ("for no voice that was named", [grant(voice_modes=frozenset())], S.OTHER_VOICE_MODE),
    ("for no product that was named", [grant(product_categories=frozenset())], S.OTHER_CATEGORY),
    ("withdrawn for this purpose", [grant(), withdrawal(purposes=frozenset({"marketing"}))], S.WITHDRAWN),
    ("withdrawn for another purpose", [grant(), withdrawal(purposes=frozenset({"service"}))], S.GIVEN),
    ("withdrawn for another voice", [grant(), withdrawal(voice_modes=frozenset({"ai"}))], S.GIVEN),
    ("withdrawn for another product", [grant(), withdrawal(product_categories=frozenset({"bank"}))], S.GIVEN),
    ("a row after the no, same instant", [withdrawal(**in_file(1, 20)), grant(**in_file(2, 20))], S.GIVEN),
    ("a row before the no, same instant", [grant(**in_file(1, 20)), withdrawal(**in_file(2, 20))], S.WITHDRAWN),
    ("a file with the newest row first", [withdrawal(**in_file(1, 20)), grant(**in_file(2, 30))], S.WITHDRAWN),
    ("the same, given again", [grant(**in_file(1, 20)), withdrawal(**in_file(2, 30))], S.GIVEN),
    (
        "the same row of the same file twice",
        [grant(**in_file(1, 20)), withdrawal(**in_file(1, 20))],
        S.WITHDRAWN,
    ),
    (
        "rows of two files that arrived together",
        [withdrawal(**in_file(1, 30, "f1")), grant(**in_file(2, 20, "f2"))],
        S.WITHDRAWN,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "events", "state"), HISTORIES, ids=[why for why, _, _ in HISTORIES])
def test_a_history_adds_up_to_one_state(why: str, events: list[ConsentEvent], state: ConsentState) -> None:
    assert standing(*events).state is state
    assert standing(*reversed(events)) == standing(*events)


@pytest.mark.parametrize(
    ("seconds", "state"), [(-2, S.EXPIRED), (-1, S.EXPIRED), (0, S.EXPIRED), (1, S.GIVEN), (2, S.GIVEN)]
)
def test_a_consent_ends_at_the_instant_it_expires(seconds: int, state: ConsentState) -> None:
    assert standing(grant(expires_at=NOW + seconds * SECOND)).state is state


@pytest.mark.parametrize(
    ("seconds", "state"), [(-1, S.GIVEN), (0, S.GIVEN), (1, S.NOT_YET_VALID), (2, S.NOT_YET_VALID)]
)
def test_a_consent_begins_at_the_instant_it_was_obtained(seconds: int, state: ConsentState) -> None:
    assert standing(grant(obtained_at=NOW + seconds * SECOND)).state is state


@pytest.mark.parametrize(("seconds", "state"), [(-1, S.EXPIRED), (0, S.EXPIRED), (1, S.GIVEN), (2, S.GIVEN)])
def test_a_consent_ends_where_a_law_lets_it_grow_no_older(seconds: int, state: ConsentState) -> None:
    old = grant(obtained_at=NOW - 30 * DAY + seconds * SECOND)
    assert standing(old, max_age_days=30).state is state


@pytest.mark.parametrize(
    ("evidence", "state"),
    [(Evidence.HELD, S.GIVEN), (Evidence.CLAIMED, S.EVIDENCE_MISSING), (Evidence.MISSING, S.EVIDENCE_MISSING)],
)
def test_a_rule_may_demand_the_artefact_itself(evidence: Evidence, state: ConsentState) -> None:
    assert standing(grant(evidence=evidence), evidence_held=True).state is state


def test_a_law_may_accept_what_was_said_in_an_outbound_call() -> None:
    assert standing(grant(origin=Origin.OUTBOUND_CALL), outbound_call_accepted=True).state is S.GIVEN


def test_the_state_comes_with_the_event_that_decides() -> None:
    lasting, brief = grant(), grant(id="brief", **said(5), expires_at=NOW + DAY)
    assert standing(lasting, brief).event == lasting
    assert standing(grant(), withdrawal(), withdrawal(id="last", **said(3))).event == withdrawal(id="last", **said(3))
    assert standing().event is None


_EVERYTHING: dict[str, Any] = dict.fromkeys(("purposes", "voice_modes", "product_categories"), frozenset())


def demands() -> st.SearchStrategy[ConsentDemands]:
    return st.builds(
        ConsentDemands,
        evidence_held=st.booleans(),
        outbound_call_accepted=st.booleans(),
        max_age_days=st.sampled_from((None, None, 2, 400)),
    )


def calls() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {
            "purpose": st.sampled_from(PURPOSES),
            "voice_mode": st.sampled_from(VOICES),
            "product_category": st.sampled_from(CATEGORIES),
        }
    )


moments = st.sampled_from((PAST[0], PAST[0] + SECOND, NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY))
ALL = settings(max_examples=500, deadline=None, derandomize=True)


@ALL
@given(histories(), consent_events(grants=False), calls(), moments, demands(), st.data())
def test_a_withdrawal_newer_on_either_clock_always_wins(
    events: tuple[ConsentEvent, ...],
    no: ConsentEvent,
    call: dict[str, str],
    at: datetime,
    asked: ConsentDemands,
    data: st.DataObject,
) -> None:
    newest_said = max((e.obtained_at for e in events), default=PAST[-1])
    newest_recorded = max((e.recorded_at for e in events), default=PAST[-1])
    clock = data.draw(st.sampled_from(("obtained_at", "recorded_at")))
    late: dict[str, Any] = {clock: newest_said if clock == "obtained_at" else newest_recorded}
    no = replace(no, id="no", file=None, row=None, **late)
    if not no.covers(**call):
        no = replace(no, **_EVERYTHING)
    found = standing_consent((*events, no), wanted=wanted(call), at=at, demands=asked)
    assert found.state in (S.REFUSED, S.WITHDRAWN, S.REVOKED)


@ALL
@given(histories(), calls(), moments, demands(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_is_irrelevant(
    events: tuple[ConsentEvent, ...], call: dict[str, str], at: datetime, asked: ConsentDemands, random: Any
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert standing_consent(shuffled, wanted=wanted(call), at=at, demands=asked) == standing_consent(
        events, wanted=wanted(call), at=at, demands=asked
    )


@ALL
@given(histories(), consent_events(grants=False), calls(), moments, demands())
def test_one_more_no_never_gives_a_consent(
    events: tuple[ConsentEvent, ...],
    no: ConsentEvent,
    call: dict[str, str],
    at: datetime,
    asked: ConsentDemands,
) -> None:
    more = standing_consent((*events, replace(no, id="no")), wanted=wanted(call), at=at, demands=asked)
    if more.state is S.GIVEN:
        assert standing_consent(events, wanted=wanted(call), at=at, demands=asked).state is S.GIVEN


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.one_of(colliding_histories(), colliding_histories(), histories(max_size=6)), moments, demands())
def test_what_is_dropped_as_irrelevant_never_decides(
    events: tuple[ConsentEvent, ...], at: datetime, asked: ConsentDemands
) -> None:
    few = condensed(events)
    assert set(few) <= set(events)
    for purpose in PURPOSES:
        for voice in VOICES:
            for category in CATEGORIES:
                call = {"purpose": purpose, "voice_mode": voice, "product_category": category}
                for call_class in PURPOSES:
                    asked_for = wanted(call, call_class)
                    assert standing_consent(few, wanted=asked_for, at=at, demands=asked) == standing_consent(
                        events, wanted=asked_for, at=at, demands=asked
                    )


def test_of_a_file_imported_twice_the_later_row_still_decides_when_the_earlier_arrived_last() -> None:
    first = withdrawal(id="n1", obtained_at=NOW - 20 * DAY, recorded_at=NOW - DAY, file="f", row=1)
    second = withdrawal(id="n2", obtained_at=NOW - 20 * DAY, recorded_at=NOW - 2 * DAY, file="f", row=3)
    between = grant(obtained_at=NOW - 20 * DAY, recorded_at=NOW - DAY, file="f", row=2)
    assert standing(*condensed([first, second, between])).state is S.WITHDRAWN


def test_a_year_of_repeated_imports_is_condensed_to_what_decides() -> None:
    again = [grant(id=f"g{n:03}", **said(400 - n)) for n in range(365)]
    noes = [withdrawal(id=f"n{n:03}", **said(800 - n)) for n in range(365)]
    assert condensed([*again, *noes]) == (noes[-1], again[-1])
