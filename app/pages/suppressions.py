"""Suppressions: what stands and what was lifted, newest first, and from each to its number's story."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.db.types import Row
from app.domain.access import Scope as Permission
from app.domain.phone import e164_of, parse
from app.domain.suppression import Scope, SuppressionReason
from app.pages.access import Visit, page
from app.pages.consent_words import SUPPRESSION_REASONS
from app.pages.filters import PAGE, DayField, Filter, any_of, beginning, end, offer
from app.pages.number_stories import story_shown
from app.services.controllers import controllers_for
from app.services.cursors import cursor_of, place_of
from app.services.suppression_list import SuppressionFilter, number_of_suppression
from app.work.suppression_reading import listed_suppressions

SCOPES = {Scope.CONTROLLER.value: _l("one controller"), Scope.ALL.value: _l("all callers")}
STATES = {"standing": _l("stands"), "lifted": _l("lifted by two persons")}
ORIGINS = {"one": _l("recorded one by one"), "file": _l("from a file")}


class SuppressionsFilter(Filter):
    """Which suppressions."""

    controller = any_of(_l("Controller"))
    scope = any_of(_l("Said to"), SCOPES)
    reason = any_of(_l("Reason"), {one.value: SUPPRESSION_REASONS[one] for one in SuppressionReason})
    origin = any_of(_l("Origin"), ORIGINS)
    state = any_of(_l("State"), STATES)
    from_ = DayField(_l("Recorded from"), name="from")
    to = DayField(_l("To, that day included"))


@page("/suppressions", to=Permission.SUPPRESSIONS_WRITE)
def suppressions_page(visit: Visit) -> str | tuple[str, int]:
    """Show a page of suppressions, newest first. That it was looked at is on record."""
    asked: Any = SuppressionsFilter()
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owners = controllers_for(reading.session, actor=visit.actor)
    offer(asked.controller, {one.slug: one.name for one in owners})
    if visit.actor.controllers is not None:
        del asked.scope  # what was said to all callers is not theirs to list
    if not asked.validate():
        return render_template("suppressions.html", asked=asked, rows=None, more=None, first=None), 422
    cursor = request.args.get("after") or None
    wanted = SuppressionFilter(
        controller=asked.controller.data or None,
        scope=Scope(asked.scope.data) if asked.scope and asked.scope.data else None,
        reason=asked.reason.data or None,
        is_lifted=asked.state.data == "lifted" if asked.state.data else None,
        is_imported=asked.origin.data == "file" if asked.origin.data else None,
        since=beginning(asked.from_.data),
        before=end(asked.to.data),
    )
    found = listed_suppressions(visit.context, wanted=wanted, actor=visit.actor, after=place_of(cursor), limit=PAGE)
    names = {one.id: one.name for one in owners}
    return render_template(
        "suppressions.html",
        asked=asked,
        rows=[_row(row, names) for row in found.rows],
        more=None if found.next is None else asked.link("/suppressions", after=cursor_of(*found.next)),
        first=None if cursor is None else asked.link("/suppressions"),
        tells=Permission.PERSONS_WRITE in visit.actor.scopes,
    )


@page("/suppressions/<uuid:id>/number", to=Permission.PERSONS_WRITE, methods=("POST",))
def suppressed_number_page(visit: Visit, id: UUID) -> Response:
    """Put on record that the number of a suppression is looked up, and lead to its story."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        number = number_of_suppression(reading.session, id=str(id), actor=visit.actor)
    return story_shown(visit, parse(e164_of(number), region=None), ref=None)


def _row(row: Row, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": None if row["number"] is None else e164_of(row["number"]),
        "controller": None if row["controller_id"] is None else names[row["controller_id"]],
        "reason": SUPPRESSION_REASONS[row["reason"]],
        "since": row["since"],
        "recorded_at": row["recorded_at"],
        "is_imported": row["file"] is not None,
        "ref": row["ref"],
        "lifted_at": row["lifted_at"],
    }
