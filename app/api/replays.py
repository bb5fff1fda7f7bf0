"""Decisions derived again."""

from datetime import datetime
from typing import Any

import msgspec

from app.api import api
from app.api.answers import BasisAnswer
from app.api.fields import Strict
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.domain.decision import Verdict
from app.domain.reason import Reason
from app.domain.rules.rule import Kind, Outcome, Status, Strength
from app.services.explanations import explained
from app.services.pack_words import Language
from app.services.replay import replay_answer
from app.work.decision_reading import replay_recorded


class ReplayedReason(msgspec.Struct):
    """Why not: the code, the rule, and its legal reference."""

    code: Reason
    rule: str | None
    legal_ref: str | None


class Replayed(msgspec.Struct, kw_only=True):
    """What a decision says, with `valid_until` and `not_before` to the microsecond."""

    verdict: Verdict
    reasons: list[ReplayedReason]
    basis: BasisAnswer | None
    valid_until: datetime | None
    not_before: datetime | None
    ruleset: str


class SeenFact(msgspec.Struct):
    """A fact that a rule looked at: its name, the name in words, and what was known."""

    fact: str
    in_words: str
    value: str


class AskedRule(msgspec.Struct, kw_only=True):
    """One rule that was asked, what it said, and what it saw. `rule` null is the gate's own question."""

    rule: str | None
    kind: Kind | None
    kind_in_words: str
    legal_ref: str | None
    strength: Strength | None
    status: Status | None
    outcome: Outcome
    outcome_in_words: str
    reason: Reason | None
    reason_in_words: str | None
    until: datetime | None
    facts: list[SeenFact]


class OtherRule(msgspec.Struct):
    """A rule of the same countries that does not apply to the call, and why not."""

    rule: str
    why: str


class Explanation(msgspec.Struct):
    """Every rule with the facts it saw, in words of one language."""

    language: Language
    rules: list[AskedRule]
    others: list[OtherRule]


class ReplayQuery(Strict):
    """In which language the explanation is."""

    language: Language = Language.EN


class ReplayAnswer(Replayed, kw_only=True):
    """A decision derived again, and what the log says was answered. `differences` names what is not equal; `answer`
    is the row that answers are read from. `explanation` says of every rule what it saw.
    """

    decision_id: str
    equal: bool
    differences: list[str]
    recorded: Replayed
    explanation: Explanation


@operation(
    api,
    "GET",
    "/v1/decisions/<uuid:id>/replay",
    scope=Scope.AUDIT_READ,
    summary="Derive a decision again, and explain it",
    query=ReplayQuery,
    answer=ReplayAnswer,
)
def replay_decision(call: Call, id: str) -> dict[str, Any]:
    """Derive a decision again from the log and its ruleset, and compare. 409 says what is missing."""
    replayed = replay_recorded(call.context, id=id, actor=call.actor)
    return replay_answer(replayed) | {"explanation": explained(replayed, language=call.query.language)}
