"""The answers of the contract, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Literal

import msgspec

from app.domain.attempt import CallResult
from app.domain.campaign import CheckKind
from app.domain.decision import Verdict
from app.domain.reason import Reason
from app.domain.rules.rule import Strength


class ProblemError(msgspec.Struct):
    """Where in the input the trouble is (RFC 6901), and its code."""

    pointer: str
    code: str


class Problem(msgspec.Struct):
    """A problem document (RFC 9457). It has no `decision`: a failure is never one."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemError]


class ReasonAnswer(msgspec.Struct):
    """Why not: the code, the rule and its legal reference. `rule` is null where no rule exists."""

    code: Reason
    rule: str | None
    legal_ref: str | None
    strength: Strength | None
    since: datetime | None


class BasisAnswer(msgspec.Struct):
    """What permits the call."""

    code: str
    consent_id: str | None


class ObligationAnswer(msgspec.Struct):
    """What an allowed call obliges to."""

    code: str
    years: int | None
    clock: str | None
    rule: str | None
    legal_ref: str | None
    strength: Strength | None


class CoverageAnswer(msgspec.Struct):
    """A register that the law of the call knows, and whether it was asked. `stale`, `unasked` (nobody asked about this
    number) and `unavailable` (nothing of it stands here) are no answers; `not_checked` nobody can ask yet.
    """

    register: str
    snapshot: str | None
    as_of: datetime | None
    status: Literal["checked", "stale", "unasked", "unavailable", "not_checked"]


class PolicyAnswer(msgspec.Struct):
    """The rules that decided."""

    jurisdiction: str | None
    digest: str


class DecisionAnswer(msgspec.Struct, kw_only=True):
    """A decision on record."""

    decision: Verdict
    decision_id: str
    ref: str | None
    number: str | None
    campaign: str
    controller: str
    kind: CheckKind
    binding: bool
    checked_at: datetime
    valid_until: datetime | None
    expires_in: float | None
    not_before: datetime | None
    primary_reason: Reason | None
    reasons: list[ReasonAnswer]
    basis: BasisAnswer | None
    obligations: list[ObligationAnswer]
    coverage: list[CoverageAnswer]
    policy: PolicyAnswer
    reservation: str | None
    repeat_of: str | None


class CheckAnswer(DecisionAnswer, kw_only=True):
    """A decision, and the signed receipt the dialer keeps (binding answers only)."""

    receipt: str | None
    receipt_salt: str | None


class OutcomeAnswer(msgspec.Struct):
    """What became of a call."""

    decision_id: str
    attempted_at: datetime
    result: CallResult
    opt_out: bool
    recorded_at: datetime


class DecisionRecord(DecisionAnswer, kw_only=True):
    """A decision on record, and what became of the call."""

    outcome: OutcomeAnswer | None


class ImportFile(msgspec.Struct):
    """The file that was imported."""

    name: str
    sha256: str


class ImportTotals(msgspec.Struct):
    """How many rows there were, and what became of them."""

    rows: int
    imported: int
    unchanged: int
    invalid: int


class ImportFault(msgspec.Struct):
    """Why a row was not taken. What stood there is never repeated."""

    row: int
    column: str | None
    code: str


class ImportAnswer(msgspec.Struct, kw_only=True):
    """How an import went: rows = imported + unchanged + invalid, always."""

    id: str
    controller: str
    file: ImportFile
    totals: ImportTotals
    errors: list[ImportFault]
    errors_cut: bool
    repeated: bool
