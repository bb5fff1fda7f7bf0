"""Checks: may this number be dialled now, for this campaign? One function answers every path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.api_keys import ApiKey, api_keys_by_id
from app.db.campaigns import campaigns_by_id
from app.db.facts import Call, countries_of, facts_for
from app.db.identity import new_id
from app.db.log import Entry, Log, Written, append_entries, logs_of
from app.db.register_files import RegisterFiles
from app.domain.access import Actor
from app.domain.campaign import Campaign
from app.domain.decision import Decision, Verdict, decide
from app.domain.entry import check_body
from app.domain.errors import Trouble
from app.domain.facts import Facts
from app.domain.leaf import LeafKind, hash_text
from app.domain.ruleset import Ruleset
from app.policies.holidays import free_days
from app.services.answers import coverage_of
from app.services.api_keys import Unauthenticated
from app.services.check_records import Checked, store_checked
from app.services.check_requests import BadInstant, PreparedCheck, require_ahead
from app.services.idempotency import FirstCheckUse, Idempotency, first_check_uses
from app.services.sequencing import Backlog, LogBehind


def decide_group(
    session: Session,
    *,
    checks: Sequence[PreparedCheck],
    ruleset: Ruleset,
    erasure_keys: Sequence[bytes],
    registers: RegisterFiles,
    backlog: Backlog,
    now: datetime,
) -> list[Checked | Trouble]:
    """Decide checks in order and write everything down, in the caller's transaction.

    Everything they hang on is read here: keys, campaigns, consents, suppressions, which snapshots of registers stand.
    `backlog` may be a second old. A check that cannot be decided gives its trouble and costs the others nothing. The
    numbers must be locked.
    """
    revoked = {id for id, key in _keys(session, checks).items() if key.revoked_at is not None}
    campaigns = campaigns_by_id(session, ids={check.campaign.id for check in checks})
    logs = logs_of(session)
    refusals = [
        _refusal(check, revoked=revoked, log=logs[check.campaign.controller_id], backlog=backlog, now=now)
        for check in checks
    ]
    askable = [check for check, refusal in zip(checks, refusals, strict=True) if refusal is None]
    calls = [_call(check, campaigns[check.campaign.id], now) for check in askable]
    facts = iter(facts_for(session, calls=calls, ruleset=ruleset, erasure_keys=erasure_keys, registers=registers))
    uses = first_check_uses(session, uses=_keyed(checks), now=now)
    plans: list[_Plan | Trouble] = []
    for check, refusal in zip(checks, refusals, strict=True):
        if refusal is not None:
            plans.append(refusal)
            continue
        try:
            plan = _plan(check, next(facts), ruleset, uses, now=now)
        except Trouble as fault:
            plans.append(fault)
            continue
        if check.request.idempotency is not None and plan.repeat_of is None:
            uses[check.actor.id, check.request.idempotency.key] = plan.as_first_use()
        plans.append(plan)
    sound = [plan for plan in plans if isinstance(plan, _Plan)]
    entries = [plan.entry(logs[plan.check.campaign.controller_id], now) for plan in sound]
    written = iter(append_entries(session, new=entries))
    results = [plan.checked(next(written), logs, ruleset, now) if isinstance(plan, _Plan) else plan for plan in plans]
    store_checked(session, [result for result in results if isinstance(result, Checked)], now=now)
    return results


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

    def checked(self, written: Written, logs: Mapping[int | None, Log], ruleset: Ruleset, now: datetime) -> Checked:
        return Checked(
            id=self.id,
            check=self.check,
            decision=self.decision,
            checked_at=now,
            repeat_of=self.repeat_of,
            reservation=self.reservation,
            log=logs[self.check.campaign.controller_id].id,
            leaf_hash=hash_text(written.leaf_hash),
            salt=written.salt,
            commitment=written.commitment or "",
            coverage=coverage_of(self.decision, facts=self.facts, ruleset=ruleset),
        )


def _refusal(check: PreparedCheck, *, revoked: set[str], log: Log, backlog: Backlog, now: datetime) -> Trouble | None:
    """Say why this check cannot be decided, before anything is computed for it; None is that it can."""
    if check.actor.id in revoked:
        return Unauthenticated()
    try:
        backlog.require_current(log.id, now=now)
        require_ahead(check.request.at, now=now)
    except (LogBehind, BadInstant) as fault:
        return fault
    return None


def _plan(
    check: PreparedCheck,
    facts: Facts,
    ruleset: Ruleset,
    uses: Mapping[tuple[str, str], FirstCheckUse],
    *,
    now: datetime,
) -> _Plan:
    request = check.request
    first = None if request.idempotency is None else uses.get((check.actor.id, request.idempotency.key))
    if first is not None and request.idempotency is not None:
        first.require_same(request.idempotency)
    decision = decide(facts, ruleset)
    id = new_id(now)
    shared = None if first is None else first.reservation
    reserves = request.is_binding and decision.verdict is Verdict.ALLOW
    return _Plan(
        id=id,
        check=check,
        facts=facts,
        decision=decision if request.is_binding else replace(decision, valid_until=None),
        repeat_of=None if first is None else first.decision_id,
        reservation=(shared or id) if reserves else None,
    )


def _call(check: PreparedCheck, campaign: Campaign, now: datetime) -> Call:
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
        holidays=free.public,
        half_holidays=free.half,
    )


def _keyed(checks: Sequence[PreparedCheck]) -> list[tuple[Actor, Idempotency]]:
    return [(check.actor, check.request.idempotency) for check in checks if check.request.idempotency is not None]


def _keys(session: Session, checks: Sequence[PreparedCheck]) -> dict[str, ApiKey]:
    return api_keys_by_id(session, ids={check.actor.id for check in checks})
