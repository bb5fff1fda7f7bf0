"""One decision: why, by which rules, derived again before the reader's eyes, and how to verify it."""

from typing import Any
from uuid import UUID

from flask import Response, render_template

from app.db.types import Row
from app.domain.access import Scope
from app.domain.phone import e164_of
from app.pages.access import Visit, page
from app.pages.downloads import require_numbers, sent_file
from app.pages.languages import language
from app.services.answers import decision_answer
from app.services.campaigns import campaigns_for
from app.services.controllers import controllers_for
from app.services.entry_checks import checked_entry
from app.services.explanations import explained
from app.services.pack_words import Language
from app.services.replay import NotReplayable, Replay
from app.work.decision_reading import read_decision, replay_recorded
from app.work.log_reading import made_pack


@page("/decisions/<uuid:id>", to=Scope.AUDIT_READ)
def decision_page(visit: Visit, id: UUID) -> str:
    """Explain a decision, and derive it again now. That it was read is on record before it is shown."""
    context, actor = visit.context, visit.actor
    found = read_decision(context, id=str(id), actor=actor)
    replayed, fault = _replayed(visit, str(id))
    with context.reading(reach=actor.controllers) as reading:
        checked = checked_entry(reading.session, id=str(id), actor=actor, verifier_of=context.log_keys.verifier)
        owners = {one.id: one.name for one in controllers_for(reading.session, actor=actor)}
        names = {one.id: one.name for one in campaigns_for(reading.session, actor=actor)}
        now = reading.now
    told = None if replayed is None else explained(replayed, language=Language(language()))
    return render_template(
        "decision.html",
        decision=_told(found.row, owners, names),
        outcome=found.outcome,
        replayed=replayed,
        fault=fault,
        told=told,
        checked=checked,
        now=now,
    )


@page("/decisions/<uuid:id>/pack", to=Scope.AUDIT_READ)
def decision_pack(visit: Visit, id: UUID) -> Response:
    """Give the defence pack of a decision. That it was made goes on record."""
    require_numbers(visit)

    def make(target: Any) -> None:
        made_pack(visit.context, decision=str(id), language=Language(language()), actor=visit.actor, target=target)

    return sent_file(visit, make, name=f"dialgate-pack-{id}.zip")


def _replayed(visit: Visit, id: str) -> tuple[Replay | None, str | None]:
    try:
        return replay_recorded(visit.context, id=id, actor=visit.actor), None
    except NotReplayable as fault:
        return None, fault.detail


def _told(row: Row, owners: dict[int, str], names: dict[str, str]) -> dict[str, Any]:
    times = {name: row[name] for name in ("checked_at", "valid_until", "not_before")}
    return (
        decision_answer(row)
        | times
        | {
            "number": None if row["number"] is None else e164_of(row["number"]),
            "controller": owners.get(row["controller_id"], row["controller"]),
            "campaign": names.get(row["campaign_id"], row["campaign"]),
            "campaign_slug": row["campaign"],
            "controller_slug": row["controller"],
        }
    )
