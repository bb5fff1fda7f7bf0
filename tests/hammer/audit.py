"""What must hold of everything the clients saw, and of the log they left behind."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.domain.attempt import Attempt
from app.domain.attempt import condensed as condensed_attempts
from app.domain.consent import condensed
from app.domain.decision import Decision, decide
from app.domain.leaf import hash_text, leaf_hash, written
from app.domain.recorded import attempt_of, consent_of, facts_of, suppression_of
from app.domain.ruleset import Ruleset
from app.domain.suppression import condensed as condensed_suppressions
from tests.hammer.line import Act, Asked, Story


def forbidden_allows(asked: Iterable[Asked], acts: Sequence[Act]) -> list[Asked]:
    """Find allows that no grant explains.

    A grant explains an allow if it was sent before the allow was heard and, of every no acknowledged before
    the check started, was not itself over before that no was sent. After an objection to all nothing does.
    """
    return [one for one in asked if one.is_allow and not _may_allow(one, [a for a in acts if a.number == one.number])]


def _may_allow(one: Asked, acts: Sequence[Act]) -> bool:
    noes = [act for act in acts if not act.is_grant and act.answered < one.started]
    if any(no.kind == "objected_all" for no in noes):
        return False
    return any(
        grant.is_grant and grant.started < one.answered and all(grant.answered > no.started for no in noes)
        for grant in acts
    )


def needless_denials(asked: Iterable[Asked], acts: Sequence[Act]) -> list[Asked]:
    """Find checks that lay wholly between a grant's acknowledgement and the next no, and were not allowed.

    A gate that denies everything would pass every other test here.
    """
    return [one for one in asked if not one.is_allow and _must_allow(one, [a for a in acts if a.number == one.number])]


def _must_allow(one: Asked, acts: Sequence[Act]) -> bool:
    noes = [act for act in acts if not act.is_grant and act.started < one.answered]
    if any(no.kind == "objected_all" for no in noes):
        return False
    return any(
        grant.is_grant and grant.answered < one.started and all(no.answered < grant.started for no in noes)
        for grant in acts
    )


@dataclass(frozen=True)
class ExportedLog:
    """The log as an auditor downloads it: one line an entry, ordered by time."""

    lines: Sequence[Mapping[str, Any]]

    @cached_property
    def leaves(self) -> dict[str, Mapping[str, Any]]:
        """Leaves by entry."""
        return {line["entry"]: json.loads(line["leaf"]) for line in self.lines}

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Leaf hashes by entry, computed from the exact leaf."""
        return {line["entry"]: hash_text(leaf_hash(line["leaf"].encode())) for line in self.lines}

    def missing_answers(self, asked: Iterable[Asked]) -> list[Asked]:
        """Find answers that are not in the log exactly as they were given."""
        return [one for one in asked if not self._holds(one)]

    def _holds(self, one: Asked) -> bool:
        leaf = self.leaves.get(one.answer["decision_id"])
        if leaf is None or leaf["kind"] != "check" or leaf["verdict"] != one.answer["decision"]:
            return False
        payload = one.answer["receipt"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return bool(claims["leaf_hash"] == self.hashes[one.answer["decision_id"]])

    def missing_acts(self, acts: Iterable[Act]) -> list[Act]:
        """Find acknowledged changes that are not in the log, or are in it twice."""
        refs = [line["fields"].get("ref") for line in self.lines if line["kind"] == "suppression" and line["fields"]]
        told = {leaf["decision"] for leaf in self.leaves.values() if leaf["kind"] == "outcome" and leaf["opt_out"]}
        missing = []
        for act in acts:
            (id,) = act.entries if len(act.entries) == 1 else (None,)
            if act.kind == "opt_out":
                is_there = id in told and refs.count(id) == 1
            else:
                is_there = id in self.leaves
            if not is_there:
                missing.append(act)
        return missing

    def incoherences(self, ruleset: Ruleset) -> list[str]:
        """Find checks whose entry does not follow from the entries before it.

        Each is decided again from its leaf, and the events it names must be all those that stand before it.
        """
        found = []
        by_hash = {self.hashes[id]: leaf for id, leaf in self.leaves.items()}
        consents, objections = defaultdict(list), defaultdict(list)
        places: dict[str, dict[str, Attempt]] = defaultdict(dict)
        for line in self.lines:
            leaf, digest = self.leaves[line["entry"]], self.hashes[line["entry"]]
            if line["leaf_hash"] != digest:
                found.append(f"{line['entry']}: another hash")
            if line["kind"] == "consent":
                consents[line["number"]].append(consent_of(leaf, digest))
            elif line["kind"] == "suppression" and leaf["scope"] == "controller":
                objections[line["number"]].append(suppression_of(leaf, digest))
            elif line["kind"] == "outcome":
                for known in places.values():
                    if leaf["decision"] in known:
                        known[leaf["decision"]] = attempt_of(leaf, digest)
            elif line["kind"] == "check":
                if leaf["attempts"] not in _countable(places[line["number"]], leaf):
                    found.append(f"{line['entry']}: {leaf['verdict']} on other calls than were made before it")
                if leaf["reservation"] == leaf["id"]:
                    places[line["number"]][leaf["id"]] = attempt_of(leaf, digest)
                stood = [one.leaf_hash for one in condensed(consents[line["number"]])]
                objected = [one.leaf_hash for one in condensed_suppressions(objections[line["number"]])]
                if leaf["consents"] != stood or leaf["suppressions"] != objected:
                    found.append(f"{line['entry']}: {leaf['verdict']} on other events than stood before it")
                again = decide(facts_of(leaf, events=by_hash), ruleset)
                if _told(again) != {name: leaf[name] for name in _told(again)}:
                    found.append(f"{line['entry']}: {leaf['verdict']}, decided again {again.verdict}")
        return found


def _countable(places: Mapping[str, Attempt], leaf: Mapping[str, Any]) -> list[list[str]]:
    """Give the calls that a check may name: all before it; a repeat may leave out the place that its first took."""
    whole = [list(places.values()), [one for id, one in places.items() if id != leaf["repeat_of"]]]
    return [[one.leaf_hash for one in condensed_attempts(attempts)] for attempts in whole]


def _told(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict.value,
        "reasons": [[str(f.reason), None if f.rule is None else f.rule.id] for f in decision.reasons],
        "basis": None if decision.basis is None else [decision.basis.code, decision.basis.event_id],
        "valid_until": None if decision.valid_until is None else written(decision.valid_until),
        "ruleset": decision.digest,
    }


def ill_repeats(asked: Iterable[Asked]) -> list[str]:
    """Find keys of which not exactly one check is the first, or whose repeats name another one."""
    by_key = defaultdict(list)
    for one in asked:
        if one.key is not None:
            by_key[one.key].append(one.answer)
    return [
        key
        for key, answers in by_key.items()
        if len({answer["repeat_of"] or answer["decision_id"] for answer in answers}) != 1
    ]


def whole(stories: Iterable[Story]) -> Story:
    """Put the stories of all clients together."""
    every = Story()
    for story in stories:
        every.asked += story.asked
        every.acts += story.acts
        every.unknown += story.unknown
    return every
