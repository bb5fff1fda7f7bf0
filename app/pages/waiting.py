"""What waits for a second person, and the two buttons that settle it."""

from functools import partial
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import Conflict, NotFound
from app.pages.access import Visit, page
from app.pages.consent_words import SUPPRESSION_REASONS
from app.pages.paths import known_id
from app.pages.sending import require_still_acting, sent_once
from app.services.controllers import controllers_for
from app.services.erasure_proposals import ErasureSettled, reject_erasure
from app.services.lifts import approve_lift, lift_for, reject_lift
from app.services.register_snapshots import approve_snapshot, reject_snapshot
from app.services.ruleset_proposals import approve_ruleset, reject_ruleset
from app.services.waiting import NEEDS, WaitingKind, names_of_actors, of_kind, waiting_for_second
from app.work import erasing

KINDS = {
    WaitingKind.LIFT: _l("Lift of an objection"),
    WaitingKind.ERASURE: _l("Erasure of a person"),
    WaitingKind.RULESET: _l("Change of the rules"),
    WaitingKind.SNAPSHOT: _l("Register that changed much"),
}


class NotWaiting(Conflict):
    """This does not wait any more."""

    code = "not_waiting"


class BadVerdict(NotFound):
    """Something that waits is approved or rejected."""

    code = "bad_verdict"


@page("/waiting", to=Scope.SUPPRESSIONS_WRITE, or_to=Scope.REGISTERS_WRITE, nav=_l("Waiting"))
def waiting_page(visit: Visit) -> str:
    """List what waits for a second person, with the buttons for whoever is one."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        found = waiting_for_second(reading.session, actor=visit.actor, now=reading.now)
        names = names_of_actors(reading.session, ids={one.proposed_by for one in found})
        controllers = {one.slug: one.name for one in controllers_for(reading.session, actor=visit.actor)}
    return render_template(
        "waiting.html", found=found, names=names, controllers=controllers, kinds=KINDS, reasons=SUPPRESSION_REASONS
    )


@page("/waiting/settle", to=Scope.SUPPRESSIONS_WRITE, or_to=Scope.REGISTERS_WRITE, methods=("POST",))
def settle(visit: Visit) -> Response:
    """Approve or reject one thing; whoever proposed it can only take it back."""
    kind, id, verdict = (request.form.get(name, "") for name in ("kind", "id", "verdict"))
    if kind not in set(WaitingKind) or verdict not in ("approve", "reject"):
        raise BadVerdict()
    id = known_id(id)
    visit.actor.require(NEEDS[WaitingKind(kind)])
    is_approved = verdict == "approve"
    if kind == WaitingKind.ERASURE and is_approved:
        return _erased(visit, id)
    exclusive = _number(visit, id) if kind == WaitingKind.LIFT and is_approved else []

    def work(tx: Transaction) -> str:
        _settle(tx, visit, WaitingKind(kind), id, is_approved=is_approved)
        return "/waiting"

    # rules and registers are everybody's
    is_everybodys = kind in (WaitingKind.RULESET, WaitingKind.SNAPSHOT)
    answer = sent_once(visit, work, exclusive=exclusive, reach=None if is_everybodys else visit.actor.controllers)
    flash(gettext("It is approved.") if is_approved else gettext("It is rejected; nothing changed."))
    return answer


def _erased(visit: Visit, id: str) -> Response:
    """Erase a person: a work of its own, which a second click finds done."""

    def done(tx: Transaction) -> str:
        if settled is not None:
            raise settled
        return "/waiting"

    settled = None
    try:
        erasing.approve(visit.context, id=id, actor=visit.actor, require=partial(require_still_acting, visit))
    except ErasureSettled as fault:
        settled = fault  # unless it was this very form that did it
    answer = sent_once(visit, done, reach=visit.actor.controllers)
    flash(gettext("The person is erased, and stays blocked."))
    return answer


def _number(visit: Visit, id: str) -> list[int]:
    """Give the number that is to be locked."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        number = lift_for(reading.session, id=id, actor=visit.actor)["suppression"]["number"]
    return [] if number is None else [number]


def _settle(tx: Transaction, visit: Visit, kind: WaitingKind, id: str, *, is_approved: bool) -> None:
    asked: dict[str, Any] = {"id": id, "actor": visit.actor, "now": tx.now}
    match kind:
        case WaitingKind.LIFT:
            (approve_lift if is_approved else reject_lift)(tx.session, **asked)
        case WaitingKind.ERASURE:
            reject_erasure(tx.session, **asked)
        case WaitingKind.RULESET:
            (approve_ruleset if is_approved else reject_ruleset)(tx.session, **asked)
        case WaitingKind.SNAPSHOT:
            one = of_kind(waiting_for_second(tx.session, actor=visit.actor, now=tx.now), kind, id)
            if one is None:
                raise NotWaiting()
            slug = one.about["register"]
            (approve_snapshot if is_approved else reject_snapshot)(tx.session, slug=slug, **asked)
