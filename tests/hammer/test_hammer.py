"""The hammer: many clients, checks and withdrawals on the same numbers, and a server that is killed in between."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from app.policies.load import shipped
from tests.api.exported import lines_of
from tests.hammer.audit import ExportedLog, forbidden_allows, ill_repeats, needless_denials, whole
from tests.hammer.line import Plan, Story
from tests.hammer.players import (
    arrive,
    ask_until_the_end,
    change_until_the_end,
    command_until_the_end,
    object_to_all,
    spoil_until_the_end,
)
from tests.server import ROOT, Server, running_server

pytestmark = pytest.mark.xdist_group("server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How often the server is killed, and how many seconds it is left alive each time."""

    kills: int
    seconds: float


SHORT = Length(kills=1, seconds=4.0)
LONG = Length(kills=20, seconds=10.0)
NUMBERS = tuple(f"+4206011234{place:02}" for place in range(6))


@pytest.mark.parametrize("length", [SHORT, pytest.param(LONG, marks=pytest.mark.soak)], ids=["short", "long"])
def test_no_allow_after_a_withdrawal_and_no_answer_lost(database_url: str, tmp_path: Path, length: Length) -> None:
    is_sqlite = database_url.startswith("sqlite")
    with running_server(tmp_path, database_url=database_url, workers=1 if is_sqlite else 2) as server:
        _prepare(server)
        every = whole(_hammered(server, tmp_path, length))
        log = _exported(server)
    asked, acts = every.asked, every.acts
    assert forbidden_allows(asked, acts) == []
    assert needless_denials(asked, acts) == []
    assert log.missing_answers(asked) == []
    assert log.missing_acts(acts) == []
    assert log.incoherences(shipped()) == []
    assert ill_repeats(asked) == []
    verdicts = Counter(one.answer["decision"] for one in asked)
    assert min(verdicts["allow"], verdicts["deny"]) > 20
    assert {act.kind for act in acts} == {"given", "withdrawn", "refused", "objection", "opt_out", "objected_all"}


def _prepare(server: Server) -> None:
    body = {"slug": "energo", "name": "Energo", "country": "CZ"}
    assert server.call("POST", "/v1/controllers", body).status == 201
    campaign = {
        "slug": "winter",
        "controller": "energo",
        "name": "Winter",
        "call_class": "marketing",
        "voice_mode": "live",
        "product_category": "energy",
        "house_hours": False,
        "house_caps": False,
    }
    assert server.call("POST", "/v1/campaigns", campaign).status == 201


def _hammered(server: Server, folder: Path, length: Length) -> list[Story]:
    """Let all clients run, kill the server again and again, and collect what they saw."""
    plan = Plan(port=server.port, key=server.key(), numbers=NUMBERS, seed="", end=folder / "end")
    commanding = partial(command_until_the_end, environ=dict(server.environ), folder=ROOT)
    parts: list[tuple[Callable[[Plan], Story], Plan]] = [
        (ask_until_the_end, replace(plan, seed="asks-0")),
        (ask_until_the_end, replace(plan, seed="asks-1")),
        (change_until_the_end, replace(plan, seed="changes-0", numbers=NUMBERS[:3])),
        (change_until_the_end, replace(plan, seed="changes-1", numbers=NUMBERS[3:])),
        (spoil_until_the_end, replace(plan, seed="spoils")),
        (commanding, replace(plan, seed="commands")),
    ]
    context = multiprocessing.get_context("spawn")
    everybody = context.Barrier(len(parts) + 1)
    with ProcessPoolExecutor(len(parts), mp_context=context, initializer=arrive, initargs=(everybody,)) as pool:
        clients = [pool.submit(play, told) for play, told in parts]
        arrive(everybody)
        for _ in range(length.kills):
            time.sleep(length.seconds)
            server.kill()
            server.start()
        time.sleep(length.seconds)
        plan.end.touch()
        stories = [client.result() for client in clients]
        after = replace(plan, seed="after", end=folder / "after")
        asking = pool.submit(ask_until_the_end, after)
        stories.append(pool.submit(object_to_all, after).result())
        time.sleep(length.seconds / 4)
        after.end.touch()
        return [*stories, asking.result()]


def _exported(server: Server) -> ExportedLog:
    """Download the whole log as an auditor does: the controller's, and the operator's with the objections to all."""
    answer = server.call("GET", "/v1/log/export?format=jsonl")
    assert answer.status == 200
    return ExportedLog(lines_of(answer.data))
