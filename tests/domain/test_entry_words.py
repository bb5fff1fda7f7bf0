"""The words of log entries: they stand for ever, so each is compared whole, and read back."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.attempt import Attempt, CallResult
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, Evidence, Origin
from app.domain.decision import Decision, Verdict
from app.domain.entry import check_body, consent_body, relationship_body, suppression_body
from app.domain.facts import Facts
from app.domain.hours import read_weekly
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.recorded import attempt_of, consent_of, events_named, facts_of, instant, relationship_of, suppression_of
from app.domain.register import ListStatus
from app.domain.relationship import RelationshipKind
from app.domain.rules.rule import Basis, Finding, Outcome
from tests.builders import DAY, NOW, answer, attempt, grant, guarded, objection, registration, relationship

AT = "2026-11-25T10:00:00.000000Z"
EARLIER = "2026-10-26T10:00:00.000000Z"
TIMES = {"mon": ["08:00-12:00"]}
RULE = guarded().rules[0]

BLANK = Facts(
    at=NOW,
    region=None,
    line_type=LineType.UNKNOWN,
    zones=None,
    call_class=None,
    voice_mode=None,
    product_category=None,
)
BLANK_BODY: dict[str, Any] = {
    "at": AT,
    "region": None,
    "line_type": "unknown",
    "zones": None,
    "call_class": None,
    "voice_mode": None,
    "product_category": None,
    "party_type": None,
    "number_source": None,
    "profile": None,
    "house_hours": None,
    "objected_all": None,
    "holidays": None,
}
WHOLE = Facts(
    at=NOW,
    region="US",
    line_type=LineType.MOBILE,
    zones=("America/Chicago", "America/New_York"),
    call_class=CallClass.MARKETING,
    voice_mode=VoiceMode.LIVE,
    product_category="energy",
    party_type=PartyType.COMPANY,
    number_source=NumberSource.PUBLIC_WEB,
    profile=Profile.STRICT,
    house_hours=False,
    house_caps=True,
    residence="CZ",
    subdivisions=("US-FL", "US-TX"),
    caller_prefix="+4218881",
    justified=frozenset({"b", "a"}),
    consents=(grant(leaf_hash="c1", evidence=Evidence.CLAIMED), grant(leaf_hash="c2", evidence=Evidence.HELD)),
    relationships=(relationship(leaf_hash="r"),),
    suppressions=(objection(leaf_hash="s"),),
    objected_all=True,
    registers=(
        answer(register="dnc", snapshot="h", as_of=NOW, categories=frozenset({"b", "a"})),
        answer(register="sk", snapshot="h", as_of=NOW, status=ListStatus.LISTED, listed_on=date(2026, 11, 1)),
    ),
    registrations=(
        registration(valid_from=date(2026, 1, 2)),
        registration(valid_from=date(2026, 1, 2), valid_to=date(2027, 1, 1)),
    ),
    attempts=(attempt(leaf_hash="a"),),
    holidays=frozenset({date(2026, 12, 25), date(2026, 12, 24)}),
    half_holidays=frozenset({date(2026, 12, 31)}),
    rules_until=NOW,
)
WHOLE_BODY: dict[str, Any] = {
    "at": AT,
    "region": "US",
    "line_type": "mobile",
    "zones": ["America/Chicago", "America/New_York"],
    "call_class": "marketing",
    "voice_mode": "live",
    "product_category": "energy",
    "party_type": "company",
    "number_source": "public_web",
    "profile": "strict",
    "house_hours": False,
    "objected_all": True,
    "holidays": ["2026-12-24", "2026-12-25"],
    "house_caps": True,
    "residence": "CZ",
    "subdivisions": ["US-FL", "US-TX"],
    "caller_prefix": "+4218881",
    "justified": ["a", "b"],
    "registers": [
        ["dnc", "h", AT, "unlisted", ["a", "b"], None],
        ["sk", "h", AT, "listed", [], "2026-11-01"],
    ],
    "registrations": [
        ["sk-marketing-subject", "caller", "2026-01-02", None],
        ["sk-marketing-subject", "caller", "2026-01-02", "2027-01-01"],
    ],
    "half_holidays": ["2026-12-31"],
    "rules_until": AT,
}


def decision(**changes: Any) -> Decision:
    blank: dict[str, Any] = {one.name: None for one in fields(Decision)}
    return Decision(**blank | {"verdict": Verdict.DENY, "reasons": (), "obligations": (), "digest": "d"} | changes)


def test_a_check_of_which_nothing_is_known_says_so_of_every_fact() -> None:
    body = check_body(BLANK, decision(), request={"campaign": "x"})
    assert body == {
        "campaign": "x",
        "facts": BLANK_BODY,
        "consents": None,
        "suppressions": None,
        "ruleset": "d",
        "verdict": "deny",
        "reasons": [],
        "basis": None,
        "valid_until": None,
        "not_before": None,
    }
    assert events_named(body) == ()
    assert facts_of(body, events={}) == BLANK


def test_a_check_of_which_everything_is_known_names_what_it_rests_on() -> None:
    gate = Finding(rule=None, outcome=Outcome.BLOCK, reason=Reason.NO_POLICY)
    reasons = (gate, Finding(rule=RULE, outcome=Outcome.BLOCK, reason=Reason.OBJECTED_ALL))
    basis = Basis(code="consent", event_id="e")
    given = decision(reasons=reasons, basis=basis, valid_until=NOW, not_before=NOW - 30 * DAY)
    body = check_body(WHOLE, given, request={})
    assert body == {
        "relationships": ["r"],
        "attempts": ["a"],
        "held": [1],
        "facts": WHOLE_BODY,
        "consents": ["c1", "c2"],
        "suppressions": ["s"],
        "ruleset": "d",
        "verdict": "deny",
        "reasons": [["no_policy", None], ["objected_all", RULE.id]],
        "basis": ["consent", "e"],
        "valid_until": AT,
        "not_before": EARLIER,
    }
    assert events_named(body) == ("c1", "c2", "s", "r", "a")
    consent = consent_body(grant(), evidence=("sha256:0",), notice=None) | {"id": "grant", "at": EARLIER}
    tie = relationship_body(relationship(), replaces=None, evidence=())
    outcome = {"kind": "outcome", "attempted_at": "2026-11-24T10:00:00.000000Z", "result": "no_answer"}
    no = suppression_body(objection(), scope="controller", file=None, row=None)
    events: dict[str, dict[str, Any]] = {
        "c1": consent,
        "c2": consent,
        "r": tie | {"id": "customer", "at": "2026-08-27T10:00:00.000000Z"},
        "a": outcome,
        "s": no | {"id": "objection", "at": "2026-11-15T10:00:00.000000Z"},
    }
    assert facts_of(body, events=events) == WHOLE


def test_a_consent_is_written_and_read_in_these_words() -> None:
    event = grant(
        purposes=frozenset({"survey", "marketing"}),
        voice_modes=frozenset({"live", "ai"}),
        product_categories=frozenset({"gas", "energy"}),
        expires_at=NOW,
        call_times=read_weekly(TIMES),
        file="f",
        row=3,
    )
    body = consent_body(event, evidence=("e",), notice={"version": "1"})
    assert body == {
        "call_times": TIMES,
        "action": "given",
        "purposes": ["marketing", "survey"],
        "voice_modes": ["ai", "live"],
        "product_categories": ["energy", "gas"],
        "origin": "web_form",
        "obtained_at": EARLIER,
        "expires_at": AT,
        "evidence": ["e"],
        "notice": {"version": "1"},
        "file": "f",
        "row": 3,
    }
    leaf = body | {"id": "grant", "at": EARLIER}
    assert consent_of(leaf, "h") == grant(**{one: getattr(event, one) for one in event.__slots__} | {"leaf_hash": "h"})
    assert consent_of(leaf, "h", held=True).evidence is Evidence.HELD
    bare = grant(action=Action.WITHDRAWN, origin=Origin.PAPER, evidence=Evidence.MISSING)
    short = consent_body(bare, evidence=(), notice=None)
    assert (short["expires_at"], short["notice"], short["file"], short["row"]) == (None, None, None, None)
    assert "call_times" not in short
    assert consent_of(short | {"id": "grant", "at": EARLIER}, "") == bare


def test_a_relationship_is_written_and_read_in_these_words() -> None:
    categories = frozenset({"gas", "energy"})
    one = relationship(kind=RelationshipKind.CONTRACT, ended_at=NOW, product_categories=categories, leaf_hash="h")
    body = relationship_body(one, replaces="old", evidence=("e",))
    assert body == {
        "relationship": "contract",
        "product_categories": ["energy", "gas"],
        "since": "2026-08-27T10:00:00.000000Z",
        "until": AT,
        "replaces": "old",
        "evidence": ["e"],
    }
    leaf = body | {"id": "customer", "at": "2026-08-27T10:00:00.000000Z"}
    assert relationship_of(leaf, "h") == one
    assert relationship_body(relationship(), replaces=None, evidence=())["until"] is None


def test_a_suppression_is_written_and_read_in_these_words() -> None:
    body = suppression_body(objection(), scope="all", file="f", row=3)
    since = "2026-11-15T10:00:00.000000Z"
    assert body == {"scope": "all", "reason": "objection", "since": since, "file": "f", "row": 3}
    assert suppression_of(body | {"id": "objection", "at": since}, "h") == objection(leaf_hash="h")


def test_an_attempt_is_read_from_its_outcome_or_from_the_check_that_reserved_it() -> None:
    outcome = {"kind": "outcome", "at": AT, "attempted_at": EARLIER, "result": "busy"}
    assert attempt_of(outcome, "h") == Attempt(at=NOW - 30 * DAY, result=CallResult.BUSY, leaf_hash="h")
    assert attempt_of({"kind": "check", "at": AT}, "h") == Attempt(at=NOW, result=None, leaf_hash="h")


@pytest.mark.parametrize("text", ["2026-11-25T10:00:00Z", "2026-11-25T10:00:00.000000", "2026-11-25 10:00:00.000000Z"])
def test_an_instant_in_another_spelling_is_refused(text: str) -> None:
    assert instant(AT) == datetime(2026, 11, 25, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match=f"^'{text}' is not an instant as every leaf writes it$"):
        instant(text)
