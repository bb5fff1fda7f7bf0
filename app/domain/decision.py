"""The decision: every rule in force is asked, deny overrides, and without a basis nothing is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import product
from zoneinfo import ZoneInfo

from app.domain.facts import Facts
from app.domain.phone import ORDINARY_LINES
from app.domain.reason import Reason
from app.domain.rules.kinds import ask
from app.domain.rules.rule import EVERYWHERE, TESTABLE, UNKNOWN, Basis, Finding, Kind, Obligation, Outcome, Rule
from app.domain.rules.window import HORIZON, is_open, openings
from app.domain.ruleset import Ruleset

PERMIT_LIFETIME = timedelta(seconds=15)
"""How long a permission to dial lasts at the most."""


class Verdict(StrEnum):
    """The answer. Anything else a dialer may read means deny."""

    ALLOW = "allow"
    DENY = "deny"
    DEFER = "defer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict and all its reasons, the most permanent first. Only an allow has none.

    `valid_until` bounds a permission to dial now; `stands_until` is when an allow ends for another reason than
    a permit's short life (None: no end in sight). `not_before` is the next instant at which a defer's temporal rules
    would all pass (None: not within seven days after the last cap or pause has ended).
    """

    verdict: Verdict
    reasons: tuple[Finding, ...]
    basis: Basis | None
    obligations: tuple[Finding, ...]
    valid_until: datetime | None
    stands_until: datetime | None
    not_before: datetime | None
    jurisdiction: str | None
    digest: str

    @property
    def primary_reason(self) -> Reason | None:
        """The most permanent reason; None for an allow."""
        return self.reasons[0].reason if self.reasons else None


def decide(facts: Facts, ruleset: Ruleset) -> Decision:
    """Decide one call. Deny overrides defer overrides allow; the order of rules is irrelevant.

    An allow needs at least one applicable `basis` rule, and every applicable rule passing. Adding a rule
    to a set that holds a basis rule can only tighten.
    """
    findings = findings_of(facts, ruleset)
    failing = sorted((f for f in findings if f.outcome is not Outcome.PASS), key=_permanence)
    verdict = _verdict(findings)
    end = _end(facts, ruleset, findings) if verdict is Verdict.ALLOW else None
    permit = facts.at + PERMIT_LIFETIME
    return Decision(
        verdict=verdict,
        reasons=tuple(failing),
        basis=_basis(findings) if verdict is Verdict.ALLOW else None,
        obligations=_obligations(findings) if verdict is Verdict.ALLOW else (),
        valid_until=min(permit, end or permit) if verdict is Verdict.ALLOW else None,
        stands_until=end,
        not_before=next_opening(facts, ruleset) if verdict is Verdict.DEFER else None,
        jurisdiction=facts.region,
        digest=ruleset.digest,
    )


def findings_of(facts: Facts, ruleset: Ruleset) -> list[Finding]:
    """Ask every rule that binds the call, and the gate's own questions that belong to no rule."""
    situation = ruleset.situation(facts)
    applicable = ruleset.applicable(facts, situation)
    key = (bool(facts.zones), situation)
    gates = ruleset.gated.get(key)
    if gates is None:
        gates = ruleset.gated[key] = tuple(_gates(facts, applicable))
    return [*gates, *[ask(rule, facts) for rule in applicable]]


def decide_ahead(facts: Facts, ruleset: Ruleset) -> tuple[Decision, datetime]:
    """Decide for planning: at the earliest instant within seven days at which every rule of time passes.

    Gives the decision and that instant; where there is none, the decision at `facts.at`.
    """
    opening = next_opening(facts, ruleset)
    at = facts.at if opening is None or opening > facts.at + HORIZON else opening
    return decide(replace(facts, at=at), ruleset), at


def applicable_rules(facts: Facts, ruleset: Ruleset) -> tuple[Rule, ...]:
    """Give the rules that bind this call on the called party's local day, in any of its zones."""
    return ruleset.applicable(facts)


TEMPORAL = frozenset({Kind.WINDOW, Kind.COOLDOWN, Kind.FREQUENCY})
"""The kinds that a later moment cures: hours open, pauses end, attempts grow old."""


def next_opening(facts: Facts, ruleset: Ruleset) -> datetime | None:
    """Give the earliest instant from `facts.at` on at which every rule of time passes; None where there is none
    within seven days after the last cap or pause has ended.
    """
    for instant in _instants(facts, ruleset):
        moved = replace(facts, at=instant)
        timed = (rule for rule in applicable_rules(moved, ruleset) if rule.kind in TEMPORAL)
        if all(_is_past(rule, moved) for rule in timed):
            return instant
    return None


def _is_past(rule: Rule, moved: Facts) -> bool:
    """Tell whether a rule of time passes; of a window only whether it is open, which is quicker to say."""
    if rule.kind is Kind.WINDOW:
        return is_open(rule.params, moved, moved.at)
    return ask(rule, moved).outcome is Outcome.PASS


