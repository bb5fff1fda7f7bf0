"""Call lists: uploading one, watching its scrub, fetching what may be dialled and why the rest may not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Cursor, Limit, Slug, Strict, Text, Time
from app.api.operation import Call, committed, operation
from app.api.paging import id_of
from app.api.uploads import received_file
from app.context import Transaction
from app.db.identity import new_id
from app.db.lists import lists_page
from app.domain.access import Scope
from app.services.answers import rfc3339
from app.services.campaigns import campaign_for
from app.services.check_requests import require_ahead
from app.services.limits import RateLimit
from app.services.list_progress import cancel_list, pace_of
from app.services.lists import list_for, new_list_folder, receive_list, scrub_again


class ListUpload(Strict):
    """For which campaign, at which instant, and what is known better than by looking."""

    campaign: Slug
    controller: Slug | None = None
    filename: Text | None = None
    encoding: Text | None = None
    delimiter: Text | None = None
    sheet: Text | None = None
    column: Text | None = None
    at: Time | None = None


class ListsQuery(Strict):
    """A page of lists."""

    limit: Limit = 100
    cursor: Cursor | None = None


class ListFile(msgspec.Struct):
    """The file, and what was found by looking into it; null until then, or where its kind has no such thing."""

    name: str
    sha256: str
    bytes: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    other_sheets: list[str] | None
    column: str | None


ListState = Literal["received", "reading", "checking", "ready", "failed", "cancelled"]
ListCount = Literal["rows", "allow", "deny", "defer", "invalid", "duplicate"]


class ListAnswer(msgspec.Struct, kw_only=True):
    """A list: state, what was found by looking, and totals: rows = allow + deny + defer + invalid + duplicate.

    While it is checked, `progress` is the share that is done, `rate` the rows a second and `seconds_left` the time that
    is left at that rate. `same_as` is an earlier list of the same campaign and the same bytes.
    """

    id: str
    campaign: str
    controller: str
    state: ListState
    file: ListFile
    totals: dict[ListCount, int]
    reasons: dict[str, int]
    created_at: datetime
    checked_at: datetime | None
    valid_until: datetime | None
    progress: float
    rows_done: int
    rate: float | None
    seconds_left: int | None
    same_as: str | None
    fault: str | None


class ListsAnswer(msgspec.Struct):
    """One page; `next` is the cursor of the following one."""

    items: list[ListAnswer]
    next: str | None


@operation(
    api,
    "POST",
    "/v1/lists",
    scope=Scope.LISTS_WRITE,
    summary="Upload a call list to be scrubbed",
    query=ListUpload,
    answer=ListAnswer,
    status=202,
    takes_file=True,
    limit=RateLimit.BULK,
)
def upload_list(call: Call) -> Response:
    """Take a CSV or XLSX in; its scrub is planning, so each call still needs its check."""
    query: ListUpload = call.query
    with call.context.reading(reach=call.actor.controllers) as reading:
        campaign = campaign_for(reading.session, slug=query.campaign, controller=query.controller, actor=call.actor)
        require_ahead(query.at, now=reading.now)
        id = new_id(reading.now)
    folder = new_list_folder(call.context.data_dir, id)
    with received_file(call, name=query.filename) as upload, folder as place:
        options = {name: getattr(query, name) for name in ("encoding", "delimiter", "sheet", "column")}

        def receive(tx: Transaction) -> dict[str, Any]:
            upload.path.rename(place / "source")
            receive_list(
                tx.session,
                id=id,
                campaign=campaign,
                upload=upload,
                options=options,
                at=query.at,
                actor=call.actor,
                now=tx.now,
            )
            return list_answer(list_for(tx.session, id=id, actor=call.actor), now=tx.now)

        return committed(call, receive, status=202, reach=[campaign.controller_id], file=upload.sha256)


@operation(
    api,
    "GET",
    "/v1/lists",
    scope=Scope.LISTS_WRITE,
    summary="List uploads",
    query=ListsQuery,
    answer=ListsAnswer,
)
def list_lists(call: Call) -> dict[str, Any]:
    """List the key's lists, newest first."""
    limit: int = call.query.limit
    with call.context.reading(reach=call.actor.controllers) as reading:
        rows = lists_page(
            reading.session,
            controller_ids=call.actor.controllers,
            before=id_of(call.query.cursor),
            limit=limit + 1,
        )
    more = len(rows) > limit
    return {
        "items": [list_answer(row, now=reading.now) for row in rows[:limit]],
        "next": rows[limit - 1]["id"] if more else None,
    }


@operation(api, "GET", "/v1/lists/<uuid:id>", scope=Scope.LISTS_WRITE, summary="One list", answer=ListAnswer)
def show_list(call: Call, id: str) -> dict[str, Any]:
    """Give a list's state and totals."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        return list_answer(list_for(reading.session, id=id, actor=call.actor), now=reading.now)


@operation(
    api,
    "POST",
    "/v1/lists/<uuid:id>/scrub",
    scope=Scope.LISTS_WRITE,
    summary="Scrub a list again",
    limit=RateLimit.BULK,
    answer=ListAnswer,
    status=202,
)
def rescrub_list(call: Call, id: str) -> Response:
    """Queue another scrub of a list that is ready, stale, failed or cancelled."""

    def again(tx: Transaction) -> dict[str, Any]:
        scrub_again(tx.session, id=id, actor=call.actor, now=tx.now)
        return list_answer(list_for(tx.session, id=id, actor=call.actor), now=tx.now)

    return committed(call, again, status=202, reach=call.actor.controllers)


@operation(
    api,
    "POST",
    "/v1/lists/<uuid:id>/cancel",
    scope=Scope.LISTS_WRITE,
    summary="Cancel the scrub of a list",
    answer=ListAnswer,
)
def cancel(call: Call, id: str) -> Response:
    """End a list that waits or is being checked; it can be scrubbed again."""

    def end(tx: Transaction) -> dict[str, Any]:
        cancel_list(tx.session, id=id, actor=call.actor, now=tx.now)
        return list_answer(list_for(tx.session, id=id, actor=call.actor), now=tx.now)

    return committed(call, end, status=200, reach=call.actor.controllers)


def list_answer(row: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Give a list as the contract words it, as it is now."""
    pace = pace_of(row, now=now)
    found = row["found"]
    looked_up = {name: found.get(name) for name in ("encoding", "delimiter", "sheet", "other_sheets", "column")}
    return {
        "id": row["id"],
        "campaign": row["campaign"],
        "controller": row["controller"],
        "state": row["state"],
        "file": {
            "name": row["file_name"],
            "sha256": row["file_sha256"],
            "bytes": row["file_bytes"],
            **looked_up,
        },
        "totals": row["totals"],
        "reasons": row["reasons"],
        "created_at": rfc3339(row["created_at"]),
        "checked_at": rfc3339(row["checked_at"]),
        "valid_until": rfc3339(row["valid_until"]) if row["state"] == "ready" else None,
        "progress": row["progress"],
        "rows_done": row["rows_done"],
        "rate": None if pace is None else pace.rate,
        "seconds_left": None if pace is None else pace.seconds_left,
        "same_as": row["same_as"],
        "fault": row["fault"],
    }
