"""Decisions on record: found by filters that make a link, or by a number, which never stands in one."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from app.db.controllers import Controller
from app.domain.access import Scope
from app.domain.campaign import Campaign
from app.domain.errors import Trouble
from app.domain.phone import e164_of, parse
from app.domain.reason import Reason
from app.pages.access import Visit, page
from app.pages.codes import KINDS, VERDICTS, words
from app.pages.entry import ONE_OF_THESE, Entry
from app.pages.filters import PAGE, DayField, Filter, any_of, beginning, end, offer
from app.services.campaigns import campaigns_for
from app.services.controllers import controllers_for
from app.services.cursors import cursor_of, place_of
from app.services.decisions import DecisionFilter, FoundDecisions
from app.work.decision_reading import searched_decisions


class DecisionsFilter(Filter):
    """Which decisions."""

    controller = any_of(_l("Controller"))
    campaign = any_of(_l("Campaign"))
    verdict = any_of(_l("Verdict"), VERDICTS)
    reason = any_of(_l("Reason"))
    kind = any_of(_l("Kind of check"), KINDS)
    from_ = DayField(_l("From"), name="from")
    to = DayField(_l("To, that day included"))


class NumberEntry(Entry):
    """A number or a reference, and where to go on."""

    number = StringField(
        _l("Telephone number"),
        description=_l("With its country code, as in +420 601 123 456; without one it is of the controller's country."),
        render_kw={"type": "tel", "autocomplete": "off", "maxlength": 64, "data-first": "yes"},
    )
    ref = StringField(
        _l("Reference"),
        description=_l("What the dialer called the contact. A number, a reference, or both."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    controller = SelectField(_l("Controller"), default="", invalid_choice_message=ONE_OF_THESE)
    after = HiddenField()


@page("/decisions", to=Scope.AUDIT_READ, nav=_l("Decisions"))
def decisions_page(visit: Visit) -> str | tuple[str, int]:
    """Show a page of decisions, newest first."""
    asked = DecisionsFilter()
    controllers, campaigns = reached(visit)
    offer(asked.controller, {one.slug: one.name for one in controllers})
    offer(asked.campaign, {one.slug: f"{one.name} ({one.slug})" for one in campaigns})
    offer(asked.reason, {reason.value: text for reason, text in words().items() if reason in Reason})
    if not asked.validate():
        return render_template("decisions.html", asked=asked, rows=None, more=None, is_first=True), 422
    cursor = request.args.get("after") or None
    wanted = DecisionFilter(
        campaign=asked.campaign.data or None,
        controller=asked.controller.data or None,
        verdict=asked.verdict.data or None,
        reason=asked.reason.data or None,
        kind=asked.kind.data or None,
        since=beginning(asked.from_.data),
        before=end(asked.to.data),
    )
    found = searched_decisions(visit.context, wanted=wanted, actor=visit.actor, after=place_of(cursor), limit=PAGE)
    more = None if found.next is None else asked.link("/decisions", after=cursor_of(*found.next))
    rows = rows_of(found, controllers, campaigns)
    first = None if cursor is None else asked.link("/decisions")
    return render_template("decisions.html", asked=asked, rows=rows, more=more, first=first)


@page("/decisions/number", to=Scope.AUDIT_READ, methods=("GET", "POST"))
def decisions_on_number_page(visit: Visit) -> str | tuple[str, int]:
    """Show the decisions on a number, or with a reference: the answer to a form, so that no address tells of it."""
    entry = NumberEntry()
    controllers, campaigns = reached(visit)
    offer(entry.controller, {one.slug: one.name for one in controllers})
    shown: dict[str, Any] = {"rows": None, "more": None}
    if entry.is_sent():
        try:
            wanted = DecisionFilter(
                number=number_of(entry, controllers, is_needed=not entry.ref.data),
                ref=entry.ref.data or None,
                controller=entry.controller.data or None,
            )
        except Trouble as wrong:
            entry.refuse(wrong, field="number")
        else:
            after = place_of(entry.after.data or None)
            found = searched_decisions(visit.context, wanted=wanted, actor=visit.actor, after=after, limit=PAGE)
            shown["rows"] = rows_of(found, controllers, campaigns)
            shown["more"] = None if found.next is None else cursor_of(*found.next)
    text = render_template("decisions_number.html", entry=entry, **shown)
    return (text, 422) if entry.errors else text


def number_of(entry: Any, controllers: Sequence[Controller], *, is_needed: bool) -> int | None:
    """Read the number of a form: a national one is of the chosen controller's country, or of the one that all share.

    :raises InvalidNumber: when it is none, or is missing.
    """
    if not entry.number.data and not is_needed:
        return None
    chosen = {one.country for one in controllers if entry.controller.data in ("", one.slug)}
    return parse(entry.number.data or "", region=chosen.pop() if len(chosen) == 1 else "").key


def reached(visit: Visit) -> tuple[Sequence[Controller], Sequence[Campaign]]:
    """Give the controllers and campaigns of whoever looks."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        campaigns = campaigns_for(reading.session, actor=visit.actor)
        return controllers_for(reading.session, actor=visit.actor), campaigns


def rows_of(
    found: FoundDecisions, controllers: Sequence[Controller], campaigns: Sequence[Campaign]
) -> list[Mapping[str, Any]]:
    """Give what a table shows of decisions."""
    owners = {one.id: one.name for one in controllers}
    names = {one.id: one.name for one in campaigns}
    return [
        {
            "id": row["id"],
            "checked_at": row["checked_at"],
            "number": None if row["number"] is None else e164_of(row["number"]),
            "ref": row["ref"],
            "controller": owners.get(row["controller_id"], row["controller"]),
            "campaign": names.get(row["campaign_id"], row["campaign"]),
            "verdict": row["verdict"],
            "reason": row["primary_reason"],
            "reasons": len(row["answer"]["reasons"]),
            "binding": row["binding"],
        }
        for row in found.rows
    ]
