"""The result file of a scrub: UTF-8, comma, CRLF, one line an input row, in input order."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from app.db.list_rows import ListRow
from app.domain.phone import e164_of

OWN_COLUMNS = (
    "row",
    "number",
    "decision",
    "primary_reason",
    "reasons",
    "not_before",
    "checked_at",
    "valid_until",
)
_PLAIN_NUMBER = re.compile(r"[+-][0-9 ().,/-]*")


def result_lines(rows: Iterable[ListRow], *, columns: Sequence[str]) -> Iterator[bytes]:
    """Write the header and one line a row; `columns` are the file's own, behind ours.

    A column that is called like one of ours gets the prefix `original_`, again where that is taken. A cell
    that a spreadsheet would run as a formula gets an apostrophe; `+420…` is left alone.
    """
    yield _line([*OWN_COLUMNS, *(_unlike_ours(name, columns) for name in columns)])
    for row in rows:
        yield _line(
            [
                str(row.row),
                "" if row.number is None else e164_of(row.number),
                row.decision,
                row.reasons[0] if row.reasons else "",
                " ".join(row.reasons),
                row.not_before or "",
                row.checked_at,
                row.valid_until or "",
                *_padded(row.cells, len(columns)),
            ]
        )


def _unlike_ours(name: str, columns: Sequence[str]) -> str:
    if name not in OWN_COLUMNS:
        return name
    name = f"original_{name}"
    while name in columns:
        name = f"original_{name}"
    return name


def column_names(header: Sequence[str] | None, width: int) -> list[str]:
    """Name the columns of a file; where it has no header, or a blank name, by their place."""
    names = list(header or ())[:width]
    names += [""] * (width - len(names))
    return [safe_cell(name.strip()) or f"column_{place}" for place, name in enumerate(names, start=1)]


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*(safe_cell(cell) for cell in cells), *([""] * (width - len(cells)))]


def safe_cell(cell: str) -> str:
    """Keep a spreadsheet from running a cell (CWE-1236)."""
    if cell.startswith(("=", "@", "\t", "\r")):
        return f"'{cell}"
    if cell.startswith(("+", "-")) and not _PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode("utf-8", "replace")
