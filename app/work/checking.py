"""Puts a check together for every interface: understand it, have its group decided, sign the receipt."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.context import Context, Transaction
from app.db.campaigns import campaigns_beyond_reach
from app.domain.access import Actor
from app.domain.campaign import Campaign
from app.domain.errors import Trouble
from app.group_commit import Result
from app.metrics import DECISIONS, GROUPS
from app.services.campaigns import UnknownCampaign, campaign_for, may_mean_several, meant
from app.services.check_gathering import gather_standing
from app.services.check_records import Checked, answer_of, receipt_claims
from app.services.check_requests import CheckRequest, PreparedCheck, prepare_check
from app.services.checks import decide_group
from app.services.idempotency import refuse_other_uses
from app.services.receipts import signed_receipt


def decide_and_commit(context: Context) -> Callable[[Sequence[PreparedCheck]], list[Result]]:
    """Give the function that decides a group in one transaction; its results are committed when it returns."""

    def decide(checks: Sequence[PreparedCheck]) -> list[Result]:
        GROUPS.observe(len(checks))
        numbers = {check.phone.key for check in checks}
        reserving = {check.phone.key for check in checks if check.request.is_binding}
        reach = {check.campaign.controller_id for check in checks}
        with context.transaction(shared=numbers, exclusive=reserving, reach=reach, is_repeated=True) as tx:
            loose = {place: check for place, check in enumerate(checks) if _is_loose(check)}
            names = {check.request.campaign for check in loose.values()}
            gather_standing(tx.session, checks=checks, names=names, reach=reach, now=tx.now)
            unmeant = _unmeant(loose, campaigns_beyond_reach(tx.session, slugs=names, reach=reach)) if loose else {}
            asked = [check for place, check in enumerate(checks) if place not in unmeant]
            decided = iter(_decided(context, tx, asked) if asked else ())
            return [unmeant[place] if place in unmeant else next(decided) for place in range(len(checks))]

    return decide


def _decided(context: Context, tx: Transaction, checks: Sequence[PreparedCheck]) -> list[Result]:
    return decide_group(
        tx.session,
        checks=checks,
        rules=context.rules(tx.session, now=tx.now),
        erasure_keys=context.erasure_keys,
        registers=context.registers,
        backlog=context.backlog(tx),
        now=tx.now,
    )


def _is_loose(check: PreparedCheck) -> bool:
    return may_mean_several(controller=check.request.controller, actor=check.actor)


def _unmeant(loose: Mapping[int, PreparedCheck], known: Collection[Campaign]) -> dict[int, Trouble]:
    """Tell, by place, what is wrong with names that do not mean the campaign any more that they were known to mean."""
    found: dict[int, Trouble] = {}
    for place, check in loose.items():
        try:
            if meant(known, slug=check.request.campaign, controller=None, actor=check.actor).id != check.campaign.id:
                raise UnknownCampaign()
        except Trouble as fault:
            found[place] = fault
    return found


def answer_checks(
    context: Context, *, requests: Sequence[CheckRequest], actor: Actor
) -> list[dict[str, Any] | Trouble]:
    """Answer checks in order, each with its decision or its trouble. What is answered is on record.

    :raises KeyUsedOtherwise: when an idempotency key was used for another request; then nothing is decided.
    :raises Unavailable: when the group failed; then nothing may be dialled.
    """
    understood = _understood(context, requests, actor)
    ready = [one for one in understood if isinstance(one, PreparedCheck)]
    decided = iter(context.checks.submit(ready) if ready else ())
    return [one if isinstance(one, Trouble) else _answer(context, next(decided)) for one in understood]


def _understood(context: Context, requests: Sequence[CheckRequest], actor: Actor) -> list[PreparedCheck | Trouble]:
    """Find the campaigns and read the numbers. Whatever may have changed since is read again by the group."""
    names = {(request.campaign, request.controller) for request in requests}
    campaigns = {name: _known(context, name, actor) for name in names}
    keyed = [(actor, request.idempotency) for request in requests if request.idempotency is not None]
    if keyed or None in campaigns.values():
        with context.reading(reach=actor.controllers) as reading:
            refuse_other_uses(reading.session, uses=keyed)
            for name, known in campaigns.items():
                campaigns[name] = known or _found(context, reading.session, name, actor)
    return [_prepared(request, actor, campaigns[request.campaign, request.controller]) for request in requests]


def _known(context: Context, name: tuple[str, str | None], actor: Actor) -> Campaign | Trouble | None:
    return context.known_campaigns.find(slug=name[0], controller=name[1], actor=actor)


def _found(context: Context, session: Session, name: tuple[str, str | None], actor: Actor) -> Campaign | Trouble:
    try:
        campaign = campaign_for(session, slug=name[0], controller=name[1], actor=actor)
    except Trouble as fault:
        return fault
    context.known_campaigns.remember(campaign, slug=name[0], controller=name[1], actor=actor)
    return campaign


def _prepared(request: CheckRequest, actor: Actor, campaign: Campaign | Trouble | None) -> PreparedCheck | Trouble:
    if not isinstance(campaign, Campaign):
        return campaign or UnknownCampaign()
    try:
        return prepare_check(request=request, actor=actor, campaign=campaign)
    except Trouble as fault:
        return fault


def _answer(context: Context, result: Result) -> dict[str, Any] | Trouble:
    if not isinstance(result, Checked):
        return result
    request, decision = result.check.request, result.decision
    DECISIONS.labels(request.kind.value, decision.verdict.value, str(decision.primary_reason or "")).inc()
    answer = answer_of(result)
    if request.is_binding:
        answer["receipt"] = signed_receipt(context.receipt_key, receipt_claims(result))
    return answer
