"""Forms: what a word or a time may look like, each limit with both edges and both outer neighbours."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.form import (
    CATEGORY,
    EARLIEST,
    LANGUAGE,
    PLACE,
    SHA256,
    SLUG,
    TEXT,
    TOKEN,
    AbsurdTime,
    Malformed,
    refuse_absurd,
    require_form,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize("instant", [None, EARLIEST, EARLIEST + TICK, NOW, NOW + DAY])
def test_a_time_that_can_be_meant_is_taken(instant: datetime | None) -> None:
    refuse_absurd(instant, pointer="/since", now=NOW)


@pytest.mark.parametrize("instant", [EARLIEST - TICK, NOW + DAY + TICK])
def test_a_time_that_cannot_be_meant_is_refused_by_its_name(instant: datetime) -> None:
    with pytest.raises(AbsurdTime) as caught:
        refuse_absurd(instant, pointer="/since", now=NOW)
    assert (caught.value.pointer, caught.value.code) == ("/since", "absurd_time")
    assert caught.value.detail == "since is before 1990 or too far ahead"


def test_an_end_may_lie_as_far_ahead_as_is_said() -> None:
    end = NOW + 100 * DAY
    refuse_absurd(end, pointer="/expires_at", now=NOW, until=end)
    with pytest.raises(AbsurdTime):
        refuse_absurd(end + TICK, pointer="/expires_at", now=NOW, until=end)


FORMS = [
    (SLUG, ["a", "energo-1", "a" * 63], ["", "-a", "a-", "A", "a" * 64, "a\n"]),
    (TEXT, ["x", "Ř" * 200], ["", "x" * 201, "a\x1f", "a\x7f"]),
    (TOKEN, ["form-881", "12345678", "a" * 40], ["", "a" * 41, "a123456789", "a b"]),
    (CATEGORY, ["energy", "a123456", "a" * 40], ["", "1a", "a" * 41, "a1234567", "Energy"]),
    (PLACE, ["SK", "US-FL", "GB-ENG"], ["S", "sk", "US-", "US-FLOR", "USA"]),
    (LANGUAGE, ["cs", "ces", "pt-BR"], ["c", "cesk", "cs-", "CS"]),
    (SHA256, ["sha256:" + "a" * 64], ["sha256:" + "a" * 63, "sha256:" + "A" * 64, "a" * 64]),
]


@pytest.mark.parametrize(("form", "taken", "refused"), FORMS)
def test_a_word_has_its_form_or_is_refused_by_its_name(form: object, taken: list[str], refused: list[str]) -> None:
    for word in taken:
        require_form(form, word=word, other=None)  # type: ignore[arg-type]
    for word in refused:
        with pytest.raises(Malformed) as caught:
            require_form(form, other=None, word=word)  # type: ignore[arg-type]
        assert (caught.value.pointer, caught.value.detail, caught.value.code) == ("/word", "word", "malformed_field")


def test_a_time_that_is_absurd_is_told_by_its_name() -> None:
    with pytest.raises(AbsurdTime) as refusal:
        refuse_absurd(NOW.replace(year=1980), pointer="/since", now=NOW)
    assert refusal.value.detail == "since is before 1990 or too far ahead"
