"""What stands of the registers: the snapshots that answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.db.registers import register_activations, register_snapshots, registers
from app.db.types import Row, all_rows
from app.domain.register import Coverage, RegisterFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot that stands, and what its register says of every one of them.

    `leaf_hash` is of the entry that tells of its import.
    """

    id: str
    register: str
    coverage: Coverage
    format: RegisterFormat
    categories: tuple[str, ...]
    as_of: datetime
    sha256: str
    count: int
    leaf_hash: str


def standing_snapshots(session: Session, *, registers: Collection[str]) -> dict[str, list[Snapshot]]:
    """Give the snapshots that stand, by register, the newest first; a register without any is not there.

    One of full coverage has one. Where numbers are asked about, every answer counts that is not `STANDS_BESIDE` or
    more older than the newest. Which of them is too old to be used is for the rules to say.
    """
    found = all_rows(session, _standing(registers))
    by_register = {slug: [_snapshot(row) for row in rows] for slug, rows in groupby(found, lambda row: row["register"])}
    return {
        slug: snapshots[:1] if snapshots[0].coverage is Coverage.FULL else snapshots
        for slug, snapshots in by_register.items()
    }


def what_stands(session: Session, *, registers: Collection[str]) -> dict[str, list[str]]:
    """Give the ids of the snapshots that stand, by register: what a list was checked against can be compared later."""
    standing = standing_snapshots(session, registers=registers)
    return {slug: [one.id for one in snapshots] for slug, snapshots in standing.items()}


def _standing(slugs: Collection[str]) -> Select[Any]:
    newest = register_activations.alias("newest")
    since = (
        select(newest.c.since)
        .where(newest.c.register == registers.c.slug)
        .order_by(newest.c.as_of.desc(), newest.c.id.desc())
        .limit(1)
        .correlate(registers)
        .scalar_subquery()
    )
    activations, snapshots = register_activations, register_snapshots
    return (
        select(snapshots, registers.c.coverage, registers.c.format, registers.c.categories)
        .select_from(registers)
        .join(activations, and_(activations.c.register == registers.c.slug, activations.c.as_of >= since))
        .join(snapshots, snapshots.c.id == activations.c.snapshot_id)
        .where(registers.c.slug.in_(slugs))
        .order_by(registers.c.slug, activations.c.as_of.desc(), activations.c.id.desc())
    )


def _snapshot(row: Row) -> Snapshot:
    names = ("id", "register", "as_of", "sha256", "count", "leaf_hash")
    return Snapshot(
        coverage=Coverage(row["coverage"]),
        format=RegisterFormat(row["format"]),
        categories=tuple(row["categories"]),
        **{name: row[name] for name in names},
    )
