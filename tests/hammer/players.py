"""The clients, each a process of its own: who checks, who grants and withdraws, who withdraws in between."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from tests.hammer.line import Act, Asked, Line, Plan, Story

GRACE = 30
"""Seconds a change is tried again after the end, until it is acknowledged."""
WAYS = ("withdrawn", "refused", "objection", "opt_out", "both")
EVIDENCE = "sha256:" + "ab" * 32
DIMENSIONS: dict[str, list[str]] = {
    "purposes": ["marketing"],
    "voice_modes": ["live"],
    "product_categories": ["energy"],
    "evidence": [EVIDENCE],
}


def arrive(everybody: Barrier) -> None:
    """Wait until every client is there."""
    everybody.wait(60)


def ask_until_the_end(plan: Plan) -> Story:
    """Check numbers: one by one, in batches, twice at once with one key, and again with a key used before."""
    rng, story = random.Random(plan.seed), Story()
    line, twin = Line(plan), Line(plan)
    used: list[tuple[str, str]] = []
    for _ in plan.rounds():
        number = rng.choice(plan.numbers)
        match rng.random():
            case p if p < 0.15:
                _batch(line, story, [rng.choice(plan.numbers) for _ in range(rng.randint(2, 12))])
            case p if p < 0.3:
                key = f"{plan.seed}-{len(used)}"
                used.append((key, number))
                _at_once([line, twin], story, number, key)
            case p if p < 0.4 and used:
                key, number = rng.choice(used[-20:])
                _at_once([line], story, number, key)
            case _:
                _at_once([line], story, number, None)
    return story


def change_until_the_end(plan: Plan) -> Story:
    """Grant and withdraw numbers again and again, in every way there is."""
    rng, story, line, twin = random.Random(plan.seed), Story(), Line(plan), Line(plan)
    for turn in plan.rounds():
        number = plan.numbers[turn % len(plan.numbers)]
        _change(story, [line], number, "given", f"{plan.seed}-g{turn}")
        time.sleep(0.02 + rng.random() * 0.1)
        way = WAYS[turn % len(WAYS)]
        if way == "opt_out":
            _opt_out(story, line, number)
        elif way == "both":
            _change(story, [line, twin], number, "withdrawn", f"{plan.seed}-w{turn}")
        else:
            _change(story, [line], number, way, f"{plan.seed}-w{turn}")
        time.sleep(0.02 + rng.random() * 0.1)
    return story


def spoil_until_the_end(plan: Plan) -> Story:
    """Withdraw numbers that others are granting at that moment."""
    rng, story, line = random.Random(plan.seed), Story(), Line(plan)
    for turn in plan.rounds():
        _change(story, [line], rng.choice(plan.numbers), "withdrawn", f"{plan.seed}-s{turn}")
        time.sleep(0.2 + rng.random() * 0.6)
    return story


def command_until_the_end(plan: Plan, *, environ: Mapping[str, str], folder: Path) -> Story:
    """Withdraw at the command line, beside the server."""
    rng, story = random.Random(plan.seed), Story()
    for _ in plan.rounds():
        time.sleep(rng.random())
        number = rng.choice(plan.numbers)
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "flask", "consents", "withdraw", "-", "--controller", "energo"],
            cwd=folder,
            env=dict(environ),
            input=f"{number}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            id = json.loads(done.stdout)["id"]
            told = time.monotonic()
            act = Act(number=number, kind="withdrawn", started=started, answered=told, entries=frozenset({id}))
            story.acts.append(act)
        else:
            assert "database_unavailable" in done.stderr, done.stderr
            story.unknown += 1
    return story


def object_to_all(plan: Plan) -> Story:
    """Let every number object to all, and then grant it again: nothing may lift that."""
    story, line = Story(), Line(plan)
    for number in plan.numbers:
        _change(story, [line], number, "objected_all", f"{plan.seed}-{number}")
        _change(story, [line], number, "given", f"{plan.seed}-after-{number}")
    return story


def _batch(line: Line, story: Story, numbers: list[str]) -> None:
    items = [{"number": number, "campaign": "winter"} for number in numbers]
    found = line.ask("/v1/checks/batch", {"items": items})
    if found is None:
        story.unknown += 1
        return
    for number, answer in zip(numbers, found["items"], strict=True):
        if "decision" in answer:
            story.asked.append(Asked(number=number, started=line.started, answered=line.answered, answer=answer))
        else:
            assert answer["status"] == 503, answer
            story.unknown += 1


def _at_once(lines: list[Line], story: Story, number: str, key: str | None) -> None:
    body = {"number": number, "campaign": "winter"}
    for line in [line for line in lines if line.send("/v1/checks", body, key=key)]:
        answer = line.receive()
        if answer is None:
            story.unknown += 1
            continue
        times = {"started": line.started, "answered": line.answered}
        story.asked.append(Asked(number=number, answer=answer, key=key, **times))


def _change(story: Story, lines: list[Line], number: str, kind: str, key: str) -> None:
    """Send a change until somebody is told it is stored; every attempt bears the same key."""
    path, body = _body(number, kind)
    _acknowledged(story, lines, number, kind, path, body, key)


def _acknowledged(
    story: Story, lines: list[Line], number: str, kind: str, path: str, body: Mapping[str, Any], key: str
) -> None:
    first, told = time.monotonic(), float("inf")
    ids: set[str] = set()
    until = first + GRACE
    while not ids:
        assert time.monotonic() < until, f"{kind} was never acknowledged"
        for line in [line for line in lines if line.send(path, body, key=key)]:
            answer = line.receive()
            if answer is None:
                story.unknown += 1
                continue
            told = min(told, line.answered)
            ids.add(answer.get("id") or answer["decision_id"])
    story.acts.append(Act(number=number, kind=kind, started=first, answered=told, entries=frozenset(ids)))


def _opt_out(story: Story, line: Line, number: str) -> None:
    before = len(story.asked)
    _at_once([line], story, number, None)
    if len(story.asked) == before or not story.asked[-1].is_allow:
        return
    id = story.asked[-1].answer["decision_id"]
    body = {"attempted_at": _now(), "result": "refused", "opt_out": True}
    _acknowledged(story, [line], number, "opt_out", f"/v1/decisions/{id}/outcome", body, f"out-{id}")


def _body(number: str, kind: str) -> tuple[str, dict[str, Any]]:
    if kind in ("objection", "objected_all"):
        whom = {"scope": "all"} if kind == "objected_all" else {"scope": "controller", "controller": "energo"}
        return "/v1/suppressions", {"number": number, "reason": "objection", "since": _now(), **whom}
    event = {"controller": "energo", "number": number, "action": kind, "origin": "web_form", "obtained_at": _now()}
    return "/v1/consents", event | (DIMENSIONS if kind == "given" else {})


def _now() -> str:
    return datetime.now(UTC).isoformat()
