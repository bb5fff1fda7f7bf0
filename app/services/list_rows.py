"""What becomes of each row of a call list: the same decision a single check would get."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.facts import Call, countries_of, facts_for
from app.db.list_blocks import Outcome
from app.db.list_rows import ListRow
from app.db.register_files import RegisterFiles
from app.domain.campaign import Campaign
from app.domain.decision import Verdict, decide, decide_ahead
from app.domain.facts import Facts
from app.domain.phone import Phone, e164_of, parse
from app.domain.ruleset import Ruleset
from app.policies.holidays import free_days
from app.services.answers import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """How a list is checked: for which campaign, by which rules, at which instant (`at` None: the earliest
    within seven days at which all windows are open), and until when its report may be used.
    """

    campaign: Campaign
    ruleset: Ruleset
    rules_until: datetime | None
    now: datetime
    at: datetime | None
    valid_until: datetime
    erasure_keys: tuple[bytes, ...] = field(repr=False)
    registers: RegisterFiles = field(repr=False)

    @property
    def instant(self) -> datetime:
        """Give the instant to decide at, or to look ahead from; one that has passed is now."""
        return self.now if self.at is None else max(self.at, self.now)


def outcome_of(facts: Facts, scrub: Scrub) -> Outcome:
    """Decide one call as a list shows it."""
    if scrub.at is None:
        decision, instant = decide_ahead(facts, scrub.ruleset)
    else:
        decision, instant = decide(facts, scrub.ruleset), scrub.instant
    is_later = decision.verdict is Verdict.ALLOW and instant > scrub.now
    ends = [scrub.valid_until] + ([decision.stands_until] if decision.stands_until else [])
    return Outcome(
        decision=decision.verdict.value,
        reasons=tuple(dict.fromkeys(str(finding.reason) for finding in decision.reasons)),
        not_before=rfc3339(instant if is_later else decision.not_before),
        checked_at=rfc3339(scrub.now) or "",
        valid_until=rfc3339(min(ends)),
    )


def undecided(decision: str, reason: str, *, now: datetime) -> Outcome:
    """Say what becomes of an invalid or duplicate row."""
    return Outcome(decision, (reason,), None, rfc3339(now) or "", None)


def facts_of(session: Session, *, phones: Sequence[Phone], scrub: Scrub) -> list[Facts]:
    """Gather the facts of a call to each number."""
    if not phones:
        return []
    return facts_for(
        session,
        calls=[_call(phone, scrub) for phone in phones],
        ruleset=scrub.ruleset,
        rules_until=scrub.rules_until,
        erasure_keys=scrub.erasure_keys,
        registers=scrub.registers,
    )


def decide_anew(session: Session, *, rows: Sequence[ListRow], scrub: Scrub) -> list[ListRow]:
    """Decide stored rows that came first again, one by one, as things stand now. Nothing is written."""
    phones = [parse(e164_of(row.number or 0), region=None) for row in rows]
    facts = facts_of(session, phones=phones, scrub=scrub)
    return [replace(row, **outcome_of(known, scrub)._asdict()) for row, known in zip(rows, facts, strict=True)]


def _call(phone: Phone, scrub: Scrub) -> Call:
    free = free_days(countries_of(phone.region, None), scrub.instant.date())
    return Call(
        phone=phone,
        campaign=scrub.campaign,
        at=scrub.instant,
        caller_id=scrub.campaign.caller_id,
        holidays=free.public,
        half_holidays=free.half,
    )
