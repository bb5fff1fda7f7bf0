"""Jobs: work that survives its worker. A job is leased, and a lease that runs out is taken over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.driver import Lookup
from app.db.types import Id, Instant, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("worker", String(80)),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_jobs_state_created_at", "state", "created_at"),
)


def _is_new(at: Any) -> ColumnElement[bool]:
    """Tell whether the job has waited since an instant, and nobody has ever begun it."""
    return and_(jobs.c.state == "queued", jobs.c.created_at <= at)


def _is_free(at: Any) -> ColumnElement[bool]:
    """Tell whether nobody held the job at an instant, and nobody has taken it since."""
    return or_(_is_new(at), and_(jobs.c.state == "running", jobs.c.lease_until < at))


_FREE, _NEW = (
    Lookup(select(jobs.c.id).where(which(bindparam("at", type_=Instant))).limit(1)) for which in (_is_free, _is_new)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One leased job."""

    id: str
    kind: str
    subject_id: str
    attempts: int


def add_job(session: Session, *, id: str, kind: str, subject_id: str, now: datetime) -> None:
    """Queue a job."""
    values = {"id": id, "kind": kind, "subject_id": subject_id, "created_at": now}
    session.execute(insert(jobs).values(**values, state="queued", attempts=0))


def is_job_free(session: Session, *, at: datetime, only_new: bool = False) -> bool:
    """Tell whether there is a job that nobody has held since then: what an idle worker asks, and locks nothing."""
    return bool((_NEW if only_new else _FREE).rows(session, at=at))


def lease_job(
    session: Session, *, worker: str, at: datetime, until: datetime, id: str | None = None, only_new: bool = False
) -> Job | None:
    """Lease the oldest job that nobody has held since then (or the one named); None where there is none.

    A running job whose lease ran out is somebody's who died: it is taken over, unless `only_new` are.
    """
    is_free = (_is_new if only_new else _is_free)(at)
    query = select(jobs).where(is_free).order_by(jobs.c.created_at, jobs.c.id).limit(1)
    if id is not None:
        query = query.where(jobs.c.id == id)
    row = session.execute(query.with_for_update(skip_locked=True)).mappings().one_or_none()
    if row is None:
        return None
    taken = {"state": "running", "worker": worker, "lease_until": until, "attempts": row["attempts"] + 1}
    session.execute(update(jobs).where(jobs.c.id == row["id"]).values(**taken))
    return Job(id=row["id"], kind=row["kind"], subject_id=row["subject_id"], attempts=row["attempts"] + 1)


def renew_lease(session: Session, *, id: str, worker: str, until: datetime, advanced: bool) -> bool:
    """Prolong a lease; False where the job is no longer this worker's.

    A job that advanced has its attempts forgotten: only what dies at the same place again and again is given up.
    """
    held = and_(jobs.c.id == id, jobs.c.worker == worker, jobs.c.state == "running")
    renewed = {"lease_until": until} | ({"attempts": 1} if advanced else {})
    return bool(session.execute(update(jobs).where(held).values(**renewed)).rowcount)  # type: ignore[attr-defined]


def end_job(session: Session, *, id: str, worker: str) -> None:
    """End a job as `done`, unless it is no longer this worker's."""
    held = and_(jobs.c.id == id, jobs.c.worker == worker, jobs.c.state == "running")
    session.execute(update(jobs).where(held).values(state="done", lease_until=None))


def hand_back_job(session: Session, *, id: str, worker: str) -> None:
    """Queue a job again that this worker was told to leave; that is no failed attempt."""
    held = and_(jobs.c.id == id, jobs.c.worker == worker, jobs.c.state == "running")
    left = {"state": "queued", "lease_until": None, "attempts": jobs.c.attempts - 1}
    session.execute(update(jobs).where(held).values(**left))


def postpone_job(session: Session, *, id: str, worker: str, until: datetime) -> None:
    """Leave a job until an instant, when whoever comes takes it up; others go first meanwhile."""
    held = and_(jobs.c.id == id, jobs.c.worker == worker, jobs.c.state == "running")
    left = {"lease_until": until, "worker": None, "attempts": jobs.c.attempts - 1}
    session.execute(update(jobs).where(held).values(**left))
