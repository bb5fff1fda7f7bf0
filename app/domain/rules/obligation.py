"""`obligation`: what an allowed call obliges to. It never blocks."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.facts import Facts
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Obligation, Outcome, Rule


class Disclosure(StrEnum):
    """What is said at the start of the call."""

    CALLER = "caller"
    PRINCIPAL = "principal"
    PURPOSE = "purpose"
    AI = "ai"
    SOURCE = "source"
    OPTOUT = "optout"


class Clock(StrEnum):
    """From when the years of keeping count."""

    GRANTED = "granted"
    LAST_USED = "last_used"
    WITHDRAWN = "withdrawn"
    DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationParams:
    """What to say at the start, whether to record, and how long to keep the proof from which clock.

    `obligations` are the same in the words of an answer.
    """

    disclose: tuple[str, ...] = ()
    record: bool = False
    retain_years: int | None = None
    retain_clock: str | None = None
    obligations: tuple[Obligation, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Put them into the words of an answer."""
        told = [Obligation(code=f"disclose_{what}") for what in self.disclose]
        if self.record:
            told.append(Obligation(code="record"))
        if self.retain_years is not None:
            told.append(Obligation(code="retain", years=self.retain_years, clock=self.retain_clock))
        object.__setattr__(self, "obligations", tuple(told))


def read_obligation(fields: Fields) -> ObligationParams:
    """Read the parameters of an obligation."""
    clock = fields.optional("retain_clock", str)
    params = ObligationParams(
        disclose=tuple(word.value for word in fields.words("disclose", Disclosure)),
        record=fields.flag("record"),
        retain_years=fields.number("retain_years", most=100),
        retain_clock=clock,
    )
    if (params.retain_years is None) is not (params.retain_clock is None):
        fields.fault("retain_years and retain_clock belong together")
    if params.retain_clock is not None and params.retain_clock not in tuple(Clock):
        fields.fault(f"retain_clock is none of {', '.join(Clock)}")
    return params


def find_obligations(rule: Rule, params: ObligationParams, facts: Facts) -> Finding:
    """List what the call obliges to."""
    return Finding(rule=rule, outcome=Outcome.PASS, obligations=params.obligations)
