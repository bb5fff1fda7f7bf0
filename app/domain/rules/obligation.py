"""`obligation`: what an allowed call obliges to. It never blocks."""

from dataclasses import dataclass

from app.domain.facts import Facts
from app.domain.rules.rule import Finding, Obligation, Outcome, Rule

DISCLOSURES = ("caller", "principal", "purpose", "ai", "source", "optout")
CLOCKS = ("granted", "last_used", "withdrawn", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationParams:
    """What to say at the start, whether to record, and how long to keep the proof from which clock."""

    disclose: tuple[str, ...] = ()
    record: bool = False
    retain_years: int | None = None
    retain_clock: str | None = None


def find_obligations(rule: Rule, params: ObligationParams, facts: Facts) -> Finding:
    """List what the call obliges to."""
    obligations = [Obligation(code=f"disclose_{what}") for what in params.disclose]
    if params.record:
        obligations.append(Obligation(code="record"))
    if params.retain_years is not None:
        obligations.append(Obligation(code="retain", years=params.retain_years, clock=params.retain_clock))
    return Finding(rule=rule, outcome=Outcome.PASS, obligations=tuple(obligations))
