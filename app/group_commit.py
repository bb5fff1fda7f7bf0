"""Group commit: whatever checks are waiting are decided in one transaction and committed once."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from app.db.engine import OutcomeUnknown
from app.domain.errors import Trouble, Unavailable
from app.services.check_records import Checked
from app.services.check_requests import PreparedCheck

Result = Checked | Trouble
DecideAndCommit = Callable[[Sequence[PreparedCheck]], list[Result]]

MAX_GROUP = 256
"""Checks after which a group takes no further request; a batch is never cut."""

STUCK = 0.25
"""Share of the timeout after which a group that is still being decided holds up whoever comes."""

_log = structlog.get_logger()


class CheckTimeout(Unavailable):
    """The decision took too long; whether it was stored is not known."""

    code = "check_timeout"


class Overloaded(Unavailable):
    """More is waiting than can be decided in time; ask again."""

    code = "overloaded"
    retry_after = 1


class Waiting:
    """What one request waits for, and until when (on the monotonic clock): a lock that opens once it is told."""

    __slots__ = ("_closed", "_fault", "_is_told", "_results", "checks", "is_given_up", "until")

    def __init__(self, checks: Sequence[PreparedCheck], *, until: float) -> None:
        self.checks = checks
        self.until = until
        self.is_given_up = False
        self._results: list[Result] = []
        self._fault: Exception | None = None
        self._is_told = False
        self._closed = threading.Lock()
        self._closed.acquire()

    def results(self, *, timeout: float) -> list[Result]:
        """Wait for the results; whoever waited too long is not decided for any more, unless that has begun.

        :raises CheckTimeout: when it took too long. `Unavailable` when the group failed.
        """
        if not self._closed.acquire(timeout=timeout):
            self.is_given_up = True
            raise CheckTimeout()
        if self._fault is not None:
            raise self._fault
        return self._results

    def tell(self, results: list[Result]) -> None:
        """Give the results to whoever waits."""
        self._results, self._is_told = results, True
        self._closed.release()

    def fail(self, fault: Exception) -> None:
        """Tell whoever waits that there are none; what was told before stands."""
        if not self._is_told:
            self._fault, self._is_told = fault, True
            self._closed.release()


class GroupCommit:
    """A queue and one thread. There is no timer: an idle gate decides a single check at once.

    Whoever could not be served in time is refused at once: where more than `max_waiting` checks would wait (half of
    that for a batch, so that there is room for single ones), and where a group has held up all others for long.
    """

    def __init__(self, decide_and_commit: DecideAndCommit, *, timeout: float, max_waiting: int = 5000) -> None:
        self._decide_and_commit = decide_and_commit
        self._timeout = timeout
        self._max_waiting = max_waiting
        self._count = 0
        self._busy_since: float | None = None
        self._waiting: deque[Waiting] = deque()
        self._arrival = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, checks: Sequence[PreparedCheck]) -> list[Result]:
        """Decide checks as part of a group; gives their results, in order, once they are committed.

        :raises Overloaded: when it could not be served in time; then it was not tried.
        :raises Unavailable: when the group failed or took too long. Then nothing may be dialled.
        """
        with self._arrival:
            if self._thread is None or not self._thread.is_alive():
                self._busy_since = None
                self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._thread.start()
            now = monotonic()
            self._require_room(len(checks), now)
            self._count += len(checks)
            self._waiting.append(one := Waiting(checks, until=now + self._timeout))
            self._arrival.notify()
        return one.results(timeout=self._timeout)

    def _require_room(self, more: int, now: float) -> None:
        room = self._max_waiting if more == 1 else self._max_waiting // 2
        is_full = self._count > 0 and self._count + more > room
        is_stuck = self._busy_since is not None and now - self._busy_since > self._timeout * STUCK
        if is_full or is_stuck:
            raise Overloaded()

    def _run(self) -> None:
        while True:
            group = self._next_group()
            try:
                self._serve(group)
            except Exception as fault:  # noqa: BLE001  a waiter must never be left without an answer
                _log.error("a group of checks failed", error=type(fault).__name__)
                for one in group:
                    one.fail(Unavailable())

    def _next_group(self) -> list[Waiting]:
        with self._arrival:
            self._busy_since = None
            while not self._waiting:
                self._arrival.wait()
            self._busy_since = monotonic()
            group: list[Waiting] = []
            taken = 0
            while self._waiting and taken < MAX_GROUP:
                one = self._waiting.popleft()
                self._count -= len(one.checks)
                if not one.is_given_up:
                    group.append(one)
                    taken += len(one.checks)
            return group

    def _serve(self, group: list[Waiting]) -> None:
        if not group:
            return
        try:
            results = iter(self._decide_and_commit([check for one in group for check in one.checks]))
        except OutcomeUnknown as fault:
            for one in group:
                one.fail(fault)
        except Exception as fault:  # noqa: BLE001  one bad item must not cost its neighbours their answer
            _log.warning("a group of checks is retried item by item", error=type(fault).__name__)
            for one in group:
                self._serve_alone(one)
        else:
            for one in group:
                one.tell([next(results) for _ in one.checks])

    def _serve_alone(self, one: Waiting) -> None:
        """Decide item by item; not for somebody who stopped waiting, and would reserve a place unheard."""
        results: list[Result] = []
        for check in one.checks:
            if monotonic() > one.until:
                one.fail(CheckTimeout())
                return
            results.append(self._alone(check))
        one.tell(results)

    def _alone(self, check: PreparedCheck) -> Result:
        try:
            return self._decide_and_commit([check])[0]
        except Trouble as fault:
            return fault
        except Exception as fault:  # noqa: BLE001  a failure is never a decision
            _log.error("a check failed", error=type(fault).__name__)
            return Unavailable()
