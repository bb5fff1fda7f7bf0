"""A check that was decided: how it is stored, answered and receipted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.decisions import decision_parts
from app.db.log import Leaf, append_leaves
from app.domain.decision import Decision
from app.services.answers import decision_answer, grounds_of, rfc3339
from app.services.check_requests import PreparedCheck
from app.services.idempotency import remember_checks
from app.services.sequencing import PROMISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check, decided and written down. Nothing may be answered before the commit.

    `row` is what is stored of it, and what its answer is made of.
    """

    id: str
    check: PreparedCheck
    decision: Decision
    checked_at: datetime
    repeat_of: str | None
    reservation: str | None
    log: str
    leaf_hash: str
    salt: bytes
    commitment: str
    coverage: tuple[Mapping[str, Any], ...]
    row: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Write the row, once for the table and the answer."""
        object.__setattr__(self, "row", _decision_row(self))


def store_checked(session: Session, results: Sequence[Checked], *, leaves: Sequence[Leaf], now: datetime) -> None:
    """Write decided checks with their leaves: entries, decisions, reservations, first uses of keys."""
    parts = decision_parts(
        rows=[result.row for result in results],
        reservations=[
            {
                "id": result.id,
                "controller_id": result.check.campaign.controller_id,
                "decision_id": result.id,
                "number": result.check.phone.key,
                "reserved_at": now,
            }
            for result in results
            if result.reservation == result.id
        ],
    )
    append_leaves(session, leaves=leaves, parts=parts)
    remember_checks(
        session,
        uses=[
            (result.check.actor, result.check.request.idempotency, result.id)
            for result in results
            if result.check.request.idempotency is not None and result.repeat_of is None
        ],
        now=now,
    )


def answer_of(result: Checked) -> dict[str, Any]:
    """Give the answer to a check, its receipt apart: `receipt_salt` opens the receipt's commitment."""
    campaign = result.check.campaign
    row = {**result.row, "campaign": campaign.slug, "controller": campaign.controller}
    salt = result.salt.hex() if result.check.request.is_binding else None
    return decision_answer(row, now=result.checked_at) | {"receipt": None, "receipt_salt": salt}


def receipt_claims(result: Checked) -> dict[str, Any]:
    """Give what the receipt states: the decision, the commitment to the number (never the number), and by when
    its entry stands in the log.
    """
    return {
        "decision_id": result.id,
        "decision": result.decision.verdict.value,
        "campaign": result.check.campaign.slug,
        "checked_at": rfc3339(result.checked_at),
        "valid_until": rfc3339(result.decision.valid_until),
        "log": result.log,
        "leaf_hash": result.leaf_hash,
        "integrated_by": rfc3339(result.checked_at + PROMISE),
        "commitment": result.commitment,
    }


def _decision_row(result: Checked) -> dict[str, Any]:
    check, decision = result.check, result.decision
    return {
        "id": result.id,
        "controller_id": check.campaign.controller_id,
        "campaign_id": check.campaign.id,
        "api_key_id": check.actor.id,
        "number": check.phone.key,
        "ref": check.request.ref,
        "kind": check.request.kind.value,
        "verdict": decision.verdict.value,
        "primary_reason": None if decision.primary_reason is None else decision.primary_reason.value,
        "binding": check.request.is_binding,
        "checked_at": result.checked_at,
        "valid_until": decision.valid_until,
        "not_before": decision.not_before,
        "answer": grounds_of(decision, coverage=result.coverage),
        "repeat_of": result.repeat_of,
        "reservation_id": result.reservation,
        "leaf_hash": result.leaf_hash,
    }
