"""Retention: from when on the law no longer asks to keep what is held on a number. The clocks stand in the rules."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.consent import ConsentEvent
from app.domain.rules.rule import EVERYWHERE, Kind
from app.domain.ruleset import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class Retain:
    """One duty to keep the proof of a consent: for how many years, from which clock, by which rule."""

    years: int
    clock: str
    rule: str
    citation: str


def retains_of(ruleset: Ruleset, *, region: str | None, now: datetime) -> tuple[Retain, ...]:
    """Give the duties that bind for numbers of a country now; none is *not known*, never *no duty*."""
    return tuple(
        Retain(
            years=rule.params.retain_years,
            clock=rule.params.retain_clock,
            rule=rule.id,
            citation=rule.citation,
        )
        for rule in ruleset.rules
        if rule.kind is Kind.OBLIGATION
        and rule.jurisdiction in (EVERYWHERE, region)
        and rule.is_in_force_on(now.date())
        and rule.params.retain_years is not None
        and rule.params.retain_clock is not None
    )


def kept_until(retain: Retain, *, events: Sequence[ConsentEvent], calls: Collection[datetime]) -> datetime | None:
    """Say until when a duty lasts; None where its clock has not begun, or nobody can say that it has.

    Whatever the clock, it counts from the newest thing on record: each use begins the years of a consent anew
    (§ 7a UWG), and nothing is erased of which a part must still be kept.
    """
    instants = [*calls, *(event.obtained_at for event in events), *(event.recorded_at for event in events)]
    noes = [event for event in events if not event.is_grant]
    grants = [event for event in events if event.is_grant]
    match retain.clock:
        case "last_used":
            has_begun = bool(instants)
        case "granted":
            has_begun = bool(grants)
        case "decision":
            has_begun = bool(calls)
        case "withdrawn":
            has_begun = bool(noes) and all(_ends(noes, grant) for grant in grants)
        case _:
            has_begun = False
    return _years_after(max(instants), retain.years) if has_begun else None


def is_over(
    retains: Iterable[Retain], *, events: Sequence[ConsentEvent], calls: Collection[datetime], now: datetime
) -> bool:
    """Tell whether every duty has ended. Where no duty is known, that is not known either: no."""
    ends = [kept_until(retain, events=events, calls=calls) for retain in retains]
    return bool(ends) and all(end is not None and end <= now for end in ends)


def _ends(noes: Iterable[ConsentEvent], grant: ConsentEvent) -> bool:
    return any(no.obtained_at >= grant.obtained_at and no.recorded_at >= grant.recorded_at for no in noes)


def _years_after(instant: datetime, years: int) -> datetime:
    try:
        return instant.replace(year=instant.year + years)
    except ValueError:  # 29 February
        return instant.replace(year=instant.year + years, month=3, day=1)
