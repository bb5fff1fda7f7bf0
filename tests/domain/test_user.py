"""Users: the form of addresses and passwords, how long sessions last, and how long must be waited."""

from datetime import timedelta

import pytest

from app.domain.user import EMAIL, LONGEST_WAIT, SessionLimits, WeakPassword, plain_email, require_password, wait_after
from tests.gate import WEDNESDAY

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("email", "is_one", "why"),
    [
        ("dana@energo.cz", True, "an ordinary address"),
        ("dana.novotna+gate@mail.energo.cz", True, "with a tag, at a host below"),
        ("dana@localhost", True, "a host of the house itself"),
        ("dana", False, "no host"),
        ("dana@", False, "an empty host"),
        ("@energo.cz", False, "nobody"),
        ("dana novotna@energo.cz", False, "a blank"),
        ("dana@energo.cz\n", False, "a second line"),
        ("a" * 65 + "@energo.cz", False, "a longer name than mail knows"),
        ("dana@" + "a" * 64 + ".cz", False, "a longer label than names have"),
    ],
)
def test_the_form_of_an_address(email: str, is_one: bool, why: str) -> None:
    assert (EMAIL.fullmatch(email) is not None) is is_one, why


def test_an_address_is_kept_in_small_letters_without_blanks() -> None:
    assert plain_email("  Dana@Energo.CZ ") == "dana@energo.cz"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"),
        ("abcdefghijk", "eleven characters"),
        ("a" * 20, "one character, repeated"),
        ("abababababab", "two characters, repeated"),
        ("dana.novotna@energo.cz", "the address"),
        ("Dana.Novotna2026", "the name in the address, and a year"),
        ("correct horse" * 20, "longer than anybody types"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, why: str) -> None:
    with pytest.raises(WeakPassword):
        require_password(password, email="dana.novotna@energo.cz")


@pytest.mark.parametrize("password", ["correct horse battery", "abcdefghijkl", "žluťoučký kůň", "x" * 100 + "abcd"])
def test_the_length_of_a_password_is_what_counts(password: str) -> None:
    require_password(password, email="dana.novotna@energo.cz")


def test_a_session_ends_without_use_and_in_any_case() -> None:
    limits = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
    began = WEDNESDAY
    for age, idle, lives in (
        (timedelta(0), timedelta(0), True),
        (timedelta(hours=1), timedelta(minutes=30) - SECOND, True),
        (timedelta(hours=1), timedelta(minutes=30), False),
        (timedelta(hours=12) - SECOND, timedelta(0), True),
        (timedelta(hours=12), timedelta(0), False),
    ):
        now = began + age
        assert limits.allows(created_at=began, last_seen_at=now - idle, now=now) is lives, (age, idle)


def test_the_wait_doubles_and_never_locks_out_for_ever() -> None:
    waits = [wait_after(count, free=5).total_seconds() for count in range(4, 9)]
    assert waits == [0, 0, 2, 4, 8]
    assert wait_after(5 + 9, free=5) == timedelta(seconds=512)
    assert wait_after(5 + 10, free=5) == wait_after(10**9, free=5) == LONGEST_WAIT
    minute = timedelta(minutes=1)
    assert [wait_after(count, free=5, longest=minute).total_seconds() for count in (5, 10, 11, 999)] == [0, 32, 60, 60]
