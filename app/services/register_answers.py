"""Registers and their snapshots in the words of the contract, and whether their numbers are as they were written."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.db.register_files import numbers_path
from app.db.registers import all_registers, every_snapshot, snapshots_page
from app.db.standing_snapshots import standing_snapshots
from app.db.types import Row
from app.services.answers import rfc3339
from app.services.register_building import Built
from app.services.registers import register_for
from app.services.uploads import digest_of


def registers_answer(session: Session, *, controller_ids: Collection[int] | None) -> list[dict[str, Any]]:
    """Give every register by slug, and what stands of it for these controllers (None: for any), the newest first."""
    rows = all_registers(session)
    standing = standing_snapshots(session, registers=[row["slug"] for row in rows], controller_ids=controller_ids)
    return [
        {
            **{name: row[name] for name in ("slug", "name", "coverage", "format", "region", "categories")},
            "max_change_percent": row["max_change_percent"],
            "max_age_days": row["max_age_days"],
            "created_at": rfc3339(row["created_at"]),
            "standing": [
                {"id": one.id, "as_of": rfc3339(one.as_of), "count": one.count} for one in standing.get(row["slug"], ())
            ],
        }
        for row in rows
    ]


def register_answer(session: Session, *, slug: str) -> dict[str, Any]:
    """Give one register, and what stands of it for anybody.

    :raises UnknownRegister: when there is none.
    """
    register_for(session, slug=slug)
    return next(one for one in registers_answer(session, controller_ids=None) if one["slug"] == slug)


def snapshots_answer(
    session: Session, *, slug: str, controller_ids: Collection[int] | None, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Give up to `limit` snapshots of a register, the newest first, from before the snapshot `before`: everybody's,
    and those that answer these controllers (None: any).

    :raises UnknownRegister: when there is none.
    """
    register_for(session, slug=slug)
    rows = snapshots_page(session, register=slug, controller_ids=controller_ids, before=before, limit=limit)
    return _told(session, rows, slug)


def snapshot_answer(session: Session, row: Row) -> dict[str, Any]:
    """Give one snapshot."""
    return _told(session, [row], row["register"])[0]


def import_answer(session: Session, row: Row, built: Built) -> dict[str, Any]:
    """Give a snapshot just imported, and what was found in its file; of the wrong lines at most a hundred."""
    return {
        **snapshot_answer(session, row),
        "lines": built.lines,
        "contradictions": built.contradictions,
        "errors": [{"line": error.line, "code": error.code} for error in built.errors],
    }


def submission_answer(row: Row) -> dict[str, Any]:
    """Give a submission, without its numbers."""
    return {
        "id": row["id"],
        "register": row["register"],
        "list": row["list_id"],
        "count": row["count"],
        "digest": f"sha256:{row['sha256']}",
        "submitted_by": row["submitted_by"],
        "submitted_at": rfc3339(row["submitted_at"]),
    }


def verified(session: Session, *, folder: Path, register: str | None) -> Iterator[dict[str, Any]]:
    """Hash the numbers of every snapshot again: of one register, or of all.

    `file` is `whole`, `damaged` or `missing`; of a snapshot that neither stands nor waits, that is no harm.

    :raises UnknownRegister: when there is none of that slug.
    """
    if register is not None:
        register_for(session, slug=register)
    for row in every_snapshot(session, register=register):
        path = numbers_path(folder, register=row["register"], snapshot=row["id"])
        try:
            file = "whole" if digest_of(path) == row["sha256"] else "damaged"
        except OSError:
            file = "missing"
        answer = snapshot_answer(session, row)
        yield {"id": row["id"], "register": row["register"], "state": answer["state"], "file": file}


def _told(session: Session, rows: Sequence[Row], slug: str) -> list[dict[str, Any]]:
    standing = {one.id for one in standing_snapshots(session, registers=[slug], controller_ids=None).get(slug, ())}
    return [
        {
            "id": row["id"],
            "register": row["register"],
            "state": _state(row, is_standing=row["id"] in standing),
            "as_of": rfc3339(row["as_of"]),
            "source": row["source"],
            "file": row["file_name"],
            "digest": f"sha256:{row['sha256']}",
            "count": row["count"],
            "skipped": row["skipped"],
            "duplicates": row["duplicates"],
            "base": row["base_id"],
            "imported_by": row["imported_by"],
            "imported_at": rfc3339(row["imported_at"]),
            "settled_by": row["activated_by"] or row["rejected_by"],
            "settled_at": rfc3339(row["activated_at"] or row["rejected_at"]),
            "leaf_hash": row["leaf_hash"],
        }
        for row in rows
    ]


def _state(row: Row, *, is_standing: bool) -> str:
    if row["rejected_at"] is not None:
        return "rejected"
    if row["activated_at"] is None:
        return "waiting"
    return "standing" if is_standing else "superseded"
