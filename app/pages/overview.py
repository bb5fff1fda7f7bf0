"""The first page: one's controllers and campaigns, what was decided today and before, and whether all is in order."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import format_date, format_datetime, format_timedelta
from flask_babel import lazy_gettext as _l

from app.metrics import answer_times
from app.pages.access import Door, Visit, page
from app.pages.charts import bars
from app.pages.codes import sentence
from app.pages.languages import zone
from app.pages.registers import NEVER
from app.services.overview import Overview, overview_of
from app.services.register_answers import registers_answer
from app.services.withdrawal_times import PERIOD, WithdrawalTimes, withdrawal_times

CHECKS = "/v1/checks"
SHARES = (0.5, 0.95, 0.99)
IN_DAYS = timedelta(days=2)
"""What took so long is told in days, never in weeks: two weeks may be twenty days."""
TOP = 8
"""Reasons that are shown."""


@page("/", to=Door.STAFF, nav=_l("Overview"))
def overview_page(visit: Visit) -> str:
    """Show every campaign one reaches with today's decisions; charts of all of them, or of those that are named."""
    controller, campaign = request.args.get("controller") or None, request.args.get("campaign") or None
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        seen = overview_of(
            reading.session,
            actor=visit.actor,
            known=visit.context.known_counts,
            now=reading.now,
            zone=zone(),
            controller=controller,
            campaign=campaign,
        )
        registers = registers_answer(reading.session, controller_ids=visit.actor.controllers)
        withdrawals = withdrawal_times(reading.session, actor=visit.actor, now=reading.now)
        now = reading.now
    return render_template(
        "overview.html",
        seen=seen,
        chosen=_chosen(seen, controller, campaign),
        hours=bars([(_hour(at), counts) for at, counts in seen.hours], room=24),
        days=bars([(_day(day), counts or {}) for day, counts in seen.days if counts is not None], room=len(seen.days)),
        is_whole=all(counts is not None for _, counts in seen.days),
        reasons=[(sentence(code), code, count) for code, count in seen.reasons[:TOP]],
        total=sum(one.total for one in seen.campaigns),
        registers=[_register(one, now) for one in registers],
        withdrawals=[_withdrawals(one, now) for one in withdrawals],
        period=PERIOD.days,
        times=answer_times(CHECKS, shares=SHARES),
        today=now,
        waiting=None if seen.waiting_since is None else max(0, int((now - seen.waiting_since).total_seconds())),
    )


def _chosen(seen: Overview, controller: str | None, campaign: str | None) -> str | None:
    """Name what the charts are of; None is everything."""
    if controller is None and campaign is None:
        return None
    for day in seen.campaigns:
        if controller in (None, day.controller.slug) and campaign in (None, day.campaign.slug):
            return day.controller.name if campaign is None else day.campaign.name
    return "–"


def _hour(at: datetime) -> str:
    return str(format_datetime(at, "H:mm"))


def _day(day: date) -> str:
    return str(format_date(day, "d. M."))


def _withdrawals(one: WithdrawalTimes, now: datetime) -> Mapping[str, Any]:
    return {
        "name": None if one.controller is None else one.controller.name,
        "count": one.count,
        "times": [_lasting(took) for took in (one.half, one.most, one.longest, one.longest_here)],
        "waiting": one.waiting,
        "oldest": None if one.oldest is None else _lasting(now - one.oldest),
    }


def _lasting(took: timedelta | None) -> str:
    if took is None:
        return "–"
    if took >= IN_DAYS:
        return str(format_timedelta(timedelta(days=took.days), granularity="day", threshold=NEVER))
    return str(format_timedelta(took, granularity="second", threshold=2))


def _register(answer: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    standing: Sequence[Mapping[str, Any]] = answer["standing"]
    as_of = datetime.fromisoformat(standing[0]["as_of"]) if standing else None
    return {
        "name": answer["name"],
        "slug": answer["slug"],
        "as_of": as_of,
        "count": standing[0]["count"] if standing else None,
        "days": None if as_of is None else max(0, (now - as_of).days),
    }
