"""A number's whole story: what somebody's controllers have on it and what registers say, by a few statements."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.artefacts import artefacts_of
from app.db.consents import consent_events_of
from app.db.controllers import Controller
from app.db.decisions import place_of
from app.db.facts import consent_event
from app.db.records_of_number import newest_decisions_on_number, outcomes_of
from app.db.register_files import RegisterFiles
from app.db.registers import all_registers
from app.db.relationships import relationships_of, that_count
from app.db.suppressions import numbers_objecting_to_all, objections_to_all_of, suppressions_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.consent import Evidence
from app.domain.erasure import hashes_of
from app.domain.form import TEXT, require_form
from app.domain.phone import Phone
from app.domain.register import RegisterAnswer
from app.domain.ruleset import Ruleset
from app.services.controllers import controllers_for
from app.services.lifts import waiting_lifts
from app.services.lookups import LookupAct, record_lookup
from app.services.standing import standing_lines

MOST_DECISIONS = 100
"""Decisions that a story tells, the newest; the log has them all."""
MOST_LIFTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands today with one controller."""

    controller: Controller
    consents: Sequence[Mapping[str, Any]]
    suppressions: Sequence[Row]
    relationships: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a register says. `controller` is whose calls alone it answers, None everybody's; no `answer` is none."""

    slug: str
    name: str
    is_law: bool
    controller: Controller | None
    answer: RegisterAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is on record of a number with the controllers of whoever asks.

    `objections` (to all callers) are told to an actor of all controllers alone; others learn only that there is one.
    `held` are the artefacts that are here, by controller and SHA-256; `proofs` is how each event is proved, by id.
    `lifts` are the ids of suppressions that somebody proposed to lift. `outcomes` are by the decision reported for.
    """

    controllers: Mapping[int, Controller]
    events: Sequence[Row]
    relationships: Sequence[Row]
    suppressions: Sequence[Row]
    objections: Sequence[Row]
    has_objected_to_all: bool
    decisions: Sequence[Row]
    has_more_decisions: bool
    outcomes: Mapping[str, Row]
    held: Mapping[tuple[int, str], Row]
    proofs: Mapping[str, Evidence]
    lifts: frozenset[str]
    listings: Sequence[Listing]
    standing: Sequence[Standing]


def story_of_number(
    session: Session,
    *,
    phone: Phone,
    ruleset: Ruleset,
    registers: RegisterFiles,
    erasure_keys: Sequence[bytes],
    actor: Actor,
    now: datetime,
) -> Story:
    """Gather a number's story. That it was asked for, `record_story_lookup` puts on record first."""
    controllers = {one.id: one for one in controllers_for(session, actor=actor)}
    number, whose = phone.key, {"numbers": [phone.key], "controller_ids": list(controllers)}
    hashes = hashes_of([number], keys=erasure_keys)
    events = consent_events_of(session, **whose)
    ties = relationships_of(session, **whose)
    suppressions = suppressions_of(session, **whose, hashes=hashes)
    everybodys = objections_to_all_of(session, numbers=[number], hashes=hashes) if actor.controllers is None else ()
    decisions = newest_decisions_on_number(
        session, number=number, controller_ids=list(controllers), limit=MOST_DECISIONS + 1
    )
    told = decisions[:MOST_DECISIONS]
    reported = outcomes_of(session, decision_ids={place_of(row) for row in told})
    named = {digest for row in (*events, *ties) for digest in row["evidence"]}
    named |= {row["notice"]["sha256"] for row in events if (row["notice"] or {}).get("sha256")}
    kept = artefacts_of(session, controller_ids=list(controllers), hashes=sorted(named)) if named else ()
    held = {(row["controller_id"], row["sha256"]): row for row in kept}
    proofs = {row["id"]: _proof(row, held) for row in events}
    waiting = waiting_lifts(session, actor=actor, before=None, limit=MOST_LIFTS, now=now)
    return Story(
        controllers=controllers,
        events=events,
        relationships=ties,
        suppressions=suppressions,
        objections=everybodys,
        has_objected_to_all=bool(numbers_objecting_to_all(session, numbers=[number], hashes=hashes)),
        decisions=told,
        has_more_decisions=len(decisions) > MOST_DECISIONS,
        outcomes={row["decision_id"]: row for row in reported},
        held=held,
        proofs=proofs,
        lifts=frozenset(row["suppression_id"] for row in waiting),
        listings=_listings(session, phone, ruleset, registers, controllers),
        standing=_standing(controllers, events, ties, suppressions, now=now),
    )


