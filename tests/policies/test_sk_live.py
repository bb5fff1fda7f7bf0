"""Slovakia, live calls: the list, the prefix, the registration, and what beats them (act 452/2021 Z. z., § 116)."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.campaign import NumberSource, PartyType
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.registration import Holder
from app.domain.relationship import RelationshipKind, months_after
from tests.builders import DAY, NOW, SECOND, answer, registration, relationship
from tests.policies.calls import AUTOMATED, call, consent, noon, reasons

AMENDED = date(2025, 11, 12)
LISTED = (answer(as_of=NOW, status=ListStatus.LISTED),)
OTHER_NUMBER = "+4212555"
STATUTE: dict[str, Any] = {"profile": "statute", "consents": ()}
AROUND = ((-2, False), (-1, False), (0, True), (1, True))
"""Steps around a limit, and whether it has been reached."""


def bratislava(text: str) -> datetime:
    """Give the instant of a local time in Slovakia."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Bratislava")).astimezone(UTC)


@pytest.mark.parametrize(
    ("fetched", "changed"),
    [
        ("2026-11-01", "2026-11-16"),
        ("2026-11-15 23:59:57", "2026-11-16"),
        ("2026-11-16", "2026-12-01"),
        ("2027-02-16", "2027-03-01"),
        ("2028-02-16", "2028-03-01"),
        ("2027-03-16", "2027-04-01"),
    ],
)
def test_the_list_is_stale_from_the_first_and_the_sixteenth(fetched: str, changed: str) -> None:
    """Law: "changes take effect on the 1st and 16th of the month and the list must be fetched then".

    Leap years and the night of summer time among them.
    """
    copy = (answer(as_of=bratislava(fetched)),)
    for seconds, is_stale in AROUND:
        known = call("SK", **STATUTE, at=bratislava(changed) + seconds * SECOND, registers=copy, house_hours=False)
        assert set(reasons(known)) == ({Reason.REGISTER_STALE} if is_stale else set())


@pytest.mark.parametrize("kind", [RelationshipKind.CUSTOMER, RelationshipKind.CONTRACT])
@pytest.mark.parametrize("changes", [{"registers": LISTED}, {"caller_prefix": OTHER_NUMBER}])
def test_an_own_customer_beats_list_and_prefix_for_a_year(kind: RelationshipKind, changes: dict[str, Any]) -> None:
    """Law: "Since 12 Nov 2025 at most 1 year after the contract/purchase ended"."""
    changes = {**changes, "number_source": NumberSource.OWN_CUSTOMER}
    year_ago = months_after(NOW, -12)
    for seconds, is_past in ((1, False), (2, False), (0, True), (-1, True)):
        last = year_ago + seconds * SECOND
        tie = relationship(kind=kind, began_at=last if kind is RelationshipKind.CUSTOMER else NOW - 900 * DAY)
        ended = relationship(kind=kind, began_at=tie.began_at, ended_at=last)
        assert bool(reasons(call("SK", **STATUTE, **changes, relationships=(ended,)))) is is_past
    assert reasons(call("SK", **STATUTE, **changes)) != []


def test_a_contract_in_force_has_no_year_and_another_product_no_exemption() -> None:
    """Law: "Own similar goods/services, or contract in force"."""
    known = {**STATUTE, "registers": LISTED, "number_source": NumberSource.OWN_CUSTOMER}
    old = relationship(kind=RelationshipKind.CONTRACT, began_at=NOW - 4000 * DAY)
    assert reasons(call("SK", **known, relationships=(old,))) == []
    water = relationship(product_categories=frozenset({"water"}))
    assert reasons(call("SK", **known, relationships=(water,))) == [Reason.REGISTER_LISTED, Reason.PRODUCT_NOT_SIMILAR]


def test_before_the_amendment_no_year_was_counted() -> None:
    """Law: the year holds "since 12 Nov 2025"; what was decided before is derived by what held then."""
    bought = (relationship(began_at=datetime(2020, 5, 5, tzinfo=UTC)),)
    for days, has_year in AROUND:
        at = noon("SK", AMENDED + days * DAY)
        listed = (answer(as_of=at, status=ListStatus.LISTED),)
        known = {**STATUTE, "at": at, "relationships": bought, "number_source": NumberSource.OWN_CUSTOMER}
        passed = Reason.CUSTOMER_WINDOW_PASSED
        assert reasons(call("SK", **known, registers=listed)) == ([Reason.REGISTER_LISTED, passed] if has_year else [])
        other = call("SK", **known, caller_prefix=OTHER_NUMBER)
        assert reasons(other) == ([passed, Reason.CLI_PREFIX_REQUIRED] if has_year else [])


def test_the_strict_reading_makes_no_exception() -> None:
    """Law 15.4: "`SK-strict` consent + register + 0888"."""
    published = {"party_type": PartyType.COMPANY, "number_source": NumberSource.DIRECTORY}
    customer = {"relationships": (relationship(),), "number_source": NumberSource.OWN_CUSTOMER}
    assert reasons(call("SK", **customer, registers=LISTED)) == [Reason.REGISTER_LISTED]
    for known in (published, customer):
        assert reasons(call("SK", **known, caller_prefix=OTHER_NUMBER)) == [Reason.CLI_PREFIX_REQUIRED]
        assert reasons(call("SK", **known, consents=())) == [Reason.NO_CONSENT]
        assert reasons(call("SK", **known)) == []


