"""The rows of a call list: a page of them, or the file to download."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Cursor, Limit, Strict
from app.api.operation import Call, operation
from app.api.paging import row_of
from app.db.list_rows import ListRow, columns_of, rows_of
from app.domain.access import Scope
from app.domain.phone import e164_of
from app.services.limits import RateLimit
from app.services.list_results import result_file, result_pieces
from app.services.lookups import LookupAct, record_lookup
from app.work.scrub_report import usable_rows

PIECE = 262_144
"""Bytes that are sent at once."""


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
    after = row_of(query.cursor)
    with usable_rows(call.context, id=id, actor=call.actor) as (row, store):
        found = list(rows_of(store, decision=_decision(query.verdict), after=after, limit=query.limit + 1))
    page = found[: query.limit]
    more = len(found) > query.limit
    _record(call, row, LookupAct.LIST_ROWS_SHOWN, found=len(page))
    return {
        "columns": row["found"]["columns"],
        "items": [_answer(one) for one in page],
        "next": str(page[-1].row) if more else None,
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
    whole = result_file(_pieces(call, id, _decision(call.query.verdict)), folder=call.context.data_dir)
    headers = {
        "Content-Disposition": f'attachment; filename="{id}-{call.query.verdict.value}.csv"',
        "Content-Length": str(os.fstat(whole.fileno()).st_size),
    }
    sent = Response(iter(partial(whole.read, PIECE), b""), 200, headers=headers, content_type="text/csv; charset=utf-8")
    sent.call_on_close(whole.close)
    return sent


def _record(call: Call, row: Mapping[str, Any], act: LookupAct, *, found: int | None) -> None:
    about = {"list": row["id"], "rows": call.query.verdict.value}
    with call.context.transaction(reach=call.actor.controllers) as tx:
        shown = {row["controller_id"]: found}
        record_lookup(tx.session, actor=call.actor, act=act, shown=shown, about=about, now=tx.now)


def _pieces(call: Call, id: str, decision: str | None) -> Iterator[bytes]:
    with usable_rows(call.context, id=id, actor=call.actor) as (row, store):
        _record(call, row, LookupAct.LIST_DOWNLOADED, found=None)
        yield from result_pieces(columns_of(store, decision=decision), columns=row["found"]["columns"])


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
