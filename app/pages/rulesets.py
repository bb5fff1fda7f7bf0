"""Proposed rulesets: what they change in words, what a rehearsal says of past calls, and the two-person activation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from app.context import Transaction
from app.db.rulesets import newest_activation
from app.domain.access import Scope
from app.domain.errors import InvalidInput
from app.pages.access import Visit, page
from app.pages.consent_words import VERDICTS, reason_words
from app.pages.entry import Entry
from app.pages.instants import InstantField
from app.pages.paths import known_id
from app.pages.ruleset_words import told_changes
from app.pages.sending import sent_once
from app.services.rehearsal import RehearsalRunning
from app.services.ruleset_answers import compared_proposal, rulesets_answer
from app.services.ruleset_proposals import approve_ruleset, proposals_for, state_of
from app.services.rulesets import ruleset_of
from app.services.waiting import names_of_actors
from app.work.rehearsing import rehearsed

STATES = {
    "proposed": _l("waits for a second person"),
    "approved": _l("approved"),
    "rejected": _l("rejected"),
    "expired": _l("expired"),
    "overtaken": _l("overtaken by another change: propose it again"),
}
PERIODS = (7, 30, 90)
"""Days that a rehearsal may look back over from the page."""
MOST = 50


class ActivationEntry(Entry):
    """From when on the rules hold."""

    effective_at = InstantField(
        _l("From when on (optional)"),
        [Optional()],
        format="%Y-%m-%dT%H:%M",
        description=_l("Empty is now. At most a year ahead."),
    )


@page("/rulesets", to=Scope.RULES_WRITE, nav=_l("Rules"))
def rulesets_page(visit: Visit) -> str:
    """List proposed rulesets, however they ended, and what is in force."""
    with visit.context.reading() as reading:
        rows = proposals_for(reading.session, actor=visit.actor, before=None, limit=MOST)
        newest = newest_activation(reading.session)
        known = rulesets_answer(reading.session, now=reading.now)
        names = names_of_actors(reading.session, ids={row["proposed_by"] for row in rows})
        states = {row["id"]: state_of(row, newest=newest, now=reading.now) for row in rows}
    following = known["next_activation"] and datetime.fromisoformat(known["next_activation"])
    return render_template(
        "rulesets.html",
        rows=rows,
        states=states,
        words=STATES,
        names=names,
        in_force=known["in_force"],
        following=following,
    )


@page("/rulesets/<proposal>", to=Scope.RULES_WRITE, methods=("GET", "POST"))
def ruleset_page(visit: Visit, proposal: str) -> str | Response | tuple[str, int]:
    """Show what a proposed ruleset changes, rehearse it on past calls, and let a second person approve it."""
    entry, proposal = ActivationEntry(), known_id(proposal)
    if entry.is_sent():

        def approve(tx: Transaction) -> str:
            at = entry.effective_at.instant
            approve_ruleset(tx.session, id=proposal, effective_at=at, actor=visit.actor, now=tx.now)
            return f"/rulesets/{proposal}"

        try:
            answer = sent_once(visit, approve)
        except InvalidInput as wrong:
            entry.refuse(wrong, field="effective_at")
        else:
            flash(gettext("It is approved. Every process decides by it from then on."))
            return answer
    with visit.context.reading() as reading:
        found = compared_proposal(reading.session, id=proposal, actor=visit.actor, now=reading.now)
        ruleset = ruleset_of(reading.session, digest=found["ruleset"])
        base = ruleset_of(reading.session, digest=found["compared_with"])
        people = {id for id in (found["proposed_by"], found["settled_by"]) if id}
        names = names_of_actors(reading.session, ids=people)
    rehearsal, is_busy = None, False
    days = request.args.get("days", "")
    if days in {str(one) for one in PERIODS}:
        try:
            rehearsal = rehearsed(visit.context, ruleset=ruleset, days=int(days), actor=visit.actor)
        except RehearsalRunning:
            is_busy = True
    text = render_template(
        "ruleset.html",
        entry=entry,
        one=_read(found),
        names=names,
        words=STATES,
        changes=told_changes(base, ruleset),
        periods=PERIODS,
        days=days,
        rehearsal=rehearsal,
        flips=_flips(rehearsal),
        is_busy=is_busy,
        is_own=found["proposed_by"] == visit.actor.id,
        verdicts=VERDICTS,
        reason_words=reason_words,
    )
    return (text, 422) if entry.errors else text


def _flips(rehearsal: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    return [] if rehearsal is None else rehearsal["flips"]


def _read(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give a proposal with its instants as such."""
    names = ("proposed_at", "expires_at", "effective_at")
    return dict(found) | {name: found[name] and datetime.fromisoformat(found[name]) for name in names}
