"""Registers and how fresh they are, and how many numbers are suppressed."""

from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import format_timedelta
from flask_babel import lazy_gettext as _l

from app.domain.access import Scope
from app.domain.suppression import SuppressionReason
from app.pages.access import Visit, page
from app.pages.consent_words import SUPPRESSION_REASONS
from app.services.register_answers import registers_answer, snapshots_answer
from app.services.registers import register_for
from app.services.suppression_summary import suppression_summary
from app.services.waiting import WaitingKind, names_of_actors, waiting_for_second

SNAPSHOT_STATES = {
    "standing": _l("stands"),
    "waiting": _l("waits for a second person"),
    "rejected": _l("rejected"),
    "superseded": _l("superseded"),
}
MOST = 50
NEVER = 1_000_000
"""Of a unit, before Babel takes a greater one."""


@page("/registers", to=Scope.REGISTERS_WRITE, nav=_l("Registers"))
def registers_page(visit: Visit) -> str:
    """List the registers with what stands and since when, and the suppressions by reason."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        found = registers_answer(reading.session, controller_ids=visit.actor.controllers)
        waits = waiting_for_second(reading.session, actor=visit.actor, now=reading.now)
        summary = suppression_summary(reading.session, actor=visit.actor)
    waiting = {one.about["register"] for one in waits if one.kind is WaitingKind.SNAPSHOT}
    registers = [{**one, "waits": one["slug"] in waiting, **_age(one, now=reading.now)} for one in found]
    reasons = [one for one in SuppressionReason if any(line[one] for _, line in summary)]
    return render_template(
        "registers.html",
        registers=registers,
        summary=summary,
        reasons=reasons,
        columns=[(SUPPRESSION_REASONS[one], "number") for one in reasons],
    )


@page("/registers/<slug>", to=Scope.REGISTERS_WRITE)
def register_page(visit: Visit, slug: str) -> str:
    """Show a register's newest snapshots, whatever became of them."""
    reach = visit.actor.controllers
    with visit.context.reading(reach=reach) as reading:
        register = register_for(reading.session, slug=slug)
        found = snapshots_answer(reading.session, slug=slug, controller_ids=reach, before=None, limit=MOST)
        people = {id for one in found for id in (one["imported_by"], one["settled_by"]) if id}
        names = names_of_actors(reading.session, ids=people)
    snapshots = [_read(one) for one in found]
    imported = next((one for one in snapshots if one["id"] == request.args.get("imported")), None)
    return render_template(
        "register.html",
        register=register,
        snapshots=snapshots,
        names=names,
        states=SNAPSHOT_STATES,
        imported=imported,
        may_import=reach is None,
    )


def _age(one: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Say how old the newest standing snapshot is, in words."""
    if not one["standing"]:
        return {"as_of": None, "age": "", "count": 0}
    as_of = datetime.fromisoformat(one["standing"][0]["as_of"])
    count = sum(snapshot["count"] for snapshot in one["standing"])
    return {"as_of": as_of, "age": _age_words(now - as_of), "count": count}


def _age_words(age: timedelta) -> str:
    """Say an age in days, in hours where it is below two days: a week that is seven days and a half would mislead."""
    unit = "day" if age >= timedelta(days=2) else "hour"
    whole = timedelta(days=age.days) if unit == "day" else timedelta(hours=age // timedelta(hours=1))
    return str(format_timedelta(whole, granularity=unit, threshold=NEVER))


def _read(one: dict[str, Any]) -> dict[str, Any]:
    return one | {name: one[name] and datetime.fromisoformat(one[name]) for name in ("as_of", "imported_at")}
