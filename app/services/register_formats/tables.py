"""The formats of any country: a number a line, or a table of numbers with what else is known of them.

- `plain`: a number a line.
- `csv`: a header with `number`, and as they are wanted `categories` (several parted by `|`), `listed_on` (as in
  2026-03-01) and `status` (`listed` or `unlisted`; of a register that answers for what it is asked alone).
- `sk-list`: a number, and the areas it is closed to, 1 to 14; none are all. A header is `number,areas`.
- `positive`: who wishes to be called: as `plain`, or as `csv` without `status`.

Cells are parted by comma, semicolon or tab, whichever comes first in the first line. The encoding is UTF-8.
"""

import csv
import re
from collections.abc import Callable
from functools import lru_cache

from app.domain.register import Coverage
from app.services.import_rows import BadColumns
from app.services.register_formats.line import LineFault, Reading, ReadLine, RefusedLine, day_of, key_of
from app.services.register_formats.numbers import number_reader

_BOM = b"\xef\xbb\xbf"
_DELIMITER = re.compile(r"[,;\t]")
_STATUS = {"": False, "listed": False, "unlisted": True}
Bits = Callable[[str], int]


def plain_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read a number a line."""
    number = number_reader(reading.register.region)

    def read(line: bytes) -> int:
        return key_of(number(line.removeprefix(_BOM)))

    return read, False


def table_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read a table under its header.

    :raises BadColumns: when a column is missing, unknown or doubled, or does not belong to this register.
    """
    has_status = ("status",) if reading.register.coverage is Coverage.ASKED else ()
    return _under_header(reading, first, optional=("listed_on", *has_status)), True


def positive_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read a directory of who wishes to be called.

    :raises BadColumns: as for a table.
    """
    if not reading.register.categories and "number" not in _header(first)[0]:
        return plain_line(reading, first)
    return _under_header(reading, first, optional=("listed_on",)), True


def slovak_line(reading: Reading, first: bytes) -> tuple[ReadLine, bool]:
    """Read the Slovak list. It says of a number in which areas it must not be called; of none, in no area at all.

    :raises BadColumns: when there is a header, and it is another.
    """
    names, delimiter = _header(first)
    has_header = not re.search(r"[0-9]", names[0])
    if has_header and names not in (["number"], ["number", "areas"]):
        raise BadColumns("the columns are number and areas")
    areas = _category_bits(reading)
    number = number_reader(reading.register.region)
    every = (1 << len(reading.register.categories)) - 1

    def read(line: bytes) -> int:
        cells = _cells(line, delimiter)
        if len(cells) > 2:
            raise RefusedLine(LineFault.WRONG_CELLS)
        given = cells[1].strip() if len(cells) == 2 else ""
        return key_of(number(cells[0].strip().encode()), categories=areas(given) if given else every)

    return read, has_header


def _under_header(reading: Reading, first: bytes, *, optional: tuple[str, ...]) -> ReadLine:
    names, delimiter = _header(first)
    required = ("number", "categories") if reading.register.categories else ("number",)
    if missing := [name for name in required if name not in names]:
        raise BadColumns(f"missing: {', '.join(missing)}")
    if any(name not in (*required, *optional) for name in names):
        raise BadColumns(f"the columns are {', '.join((*required, *optional))}")
    if len(set(names)) < len(names):
        raise BadColumns("a column is there twice")
    places = {name: names.index(name) for name in names}
    at, width = places["number"], len(names)
    number = number_reader(reading.register.region)
    bits = _category_bits(reading)
    day = lru_cache(maxsize=4096)(lambda text: day_of(text, until=reading.as_of))

    def read(line: bytes) -> int:
        cells = _cells(line, delimiter)
        if len(cells) != width:
            raise RefusedLine(LineFault.WRONG_CELLS)
        known = {name: cells[place].strip() for name, place in places.items()}
        status = known.get("status", "").casefold()
        if status not in _STATUS:
            raise RefusedLine(LineFault.UNKNOWN_WORD)
        is_unlisted = _STATUS[status]
        return key_of(
            number(cells[at].strip().encode()),
            categories=bits(known["categories"]) if "categories" in known and not is_unlisted else 0,
            listed_on=day(known["listed_on"]) if known.get("listed_on") else None,
            is_unlisted=is_unlisted,
        )

    return read


def _category_bits(reading: Reading) -> Bits:
    bit_of = {word: 1 << bit for bit, word in enumerate(reading.register.categories)}

    @lru_cache(maxsize=4096)
    def bits(cell: str) -> int:
        """Read words into bits. No word at all is refused: some would take it for every one, others for none."""
        found = 0
        for word in cell.casefold().split("|"):
            if not word.strip():
                raise RefusedLine(LineFault.NO_CATEGORY)
            if word.strip() not in bit_of:
                raise RefusedLine(LineFault.UNKNOWN_CATEGORY)
            found |= bit_of[word.strip()]
        return found

    return bits


def _header(first: bytes) -> tuple[list[str], str]:
    """Give the names in a first line, and what parts its cells."""
    text = first.removeprefix(_BOM).decode(errors="replace")
    found = _DELIMITER.search(text)
    delimiter = found[0] if found else ","
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [""])
    except csv.Error:
        cells = [""]
    return [cell.strip().casefold() for cell in cells], delimiter


def _cells(line: bytes, delimiter: str) -> list[str]:
    try:
        text = line.removeprefix(_BOM).decode()
        if '"' not in text:
            return text.split(delimiter)
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        raise RefusedLine(LineFault.UNDECODABLE) from None
    except csv.Error:
        raise RefusedLine(LineFault.UNCLOSED_QUOTE) from None
