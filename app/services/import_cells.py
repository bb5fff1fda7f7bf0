"""The cells of an imported file, read one by one: every fault names its column and its reason, never the value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from app.domain.form import CATEGORY, EARLIEST, TEXT
from app.domain.hours import Weekly, read_weekly
from app.domain.phone import InvalidNumber, parse

W = TypeVar("W", bound=StrEnum)

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
MAX_WORDS = 16
"""Words in one cell, as in the API: all of them stand in one log leaf."""


class Refused(Exception):
    """A cell cannot be read."""

    def __init__(self, column: str | None, code: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Origination:
    """What the rows share: where national numbers belong, the file's SHA-256, and when they are read."""

    region: str
    file: str
    now: datetime


def number_of(cells: Mapping[str, str], shared: Origination) -> int:
    """Read the number of a row.

    :raises Refused: when it is none.
    """
    try:
        return parse(cells["number"], region=cells.get("region", "").strip() or shared.region).key
    except InvalidNumber as fault:
        raise Refused("number", fault.fault.value) from None


def word_of(cells: Mapping[str, str], column: str, words: type[W]) -> W:
    """Read a word of a closed list.

    :raises Refused: when it is another.
    """
    try:
        return words(cells[column].strip())
    except ValueError:
        raise Refused(column, "unknown_word") from None


def words_of(cells: Mapping[str, str], column: str, read: Callable[[str], str]) -> tuple[str, ...]:
    """Read the words of a cell, parted by `|`.

    :raises Refused: when one is not known, or there are too many.
    """
    parts = [part.strip() for part in cells[column].split("|") if part.strip()]
    if len(parts) > MAX_WORDS:
        raise Refused(column, "too_many_words")
    try:
        return tuple(read(part) for part in parts)
    except ValueError:
        raise Refused(column, "unknown_word") from None


def category(text: str) -> str:
    """Read a product category.

    :raises ValueError: when it is none.
    """
    if not CATEGORY.fullmatch(text):
        raise ValueError(text)
    return text


def matching(cells: Mapping[str, str], column: str, pattern: re.Pattern[str]) -> str | None:
    """Read a cell that must have a form; None is that it is empty.

    :raises Refused: when it has another.
    """
    text = cells.get(column, "").strip()
    if text and not pattern.fullmatch(text):
        raise Refused(column, "not_as_expected")
    return text or None


def text_of(cells: Mapping[str, str], column: str) -> str | None:
    """Read free text; None is that the cell is empty.

    :raises Refused: when it is too long, or holds control characters.
    """
    text = cells.get(column, "").strip()
    if text and not TEXT.fullmatch(text):
        raise Refused(column, "bad_text")
    return text or None


def time_of(cells: Mapping[str, str], column: str, *, until: datetime) -> datetime:
    """Read an instant with its offset.

    :raises Refused: when it is none, or cannot be meant.
    """
    try:
        instant = datetime.fromisoformat(cells[column].strip())
    except ValueError:
        raise Refused(column, "not_a_time") from None
    if instant.tzinfo is None:
        raise Refused(column, "naive_time")
    if not EARLIEST <= instant <= until:
        raise Refused(column, "absurd_time")
    return instant


def evidence_of(cells: Mapping[str, str]) -> tuple[str, ...]:
    """Read the SHA-256 of an artefact, with or without its name; empty is that there is none.

    :raises Refused: when it is no SHA-256.
    """
    text = cells.get("evidence_sha256", "").strip()
    match = _SHA256.fullmatch(text)
    if text and match is None:
        raise Refused("evidence_sha256", "not_a_sha256")
    return () if match is None else (f"sha256:{match[1].lower()}",)


MAX_INTERVALS = 8
"""Intervals of one day, as in the API: all of them stand in one log leaf."""


def read_hours(text: str) -> Weekly:
    """Read hours of the week as files and commands write them: `sat 10:00-12:00|sun 10:00-12:00`.

    :raises ValueError: on anything else, or too many of one day.
    """
    week: dict[str, list[str]] = {}
    for part in text.split("|"):
        day, _, interval = part.strip().partition(" ")
        week.setdefault(day, []).append(interval.strip())
    if any(len(hours) > MAX_INTERVALS for hours in week.values()):
        raise ValueError("too many intervals of one day")
    return read_weekly(week)
