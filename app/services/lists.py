"""Call lists: receiving, finding, and putting a finished scrub on record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

from sqlalchemy.orm import Session

from app.db.engine import OutcomeUnknown
from app.db.identity import new_id
from app.db.jobs import add_job
from app.db.lists import add_list, change_list, list_by_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.campaign import Campaign
from app.domain.errors import Conflict, NotFound
from app.domain.leaf import LeafKind
from app.domain.ruleset import Ruleset
from app.services.log import record_act
from app.services.uploads import Upload

SCRUB_JOB = "scrub"
UNFINISHED = ("received", "reading", "checking")
ENDED = ("ready", "failed", "cancelled")
LIFETIME = timedelta(hours=24)
"""How long the report of a scrub may be used at the most."""


class UnknownList(NotFound):
    """There is no such list here."""

    code = "unknown_list"


class ListNotReady(Conflict):
    """The list is not checked yet."""

    code = "list_not_ready"


class ListStale(Conflict):
    """The report is too old or the rules changed; scrub the list again."""

    code = "list_stale"


class SourceErased(Conflict):
    """The uploaded file was deleted, because a person in it was erased or its time was over; upload the list again."""

    code = "source_erased"


def list_folder(data_dir: Path, id: str) -> Path:
    """Say where the files of a list are."""
    return data_dir / "lists" / id


@contextmanager
def new_list_folder(data_dir: Path, id: str) -> Iterator[Path]:
    """Make the folder of a new list for the block that stores it. When that fails, or puts nothing there, the
    folder goes; it stays while it is not known whether the list was stored.
    """
    folder = list_folder(data_dir, id)
    folder.mkdir(parents=True)
    try:
        yield folder
    except OutcomeUnknown:
        raise
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    if not any(folder.iterdir()):
        folder.rmdir()


def rows_path(data_dir: Path, row: Mapping[str, Any]) -> Path:
    """Say where the rows of a list's newest scrub are."""
    return list_folder(data_dir, row["id"]) / f"rows-{row['run']}.db"


def receive_list(
    session: Session,
    *,
    id: str,
    campaign: Campaign,
    upload: Upload,
    options: Mapping[str, Any],
    at: datetime | None,
    actor: Actor,
    now: datetime,
) -> str:
    """Take a list in and queue its scrub; gives the job's id. The file must stand in the list's folder by then.

    `options` are overrides of what is found by looking: `encoding`, `delimiter`, `sheet`, `column`.
    """
    add_list(
        session,
        values={
            "id": id,
            "controller_id": campaign.controller_id,
            "campaign_id": campaign.id,
            "created_by": actor.id,
            "created_at": now,
            "run": 1,
            "file_name": upload.name,
            "file_sha256": upload.sha256,
            "file_bytes": upload.size,
            "options": dict(options),
            "found": {},
            "at": at,
            **_fresh(),
        },
    )
    body = {"act": "received", "list": id, "campaign": campaign.id, "file": upload.sha256}
    record_act(
        session,
        kind=LeafKind.LIST,
        controller_id=campaign.controller_id,
        actor=actor,
        now=now,
        body=body,
        fields={"file_name": upload.name},
    )
    job = new_id(now)
    add_job(session, id=job, kind=SCRUB_JOB, subject_id=id, now=now)
    return job


def scrub_again(
    session: Session, *, id: str, actor: Actor, now: datetime, options: Mapping[str, Any] | None = None
) -> None:
    """Queue another scrub of a list that is ready, failed or cancelled; by other overrides, where `options` are given.

    :raises UnknownList: when the actor reaches none of that id.
    :raises ListNotReady: while it is being checked.
    :raises SourceErased: when the file is gone.
    """
    row = list_for(session, id=id, actor=actor)
    if row["state"] not in ENDED:
        raise ListNotReady()
    if row["source_erased_at"] is not None:
        raise SourceErased()
    values = {"run": row["run"] + 1, **_fresh()} | ({} if options is None else {"options": dict(options)})
    change_list(session, id=id, run=row["run"], states=ENDED, values=values)
    body = {"act": "scrub_asked", "list": id}
    record_act(session, kind=LeafKind.LIST, controller_id=row["controller_id"], actor=actor, now=now, body=body)
    add_job(session, id=new_id(now), kind=SCRUB_JOB, subject_id=id, now=now)


def _fresh() -> dict[str, Any]:
    return {
        "state": "received",
        "scrubbed_from": None,
        "checked_at": None,
        "valid_until": None,
        "ruleset": None,
        "rows_done": 0,
        "progress": 0.0,
        "totals": {},
        "reasons": {},
        "result_sha256": None,
        "fault": None,
        "released_at": None,
        "released_by": None,
    }


def list_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a list the actor reaches.

    :raises UnknownList: when there is none, or it is another controller's: the answers are equal.
    """
    row = list_by_id(session, id=id, controller_ids=actor.controllers)
    if row is None:
        raise UnknownList()
    return row


def require_usable(row: Mapping[str, Any], *, digest: str, now: datetime) -> None:
    """Refuse to hand out the rows of a list that is not ready, or whose report is stale.

    :raises ListNotReady: before it is checked.
    :raises ListStale: after its lifetime, or when another ruleset is in force.
    """
    if row["state"] != "ready":
        raise ListNotReady(f"the list is {row['state']}")
    if row["valid_until"] <= now or row["ruleset"] != digest:
        raise ListStale()


def report_end(ruleset: Ruleset, *, now: datetime) -> datetime:
    """Give the end of a report made now: a day, or the first moment anywhere on Earth at which a rule
    begins or ends.
    """
    days = {day for rule in ruleset.rules for day in (rule.effective_from, rule.effective_to) if day is not None}
    boundaries = [datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=14) for day in days]
    return min([now + LIFETIME, *(t for t in boundaries if t > now)])


def record_scrub(
    session: Session,
    *,
    row: Mapping[str, Any],
    totals: Mapping[str, int],
    reasons: Mapping[str, int],
    result_sha256: str,
    changes: Mapping[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a finished scrub on record: one entry, with the digest of its result file. `changes` is what became
    otherwise since the last one, where that can be told.

    :raises SimultaneousChange: when somebody else finished it.
    """
    values = {"state": "ready", "progress": 1.0, "totals": dict(totals), "reasons": dict(reasons)}
    values |= {"checked_at": now, "result_sha256": result_sha256, "found": {**row["found"], "changes": changes}}
    change_list(session, id=row["id"], run=row["run"], states=["checking"], values=values)
    body = {
        "act": "scrubbed",
        "list": row["id"],
        "run": row["run"],
        "campaign": row["campaign_id"],
        "file": row["file_sha256"],
        "ruleset": row["ruleset"],
        "totals": dict(totals),
        "result": result_sha256,
    }
    record_act(session, kind=LeafKind.LIST, controller_id=row["controller_id"], actor=actor, now=now, body=body)


def record_failure(
    session: Session, *, row: Mapping[str, Any], code: str, detail: str, actor: Actor, now: datetime
) -> None:
    """Put a scrub that cannot be done on record; `code` and `detail` say why, in one line, and hold no number.

    :raises SimultaneousChange: when somebody else ended it.
    """
    fault = " ".join(f"{code}: {detail}".split()) if detail else code
    values = {"state": "failed", "fault": fault}
    change_list(session, id=row["id"], run=row["run"], states=UNFINISHED, values=values)
    body = {"act": "failed", "list": row["id"], "run": row["run"], "code": code}
    record_act(session, kind=LeafKind.LIST, controller_id=row["controller_id"], actor=actor, now=now, body=body)
