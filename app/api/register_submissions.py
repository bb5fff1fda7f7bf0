"""Submissions: the numbers of a list that a register is sent, which answers for what it is asked alone."""

from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Strict
from app.api.operation import Call, committed, earlier_answer, operation
from app.domain.access import Scope
from app.services.lookups import LookupAct, Shown, record_lookup
from app.services.register_answers import submission_answer
from app.services.register_folders import registers_folder
from app.services.register_submissions import submission_for, submitted_lines
from app.work.register_submission import prepared_submission


class SubmissionBody(Strict):
    """The list whose numbers are to be asked about."""

    list: UUID


class SubmissionAnswer(msgspec.Struct, kw_only=True):
    """A submission, without its numbers."""

    id: str
    register: str
    list: str
    count: int
    digest: str
    submitted_by: str
    submitted_at: datetime


@operation(
    api,
    "POST",
    "/v1/registers/<slug>/submissions",
    scope=Scope.REGISTERS_WRITE,
    summary="Make a submission of a list",
    body=SubmissionBody,
    answer=SubmissionAnswer,
    status=201,
)
def create_submission(call: Call, slug: str) -> Response:
    """Note which numbers of a list a register must be asked about: those without an answer that is young enough."""
    if (answered := earlier_answer(call, file="")) is not None:
        return answered
    asked: dict[str, Any] = {"register": slug, "list_id": str(call.body.list), "actor": call.actor}
    with prepared_submission(call.context, **asked) as prepared:
        return committed(call, lambda tx: submission_answer(prepared.make(tx, actor=call.actor)), status=201, file="")


@operation(
    api,
    "GET",
    "/v1/registers/<slug>/submissions/<uuid:id>",
    scope=Scope.REGISTERS_WRITE,
    summary="Download the numbers of a submission",
    answer=str,
    produces="text/plain",
)
def download_submission(call: Call, slug: str, id: str) -> Response:
    """Stream the numbers of a submission, one E.164 a line. Who fetched them goes on record."""
    call.actor.require_all_controllers()
    with call.context.reading() as reading:
        row = submission_for(reading.session, slug=slug, id=id)
    pieces = submitted_lines(registers_folder(call.context.data_dir), row)
    first = next(pieces)
    with call.context.transaction() as tx:
        about = {"list": row["list_id"], "rows": "submission"}
        shown: Shown = {None: row["count"]}
        act = LookupAct.LIST_DOWNLOADED
        record_lookup(tx.session, actor=call.actor, act=act, shown=shown, about=about, now=tx.now)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-{id}.txt"'}
    return Response(chain([first], pieces), 200, headers=headers, content_type="text/plain; charset=utf-8")
