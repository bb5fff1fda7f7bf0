"""Relationships: recording them, replacing what was recorded, and those of a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.log import Entry, append_entries
from app.db.relationships import add_relationships, relationships_of, that_count
from app.db.types import Row
from app.domain.access import Actor
from app.domain.entry import relationship_body
from app.domain.errors import InvalidInput
from app.domain.form import CATEGORY, LATEST_EXPIRY, SHA256, TEXT, refuse_absurd, require_form
from app.domain.leaf import LeafKind, hash_text
from app.domain.phone import e164_of
from app.domain.relationship import Relationship, RelationshipKind
from app.services.answers import rfc3339
from app.services.log import log_of

Key = tuple[int, str, str | None]
"""What makes two records speak of one relationship: number, kind and reference."""


class NeedsReference(InvalidInput):
    """A contract in force needs a reference, or nobody could ever record its end."""

    code = "needs_reference"


class EndsBeforeItBegins(InvalidInput):
    """A relationship does not end before it begins."""

    code = "ends_before_it_begins"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelationship:
    """A relationship to be recorded. `file` and `row` are set for a row of an imported file."""

    number: int
    kind: RelationshipKind
    product_categories: tuple[str, ...]
    began_at: datetime
    ended_at: datetime | None = None
    ref: str | None = None
    evidence: tuple[str, ...] = ()
    file: str | None = None
    row: int | None = None

    @property
    def key(self) -> Key:
        """Say which relationship this is; without a reference a number has one of each kind."""
        return self.number, self.kind.value, self.ref


def append_relationships(
    session: Session, *, controller_id: int, new: Sequence[NewRelationship], actor: Actor, now: datetime
) -> list[str]:
    """Record relationships of one controller, with their log entries; gives their ids in order.

    One of the same number, kind and reference takes the place of the earlier one, which stays on record. The numbers
    must be locked in the exclusive form: the end of a contract takes a permission away.

    :raises NeedsReference, EndsBeforeItBegins: when one makes no sense; then none is recorded.
    :raises Malformed, AbsurdTime: when a field of one does not have its form.
    """
    for one in new:
        require_sense(one, now=now)
    standing = relationships_of(session, numbers={one.number for one in new}, controller_ids=[controller_id])
    newest: dict[Key, str] = {(row["number"], row["kind"], row["ref"]): row["id"] for row in that_count(standing)}
    log = log_of(session, controller_id=controller_id)
    entries: list[Entry] = []
    rows: list[dict[str, Any]] = []
    for one in new:
        id = new_id(now)
        replaces = newest.get(one.key)
        newest[one.key] = id
        personal = {**({} if one.ref is None else {"ref": one.ref}), **actor.personal}
        body = relationship_body(_stored(one, id, now), replaces=replaces, evidence=one.evidence)
        entries.append(
            Entry(
                id=id,
                log=log,
                kind=LeafKind.RELATIONSHIP,
                at=now,
                body={"actor": actor.id, **body},
                number=one.number,
                fields=personal,
            )
        )
        rows.append(_row(one, id, controller_id, replaces, now))
    written = append_entries(session, new=entries)
    hashes = (hash_text(one.leaf_hash) for one in written)
    add_relationships(session, rows=[row | {"leaf_hash": digest} for row, digest in zip(rows, hashes, strict=True)])
    return [row["id"] for row in rows]


def require_sense(new: NewRelationship, *, now: datetime) -> None:
    """Refuse what cannot be meant.

    Only a contract can have an end to come: the months after a purchase or an inquiry are for the rules to count.

    :raises NeedsReference, EndsBeforeItBegins, Malformed, AbsurdTime: naming the field.
    """
    for category in new.product_categories:
        require_form(CATEGORY, product_categories=category)
    for digest in new.evidence:
        require_form(SHA256, evidence=digest)
    require_form(TEXT, ref=new.ref)
    refuse_absurd(new.began_at, pointer="/since", now=now, until=now)
    is_contract = new.kind is RelationshipKind.CONTRACT
    refuse_absurd(new.ended_at, pointer="/until", now=now, until=LATEST_EXPIRY if is_contract else now)
    if new.ended_at is not None and new.ended_at < new.began_at:
        raise EndsBeforeItBegins(pointer="/until")
    if is_contract and new.ended_at is None and new.ref is None:
        raise NeedsReference(pointer="/ref")


def _stored(new: NewRelationship, id: str, now: datetime) -> Relationship:
    return Relationship(
        id=id,
        kind=new.kind,
        product_categories=frozenset(new.product_categories),
        began_at=new.began_at,
        ended_at=new.ended_at,
        recorded_at=now,
    )


def _row(new: NewRelationship, id: str, controller_id: int, replaces: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "controller_id": controller_id,
        "number": new.number,
        "kind": new.kind.value,
        "product_categories": sorted(set(new.product_categories)),
        "began_at": new.began_at,
        "ended_at": new.ended_at,
        "recorded_at": now,
        "replaces": replaces,
        "ref": new.ref,
        "evidence": list(new.evidence),
        "file": new.file,
        "file_row": new.row,
    }


def relationship_history(session: Session, *, controller_id: int, number: int) -> Sequence[Row]:
    """Give every record of a number with one controller, replaced ones too, in the order recorded."""
    return relationships_of(session, numbers=[number], controller_ids=[controller_id])


def relationship_answers(rows: Sequence[Row], controller: str) -> list[dict[str, Any]]:
    """Give all records of a number with a controller as the contract words them."""
    counting = {row["id"] for row in that_count(rows)}
    return [
        {
            "id": row["id"],
            "controller": controller,
            "number": None if row["number"] is None else e164_of(row["number"]),
            "kind": row["kind"],
            "product_categories": row["product_categories"],
            "since": rfc3339(row["began_at"]),
            "until": rfc3339(row["ended_at"]),
            "recorded_at": rfc3339(row["recorded_at"]),
            "replaces": row["replaces"],
            "counts": row["id"] in counting,
            **{name: row[name] for name in ("ref", "evidence", "file")},
            "row": row["file_row"],
        }
        for row in rows
    ]
