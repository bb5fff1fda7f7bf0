"""A number's time line: everything on record of it in words, the newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext

from app.db.decisions import place_of
from app.db.types import Row
from app.domain.access import Actor, Scope
from app.domain.consent import Action, Evidence
from app.domain.suppression import OWN
from app.pages.consent_words import (
    ACTIONS,
    CALL_CLASSES,
    EVIDENCE,
    KINDS,
    ORIGINS,
    RELATIONSHIPS,
    RESULTS,
    SUPPRESSION_REASONS,
    VERDICTS,
    VOICE_MODES,
    labels,
    named,
    reason_words,
)
from app.pages.languages import moment
from app.pages.numbers import shown_text
from app.services.number_stories import Story

NEAR = timedelta(minutes=1)
"""What was said within so little of being recorded was said then."""
_TONES = {"allow": "good", "deny": "bad", "defer": "wait"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """An artefact that something names; `media_type` None is that it is not here."""

    controller: str
    sha256: str
    media_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing on record. `facts` are (name, value); `lift` is the suppression whose lift may be proposed."""

    at: datetime
    title: str
    controller: str
    tone: str = ""
    facts: Sequence[tuple[str, str]] = ()
    artefacts: Sequence[Artefact] = ()
    lift: str | None = None
    id: str = field(default="")


def time_line(story: Story, *, actor: Actor) -> list[Item]:
    """Give everything, the newest first."""
    words = labels()
    items = [
        *_consents(story, words),
        *_relationships(story, words),
        *_suppressions(story, words, actor=actor),
        *_decisions(story, words),
    ]
    return sorted(items, key=lambda one: (one.at, one.id), reverse=True)


def _consents(story: Story, words: Mapping[str, str]) -> Iterator[Item]:
    for row in story.events:
        is_grant = row["action"] == Action.GIVEN
        everything = "" if is_grant else gettext("everything")
        notice, person = row["notice"] or {}, row["person"] or {}
        proof = story.proofs[row["id"]]
        facts = [
            (words["purposes"], named(CALL_CLASSES, row["purposes"]) or everything),
            (words["voice_modes"], named(VOICE_MODES, row["voice_modes"]) or everything),
            (words["product_categories"], ", ".join(row["product_categories"]) or everything),
            (words["origin"], str(ORIGINS[row["origin"]])),
            (words["obtained_at"], _if_another(row["obtained_at"], row["recorded_at"])),
            (words["until"], "" if row["expires_at"] is None else moment(row["expires_at"])),
            (words["call_times"], _hours(row["call_times"])),
            (words["notice"], " · ".join(str(notice[name]) for name in ("version", "language") if notice.get(name))),
            (words["person"], _typed(", ".join(str(value) for value in person.values() if value))),
            (words["ref"], _typed(row["ref"])),
            (words["file"], "" if row["file"] is None else f"{row['file'][:12]}…, {row['file_row']}"),
            (gettext("Evidence"), str(EVIDENCE[proof]) if is_grant or proof is not Evidence.MISSING else ""),
        ]
        hashes = [*row["evidence"], *([notice["sha256"]] if notice.get("sha256") else [])]
        yield Item(
            at=row["recorded_at"],
            id=row["id"],
            title=str(ACTIONS[row["action"]]),
            controller=story.controllers[row["controller_id"]].name,
            tone="good" if is_grant else "bad",
            facts=_told(facts),
            artefacts=_artefacts(story, row, hashes),
        )


def _relationships(story: Story, words: Mapping[str, str]) -> Iterator[Item]:
    for row in story.relationships:
        facts = [
            (words["product_categories"], ", ".join(row["product_categories"])),
            (words["since"], moment(row["began_at"])),
            (words["until"], "" if row["ended_at"] is None else moment(row["ended_at"])),
            (words["ref"], _typed(row["ref"])),
        ]
        yield Item(
            at=row["recorded_at"],
            id=row["id"],
            title=str(RELATIONSHIPS[row["kind"]]),
            controller=story.controllers[row["controller_id"]].name,
            facts=_told(facts),
            artefacts=_artefacts(story, row, row["evidence"]),
        )


def _suppressions(story: Story, words: Mapping[str, str], *, actor: Actor) -> Iterator[Item]:
    for row in (*story.suppressions, *story.objections):
        owner = row.get("controller_id")
        whose = gettext("All callers") if owner is None else story.controllers[owner].name
        waits = row["id"] in story.lifts
        facts = [
            (words["since"], _if_another(row["since"], row["recorded_at"])),
            (words["ref"], _typed(row["ref"])),
            (words["lifted_at"], "" if row["lifted_at"] is None else moment(row["lifted_at"])),
            (gettext("Lift"), gettext("proposed, waits for a second person") if waits else ""),
        ]
        may_lift = row["reason"] not in OWN and row["lifted_at"] is None and not waits
        yield Item(
            at=row["recorded_at"],
            id=row["id"],
            title=str(SUPPRESSION_REASONS[row["reason"]]),
            controller=whose,
            tone="bad",
            facts=_told(facts),
            lift=row["id"] if may_lift and Scope.SUPPRESSIONS_WRITE in actor.scopes else None,
        )
        if row["lifted_at"] is not None:
            yield Item(
                at=row["lifted_at"], id=row["id"], title=gettext("Objection lifted by two persons"), controller=whose
            )


def _decisions(story: Story, words: Mapping[str, str]) -> Iterator[Item]:
    for row in story.decisions:
        reasons = [reason_words(one["code"]) for one in row["answer"]["reasons"]]
        whose = story.controllers[row["controller_id"]].name
        facts = [
            (gettext("Campaign"), row["campaign"]),
            (words["reason"], " ".join(dict.fromkeys(reasons))),
            (gettext("Not before"), "" if row["not_before"] is None else moment(row["not_before"])),
            (gettext("Question"), str(KINDS[row["kind"]])),
        ]
        yield Item(
            at=row["checked_at"],
            id=row["id"],
            title=str(VERDICTS[row["verdict"]]),
            controller=whose,
            tone=_TONES[row["verdict"]],
            facts=_told(facts),
        )
        outcome = story.outcomes.get(place_of(row))
        if outcome is not None and place_of(row) == row["id"]:
            title = gettext("Call: %(result)s", result=RESULTS[outcome["result"]])
            dialled = [(gettext("Dialled"), moment(outcome["attempted_at"]))]
            yield Item(at=outcome["recorded_at"], id=outcome["id"], title=title, controller=whose, facts=dialled)


def _artefacts(story: Story, row: Row, hashes: Sequence[str]) -> list[Artefact]:
    owner = row["controller_id"]
    found = [(digest, story.held.get((owner, digest))) for digest in dict.fromkeys(hashes)]
    return [
        Artefact(
            controller=story.controllers[owner].slug,
            sha256=digest,
            media_type=None if held is None else held["media_type"],
        )
        for digest, held in found
    ]


def _if_another(said: datetime, recorded: datetime) -> str:
    return "" if abs(said - recorded) < NEAR else moment(said)


def _hours(weekly: Mapping[str, Any] | None) -> str:
    if not weekly:
        return ""
    return "; ".join(f"{day} {', '.join(hours)}" for day, hours in weekly.items())


def _typed(text: str | None) -> str:
    """Give what was typed, without what may be a number for whoever sees none; nothing for nothing."""
    return shown_text(text) if text else ""


def _told(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in facts if value]