def _instants(facts: Facts, ruleset: Ruleset) -> Iterable[datetime]:
    yield facts.at
    timed = [rule for rule in ruleset.binding(*facts.countries) if rule.kind in TEMPORAL]
    windows = tuple(rule.params for rule in timed if rule.kind is Kind.WINDOW)
    pauses = (ask(rule, facts).until for rule in timed if rule.kind is not Kind.WINDOW)
    later: set[datetime] = set()
    for start in (facts.at, *(end for end in pauses if end is not None)):
        moved = replace(facts, at=start)
        found = {start, *openings(windows, moved), *_boundaries(moved, ruleset)}
        later |= {t for t in found if facts.at < t <= start + HORIZON}
    yield from sorted(later)


def _gates(facts: Facts, applicable: tuple[Rule, ...]) -> Iterable[Finding]:
    """Give the findings that belong to no rule: no country, no policy, no ordinary line.

    They hang on nothing but the situation, and on whether any zone is known.
    """
    bases = [rule for rule in applicable if rule.kind is Kind.BASIS]
    if facts.region is None:
        yield Finding(rule=None, outcome=Outcome.BLOCK, reason=Reason.JURISDICTION_UNKNOWN)
    if facts.call_class is None:
        yield Finding(rule=None, outcome=Outcome.UNKNOWN, reason=Reason.CALL_CLASS_MISSING)
    if not facts.zones and all(rule.kind is not Kind.WINDOW for rule in applicable):
        yield Finding(rule=None, outcome=Outcome.UNKNOWN, reason=Reason.OUTSIDE_HOURS)
    permits_line = [facts.line_type in rule.applies_when.get("line_type", frozenset()) for rule in bases]
    if facts.line_type not in ORDINARY_LINES and (not bases or not all(permits_line)):
        yield Finding(rule=None, outcome=Outcome.BLOCK, reason=Reason.LINE_TYPE_BANNED)
    if not all(
        _has_basis([b for b in bases if b.is_in_force_on(day) and b.country in (country, EVERYWHERE)], facts)
        for day in facts.local_days
        for country in facts.countries or (EVERYWHERE,)
    ):
        yield Finding(rule=None, outcome=Outcome.BLOCK, reason=Reason.NO_POLICY)


def _has_basis(bases: list[Rule], facts: Facts) -> bool:
    """Tell whether some basis rule binds, whatever the facts that are not known turn out to be.

    A rule about a fact that is not known applies, which tightens; but it is no proof that the call has a
    policy at all, and a missing fact must never supply one. Nor must a part of a country that is not known.
    """
    sure = [b for b in bases if "-" not in b.jurisdiction or facts.subdivisions == (b.jurisdiction,)]
    missing = sorted({name for rule in sure for name in rule.applies_when if getattr(facts, name) in (None, UNKNOWN)})
    worlds = product(*([value for value in TESTABLE[name] if value != UNKNOWN] for name in missing))
    return all(
        any(
            all(value in rule.applies_when.get(name, (value,)) for name, value in zip(missing, world, strict=True))
            for rule in sure
        )
        for world in worlds
    )


def _verdict(findings: list[Finding]) -> Verdict:
    outcomes = {finding.outcome for finding in findings}
    if outcomes & {Outcome.BLOCK, Outcome.UNKNOWN}:
        return Verdict.DENY
    return Verdict.DEFER if Outcome.DEFER in outcomes else Verdict.ALLOW


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def _permanence(finding: Finding) -> tuple[int, int, str]:
    """Order reasons as law reports them: what no later moment cures comes first."""
    if finding.rule is None:
        return 2 if finding.reason is Reason.OUTSIDE_HOURS else 0, 0, str(finding.reason)
    temporal = finding.outcome is Outcome.DEFER
    return 2 if temporal else 1, _ORDER[finding.rule.kind], finding.rule.id


def _obligations(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted((f for f in findings if f.obligations), key=_permanence))


def _basis(findings: list[Finding]) -> Basis | None:
    """Give the basis to report: a consent says more than *none needed*."""
    bases = sorted((f.basis for f in findings if f.basis is not None), key=lambda b: (b.event_id is None, b.code))
    return bases[0] if bases else None


def _end(facts: Facts, ruleset: Ruleset, findings: list[Finding]) -> datetime | None:
    ends = [finding.until for finding in findings if finding.until is not None]
    if facts.rules_until is not None:
        ends.append(facts.rules_until)
    boundaries = [t for t in _boundaries(facts, ruleset) if t > facts.at]
    return min([*ends, *boundaries], default=None)


def _boundaries(facts: Facts, ruleset: Ruleset) -> list[datetime]:
    """Give the midnights within the horizon at which some rule of these countries begins or ends."""
    days = ruleset.turning_days(facts.at.date(), *facts.countries)
    return [
        datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for day in days
        for zone in facts.zones or ("UTC",)
    ]


def obligations_of(decision: Decision) -> tuple[tuple[Rule | None, Obligation], ...]:
    """Give each obligation with the rule it comes from."""
    return tuple((finding.rule, o) for finding in decision.obligations for o in finding.obligations)
