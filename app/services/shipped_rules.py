"""The rules that a version ships: in force at once in a new installation, and proposed in any other."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.rulesets import add_activation, add_ruleset, newest_activation, ruleset_content
from app.domain.access import Actor
from app.domain.leaf import LeafKind
from app.domain.ruleset import Ruleset
from app.services.log import record_act
from app.services.ruleset_proposals import approve_ruleset, open_proposals_of, propose_ruleset
from app.services.rulesets import active_digest

REASON = "the rules of this version of Dialgate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """How the rules of this version stand: whether they were put in force now, and whether they are; `proposal` is
    the one that waits for a second person.
    """

    digest: str
    is_new: bool
    is_in_force: bool
    proposal: str | None

    @property
    def warning(self) -> str | None:
        """Say what the operator must know; None where this version's rules are in force."""
        if self.is_in_force:
            return None
        if self.proposal is not None:
            wait = f"proposal {self.proposal} waits for a second person (flask policies activate)"
            return f"NOT in force are the rules of this version, {self.digest}: {wait}"
        again = "they were in force, or proposed, before; flask policies propose proposes them again"
        return f"NOT in force are the rules of this version, {self.digest}: {again}"


def activate_shipped(
    session: Session, *, ruleset: Ruleset, actor: Actor, second: Actor | None = None, now: datetime
) -> Shipped:
    """Put the ruleset of this version in force where there never was one; else propose it, unless it is on record.

    One that is on record is never proposed again by itself: it may have ended, or been rejected, for a reason. `second`
    is the second person of a demonstration, which always shows this version's rules.
    """
    digest, is_new = ruleset.digest, False
    if newest_activation(session) is None:
        add_ruleset(session, digest=digest, content=ruleset.content, now=now)
        values = {"digest": digest, "effective_at": now, "proposed_by": actor.id, "recorded_at": now}
        add_activation(session, values=values)
        body = {"ruleset": digest, "act": "activated"}
        record_act(session, kind=LeafKind.RULESET, controller_id=None, actor=actor, now=now, body=body)
        is_new = True
    elif ruleset_content(session, digest=digest) is None:
        propose_ruleset(session, ruleset=ruleset, reason=REASON, actor=actor, now=now)
    proposal = next((row["id"] for row in open_proposals_of(session, digest=digest, now=now)), None)
    if proposal is not None and second is not None:
        approve_ruleset(session, id=proposal, actor=second, now=now)
        proposal, is_new = None, True
    is_in_force = active_digest(session, now=now) == digest
    return Shipped(digest=digest, is_new=is_new, is_in_force=is_in_force, proposal=proposal)
