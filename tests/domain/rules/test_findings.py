"""What each kind of rule finds, whole: outcome, reason, until when it holds, and since when it is so."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.attempt import CallResult
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.registration import Holder
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, answer, attempt, facts, grant, objection, registration
from tests.domain.rules.asked import asked

PASS, BLOCK, DEFER, UNKNOWN = Outcome.PASS, Outcome.BLOCK, Outcome.DEFER, Outcome.UNKNOWN
MARKETING = {"purpose": "marketing"}
UNLESS = {"unless": ["consent"], **MARKETING}
END = NOW + 40 * DAY
ENDING = facts(consents=(grant(expires_at=END),))
DNC: dict[str, Any] = {"register": "dnc", "snapshot_max_age_days": 31}
FRESH = NOW + 30 * DAY
BAN = {"categories": ["energy"]}
RND = {"check": "reassigned", "register": "rnd", "register_max_age_days": 5, **MARKETING}
INACTIVE = {"check": "inactive", "register": "in", "register_max_age_days": 5}
CONTROLLER = {"scope": "controller", "lifted_by": "newer_consent"}
WRONG = attempt(result=CallResult.WRONG_PARTY, at=NOW - 3 * DAY)
ENDS = date(2027, 1, 1)
ACS = {"authority": "sk-marketing-subject", "holder": "caller"}


def listed(**changes: Any) -> Facts:
    return facts(consents=changes.pop("consents", ()), registers=(answer(register="dnc", **changes),))


def told(**changes: Any) -> Facts:
    given = {"register": "rnd", "listed_on": date(2026, 1, 1)} | changes
    return facts(registers=(answer(**given),))


FOUND: list[tuple[str, dict[str, Any], Facts, tuple[Outcome, Reason | None, datetime | None, datetime | None]]] = [
    ("category_ban", BAN, facts(product_category="gas"), (PASS, None, None, None)),
    ("category_ban", BAN, facts(), (BLOCK, Reason.CATEGORY_BANNED, None, None)),
    ("category_ban", BAN, facts(product_category=None), (UNKNOWN, Reason.CATEGORY_BANNED, None, None)),
    ("category_ban", BAN | UNLESS, ENDING, (PASS, None, END, None)),
    ("voice", {"forbidden_modes": ["live"]}, facts(), (BLOCK, Reason.VOICE_MODE_BANNED, None, None)),
    ("voice", {"forbidden_modes": ["prerecorded"]}, facts(), (PASS, None, None, None)),
    ("voice", {"forbidden_modes": ["ai"]}, facts(voice_mode=None), (UNKNOWN, Reason.VOICE_MODE_BANNED, None, None)),
    ("caller_id", {"must_present": True}, facts(caller_prefix=None), (UNKNOWN, Reason.CLI_MISSING, None, None)),
    ("caller_id", {"must_present": True}, facts(), (PASS, None, None, None)),
    ("caller_id", {"require_prefix": ["+420"]}, facts(), (PASS, None, None, None)),
    ("caller_id", {"require_prefix": ["+421"]}, facts(), (BLOCK, Reason.CLI_PREFIX_REQUIRED, None, None)),
    ("caller_id", {"forbid_prefix": ["+420"]}, facts(), (BLOCK, Reason.CLI_PREFIX_BANNED, None, None)),
    ("caller_id", {"forbid_prefix": ["+1"]}, facts(caller_prefix=None), (UNKNOWN, Reason.CLI_MISSING, None, None)),
    ("caller_id", {"forbid_prefix": ["+420"], **UNLESS}, ENDING, (PASS, None, END, None)),
    ("suppression", {"scope": "all"}, facts(), (PASS, None, None, None)),
    ("suppression", {"scope": "all"}, facts(objected_all=True), (BLOCK, Reason.OBJECTED_ALL, None, None)),
    ("suppression", {"scope": "all"}, facts(objected_all=None), (UNKNOWN, Reason.OBJECTED_ALL, None, None)),
    ("suppression", CONTROLLER, facts(), (PASS, None, None, None)),
    ("suppression", CONTROLLER, facts(suppressions=None), (UNKNOWN, Reason.OBJECTED_CONTROLLER, None, None)),
    (
        "suppression",
        CONTROLLER,
        facts(suppressions=(objection(since=NOW - 20 * DAY), objection(since=NOW - 12 * DAY))),
        (BLOCK, Reason.OBJECTED_CONTROLLER, None, NOW - 12 * DAY),
    ),
    (
        "suppression",
        CONTROLLER,
        facts(
            suppressions=(objection(),),
            consents=(grant(obtained_at=NOW - DAY, recorded_at=NOW - DAY, expires_at=END),),
        ),
        (PASS, None, END, None),
    ),
    ("suppression", CONTROLLER, ENDING, (PASS, None, None, None)),
    ("registration", ACS, facts(), (BLOCK, Reason.CALLER_NOT_REGISTERED, None, None)),
    ("registration", ACS, facts(registrations=None), (UNKNOWN, Reason.CALLER_NOT_REGISTERED, None, None)),
    ("registration", ACS, facts(registrations=(registration(),)), (PASS, None, None, None)),
    (
        "registration",
        ACS,
        facts(registrations=(registration(holder=Holder.CONTROLLER),)),
        (BLOCK, Reason.CALLER_NOT_REGISTERED, None, None),
    ),
    (
        "registration",
        ACS,
        facts(registrations=(registration(valid_to=date(2026, 12, 1)), registration(valid_to=ENDS))),
        (PASS, None, datetime(2026, 12, 31, 23, tzinfo=UTC), None),
    ),
    (
        "registration",
        ACS,
        facts(registrations=(registration(valid_to=ENDS),), zones=None),
        (PASS, None, datetime(2026, 12, 31, 10, tzinfo=UTC), None),
    ),
    ("number_state", {"check": "line_type", "line_types": ["voip"]}, facts(), (PASS, None, None, None)),
    (
        "number_state",
        {"check": "line_type", "line_types": ["mobile"]},
        facts(),
        (BLOCK, Reason.LINE_TYPE_BANNED, None, None),
    ),
    (
        "number_state",
        {"check": "line_type", "line_types": ["voip"]},
        facts(line_type=LineType.UNKNOWN),
        (UNKNOWN, Reason.LINE_TYPE_BANNED, None, None),
    ),
    ("number_state", {"check": "reassigned", **MARKETING}, facts(), (PASS, None, None, None)),
    (
        "number_state",
        {"check": "reassigned", **MARKETING},
        facts(attempts=None),
        (UNKNOWN, Reason.NUMBER_REASSIGN_UNKNOWN, None, None),
    ),
    (
        "number_state",
        {"check": "reassigned", **MARKETING},
        facts(attempts=(WRONG, attempt())),
        (BLOCK, Reason.NUMBER_REASSIGNED, None, NOW - 3 * DAY),
    ),
    (
        "number_state",
        {"check": "reassigned", **MARKETING},
        facts(attempts=(WRONG,), consents=(grant(obtained_at=NOW - DAY, recorded_at=NOW - DAY, expires_at=END),)),
        (PASS, None, END, None),
    ),
    ("number_state", RND, told(), (PASS, None, NOW + 4 * DAY, None)),
    ("number_state", RND, told(status=ListStatus.LISTED), (BLOCK, Reason.NUMBER_REASSIGNED, None, None)),
    ("number_state", RND, facts(), (UNKNOWN, Reason.NUMBER_REASSIGN_UNKNOWN, None, None)),
    ("number_state", RND, told(listed_on=None), (UNKNOWN, Reason.NUMBER_REASSIGN_UNKNOWN, None, None)),
    ("number_state", INACTIVE, told(register="in"), (PASS, None, NOW + 4 * DAY, None)),
    (
        "number_state",
        INACTIVE,
        told(register="in", status=ListStatus.LISTED),
        (BLOCK, Reason.NUMBER_INACTIVE, None, None),
    ),
    ("cooldown", {"trigger": "any_contact", "days": 7}, facts(), (PASS, None, None, None)),
    (
        "cooldown",
        {"trigger": "unanswered", "days": 7},
        facts(attempts=(attempt(), attempt(at=NOW - 2 * DAY))),
        (DEFER, Reason.COOLDOWN_CONTACT, NOW + 6 * DAY, NOW - DAY),
    ),
    (
        "cooldown",
        {"trigger": "refusal", "days": 7},
        facts(attempts=None),
        (UNKNOWN, Reason.COOLDOWN_REFUSAL, None, None),
    ),
    ("frequency", {"max": 2, "window_days": 7}, facts(attempts=(attempt(),)), (PASS, None, None, None)),
    (
        "frequency",
        {"max": 2, "window_days": 7},
        facts(attempts=(attempt(at=NOW - 3 * DAY), attempt(), attempt(at=NOW - 2 * DAY))),
        (DEFER, Reason.FREQUENCY_CAP, NOW + 5 * DAY, None),
    ),
    ("frequency", {"max": 2, "window_days": 7}, facts(attempts=None), (UNKNOWN, Reason.FREQUENCY_CAP, None, None)),
    ("obligation", {"record": True}, facts(), (PASS, None, None, None)),
    ("register", DNC, facts(), (UNKNOWN, Reason.REGISTER_UNAVAILABLE, None, None)),
    ("register", DNC, listed(), (PASS, None, FRESH, None)),
    ("register", DNC, listed(status=ListStatus.LISTED), (BLOCK, Reason.REGISTER_LISTED, None, None)),
    ("register", DNC, listed(as_of=NOW - 40 * DAY), (BLOCK, Reason.REGISTER_STALE, None, NOW - 9 * DAY)),
    ("register", DNC | {"polarity": "positive"}, listed(), (BLOCK, Reason.NO_CONSENT, None, None)),
    ("register", DNC | {"polarity": "positive"}, listed(status=ListStatus.LISTED), (PASS, None, FRESH, None)),
    ("register", DNC | UNLESS, ENDING, (PASS, None, END, None)),
    (
        "register",
        DNC | {"grace_days": 30},
        listed(status=ListStatus.LISTED, listed_on=date(2026, 11, 20)),
        (PASS, None, datetime(2026, 12, 19, 23, tzinfo=UTC), None),
    ),
    (
        "register",
        DNC | UNLESS | {"consent_after_listing": True},
        listed(status=ListStatus.LISTED, consents=(grant(),)),
        (BLOCK, Reason.CONSENT_SUPERSEDED_BY_LISTING, None, None),
    ),
    (
        "register",
        DNC | UNLESS | {"consent_after_listing": True},
        listed(status=ListStatus.LISTED, listed_on=date(2026, 1, 1), consents=(grant(),)),
        (PASS, None, FRESH, None),
    ),
]


@pytest.mark.parametrize(("kind", "params", "known", "found"), FOUND)
def test_a_rule_finds(kind: str, params: dict[str, Any], known: Facts, found: tuple[Any, ...]) -> None:
    finding = asked(kind, known, **params)
    assert (finding.outcome, finding.reason, finding.until, finding.since) == found
