"""The log: streamed to auditors, and searched."""

from datetime import datetime
from itertools import chain
from typing import Annotated, Any

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.consents import number_of
from app.api.fields import Country, Cursor, Limit, Number, Slug, Strict, Time
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.domain.decision import Verdict
from app.domain.leaf import LeafKind
from app.domain.reason import Reason
from app.services.cursors import cursor_of, place_of
from app.services.limits import RateLimit
from app.services.log_export import ExportFormat, entry_values
from app.services.log_search import EntrySearch
from app.work.log_reading import Export, exported_log, searched_log

Act = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,39}(?![\s\S])", examples=["revoked"])]


class ExportQuery(Strict):
    """Which entries: of one controller or of all the key's, `from` inclusive, `to` exclusive. `campaign`, `verdict`
    and `reason` (any of a decision's reasons) choose checks.
    """

    format: ExportFormat = ExportFormat.JSONL
    controller: Slug | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None
    kind: LeafKind | None = None
    campaign: Slug | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None


class LogSearchBody(Strict):
    """What to look for in the log: entries on a number, of a controller, of a kind, of an act (as in `revoked`).

    Times bound when an entry was recorded: from inclusive, to exclusive. `region` reads a national number.
    """

    number: Number | None = None
    region: Country | None = None
    controller: Slug | None = None
    kind: LeafKind | None = None
    act: Act | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class EntryAnswer(msgspec.Struct, kw_only=True):
    """One entry: the exact text of its leaf, the hash of it, and the opening; `salt` and `fields` are null where the
    opening is erased.
    """

    entry: str
    log: str
    at: datetime
    kind: LeafKind
    leaf_hash: str
    leaf: str
    number: str | None
    salt: str | None
    fields: dict[str, Any] | None


class EntriesAnswer(msgspec.Struct):
    """One page, newest first; `next` is the cursor of the following one. Only where it is null is there nothing
    more: a page looks at a bounded stretch of the log, and may hold fewer entries than asked for, even none.
    """

    items: list[EntryAnswer]
    next: str | None


@operation(
    api,
    "GET",
    "/v1/log/export",
    scope=Scope.AUDIT_READ,
    summary="Download the log",
    query=ExportQuery,
    answer=str,
    produces=("application/x-ndjson", "text/csv", "application/vnd.apache.parquet"),
    limit=RateLimit.BULK,
)
def export_log(call: Call) -> Response:
    """Stream the log. The first page is read before the status is sent, so a failure is never an empty 200."""
    query: ExportQuery = call.query
    wanted = Export(
        format=query.format,
        controller=query.controller,
        since=query.from_,
        before=query.to,
        kind=query.kind,
        campaign=query.campaign,
        verdict=query.verdict,
        reason=query.reason,
    )
    pieces = exported_log(call.context, wanted=wanted, actor=call.actor)
    first = next(pieces)
    headers = {"Content-Disposition": f'attachment; filename="dialgate-log.{query.format.value}"'}
    return Response(chain([first], pieces), 200, headers=headers, content_type=query.format.media_type)


@operation(
    api,
    "POST",
    "/v1/log/search",
    scope=Scope.AUDIT_READ,
    summary="Search the log",
    body=LogSearchBody,
    answer=EntriesAnswer,
)
def search_log(call: Call) -> dict[str, Any]:
    """Give entries of any kind with their openings, newest first. That they were read goes on record."""
    body: LogSearchBody = call.body
    phone = None if body.number is None else number_of(body.number, body.region or "")
    wanted = EntrySearch(
        number=None if phone is None else phone.key,
        controller=body.controller,
        kind=body.kind,
        act=body.act,
        since=body.from_,
        before=body.to,
    )
    after = place_of(body.cursor)
    found = searched_log(call.context, wanted=wanted, actor=call.actor, after=after, limit=body.limit)
    return {
        "items": [entry_values(row) for row in found.rows],
        "next": None if found.next is None else cursor_of(*found.next),
    }
