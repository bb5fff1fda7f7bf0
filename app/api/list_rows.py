"""The rows of a call list: a page of them, or the file to download."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Cursor, Limit, Strict
from app.api.operation import Call, operation
from app.api.paging import row_of
from app.db.list_rows import ListRow
from app.domain.access import Scope
from app.domain.phone import e164_of
from app.services.limits import RateLimit
from app.services.list_results import result_pieces
from app.web.files import sent_file
from app.work.list_reading import result_file, rows_page


class ListVerdict(StrEnum):
    """What became of a row; `all` is every row."""

    ALLOW = "allow"
    DENY = "deny"
    DEFER = "defer"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    ALL = "all"


class FileFormat(StrEnum):
    """How the result file is written."""

    CSV = "csv"


class RowsQuery(Strict):
    """Which rows; `cursor` is the row after which the page begins."""

    verdict: ListVerdict = ListVerdict.ALL
    limit: Limit = 100
    cursor: Cursor | None = None


class FileQuery(Strict):
    """Which rows, in which format."""

    verdict: ListVerdict = ListVerdict.ALLOW
    format: FileFormat = FileFormat.CSV


class RowAnswer(msgspec.Struct, kw_only=True):
    """One row of a list. `row` is its number as a spreadsheet shows it."""

    row: int
    number: str | None
    decision: ListVerdict
    primary_reason: str | None
    reasons: list[str]
    not_before: datetime | None
    checked_at: datetime
    valid_until: datetime | None
    cells: list[str]


class RowsAnswer(msgspec.Struct):
    """One page of rows, and the names of their columns."""

    columns: list[str]
    items: list[RowAnswer]
    next: str | None


@operation(
    api,
    "GET",
    "/v1/lists/<uuid:id>/rows",
    scope=Scope.LISTS_WRITE,
    summary="Rows of a list",
    query=RowsQuery,
    answer=RowsAnswer,
)
def list_rows(call: Call, id: str) -> dict[str, Any]:
    """Give a page of rows, those decided anew whose consents, suppressions or calls changed since the scrub."""
    query: RowsQuery = call.query
    page = rows_page(
        call.context,
        id=id,
        actor=call.actor,
        decision=_decision(query.verdict),
        after=row_of(query.cursor),
        limit=query.limit,
    )
    return {
        "columns": page.row["found"]["columns"],
        "items": [_answer(one) for one in page.rows],
        "next": str(page.rows[-1].row) if page.more else None,
    }


@operation(
    api,
    "GET",
    "/v1/lists/<uuid:id>/file",
    scope=Scope.LISTS_WRITE,
    summary="Download the rows of a list",
    query=FileQuery,
    answer=str,
    produces="text/csv",
    limit=RateLimit.BULK,
)
def download_list(call: Call, id: str) -> Response:
    """Send the rows of one verdict, or all, as CSV, with its length: a file that breaks off cannot be taken for one."""
    whole = result_file(
        call.context,
        id=id,
        actor=call.actor,
        decision=_decision(call.query.verdict),
        write=lambda rows, columns: result_pieces(rows, columns=columns),
    )
    headers = {"Content-Disposition": f'attachment; filename="{id}-{call.query.verdict.value}.csv"'}
    return sent_file(whole, headers=headers, content_type="text/csv; charset=utf-8")


def _decision(verdict: ListVerdict) -> str | None:
    return None if verdict is ListVerdict.ALL else verdict.value


def _answer(row: ListRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "number": None if row.number is None else e164_of(row.number),
        "decision": row.decision,
        "primary_reason": row.reasons[0] if row.reasons else None,
        "reasons": row.reasons,
        "not_before": row.not_before,
        "checked_at": row.checked_at,
        "valid_until": row.valid_until,
        "cells": row.cells,
    }
