"""Rehearsals: past decisions asked again under proposed rules, by the evaluator itself; nothing is written."""

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.db.campaigns import campaigns_by_id
from app.db.log import logs_of
from app.db.rehearsals import Stretch, check_leaves, leaves_by_hash, stretches
from app.domain.access import Actor
from app.domain.errors import Conflict, InvalidInput
from app.domain.recorded import events_named
from app.domain.rehearsal import Flip, Tally, as_on, not_binding
from app.domain.ruleset import Ruleset
from app.services.answers import rfc3339

MOST_DAYS = 3660
_KEPT = 20_000
"""Events remembered from one stretch to the next; numbers are called again."""


class BadPeriod(InvalidInput):
    """A rehearsal looks back over 1 to 3660 days."""

    code = "bad_period"


class RehearsalRunning(Conflict):
    """Another rehearsal runs here; ask again when it is done."""

    code = "rehearsal_running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What is asked again: the decisions of [since, until), under these rules, as they bind on `as_on` if given."""

    ruleset: Ruleset
    since: datetime
    until: datetime
    as_on: date | None = None

    @property
    def rules(self) -> Ruleset:
        """Give the rules to decide by."""
        return self.ruleset if self.as_on is None else as_on(self.ruleset, day=self.as_on)


@dataclass(slots=True, kw_only=True)
class Events:
    """Leaves of events by hash, kept from one stretch to the next in bounded memory."""

    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def fetch(self, session: Session, *, log_id: str, names: set[str]) -> None:
        """Read those that are not known; what is missing stays unknown."""
        if len(self.known) > _KEPT:
            self.known.clear()
        hashes = {base64.urlsafe_b64decode(name + "="): name for name in names if name not in self.known}
        for digest, leaf in leaves_by_hash(session, log_id=log_id, hashes=hashes).items():
            self.known[hashes[digest]] = msgspec.json.decode(leaf)


def prepared_rehearsal(
    session: Session, *, ruleset: Ruleset, days: int, as_on: date | None, actor: Actor, now: datetime
) -> tuple[Rehearsal, list[Stretch]]:
    """Say what is to be asked again, and cut it into stretches.

    :raises NeedsAllControllers: when the actor is of named controllers: it is about everybody's calls.
    :raises BadPeriod: when the days are none, or too many.
    :raises BadRule: when no lawful ruleset binds on `as_on`.
    """
    actor.require_all_controllers()
    if not 1 <= days <= MOST_DAYS:
        raise BadPeriod(pointer="/days")
    rehearsal = Rehearsal(ruleset=ruleset, since=now - timedelta(days=days), until=now, as_on=as_on)
    _ = rehearsal.rules
    cut: list[Stretch] = []
    for log in logs_of(session).values():
        if log.controller_id is not None:
            cut += stretches(session, log_id=log.id, since=rehearsal.since, before=rehearsal.until)
    return rehearsal, cut


def rehearse_stretch(session: Session, *, stretch: Stretch, rules: Ruleset, events: Events, tally: Tally) -> None:
    """Ask the decisions of one stretch again and add them to the tally."""
    leaves = [msgspec.json.decode(leaf) for leaf in check_leaves(session, stretch=stretch)]
    names = {name for leaf in leaves for name in events_named(leaf)}
    events.fetch(session, log_id=stretch.log_id, names=names)
    for leaf in leaves:
        tally.add(leaf, events=events.known, ruleset=rules)


def rehearsal_answer(session: Session, *, rehearsal: Rehearsal, tally: Tally) -> dict[str, Any]:
    """Give a rehearsal as the contract words it: counts, campaigns by slug, examples by id."""
    campaigns = campaigns_by_id(session, ids={campaign for campaign, _ in tally.by_campaign})
    by_campaign = _grouped(tally.by_campaign)
    by_ground = _grouped(tally.by_ground)
    asked = {rule.id for rule in rehearsal.rules.rules}
    silent = not_binding(rehearsal.rules, since=rehearsal.since.date(), until=rehearsal.until.date())
    return {
        "ruleset": rehearsal.ruleset.digest,
        "from": rfc3339(rehearsal.since),
        "to": rfc3339(rehearsal.until),
        "as_on": None if rehearsal.as_on is None else rehearsal.as_on.isoformat(),
        "not_binding": sorted({rule.id for rule in rehearsal.ruleset.rules} - asked | set(silent)),
        "decisions": tally.decisions,
        "same": tally.same,
        "other_reasons": tally.other_reasons,
        "unreadable": tally.unreadable,
        "unreadable_examples": tally.unreadable_examples,
        "flips": [{**one, "examples": tally.examples[one["from"], one["to"]]} for one in _flips(tally.flips)],
        "campaigns": [
            {"campaign": campaigns[id].slug, "controller": campaigns[id].controller, "flips": flips}
            for id, flips in by_campaign
        ],
        "rules": [{"rule": rule, "reason": reason, "flips": flips} for (reason, rule), flips in by_ground],
    }


def _grouped(counts: Mapping[Any, int]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Give what flipped by group, the most first."""
    groups: dict[Any, Counter[Flip]] = {}
    for (group, flip), count in counts.items():
        groups.setdefault(group, Counter())[flip] += count
    ordered = sorted(groups.items(), key=lambda item: (-item[1].total(), str(item[0])))
    return [(group, _flips(flips)) for group, flips in ordered]


def _flips(flips: Counter[Flip]) -> list[dict[str, Any]]:
    ordered = sorted(flips.items(), key=lambda item: (-item[1], item[0]))
    return [{"from": before, "to": after, "count": count} for (before, after), count in ordered]
