"""The log: streamed to auditors."""

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Slug, Strict, Time
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.services.log_export import ExportFormat, LogRow, Place, export_lines, read_log_page, readable_logs


class ExportQuery(Strict):
    """Which entries: of one controller or of all the key's, `from` inclusive, `to` exclusive."""

    format: ExportFormat = ExportFormat.JSONL
    controller: Slug | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None


@operation(
    api,
    "GET",
    "/v1/log/export",
    scope=Scope.AUDIT_READ,
    summary="Download the log",
    query=ExportQuery,
    answer=str,
    produces="application/x-ndjson",
)
def export_log(call: Call) -> Response:
    """Stream the log. The first page is read before the status is sent, so a failure is never an empty 200."""
    query: ExportQuery = call.query
    with call.context.reading(reach=call.actor.controllers) as reading:
        log_ids = readable_logs(reading.session, actor=call.actor, controller=query.controller)
    settled = call.context.settled_before()
    before = min(query.to or settled, settled)

    def read_page(after: Place | None) -> Sequence[LogRow]:
        with call.context.reading(reach=call.actor.controllers) as page:
            return read_log_page(page.session, log_ids=log_ids, since=query.from_, before=before, after=after)

    pieces: Iterator[bytes] = export_lines(read_page, format=query.format)
    first = next(pieces, b"")
    is_csv = query.format is ExportFormat.CSV
    return Response(
        chain([first], pieces),
        200,
        headers={"Content-Disposition": f'attachment; filename="dialgate-log.{query.format.value}"'},
        content_type="text/csv; charset=utf-8" if is_csv else "application/x-ndjson",
    )
