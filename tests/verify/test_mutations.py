"""Whatever is done to a bundle is found: a seeded slice here, ten thousand in the soak."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from app.domain.leaf import hash_text
from app.static.log.dialgate_verify import Report, verify
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import BEGIN, story
from tests.verify.mutations import LIES, MUTATIONS, Mutation, Victim, altered


@cache
def victims_of(entries: int) -> tuple[Victim, ...]:
    """Make sound bundles of one log: whole and opened, whole and closed, and a part of it."""
    span = timedelta(seconds=max(300, entries // 20))
    tree = Tree(entries=list(story(entries, seed=entries, span=span)))
    part = tree.part(BEGIN + span / 3, BEGIN + span / 2)
    closed = bundle(tree, openings=False)
    return Victim(tree, bundle(tree)), Victim(tree, closed), Victim(part, bundle(part, openings=False))


def found(victim: Victim, mutation: Mutation, seed: str) -> Report:
    """Apply a mutation and verify; one fault is enough."""
    return verify(mutation(victim, random.Random(seed)), [victim.tree.vkey], give_up=1)


def unnoticed(entries: int, seeds: range) -> Iterator[str]:
    """Give the mutations that nobody noticed; every mutation meets every victim."""
    victims = victims_of(entries)
    for seed in seeds:
        mutation = MUTATIONS[seed % len(MUTATIONS)]
        victim = victims[seed // len(MUTATIONS) % len(victims)]
        name = f"{mutation.__name__}-{seed}"
        if found(victim, mutation, name).exit_status != 1:
            yield name


@pytest.mark.parametrize("entries", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_the_bundles_that_are_mutated_are_sound(entries: int) -> None:
    for victim in victims_of(entries):
        report = verify(victim.bundle.packed(), [victim.tree.vkey])
        assert (report.exit_status, report.faults) == (0, [])
        assert sum(report.kinds.values()) == (victim.tree.end or entries) - victim.tree.start
        assert min(report.verdicts[verdict] for verdict in ("allow", "deny", "defer")) > 1


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("verdict", ["allow", "deny", "defer"])
def test_no_lie_about_a_decision_passes_under_the_true_key(verdict: str, lie: Callable[[Any], Any]) -> None:
    victim = victims_of(300)[0]
    word = f'"verdict":"{verdict}"'.encode()
    place = next(p for p, entry in enumerate(victim.entries) if word in entry.leaf)
    entries = list(victim.entries)
    entries[place] = altered(entries[place], lie)
    report = verify(bundle(replace(victim.tree, entries=entries)).packed(), [victim.tree.vkey])
    name = hash_text(victim.entries[place].hash).encode()
    naming = {(p, "2026") for p, entry in enumerate(victim.entries) if name in entry.leaf}
    assert {(fault.place.entry, fault.place.shard) for fault in report.faults} == {(place, "2026")} | naming


@pytest.mark.parametrize("slice_", range(3))
def test_a_seeded_slice_of_the_mutations_is_found(slice_: int) -> None:
    size = 4 * len(MUTATIONS)
    assert list(unnoticed(300, range(slice_ * size, (slice_ + 1) * size))) == []


@pytest.mark.soak
@pytest.mark.parametrize("slice_", range(20))
def test_ten_thousand_mutations_of_ten_thousand_entries_are_found(slice_: int) -> None:
    assert list(unnoticed(10_000, range(slice_ * 500, (slice_ + 1) * 500))) == []
