"""The keys of a rule file, taken one by one; what is wrong is collected, so that all of it is told at once."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.errors import InvalidInput

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)


class BadRule(InvalidInput):
    """A rule file cannot be taken as it is."""

    code = "bad_rule"

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Fields:
    """The keys of one table. Each is taken once, with its type; `done` notes what nobody took.

    What is wrong goes to `faults`, and the key then reads as empty: whoever reads must look at `faults` before
    believing anything.
    """

    def __init__(self, table: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self._left = dict(table)
        self._faults = faults
        self.where = where

    def fault(self, text: str) -> None:
        """Note that something is wrong."""
        self._faults.append(f"{self.where}: {text}")

    def required(self, key: str, kind: type[T]) -> T | None:
        """Take a key that must be there, a text that must not be blank."""
        if key not in self._left:
            self.fault(f"{key} is missing")
            return None
        value = self._typed(key, kind)
        if isinstance(value, str) and not value.strip():
            self.fault(f"{key} is empty")
            return None
        return value

    def optional(self, key: str, kind: type[T]) -> T | None:
        """Take a key that may be absent."""
        return self._typed(key, kind) if key in self._left else None

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Take a truth; absent is the default."""
        value = self.optional(key, bool)
        return default if value is None else value

    def day(self, key: str) -> date | None:
        """Take a day: a TOML date, or its text in stored content; absent is None."""
        if not isinstance(self._left.get(key), str):
            return self.optional(key, date)
        text = str(self._left.pop(key))
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(f"{key}: {text!r} is not a day")
            return None

    def word(self, key: str, words: type[W], *, needed: bool = True) -> W | None:
        """Take a word out of a closed list; absent is None, and a fault where it is needed."""
        text = self.required(key, str) if needed else self.optional(key, str)
        return None if text is None else self._known(key, text, words)

    def words(self, key: str, words: type[W]) -> tuple[W, ...]:
        """Take a list of words out of a closed list; absent is empty."""
        known = [self._known(key, word, words) for word in self.list_of(key, str)]
        return tuple(word for word in known if word is not None)

    def list_of(self, key: str, kind: type[T]) -> list[T]:
        """Take a list of one type; absent is empty."""
        given = self.optional(key, list) or []
        if any(type(item) is not kind for item in given):
            self.fault(f"{key} must hold nothing but {kind.__name__}")
            return []
        return given

    def number(self, key: str, *, most: int, needed: bool = False) -> int | None:
        """Take a whole number from 1 to `most`; absent is None, and a fault where it is needed."""
        value = self.required(key, int) if needed else self.optional(key, int)
        if value is not None and not 1 <= value <= most:
            self.fault(f"{key} must be from 1 to {most}")
            return None
        return value

    def table(self, key: str, *, needed: bool = False) -> dict[str, Any] | None:
        """Take a table; absent is None, and a fault where it is needed."""
        return self.required(key, dict) if needed else self.optional(key, dict)

    def done(self) -> None:
        """Note what is left: a misspelt key must not pass for an absent one."""
        if self._left:
            self.fault(f"unknown key {', '.join(sorted(map(str, self._left)))}")

    def _known(self, key: str, text: str, words: type[W]) -> W | None:
        try:
            return words(text)
        except ValueError:
            self.fault(f"{key}: {text!r} is none of {', '.join(words)}")
            return None

    def _typed(self, key: str, kind: type[T]) -> T | None:
        value: Any = self._left.pop(key)
        if type(value) is not kind:
            self.fault(f"{key} must be {kind.__name__}")
            return None
        return value


def refuse(faults: Iterable[str]) -> None:
    """Raise what was collected, all of it at once; nothing where nothing was.

    :raises BadRule: naming file, rule and key of every fault.
    """
    if told := tuple(faults):
        raise BadRule(*told)
