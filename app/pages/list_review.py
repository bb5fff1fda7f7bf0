"""What a scrub came to, put so that it answers: how many may be dialled, why not the others, and from when on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import get_timezone

from app.db.list_blocks import Outcome
from app.domain.reason import Permanence, Reason
from app.domain.rules.rule import Rule
from app.pages.list_words import INVALID, what_lifts, why
from app.pages.rule_lists import ToldRule, told_rules
from app.services.campaign_rules import rules_behind

VERDICTS = ("allow", "deny", "defer", "invalid", "duplicate")
HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason why rows are not dialled, in words, with the rules it comes from."""

    code: str
    verdict: str
    count: int
    why: str
    lifts: str
    rules: Sequence[ToldRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How many rows become callable in an hour, and how many are callable by then. `at` None is now."""

    at: datetime | None
    count: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A scrub in figures: rows by verdict, causes, openings; `later` rows become callable after the last one told."""

    totals: Mapping[str, int]
    causes: Sequence[Cause]
    openings: Sequence[Opening]
    later: int

    @property
    def rows(self) -> int:
        """Give how many rows there are."""
        return sum(self.totals.values())


def told_review(counts: Mapping[Outcome, int], *, rules: Sequence[Rule], home: str, now: datetime) -> Told:
    """Put the outcomes of a scrub in order. `rules` are those that bind the campaign's calls, `home` its country."""
    totals = Counter[str]()
    reasons = Counter[tuple[str, str]]()
    hours = Counter[datetime | None]()
    for outcome, count in counts.items():
        totals[outcome.decision] += count
        if outcome.decision == "allow":
            hours[_hour(outcome.not_before, now)] += count
        elif outcome.reasons:
            reasons[outcome.decision, outcome.reasons[0]] += count
    openings, total = [], 0
    ordered = sorted(hours.items(), key=lambda one: one[0] or datetime.min.replace(tzinfo=now.tzinfo))
    for at, count in ordered[:HOURS]:
        total += count
        openings.append(Opening(at=at, count=count, total=total))
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    found = sorted(reasons.items(), key=lambda one: (order[one[0][0]], -one[1], one[0][1]))
    return Told(
        totals={verdict: totals[verdict] for verdict in VERDICTS},
        causes=[
            Cause(
                code=reason,
                verdict=verdict,
                count=count,
                why=why(reason),
                lifts=what_lifts(reason),
                rules=told_rules(rules_behind(reason, rules, home=home)),
            )
            for (verdict, reason), count in found
        ],
        openings=openings,
        later=totals["allow"] - total,
    )


def stored_counts(row: Mapping[str, Any]) -> dict[Outcome, int]:
    """Give what is on record of a scrub that is stale: totals and reasons as they were, and no hours."""
    counts = {_outcome(reason): count for reason, count in row["reasons"].items()}
    counts[Outcome("allow", (), None, "", None)] = row["totals"].get("allow", 0)
    return counts


def _outcome(reason: str) -> Outcome:
    if reason == "duplicate":
        return Outcome("duplicate", (reason,), None, "", None)
    if reason in INVALID:
        return Outcome("invalid", (reason,), None, "", None)
    is_later = reason in set(Reason) and Reason(reason).permanence is Permanence.UNTIL
    return Outcome("defer" if is_later else "deny", (reason,), None, "", None)


def _hour(not_before: str | None, now: datetime) -> datetime | None:
    if not_before is None:
        return None
    at = datetime.fromisoformat(not_before)
    return None if at <= now else at.astimezone(get_timezone()).replace(minute=0, second=0, microsecond=0)
