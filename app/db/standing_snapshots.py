"""What stands of the registers: the snapshots that answer, and whose calls they answer."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, select, true, union_all
from sqlalchemy.orm import Session

from app.db.controllers import controllers
from app.db.driver import Lookup, one_of
from app.db.registers import register_activations, register_snapshots, registers
from app.db.types import Row
from app.domain.register import Coverage, RegisterFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot that stands, and what its register says of every one of them.

    `controller_id` is whose calls alone it answers, None where it answers everybody's. `since` is from when on others
    stand beside it, were it the newest. `leaf_hash` is of the entry that tells of its import.
    """

    id: str
    register: str
    controller_id: int | None
    coverage: Coverage
    format: RegisterFormat
    categories: tuple[str, ...]
    as_of: datetime
    since: datetime
    sha256: str
    count: int
    leaf_hash: str


def standing_snapshots(
    session: Session, *, registers: Collection[str], controller_ids: Collection[int] | None
) -> dict[str, list[Snapshot]]:
    """Give what stands by register, the newest first, by one statement: everybody's snapshots, and those of these
    controllers (None: of all); a register without any is not there.

    Which of them answer the calls of one controller, `standing_for` says.
    """
    found: dict[str, list[Snapshot]] = defaultdict(list)
    query = _OF_ALL if controller_ids is None else STANDING
    given = {} if controller_ids is None else {"controller_ids": controller_ids}
    rows = query.rows(session, registers=registers, **given)
    for row in sorted(rows, key=lambda row: (row["as_of"], row["activation"]), reverse=True):
        found[row["register"]].append(_snapshot(row))
    return {slug: _standing_for_anybody(snapshots) for slug, snapshots in found.items()}


def standing_for(snapshots: Sequence[Snapshot], *, controller_id: int | None) -> list[Snapshot]:
    """Give those of a register's snapshots, the newest first, that answer the calls of a controller.

    None are the calls of nobody in particular. Of full coverage there is one. Where numbers are asked about, every
    answer counts that is not `STANDS_BESIDE` or more older than the newest; another controller's is none. Which of
    them is too old to be used is for the rules to say.
    """
    seen = [one for one in snapshots if one.controller_id is None or one.controller_id == controller_id]
    if seen and seen[0].coverage is Coverage.FULL:
        return seen[:1]
    return [one for one in seen if one.as_of >= seen[0].since]


def what_stands(session: Session, *, registers: Collection[str], controller_id: int) -> dict[str, list[str]]:
    """Give the ids of the snapshots that answer a controller's calls, by register: what a list was checked against
    can be compared later.
    """
    standing = standing_snapshots(session, registers=registers, controller_ids=[controller_id])
    seen = {slug: standing_for(snapshots, controller_id=controller_id) for slug, snapshots in standing.items()}
    return {slug: [one.id for one in snapshots] for slug, snapshots in seen.items() if snapshots}


def _standing_for_anybody(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    owners = {None, *(one.controller_id for one in snapshots)}
    standing = {one.id for owner in owners for one in standing_for(snapshots, controller_id=owner)}
    return [one for one in snapshots if one.id in standing]


def _everybodys() -> Select[Any]:
    return _standing(registers, owner=None).where(one_of(registers.c.slug, "registers"))


def _own(whose: ColumnElement[bool]) -> Select[Any]:
    """Select what belongs to controllers, each by what is the newest of its own: nobody's hangs on another's."""
    asked = and_(one_of(registers.c.slug, "registers"), registers.c.coverage == Coverage.ASKED)
    return _standing(registers.join(controllers, whose), owner=controllers.c.id).where(asked)


def _standing(places: FromClause, *, owner: ColumnElement[int] | None) -> Select[Any]:
    """Select what is not too old to stand beside the newest of its owner; None is everybody's."""
    newest, activations, snapshots = register_activations.alias("newest"), register_activations, register_snapshots
    since = (
        select(newest.c.since)
        .where(newest.c.register == registers.c.slug, newest.c.controller_id == owner)
        .order_by(newest.c.as_of.desc(), newest.c.id.desc())
        .limit(1)
        .correlate(registers, controllers)
        .scalar_subquery()
    )
    is_owners = activations.c.controller_id == owner
    is_register = activations.c.register == registers.c.slug
    named = ("id", "register", "controller_id", "as_of", "sha256", "count", "leaf_hash")
    return (
        select(
            *(snapshots.c[name] for name in named),
            activations.c.since,
            activations.c.id.label("activation"),
            *(registers.c[name] for name in ("coverage", "format", "categories")),
        )
        .select_from(places)
        .join(activations, and_(is_register, is_owners, activations.c.as_of >= since))
        .join(snapshots, snapshots.c.id == activations.c.snapshot_id)
    )


_OF_ALL = Lookup(union_all(_everybodys(), _own(true())))
STANDING = Lookup(union_all(_everybodys(), _own(one_of(controllers.c.id, "controller_ids"))))


def _snapshot(row: Row) -> Snapshot:
    names = ("id", "register", "controller_id", "as_of", "since", "sha256", "count", "leaf_hash")
    return Snapshot(
        coverage=Coverage(row["coverage"]),
        format=RegisterFormat(row["format"]),
        categories=tuple(row["categories"]),
        **{name: row[name] for name in names},
    )
