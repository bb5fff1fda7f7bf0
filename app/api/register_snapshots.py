"""Snapshots of registers: importing a file, and the second person for one that changed too much."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Cursor, Limit, Strict, Text, Time
from app.api.operation import Call, committed, earlier_answer, operation
from app.api.paging import id_of
from app.api.uploads import received_file
from app.context import Transaction
from app.domain.access import Scope
from app.services.register_answers import import_answer, snapshot_answer, snapshots_answer
from app.services.register_snapshots import approve_snapshot, reject_snapshot
from app.work.register_import import NewImport, prepared_import


class FileContent(StrEnum):
    """Whether a file holds the whole register, or what changed since the snapshot that stands."""

    FULL = "full"
    CHANGES = "changes"


class YesNo(StrEnum):
    """Yes or no."""

    YES = "yes"
    NO = "no"


class SnapshotUpload(Strict):
    """As of when the file is, from where, and how it is to be taken. `submission` is what an answer answers."""

    as_of: Time
    source: Text
    filename: Text | None = None
    content: FileContent = FileContent.FULL
    skip_invalid: YesNo = YesNo.NO
    submission: UUID | None = None


class SnapshotsQuery(Strict):
    """A page of snapshots."""

    limit: Limit = 100
    cursor: Cursor | None = None


class SnapshotAnswer(msgspec.Struct, kw_only=True):
    """A snapshot. `digest` is of its numbers as they are stored; `base` what a change list was applied to.

    `waiting` is for a second person, by `approve` or `reject`; only what is `standing` answers.
    """

    id: str
    register: str
    state: Literal["standing", "waiting", "rejected", "superseded"]
    as_of: datetime
    source: str
    file: str
    digest: str
    count: int
    skipped: int
    duplicates: int
    base: str | None
    imported_by: str
    imported_at: datetime
    settled_by: str | None
    settled_at: datetime | None
    leaf_hash: str


class WrongLine(msgspec.Struct):
    """A line that is not of the format: its number from 1, and why."""

    line: int
    code: str


class ImportedSnapshot(SnapshotAnswer, kw_only=True):
    """A snapshot just imported: the lines of its file, and at most a hundred of those that were skipped."""

    lines: int
    contradictions: int
    errors: list[WrongLine]


class SnapshotsAnswer(msgspec.Struct):
    """One page; `next` is the cursor of the following one."""

    items: list[SnapshotAnswer]
    next: str | None


@operation(
    api,
    "GET",
    "/v1/registers/<slug>/snapshots",
    scope=Scope.REGISTERS_WRITE,
    summary="Snapshots of a register",
    query=SnapshotsQuery,
    answer=SnapshotsAnswer,
)
def list_snapshots(call: Call, slug: str) -> dict[str, Any]:
    """List the snapshots of a register, newest first, whatever became of them.

    A key of named controllers sees no answers to what another had asked.
    """
    limit: int = call.query.limit
    page: dict[str, Any] = {"before": id_of(call.query.cursor), "limit": limit + 1}
    reach = call.actor.controllers
    with call.context.reading(reach=reach) as reading:
        found = snapshots_answer(reading.session, slug=slug, controller_ids=reach, **page)
    return {"items": found[:limit], "next": found[limit - 1]["id"] if len(found) > limit else None}


@operation(
    api,
    "POST",
    "/v1/registers/<slug>/snapshots",
    scope=Scope.REGISTERS_WRITE,
    summary="Import a snapshot",
    query=SnapshotUpload,
    answer=ImportedSnapshot,
    status=201,
    takes_file=True,
)
def import_register(call: Call, slug: str) -> Response:
    """Import a register's file, as it is or zipped: whole, or not at all. Needs a key for all controllers."""
    query: SnapshotUpload = call.query
    call.actor.require_all_controllers()
    new = NewImport(
        register=slug,
        as_of=query.as_of,
        source=query.source,
        is_change_list=query.content is FileContent.CHANGES,
        skip_invalid=query.skip_invalid is YesNo.YES,
        submission=None if query.submission is None else str(query.submission),
    )
    with received_file(call, name=query.filename) as upload:
        if (answered := earlier_answer(call, file=upload.sha256)) is not None:
            return answered
        with prepared_import(call.context, upload=upload, new=new, actor=call.actor) as prepared:

            def take(tx: Transaction) -> dict[str, Any]:
                done = prepared.take(tx, actor=call.actor)
                return import_answer(tx.session, done.row, done.built)

            return committed(call, take, status=201, file=upload.sha256)


@operation(
    api,
    "POST",
    "/v1/registers/<slug>/snapshots/<uuid:id>/approve",
    scope=Scope.REGISTERS_WRITE,
    summary="Approve a snapshot that waits: it stands at once",
    answer=SnapshotAnswer,
)
def approve_register_snapshot(call: Call, slug: str, id: str) -> Response:
    """Put a snapshot in force that changed too much. Who imported it cannot approve it."""

    def work(tx: Transaction) -> dict[str, Any]:
        row = approve_snapshot(tx.session, slug=slug, id=id, actor=call.actor, now=tx.now)
        return snapshot_answer(tx.session, row)

    return committed(call, work, status=200)


@operation(
    api,
    "POST",
    "/v1/registers/<slug>/snapshots/<uuid:id>/reject",
    scope=Scope.REGISTERS_WRITE,
    summary="Reject a snapshot that waits, or take one's own back",
    answer=SnapshotAnswer,
)
def reject_register_snapshot(call: Call, slug: str, id: str) -> Response:
    """Reject a snapshot that waits; it stays on record, and what stood before goes on standing."""

    def work(tx: Transaction) -> dict[str, Any]:
        row = reject_snapshot(tx.session, slug=slug, id=id, actor=call.actor, now=tx.now)
        return snapshot_answer(tx.session, row)

    return committed(call, work, status=200)
