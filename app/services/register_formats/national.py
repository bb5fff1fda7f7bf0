"""The formats whose lines are digits alone, of one country: what the register says is listed, existing or not.

- `tps`: records of twelve characters and CR LF, the number from its 0 on; blanks after the dialling code, or none.
- `us-dnc`, `ca-dncl`: ten digits, or `AAA,NNNNNNN`.
- The change list of `us-dnc`: `AAA,NNNNNNN,YYYY-MM-DD,A`, with `D` for what was deleted; ten digits will do, too.
- `it-rpo`: a number a line, `+39…` or as dialled in Italy.
"""

import re
from functools import lru_cache

from app.domain.register import RegisterFormat
from app.services.register_formats.line import (
    KEY_SHIFT,
    LineFault,
    NoChangeList,
    Reading,
    ReadLine,
    RefusedLine,
    day_of,
    key_of,
)
from app.services.register_formats.numbers import number_reader

_TPS = re.compile(rb"0([0-9]{2,5}) *([0-9]{4,8}) *\r")
_TPS_BYTES = 13
"""Twelve characters and the carriage return; the line feed was what parted the lines."""
_NORTH_AMERICAN = re.compile(rb"([0-9]{3}),?([0-9]{7})")
_CHANGE = re.compile(rb"([0-9]{3}),?([0-9]{7}),([0-9]{4}-[0-9]{2}-[0-9]{2}),([AD])")
_BRITISH_DIGITS = (7, 10)


def tps_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read TPS and CTPS. The records have a fixed length, so a file that was cut off is seen to be."""

    def read(line: bytes) -> int:
        record = _TPS.fullmatch(line)
        if record is None or len(line) != _TPS_BYTES:
            raise RefusedLine(LineFault.BAD_RECORD)
        digits = record[1] + record[2]
        if not _BRITISH_DIGITS[0] <= len(digits) <= _BRITISH_DIGITS[1]:
            raise RefusedLine(LineFault.BAD_RECORD)
        return int(b"44" + digits) << KEY_SHIFT

    return read, False


def north_american_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read a full list of the USA or Canada."""

    def read(line: bytes) -> int:
        record = _NORTH_AMERICAN.fullmatch(line)
        if record is None:
            raise RefusedLine(LineFault.BAD_RECORD if line else LineFault.BLANK_LINE)
        return int(b"1" + record[1] + record[2]) << KEY_SHIFT

    return read, False


def change_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read a change list: the day is that of the change, and `is_unlisted` that the number was deleted.

    :raises NoChangeList: for another register than that of the USA.
    """
    if reading.register.format is not RegisterFormat.US_DNC:
        raise NoChangeList()
    day = lru_cache(maxsize=512)(lambda text: day_of(text.decode(), until=reading.as_of))

    def read(line: bytes) -> int:
        record = _CHANGE.fullmatch(line)
        if record is None:
            raise RefusedLine(LineFault.BAD_RECORD if line else LineFault.BLANK_LINE)
        return key_of(int(b"1" + record[1] + record[2]), listed_on=day(record[3]), is_unlisted=record[4] == b"D")

    return read, False


def answer_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read the answer of a register that returns, of what it was sent, the numbers that are not listed."""
    number = number_reader(reading.register.region)

    def read(line: bytes) -> int:
        return key_of(number(line), is_unlisted=True)

    return read, False
