"""Group commit: whoever waits is answered, with their own answer or with none."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from app.db.engine import OutcomeUnknown
from app.domain.errors import InvalidInput, Unavailable
from app.group_commit import MAX_GROUP, CheckTimeout, GroupCommit, Overloaded, Result

ASK_SECONDS = 10.0


class Decider:
    """Stands for the database: gives each check its own name back, unless told to fail."""

    def __init__(self, fails: Callable[[Sequence[str]], BaseException | None] = lambda _: None) -> None:
        self.groups: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()
        self._fails = fails

    def __call__(self, checks: Sequence[Any]) -> list[Result]:
        self.groups.append(list(checks))
        self.began.set()
        assert self.gate.wait(ASK_SECONDS)
        if fault := self._fails(checks):
            raise fault
        return [cast("Result", f"decided {check}") for check in checks]


def ask(queue: GroupCommit, *checks: Any) -> list[Any]:
    return list(queue.submit(list(checks)))


@contextmanager
def busy(decider: Decider, queue: GroupCommit) -> Iterator[list[threading.Thread]]:
    """Keep the queue busy with a first check while the block adds more; then let go and wait for all."""
    decider.gate.clear()
    threads = [threading.Thread(target=ask, args=(queue, "first"))]
    threads[0].start()
    assert decider.began.wait(ASK_SECONDS)
    yield threads
    decider.gate.set()
    for thread in threads:
        thread.join()


def waiting(queue: GroupCommit, count: int) -> None:
    """Wait until so many requests stand in the queue."""
    pause = threading.Event()
    while len(queue._waiting) < count:
        pause.wait(0.001)


def idle(queue: GroupCommit) -> None:
    """Wait until no group is being decided."""
    pause = threading.Event()
    while queue._busy_since is not None:
        pause.wait(0.001)


def test_sixty_four_at_once_all_get_their_own_answer() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=ASK_SECONDS)
    answers: dict[int, list[Any]] = {}

    def work(place: int) -> None:
        answers[place] = ask(queue, f"{place}a", f"{place}b")

    threads = [threading.Thread(target=work, args=(place,)) for place in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {place: [f"decided {place}a", f"decided {place}b"] for place in range(64)}
    assert sum(len(group) for group in decider.groups) == 128


def test_whoever_waits_meanwhile_goes_together_in_the_order_of_arrival() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=ASK_SECONDS)
    with busy(decider, queue) as threads:
        for place in range(5):
            threads.append(threading.Thread(target=ask, args=(queue, str(place))))
            threads[-1].start()
            waiting(queue, place + 1)
    assert decider.groups == [["first"], ["0", "1", "2", "3", "4"]]


def test_a_group_is_bounded_but_a_batch_is_never_cut() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=ASK_SECONDS)
    with busy(decider, queue) as threads:
        for place, size in enumerate((MAX_GROUP - 1, 1000, 1)):
            threads.append(threading.Thread(target=ask, args=(queue, *["x"] * size)))
            threads[-1].start()
            waiting(queue, place + 1)
    assert [len(group) for group in decider.groups] == [1, MAX_GROUP - 1 + 1000, 1]


def test_one_bad_check_costs_its_neighbours_nothing() -> None:
    decider = Decider(lambda checks: ValueError() if "bad" in checks else None)
    queue = GroupCommit(decider, timeout=ASK_SECONDS)
    answers: list[Any] = []
    with busy(decider, queue) as threads:
        threads.append(threading.Thread(target=lambda: answers.extend(ask(queue, "good", "bad", "fine"))))
        threads[-1].start()
        waiting(queue, 1)
    assert decider.groups[1:] == [["good", "bad", "fine"], ["good"], ["bad"], ["fine"]]
    assert (answers[0], answers[2]) == ("decided good", "decided fine")
    assert type(answers[1]) is Unavailable


def test_a_check_that_fails_alone_gives_its_own_trouble() -> None:
    queue = GroupCommit(Decider(lambda _: InvalidInput("x")), timeout=ASK_SECONDS)
    (answer,) = ask(queue, "one")
    assert type(answer) is InvalidInput


def test_a_group_whose_outcome_is_not_known_is_not_tried_again() -> None:
    decider = Decider(lambda checks: OutcomeUnknown() if "lost" in checks else None)
    queue = GroupCommit(decider, timeout=ASK_SECONDS)
    with pytest.raises(OutcomeUnknown):
        ask(queue, "lost", "other")
    assert decider.groups == [["lost", "other"]]
    assert ask(queue, "next") == ["decided next"]


def test_an_answer_that_takes_too_long_is_none() -> None:
    decider = Decider()
    decider.gate.clear()
    queue = GroupCommit(decider, timeout=0.05)
    with pytest.raises(CheckTimeout):
        ask(queue, "slow")
    decider.gate.set()


def test_whoever_gave_up_before_its_turn_is_not_decided() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=0.1)
    decider.gate.clear()
    first = threading.Thread(target=_swallow, args=(queue, "first"))
    first.start()
    assert decider.began.wait(ASK_SECONDS)
    with pytest.raises(CheckTimeout):
        ask(queue, "gave up")
    first.join()
    decider.gate.set()
    idle(queue)
    assert ask(queue, "later") == ["decided later"]
    assert decider.groups == [["first"], ["later"]]


def _swallow(queue: GroupCommit, check: str) -> None:
    with pytest.raises(CheckTimeout):
        ask(queue, check)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced() -> None:
    decider = Decider(lambda checks: SystemExit() if "deadly" in checks else None)
    queue = GroupCommit(decider, timeout=0.2)
    with pytest.raises(CheckTimeout):
        ask(queue, "deadly")
    assert queue._thread is not None
    queue._thread.join()
    assert ask(queue, "next") == ["decided next"]


def test_whoever_finds_the_queue_full_is_refused_at_once() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=ASK_SECONDS, max_waiting=4)
    with busy(decider, queue) as threads:
        for place in range(4):
            threads.append(threading.Thread(target=ask, args=(queue, place)))
            threads[-1].start()
        waiting(queue, 4)
        with pytest.raises(Overloaded):
            ask(queue, "too many")
    assert ask(queue, "later") == ["decided later"]
    assert "too many" not in [check for group in decider.groups for check in group]


def test_batches_leave_room_for_single_checks_and_one_alone_is_always_taken() -> None:
    decider = Decider()
    queue = GroupCommit(decider, timeout=ASK_SECONDS, max_waiting=8)
    with busy(decider, queue) as threads:
        threads.append(threading.Thread(target=ask, args=(queue, *range(6))))
        threads[-1].start()
        waiting(queue, 1)
        with pytest.raises(Overloaded):
            ask(queue, "two", "more")
        threads.append(threading.Thread(target=ask, args=(queue, "single")))
        threads[-1].start()
        waiting(queue, 2)


def test_behind_a_group_that_is_stuck_nobody_waits_until_the_timeout() -> None:
    decider = Decider()
    decider.gate.clear()
    queue = GroupCommit(decider, timeout=0.2)
    with pytest.raises(CheckTimeout):
        ask(queue, "stuck")
    with pytest.raises(Overloaded):
        ask(queue, "refused at once")
    decider.gate.set()
    idle(queue)
    assert ask(queue, "later") == ["decided later"]