def record_story_lookup(
    session: Session, *, number: int, erasure_keys: Sequence[bytes], ref: str | None, actor: Actor, now: datetime
) -> None:
    """Put on record, in the log of each controller that has anything, that somebody looks a number up: consents,
    relationships, suppressions and decisions, as if each was asked for by itself. Commit it before anything is shown.

    :raises Malformed: when the reference does not have its form.
    """
    require_form(TEXT, ref=ref)
    ids = [one.id for one in controllers_for(session, actor=actor)]
    whose: dict[str, Any] = {"numbers": [number], "controller_ids": ids}
    hashes = hashes_of([number], keys=erasure_keys)
    is_everybodys = bool(numbers_objecting_to_all(session, numbers=[number], hashes=hashes))
    found = {
        LookupAct.CONSENTS_SHOWN: consent_events_of(session, **whose),
        LookupAct.RELATIONSHIPS_SHOWN: relationships_of(session, **whose),
        LookupAct.SUPPRESSIONS_SHOWN: suppressions_of(session, **whose, hashes=hashes),
        LookupAct.DECISIONS_SHOWN: newest_decisions_on_number(
            session, number=number, controller_ids=ids, limit=MOST_DECISIONS
        ),
    }
    concerned = sorted({row["controller_id"] for rows in found.values() for row in rows})
    for act, rows in found.items():
        counts = Counter(row["controller_id"] for row in rows)
        more = is_everybodys and act is LookupAct.SUPPRESSIONS_SHOWN
        shown = {id: counts[id] + more for id in concerned}
        record_lookup(session, actor=actor, act=act, shown=shown, number=number, words={"ref": ref}, now=now)


def _proof(row: Row, held: Mapping[tuple[int, str], Row]) -> Evidence:
    here = [digest for digest in row["evidence"] if (row["controller_id"], digest) in held]
    return consent_event(row, held=here).evidence


def _standing(
    controllers: Mapping[int, Controller],
    events: Sequence[Row],
    ties: Sequence[Row],
    suppressions: Sequence[Row],
    *,
    now: datetime,
) -> list[Standing]:
    """Say what stands with each controller that has anything."""
    said: dict[int, list[Row]] = defaultdict(list)
    for row in events:
        said[row["controller_id"]].append(row)
    counting = that_count(ties)
    blocks = [row for row in suppressions if row["lifted_at"] is None]
    concerned = {row["controller_id"] for row in (*events, *ties, *suppressions)}
    return [
        Standing(
            controller=one,
            consents=standing_lines(map(consent_event, said[one.id]), now=now),
            suppressions=[row for row in blocks if row["controller_id"] == one.id],
            relationships=[row for row in counting if row["controller_id"] == one.id],
        )
        for one in controllers.values()
        if one.id in concerned
    ]


def _listings(
    session: Session, phone: Phone, ruleset: Ruleset, registers: RegisterFiles, controllers: Mapping[int, Controller]
) -> list[Listing]:
    """Ask every register that the law of the number's country names, and those here that are of that country."""
    lawful = ruleset.registers_of(*(() if phone.region is None else (phone.region,)))
    known = {row["slug"]: row for row in all_registers(session)}
    asked = sorted(lawful | {slug for slug, row in known.items() if row["region"] in (None, phone.region)})
    calls = [(phone.key, None), *((phone.key, id) for id in controllers)]
    answers = {
        (one.register, id): one
        for (_, id), several in registers.answers(session, registers=asked, calls=calls).items()
        for one in several
    }
    listings = []
    for slug in asked:
        about: dict[str, Any] = {"slug": slug, "name": known[slug]["name"] if slug in known else slug}
        about["is_law"] = slug in lawful
        everybodys = answers.get((slug, None))
        listings.append(Listing(**about, controller=None, answer=everybodys))
        own = [(one, answers.get((slug, id))) for id, one in controllers.items()]
        listings += [
            Listing(**about, controller=one, answer=answer)
            for one, answer in own
            if answer is not None and answer != everybodys
        ]
    return listings
