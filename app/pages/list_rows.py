"""The rows of a list, to look through and to download."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from app.db.list_blocks import EarlierForm, Rows
from app.db.list_rows import ListRow
from app.domain.access import Scope
from app.domain.phone import e164_of
from app.domain.reason import Reason
from app.pages.access import Visit, page
from app.pages.campaign_words import VERDICTS
from app.pages.hidden_cells import hidden, hidden_rows, number_writer, phone_place, sees_numbers
from app.pages.list_words import INVALID, what_lifts, why
from app.pages.numbers import shown_text
from app.services.list_release import ListNotReleased
from app.services.list_results import result_pieces
from app.services.list_workbook import workbook_pieces
from app.services.lists import ListNotReady, ListStale, list_for
from app.web.files import sent_file
from app.work.list_reading import result_file, rows_page

SEE_OTHER = 303
AT_ONCE = 50
LAST = 2**31
"""Behind the last row of any file."""
REASONS = [*(one.value for one in Reason), *sorted(INVALID), "duplicate"]
FORMATS = {
    "csv": (result_pieces, "text/csv; charset=utf-8"),
    "xlsx": (workbook_pieces, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_TO_DIAL = (None, "allow")
"""The files that hold numbers to dial: of these verdicts. The others are there for mending."""


@page("/campaigns/lists/<uuid:id>/rows", to=Scope.LISTS_WRITE)
def list_rows_page(visit: Visit, id: UUID) -> str | Response:
    """Show fifty rows of a list, of one verdict and reason or of any."""
    verdict = _one_of(request.args.get("verdict"), list(VERDICTS))
    reason = _one_of(request.args.get("reason"), REASONS)
    after = request.args.get("after", 0, type=int)
    try:
        found = rows_page(
            visit.context,
            id=str(id),
            actor=visit.actor,
            decision=verdict,
            reason=reason,
            after=min(max(after, 0), LAST),
            limit=AT_ONCE,
        )
    except (ListNotReady, ListStale, EarlierForm):
        return redirect(f"/campaigns/lists/{id}", SEE_OTHER)
    place = phone_place(found.row["found"])
    chosen = {name: value for name, value in (("verdict", verdict), ("reason", reason)) if value}
    more = urlencode(chosen | {"after": found.rows[-1].row}) if found.more else None
    return render_template(
        "list_rows.html",
        row=found.row,
        rows=[_shown(visit, one, place) for one in found.rows],
        columns=[shown_text(name) for at, name in enumerate(found.row["found"]["columns"]) if at != place],
        verdict=verdict,
        reason=reason,
        verdicts=VERDICTS,
        reasons={code: why(code) for code in sorted(found.row["reasons"], key=why)},
        is_first=after <= 0,
        first=f"/campaigns/lists/{id}/rows" + (f"?{urlencode(chosen)}" if chosen else ""),
        after=f"/campaigns/lists/{id}/rows?{more}" if more else None,
    )


@page("/campaigns/lists/<uuid:id>/file", to=Scope.LISTS_WRITE)
def list_file(visit: Visit, id: UUID) -> Response:
    """Give the rows of a verdict, or all, as a file. Numbers to dial only when the list is released."""
    verdict = _one_of(request.args.get("verdict"), list(VERDICTS))
    format = _one_of(request.args.get("format"), list(FORMATS)) or "csv"
    writer, content_type = FORMATS[format]
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        row = list_for(reading.session, id=str(id), actor=visit.actor)
    place = phone_place(row["found"])

    def write(blocks: Iterable[Rows], columns: Sequence[str]) -> Iterator[bytes]:
        shown = blocks if sees_numbers(visit) else hidden_rows(blocks, place=place)
        return writer(shown, columns=list(map(shown_text, columns)), number=number_writer(visit))

    try:
        whole = result_file(
            visit.context,
            id=str(id),
            actor=visit.actor,
            decision=verdict,
            write=write,
            released=verdict in _TO_DIAL,
        )
    except (ListNotReady, ListStale, EarlierForm, ListNotReleased):
        return redirect(f"/campaigns/lists/{id}#release", SEE_OTHER)
    name = quote(f"{shown_text(PurePath(row['file_name']).stem)}-{verdict or 'all'}.{format}", safe="")
    plain = f"{id}-{verdict or 'all'}.{format}"
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"}
    return sent_file(whole, headers=headers, content_type=content_type)


def _one_of(text: str | None, known: Sequence[str]) -> str | None:
    return text if text in known else None


def _shown(visit: Visit, one: ListRow, place: int | None) -> dict[str, Any]:
    """Give a row as the page shows it: its own cells but the number's, which stands in front."""
    cells = list(one.cells) if sees_numbers(visit) else hidden(one.cells, place=place)
    written = cells[place] if place is not None and place < len(cells) else ""
    return {
        "row": one.row,
        "number": None if one.number is None else e164_of(one.number),
        "written": written,
        "decision": one.decision,
        "reasons": [why(code) for code in one.reasons],
        "codes": one.reasons,
        "lifts": what_lifts(one.reasons[0]) if one.reasons else None,
        "not_before": None if one.not_before is None else datetime.fromisoformat(one.not_before),
        "cells": [cell for at, cell in enumerate(cells) if at != place],
    }
