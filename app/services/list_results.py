"""The result file of a scrub: UTF-8, comma, CRLF, one line an input row, in input order."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.db.list_blocks import NO_NUMBER, Outcome, Rows
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
_FORMULA = ("=", "@", "\t", "\r", "\n", "＝", "＠", "＋", "－")
_DANGEROUS = frozenset((*_FORMULA, "+", "-"))
_QUOTED = re.compile(r"[\r\n\",]")
_PLAIN_NUMBER = re.compile(r"[+-][0-9 \u00a0\u202f().,/-]*")
_BEHIND_SEMICOLON = re.compile(r"(; *)(?=[=@＝＠＋－]|[+-](?![0-9 \u00a0\u202f().,/-]*(?:;|$)))")
"""Where a formula begins for a spreadsheet that divides by semicolons, as it does in Czech, Slovak and Polish."""


def result_pieces(
    blocks: Iterable[Rows], *, columns: Sequence[str], number: Callable[[int], str] = e164_of
) -> Iterator[bytes]:
    """Write the header, and then the lines of each block at once; `columns` are the file's own, behind ours. `number`
    writes a number.

    A column that is called like one of ours gets the prefix `original_`, again where that is taken. A cell
    that a spreadsheet would run as a formula gets an apostrophe; `+420…` is left alone.
    """
    yield _lines([header_of(columns)])
    for rows in blocks:
        yield _block(rows, width=len(columns), number=number)


def written_whole(pieces: Iterable[bytes], *, folder: Path) -> IO[bytes]:
    """Write a result whole before any of it is sent: what breaks off in the middle would look like a shorter one.

    The file stands in the folder and has no name; it goes when it is closed.
    """
    whole = TemporaryFile(dir=folder)  # noqa: SIM115  whoever sends it closes it
    try:
        whole.writelines(pieces)
        whole.seek(0)
    except BaseException:
        whole.close()
        raise
    return whole


def header_of(columns: Sequence[str]) -> list[str]:
    """Give the names of all columns of a result."""
    return [*OWN_COLUMNS, *(_unlike_ours(name, columns) for name in columns)]


def result_rows(rows: Rows, *, width: int, number: Callable[[int], str] = e164_of) -> Iterator[list[object]]:
    """Give the cells of each row of a result, whoever writes them: harmless, and as many as there are columns."""
    told = {code: _told(rows.outcomes[code]) for code in set(rows.codes)}
    for row, key, code, cells in zip(rows.rows, rows.numbers, rows.codes, rows.cells, strict=True):
        yield [row, "" if key == NO_NUMBER else number(key), *told[code], *_padded(cells, width)]


def _block(rows: Rows, *, width: int, number: Callable[[int], str]) -> bytes:
    told = {code: _told(rows.outcomes[code]) for code in set(rows.codes)}
    numbers = ["" if key == NO_NUMBER else number(key) for key in rows.numbers]
    cells = [_padded(one, width) for one in rows.cells]
    together = "".join(chain.from_iterable(cells))
    if ";" in together and _BEHIND_SEMICOLON.search(together):
        cells = [[_BEHIND_SEMICOLON.sub(r"\1'", cell) for cell in one] for one in cells]
    if not all(cells) or _QUOTED.search(together):
        whole = zip(rows.rows, numbers, rows.codes, cells, strict=True)
        return _lines([row, shown, *told[code], *own] for row, shown, code, own in whole)
    # where nothing is quoted, a line is its cells with commas between
    plain = {code: ",".join(words) for code, words in told.items()}
    joined = zip(rows.rows, numbers, rows.codes, map(",".join, cells), strict=True)
    text = "".join([f"{row},{shown},{plain[code]},{own}\r\n" for row, shown, code, own in joined])
    return text.encode("utf-8", "replace")


def _told(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.decision,
        outcome.reasons[0] if outcome.reasons else "",
        " ".join(outcome.reasons),
        outcome.not_before or "",
        outcome.checked_at,
        outcome.valid_until or "",
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
    safe = [safe_cell(cell) if cell[:1] in _DANGEROUS else cell for cell in cells]
    return safe if len(safe) >= width else safe + [""] * (width - len(safe))


def safe_cell(cell: str) -> str:
    """Keep a spreadsheet from running a cell, or a part of it that it takes for a cell (CWE-1236)."""
    if cell.startswith(_FORMULA) or (cell.startswith(("+", "-")) and not _PLAIN_NUMBER.fullmatch(cell)):
        cell = f"'{cell}"
    return _BEHIND_SEMICOLON.sub(r"\1'", cell) if ";" in cell else cell


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
