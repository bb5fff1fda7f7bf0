"""Proposed rulesets: one person proposes, another approves from when on."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.fields import Cursor, Limit, Sha256, Strict, Text, Time
from app.api.operation import Call, committed, operation
from app.api.paging import id_of
from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import InvalidInput
from app.domain.ruleset import Ruleset
from app.domain.ruleset_changes import Change
from app.policies.load import read_content, read_files
from app.services.ruleset_answers import compared_proposal
from app.services.ruleset_proposals import (
    approve_ruleset,
    proposal_answer,
    proposals_for,
    propose_ruleset,
    reject_ruleset,
)
from app.services.rulesets import ruleset_of

FileName = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}\.toml(?![\s\S])", examples=["cz.toml"])]


class OneOfThree(InvalidInput):
    """A ruleset is given as files, as content, or by the digest of one on record: by one of the three."""

    code = "one_of_three"


class RulesetProposalBody(Strict):
    """A whole ruleset to be proposed: TOML `files` by name, or `content`, or the digest of a `ruleset` on record."""

    reason: Text
    files: dict[FileName, str] | None = None
    content: dict[str, Any] | None = None
    ruleset: Sha256 | None = None


class ApprovalBody(Strict):
    """From when on; now, when it is left out. At most 366 days ahead."""

    effective_at: Time | None = None


class RulesetProposalsQuery(Strict):
    """A page of proposals."""

    limit: Limit = 100
    cursor: Cursor | None = None


class RulesetProposalAnswer(msgspec.Struct, kw_only=True):
    """A proposal. `overtaken` is one after which another change was approved: it must be proposed again."""

    id: str
    state: Literal["proposed", "approved", "rejected", "expired", "overtaken"]
    ruleset: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    settled_by: str | None
    effective_at: datetime | None


class FieldChangeAnswer(msgspec.Struct):
    """One field, in words."""

    name: str
    before: str | None
    after: str | None


class RuleChangeAnswer(msgspec.Struct):
    """What differs in one rule; `rule` is null for what a jurisdiction does not ask yet."""

    jurisdiction: str
    rule: str | None
    change: Change
    fields: list[FieldChangeAnswer]


class ComparedProposalAnswer(RulesetProposalAnswer, kw_only=True):
    """A proposal and what it changes against the rules that were in force when it was made."""

    compared_with: str
    changes: list[RuleChangeAnswer]
    words: list[str]


class RulesetProposalsAnswer(msgspec.Struct):
    """One page, newest first; `next` is the cursor of the following one."""

    items: list[RulesetProposalAnswer]
    next: str | None


@operation(
    api,
    "POST",
    "/v1/rulesets/proposals",
    scope=Scope.RULES_WRITE,
    summary="Propose a ruleset",
    body=RulesetProposalBody,
    answer=RulesetProposalAnswer,
    status=201,
)
def propose_rules(call: Call) -> Response:
    """Propose a ruleset: nothing changes until another key approves it. A bad one is refused with all its faults."""
    body: RulesetProposalBody = call.body
    call.actor.require_all_controllers()
    if sum(given is not None for given in (body.files, body.content, body.ruleset)) != 1:
        raise OneOfThree()
    read: Ruleset | None = None
    if body.files is not None:
        read = read_files(body.files)
    elif body.content is not None:
        read = read_content(body.content)

    def propose(tx: Transaction) -> dict[str, Any]:
        ruleset = read or ruleset_of(tx.session, digest=body.ruleset or "")
        row = propose_ruleset(tx.session, ruleset=ruleset, reason=body.reason, actor=call.actor, now=tx.now)
        return proposal_answer(tx.session, row, now=tx.now)

    return committed(call, propose, status=201)


@operation(
    api,
    "GET",
    "/v1/rulesets/proposals",
    scope=Scope.RULES_WRITE,
    or_scope=Scope.AUDIT_READ,
    summary="Proposed rulesets",
    query=RulesetProposalsQuery,
    answer=RulesetProposalsAnswer,
)
def list_rules_proposals(call: Call) -> dict[str, Any]:
    """List proposals, however they ended, newest first."""
    limit: int = call.query.limit
    before = id_of(call.query.cursor)
    with call.context.reading() as reading:
        rows = proposals_for(reading.session, actor=call.actor, before=before, limit=limit + 1)
        items = [proposal_answer(reading.session, row, now=reading.now) for row in rows[:limit]]
    return {"items": items, "next": rows[limit - 1]["id"] if len(rows) > limit else None}


@operation(
    api,
    "GET",
    "/v1/rulesets/proposals/<uuid:id>",
    scope=Scope.RULES_WRITE,
    or_scope=Scope.AUDIT_READ,
    summary="One proposed ruleset, and what it changes",
    answer=ComparedProposalAnswer,
)
def show_rules_proposal(call: Call, id: str) -> dict[str, Any]:
    """Give a proposal, and what it changes, rule by rule and in words."""
    with call.context.reading() as reading:
        return compared_proposal(reading.session, id=id, actor=call.actor, now=reading.now)


@operation(
    api,
    "POST",
    "/v1/rulesets/proposals/<uuid:id>/approve",
    scope=Scope.RULES_WRITE,
    summary="Approve a ruleset",
    body=ApprovalBody,
    answer=RulesetProposalAnswer,
)
def approve_rules(call: Call, id: str) -> Response:
    """Approve a proposal: every process decides by it from that instant on. Who proposed it cannot."""
    body: ApprovalBody = call.body

    def approve(tx: Transaction) -> dict[str, Any]:
        row = approve_ruleset(tx.session, id=id, effective_at=body.effective_at, actor=call.actor, now=tx.now)
        return proposal_answer(tx.session, row, now=tx.now)

    return committed(call, approve, status=200)


@operation(
    api,
    "POST",
    "/v1/rulesets/proposals/<uuid:id>/reject",
    scope=Scope.RULES_WRITE,
    summary="Reject a ruleset, or take one's own proposal back",
    answer=RulesetProposalAnswer,
)
def reject_rules(call: Call, id: str) -> Response:
    """End a proposal; nothing changes."""

    def reject(tx: Transaction) -> dict[str, Any]:
        row = reject_ruleset(tx.session, id=id, actor=call.actor, now=tx.now)
        return proposal_answer(tx.session, row, now=tx.now)

    return committed(call, reject, status=200)