@pytest.mark.parametrize("source", [*(one for one in NumberSource if one is not NumberSource.OWN_CUSTOMER), None])
def test_a_customer_whose_number_came_from_elsewhere_is_asked_for_as_anybody(source: NumberSource | None) -> None:
    """Law: own customers are those whose "contact data [were] obtained in connection with a sale"."""
    known = {**STATUTE, "relationships": (relationship(),), "number_source": source}
    assert reasons(call("SK", **known, registers=LISTED)) == [Reason.REGISTER_LISTED]
    assert reasons(call("SK", **known, caller_prefix=OTHER_NUMBER)) == [Reason.CLI_PREFIX_REQUIRED]
    sold = {**known, "number_source": NumberSource.OWN_CUSTOMER}
    assert reasons(call("SK", **sold, registers=LISTED, caller_prefix=OTHER_NUMBER)) == []


def test_a_customers_data_are_used_for_a_year_though_nothing_is_listed() -> None:
    """Law: "customer data usable at most 1 year after the contract/purchase ends" (§ 116 since 12 Nov 2025)."""
    known = {**STATUTE, "number_source": NumberSource.OWN_CUSTOMER}
    for seconds, is_past in ((1, False), (0, True), (-1, True)):
        bought = relationship(began_at=months_after(NOW, -12) + seconds * SECOND)
        told = reasons(call("SK", **known, relationships=(bought,)))
        assert told == ([Reason.CUSTOMER_WINDOW_PASSED] if is_past else [])
        assert reasons(call("SK", **{**known, "consents": (consent(),)}, relationships=(bought,))) == []
    assert reasons(call("SK", **known)) == [Reason.NO_CONSENT]


@pytest.mark.parametrize("voice", AUTOMATED)
def test_a_machine_asks_the_list_by_the_strict_reading_and_is_registered_by_both(voice: str) -> None:
    """House: the list is asked for machines too, and whoever sends them out is a marketing subject."""
    known = {"voice_mode": voice, "consents": (consent("marketing", voice),)}
    for profile, expected in (("strict", [Reason.REGISTER_LISTED]), ("statute", [])):
        assert reasons(call("SK", **known, profile=profile, registers=LISTED)) == expected
        assert reasons(call("SK", **known, profile=profile, registrations=())) == [Reason.CALLER_NOT_REGISTERED]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (None, [Reason.CLI_MISSING]),
        ("+4218879", [Reason.CLI_PREFIX_REQUIRED]),
        ("+4218880", []),
        ("+4218889", []),
        ("+4218890", [Reason.CLI_PREFIX_REQUIRED]),
        ("+4208880", [Reason.CLI_PREFIX_REQUIRED]),
    ],
)
@pytest.mark.parametrize("voice", ["live", "ai", "prerecorded"])
def test_the_prefix_is_asked_of_people_and_machines(shown: str | None, expected: list[Reason], voice: str) -> None:
    """Law: "(0)888 mandatory (1 million numbers) …; for live, automated, fax and SMS marketing"."""
    told = reasons(call("SK", **STATUTE, voice_mode=voice, caller_prefix=shown))
    assert {reason for reason in told if str(reason).startswith("cli")} == set(expected)


@pytest.mark.parametrize(
    ("party", "source", "is_exempt"),
    [
        (PartyType.COMPANY, NumberSource.PUBLIC_WEB, True),
        (PartyType.SOLE_TRADER, NumberSource.DIRECTORY, True),
        (PartyType.CONSUMER, NumberSource.PUBLIC_WEB, False),
        (None, NumberSource.PUBLIC_WEB, False),
        (PartyType.COMPANY, NumberSource.PURCHASED, False),
        (PartyType.COMPANY, None, False),
    ],
)
def test_a_published_business_number_is_exempt_from_the_prefix_and_not_from_the_list(
    party: PartyType | None, source: NumberSource | None, is_exempt: bool
) -> None:
    """Law: "Calls to a published number of an entrepreneur or legal person are exempt from the prefix"; "the list
    itself accepts any Slovak number, natural or legal person".
    """
    known = {**STATUTE, "party_type": party, "number_source": source}
    assert (reasons(call("SK", **known, caller_prefix=OTHER_NUMBER)) == []) is is_exempt
    assert Reason.REGISTER_LISTED in reasons(call("SK", **known, registers=LISTED))


@pytest.mark.parametrize("profile", ["strict", "statute"])
def test_the_caller_is_registered_on_the_day(profile: str) -> None:
    """Law: "caller must register as *marketing subject*"."""
    today = NOW.date()
    denied = [Reason.CALLER_NOT_REGISTERED]
    for days, holds in AROUND:
        begun = registration(valid_from=today - days * DAY)
        assert reasons(call("SK", profile=profile, registrations=(begun,))) == ([] if holds else denied)
        ended = registration(valid_to=today - days * DAY)
        assert reasons(call("SK", profile=profile, registrations=(ended,))) == (denied if holds else [])
    for other in (registration(authority="it-roc"), registration(holder=Holder.CONTROLLER)):
        assert reasons(call("SK", profile=profile, registrations=(other,))) == denied


@pytest.mark.parametrize("category", ["1", "14", "other"])
def test_a_listing_for_any_area_bars(category: str) -> None:
    """Law: "subscriber blocks all or any of 14 areas"; which product lies in which was not confirmed."""
    listed = answer(as_of=NOW, status=ListStatus.LISTED, categories=frozenset({category}))
    assert set(reasons(call("SK", **STATUTE, registers=(listed,)))) == {Reason.REGISTER_LISTED}
