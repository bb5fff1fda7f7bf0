"""Rulesets: what is in force, what was, and every one that decisions name."""

from datetime import datetime
from typing import Any

import msgspec

from app.api import api
from app.api.fields import Sha256, fits
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.services.ruleset_answers import ruleset_answer, rulesets_answer
from app.services.rulesets import UnknownRuleset


class ActivationAnswer(msgspec.Struct):
    """From when on a ruleset is in force. Nobody approved the first one of an installation."""

    ruleset: str
    effective_at: datetime
    proposed_by: str
    approved_by: str | None
    recorded_at: datetime


class RulesetsAnswer(msgspec.Struct):
    """What is in force, when another ruleset follows, and every activation."""

    in_force: str | None
    next_activation: datetime | None
    activations: list[ActivationAnswer]


class RulesetAnswer(msgspec.Struct):
    """A ruleset on record; its digest is that of `content`."""

    digest: str
    recorded_at: datetime
    in_force: bool
    activations: list[ActivationAnswer]
    content: dict[str, Any]


@operation(
    api,
    "GET",
    "/v1/rulesets",
    scope=Scope.RULES_WRITE,
    or_scope=Scope.AUDIT_READ,
    summary="What is in force, and every change",
    answer=RulesetsAnswer,
)
def list_rulesets(call: Call) -> dict[str, Any]:
    """Tell what is in force, when another ruleset follows, and every activation there was."""
    with call.context.reading() as reading:
        return rulesets_answer(reading.session, now=reading.now)


@operation(
    api,
    "GET",
    "/v1/rulesets/<digest>",
    scope=Scope.RULES_WRITE,
    or_scope=Scope.AUDIT_READ,
    summary="One ruleset on record",
    answer=RulesetAnswer,
)
def show_ruleset(call: Call, digest: str) -> dict[str, Any]:
    """Give a ruleset by its digest, in force or not: decisions name it."""
    if not fits(digest, Sha256):
        raise UnknownRuleset()
    with call.context.reading() as reading:
        return ruleset_answer(reading.session, digest=digest, now=reading.now)
