"""Checks: may this number be dialled now, for this campaign? One function answers every path."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.api_keys import api_keys_by_id
from app.db.campaigns import campaigns_by_id
from app.db.facts import Call, countries_of, facts_for
from app.db.identity import new_id
from app.db.log import Entry, Leaf, Log, leaf_of, logs_of
from app.db.register_files import RegisterFiles
from app.domain.access import COMMAND_LINE, USER, Actor
from app.domain.attempt import Attempt, condensed
from app.domain.campaign import Campaign
from app.domain.decision import Decision, Verdict, decide
from app.domain.entry import check_body
from app.domain.errors import Trouble, Unavailable
from app.domain.facts import Facts
from app.domain.leaf import LeafKind, hash_text
from app.domain.ruleset import Ruleset
from app.domain.subdivision import ZONES
from app.policies.holidays import free_days
from app.policies.zones import zones_of
from app.services.answers import coverage_of
from app.services.api_keys import Unauthenticated
from app.services.check_records import Checked, store_checked
from app.services.check_requests import BadInstant, PreparedCheck, require_ahead
from app.services.idempotency import FirstCheckUse, Idempotency, first_check_uses
from app.services.rulesets import RulesInForce
from app.services.sequencing import Backlog, LogBehind


def decide_group(
    session: Session,
    *,
    checks: Sequence[PreparedCheck],
    rules: RulesInForce,
    erasure_keys: Sequence[bytes],
    registers: RegisterFiles,
    backlog: Backlog,
    now: datetime,
) -> list[Checked | Trouble]:
    """Decide checks in order and write everything down, in the caller's transaction.

    Everything they hang on is read here: keys, campaigns, consents, suppressions, attempts, which snapshots of
    registers stand. `backlog` may be a second old. A check sees the places that those before it took. One that cannot
    be decided gives its trouble and costs the others nothing. The numbers must be locked, those of binding checks in
    the exclusive form: they may take a place.
    """
    key_ids, campaign_ids = {check.actor.id for check in checks}, {check.campaign.id for check in checks}
    live = {id for id, key in api_keys_by_id(session, ids=key_ids).items() if key.revoked_at is None}
    campaigns = campaigns_by_id(session, ids=campaign_ids)
    logs = logs_of(session)
    refusals = [
        _refusal(check, live=live, log=logs[check.campaign.controller_id], backlog=backlog, now=now) for check in checks
    ]
    uses = first_check_uses(session, uses=_keyed(checks), now=now)
    askable = [check for check, refusal in zip(checks, refusals, strict=True) if refusal is None]
    calls = [_call(check, campaigns[check.campaign.id], _first(check, uses), now) for check in askable]
    ruleset = rules.ruleset
    given: dict[str, Any] = {"ruleset": ruleset, "rules_until": rules.until, "registers": registers}
    facts = iter(facts_for(session, calls=calls, erasure_keys=erasure_keys, **given))
    taken: dict[tuple[int, int], dict[str, Attempt]] = defaultdict(dict)
    leaves: list[Leaf] = []
    results: list[Checked | Trouble] = []
    for check, refusal in zip(checks, refusals, strict=True):
        if refusal is not None:
            results.append(refusal)
            continue
        places = taken[check.phone.key, check.campaign.controller_id]
        try:
            plan = _plan(check, next(facts), ruleset, first=_first(check, uses), taken=places, now=now)
            leaf = _leaf(plan.entry(logs[check.campaign.controller_id], now))
        except Trouble as fault:
            results.append(fault)
            continue
        if check.request.idempotency is not None and plan.repeat_of is None:
            uses[check.actor.id, check.request.idempotency.key] = plan.as_first_use()
        if plan.reservation == plan.id:
            places[plan.id] = Attempt(at=now, result=None, leaf_hash=hash_text(leaf.leaf_hash))
        leaves.append(leaf)
        results.append(plan.checked(leaf, ruleset, now))
    store_checked(session, [result for result in results if isinstance(result, Checked)], leaves=leaves, now=now)
    return results


class EntryTooLong(Unavailable):
    """What is known of this number does not fit one entry of the log, so nothing can be decided on record."""

    code = "entry_too_long"


def _leaf(entry: Entry) -> Leaf:
    """Make a check's leaf; one that does not fit costs its neighbours nothing."""
    try:
        return leaf_of(entry)
    except ValueError as fault:
        raise EntryTooLong() from fault


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    id: str
    check: PreparedCheck
    facts: Facts
    decision: Decision
    repeat_of: str | None
    reservation: str | None

    def as_first_use(self) -> FirstCheckUse:
        digest = self.check.request.idempotency.body_sha256 if self.check.request.idempotency else b""
        return FirstCheckUse(decision_id=self.id, body_sha256=digest, reservation=self.reservation)

    def entry(self, log: Log, now: datetime) -> Entry:
        request = self.check.request
        public = {
            "actor": self.check.actor.id,
            "campaign": self.check.campaign.id,
            "check": request.kind.value,
            "binding": request.is_binding,
            "repeat_of": self.repeat_of,
            "reservation": self.reservation,
        }
        given = {"ref": request.ref, "caller_id": self.check.caller_id}
        personal = {name: value for name, value in given.items() if value is not None}
        return Entry(
            id=self.id,
            log=log,
            kind=LeafKind.CHECK,
            at=now,
            body=check_body(self.facts, self.decision, request=public),
            number=self.check.phone.key,
            fields={**personal, **self.check.actor.personal},
        )

    def checked(self, leaf: Leaf, ruleset: Ruleset, now: datetime) -> Checked:
        return Checked(
            id=self.id,
            check=self.check,
            decision=self.decision,
            checked_at=now,
            repeat_of=self.repeat_of,
            reservation=self.reservation,
            log=leaf.entry.log.id,
            leaf_hash=hash_text(leaf.leaf_hash),
            salt=leaf.salt,
            commitment=leaf.commitment or "",
            coverage=coverage_of(self.decision, facts=self.facts, ruleset=ruleset),
        )


