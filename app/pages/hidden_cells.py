"""The rows of a list for whoever may not see numbers: references in place of them, and no cell that could hold one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.db.list_blocks import Rows
from app.domain.phone import e164_of
from app.pages.access import Visit
from app.pages.numbers import reference

HIDDEN = "•••"
DIGITS = 7
"""From so many digits on a cell might be a telephone number, or hold one; a date is then hidden too."""


def sees_numbers(visit: Visit) -> bool:
    """Tell whether the visitor may see telephone numbers."""
    return visit.user.sees_numbers


def phone_place(found: Mapping[str, Any]) -> int | None:
    """Give the place of the column of numbers, from what was recognised; None where its name is not among them."""
    columns = found.get("columns", [])
    return columns.index(found["column"]) if found.get("column") in columns else None


def hidden(cells: Sequence[str], *, place: int | None) -> list[str]:
    """Give the cells of a row without those that hold a number, or might."""
    return [
        HIDDEN if cell and (at == place or sum(map(str.isdigit, cell)) >= DIGITS) else cell
        for at, cell in enumerate(cells)
    ]


def hidden_rows(blocks: Iterable[Rows], *, place: int | None) -> Iterator[Rows]:
    """Give blocks of rows, hidden like that; their numbers are for `number_writer`."""
    for rows in blocks:
        yield replace(rows, cells=[hidden(cells, place=place) for cells in rows.cells])


def number_writer(visit: Visit) -> Callable[[int], str]:
    """Give what writes a number into this visitor's files: the number, or its reference."""
    if sees_numbers(visit):
        return e164_of
    pepper = visit.context.api_key_pepper
    return lambda number: reference(e164_of(number), pepper=pepper)
