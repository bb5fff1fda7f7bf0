"""One keep-alive connection of a client, and what it learned on it."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every client is told; it is over once the file `end` exists."""

    port: int
    key: str
    numbers: tuple[str, ...]
    seed: str
    end: Path

    def rounds(self) -> Iterator[int]:
        """Count from 1 until it is over."""
        return takewhile(lambda _: not self.end.exists(), count(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A check that was answered with 200. `started` is before its first byte was sent.

    Instants are on CLOCK_MONOTONIC, which all processes of a machine share.
    """

    number: str
    started: float
    answered: float
    answer: Mapping[str, Any]
    key: str | None = None

    @property
    def is_allow(self) -> bool:
        return bool(self.answer["decision"] == "allow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A change that was acknowledged: `started` before its first attempt, `answered` with the first yes."""

    number: str
    kind: str
    started: float
    answered: float
    entries: frozenset[str]

    @property
    def is_grant(self) -> bool:
        return self.kind == "given"


@dataclass(slots=True)
class Story:
    """All that one client saw. `unknown` counts requests without an answer: a failure is never a decision."""

    asked: list[Asked] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    unknown: int = 0


class Line:
    """One connection; a request that fails leaves it closed, and the next one opens it again."""

    def __init__(self, plan: Plan) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=15)
        self._authorization = f"Bearer {plan.key}"
        self.started = 0.0
        self.answered = 0.0

    def send(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> bool:
        """Send a request without waiting for its answer; tell whether it left."""
        headers = {"Content-Type": "application/json", "Authorization": self._authorization}
        if key is not None:
            headers["Idempotency-Key"] = key
        self.started = time.monotonic()
        try:
            self._connection.request("POST", path, body=json.dumps(body), headers=headers)
        except (OSError, http.client.HTTPException):
            self._give_up()
            return False
        return True

    def receive(self) -> Any:
        """Give the answer's body; None where there is none, or a 503: then nothing is known.

        :raises AssertionError: on any other failure.
        """
        try:
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException):
            self._give_up()
            return None
        self.answered = time.monotonic()
        if response.status == 503:
            time.sleep(0.01)
            return None
        assert response.status in (200, 201), f"{response.status} {data.decode()}"
        return json.loads(data)

    def ask(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """Send a request and give its answer, as `receive` does."""
        return self.receive() if self.send(path, body, key=key) else None

    def _give_up(self) -> None:
        self._connection.close()
        time.sleep(0.05)
