"""What a line of a register's file is read into, and what can be the matter with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.db.register_files import payload_of
from app.domain.errors import InvalidInput
from app.domain.register import Register, RegisterFormat

MAX_LINE = 1024
"""Bytes of a line: a number, its categories and a day are far shorter."""
KEY_SHIFT = 32
FORMAT_ENDS = {RegisterFormat.TPS: b"\n"}
"""Formats in which the end of a line belongs to the record; elsewhere CR LF and LF are one, and the last may lack."""


class LineFault(StrEnum):
    """Why a line is none of its format; where the number is to blame, `NumberFault` says more."""

    BLANK_LINE = "blank_line"
    LINE_TOO_LONG = "line_too_long"
    UNENDED_LINE = "unended_line"
    UNDECODABLE = "undecodable"
    BAD_RECORD = "bad_record"
    AMBIGUOUS_NUMBER = "ambiguous_number"
    UNCLOSED_QUOTE = "unclosed_quote"
    WRONG_CELLS = "wrong_cells"
    NO_CATEGORY = "no_category"
    UNKNOWN_CATEGORY = "unknown_category"
    BAD_DATE = "bad_date"
    UNKNOWN_WORD = "unknown_word"
    NOT_SUBMITTED = "not_submitted"


class RefusedLine(Exception):
    """A line is not of its format; `code` says why, and the line itself is not repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoChangeList(InvalidInput):
    """There are no change lists in this register's format."""

    code = "no_change_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read: of which register, as of which day, and whether it holds changes alone."""

    register: Register
    as_of: date
    is_change_list: bool = False


ReadLine = Callable[[bytes], int]
"""Reads a line, without its end, into a key; raises `RefusedLine`."""
LineReader = Callable[[Reading, bytes], tuple[ReadLine, bool]]


def key_of(number: int, *, categories: int = 0, listed_on: date | None = None, is_unlisted: bool = False) -> int:
    """Put a number and what is known of it into one key; keys sort as their numbers do."""
    return number << KEY_SHIFT | payload_of(categories=categories, listed_on=listed_on, is_unlisted=is_unlisted)


def day_of(text: str, *, until: date) -> date:
    """Read a day as `2026-03-01`.

    :raises RefusedLine: when it is none, or after `until`: a register does not know the future.
    """
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or day > until:
        raise RefusedLine(LineFault.BAD_DATE)
    return day