def _refusal(check: PreparedCheck, *, live: set[str], log: Log, backlog: Backlog, now: datetime) -> Trouble | None:
    """Say why this check cannot be decided, before anything is computed for it; None is that it can."""
    if check.actor.id not in live and not _may_ask_without_key(check):
        return Unauthenticated()
    try:
        backlog.require_current(log.id, now=now)
        require_ahead(check.request.at, now=now)
    except (LogBehind, BadInstant) as fault:
        return fault
    return None


def _may_ask_without_key(check: PreparedCheck) -> bool:
    """Tell whether who asks needs no key: the operator; a user, who asks what would be answered, and never dials."""
    is_user = check.actor.id.startswith(USER) and not check.request.is_binding
    return is_user or check.actor.id == COMMAND_LINE


def _plan(
    check: PreparedCheck,
    facts: Facts,
    ruleset: Ruleset,
    *,
    first: FirstCheckUse | None,
    taken: Mapping[str, Attempt],
    now: datetime,
) -> _Plan:
    """Decide one check. `taken` are the places that checks before it in the group took on its number."""
    request = check.request
    if first is not None and request.idempotency is not None:
        first.require_same(request.idempotency)
    shared = None if first is None else first.reservation
    before = [attempt for place, attempt in taken.items() if place != shared]
    if before and facts.attempts is not None:
        facts = replace(facts, attempts=condensed((*facts.attempts, *before)))
    decision = decide(facts, ruleset)
    id = new_id(now)
    reserves = request.is_binding and decision.verdict is Verdict.ALLOW
    return _Plan(
        id=id,
        check=check,
        facts=facts,
        decision=decision if request.is_binding else replace(decision, valid_until=None),
        repeat_of=None if first is None else first.decision_id,
        reservation=(shared or id) if reserves else None,
    )


def _first(check: PreparedCheck, uses: Mapping[tuple[str, str], FirstCheckUse]) -> FirstCheckUse | None:
    used = check.request.idempotency
    return None if used is None else uses.get((check.actor.id, used.key))


def _call(check: PreparedCheck, campaign: Campaign, first: FirstCheckUse | None, now: datetime) -> Call:
    request = check.request
    at = request.at or now
    free = free_days(countries_of(check.phone.region, request.residence), at.date())
    return Call(
        phone=check.phone,
        campaign=campaign,
        at=at,
        caller_id=check.caller_id,
        party_type=request.party_type,
        number_source=request.number_source,
        voice_mode=request.voice_mode,
        residence=request.residence,
        zone=request.zone,
        home_zones=_home_zones(request.residence),
        place=None if first is None else first.reservation,
        holidays=free.public,
        half_holidays=free.half,
    )


def _home_zones(residence: str | None) -> tuple[str, ...] | None:
    if residence is None:
        return None
    return ZONES.get(residence) or zones_of(residence.partition("-")[0])


def _keyed(checks: Sequence[PreparedCheck]) -> list[tuple[Actor, Idempotency]]:
    return [(check.actor, check.request.idempotency) for check in checks if check.request.idempotency is not None]
