"""Drives a bulk import for every interface: chunk by chunk, each in its own short transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from app.context import Context
from app.db.controllers import Controller
from app.db.imports import imports_of_file
from app.domain.access import Actor
from app.domain.suppression import Scope
from app.services.consents import NewConsentEvent
from app.services.import_cells import Origination
from app.services.import_rows import New, RowError, consent_rows, relationship_rows, suppression_rows
from app.services.imports import (
    ImportKind,
    import_consents,
    import_relationships,
    import_suppressions,
    record_import,
)
from app.services.relationships import NewRelationship
from app.services.suppressions import NewSuppression
from app.services.uploads import Upload

CHUNK = 500
"""Rows a transaction: their locks must fit PostgreSQL's table, and checks wait for them."""
MAX_ERRORS = 1000
_ROWS_OF = {
    ImportKind.CONSENTS: consent_rows,
    ImportKind.SUPPRESSIONS: suppression_rows,
    ImportKind.RELATIONSHIPS: relationship_rows,
}


def import_file(
    context: Context, *, kind: ImportKind, upload: Upload, controller: Controller, actor: Actor
) -> dict[str, Any]:
    """Import a file for one controller and give the report: rows = imported + unchanged + invalid, always.

    A bad row costs no good one. What was committed before a crash stays, and the same file sent again
    completes it.

    :raises InvalidInput: when the file as a whole cannot be read; then nothing was taken.
    """
    started_at = context.now()
    shared = Origination(region=controller.country, file=upload.sha256, now=started_at)
    read = _ROWS_OF[kind]
    totals = {"rows": 0, "imported": 0, "unchanged": 0, "invalid": 0}
    errors: list[dict[str, Any]] = []
    for chunk in _chunks(read(upload.path, shared=shared)):
        good, bad = _sorted_out(chunk, actor)
        totals["rows"] += len(chunk)
        totals["invalid"] += len(bad)
        errors += [asdict(error) for error in bad[: MAX_ERRORS - len(errors)]]
        imported = _import(context, good, controller, actor) if good else 0
        totals["imported"] += imported
        totals["unchanged"] += len(good) - imported
    with context.transaction(reach=[controller.id]) as tx:
        same = imports_of_file(tx.session, controller_ids=[controller.id], kind=kind, file_sha256=upload.sha256)
        id = record_import(
            tx.session,
            kind=kind,
            controller_id=controller.id,
            file_name=upload.name,
            file_sha256=upload.sha256,
            totals=totals,
            errors=errors,
            started_at=started_at,
            actor=actor,
            now=tx.now,
        )
    return {
        "id": id,
        "controller": controller.slug,
        "file": {"name": upload.name, "sha256": upload.sha256},
        "totals": totals,
        "errors": errors,
        "errors_cut": totals["invalid"] > len(errors),
        "repeated": bool(same),
    }


def _chunks(rows: Iterator[New | RowError]) -> Iterator[list[New | RowError]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _sorted_out(chunk: Iterable[New | RowError], actor: Actor) -> tuple[list[New], list[RowError]]:
    """Part the rows that can be taken from those that cannot, and say why."""
    good: list[New] = []
    bad: list[RowError] = []
    for one in chunk:
        if isinstance(one, RowError):
            bad.append(one)
        elif isinstance(one, NewSuppression) and one.scope is Scope.ALL and actor.controllers is not None:
            bad.append(RowError(row=one.row or 0, column="scope", code="needs_all_controllers"))
        else:
            good.append(one)
    return good, bad


def _import(context: Context, good: list[New], controller: Controller, actor: Actor) -> int:
    to_all = any(isinstance(one, NewSuppression) and one.scope is Scope.ALL for one in good)
    reach = None if to_all else [controller.id]
    with context.transaction(reach=reach, exclusive={one.number for one in good}) as tx:
        consents = [one for one in good if isinstance(one, NewConsentEvent)]
        suppressions = [one for one in good if isinstance(one, NewSuppression)]
        known: dict[str, Any] = {"controller_id": controller.id, "erasure_keys": context.erasure_keys}
        known |= {"actor": actor, "now": tx.now}
        relationships = [one for one in good if isinstance(one, NewRelationship)]
        return (
            import_consents(tx.session, new=consents, **known)
            + import_suppressions(tx.session, new=suppressions, **known)
            + import_relationships(tx.session, new=relationships, **known)
        )
