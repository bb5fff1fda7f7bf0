"""One row a kind: how its parameters are read, and the function that asks it."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from app.domain.campaign import CallClass
from app.domain.errors import InvalidInput
from app.domain.facts import Facts
from app.domain.rules.basis import Accepted, BasisParams, find_basis
from app.domain.rules.obligation import CLOCKS, DISCLOSURES, ObligationParams, find_obligations
from app.domain.rules.rule import Finding, Kind, Rule
from app.domain.rules.suppression import LiftedBy, SuppressionParams, find_suppression
from app.domain.rules.window import WEEKDAYS, Interval, WindowParams, find_window
from app.domain.suppression import Scope

T = TypeVar("T")


class BadRule(InvalidInput):
    """A rule file cannot be taken as it is."""

    code = "bad_rule"


class Fields:
    """The keys of one table. Each is taken once, with its type; `done` refuses what nobody took."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self._left = dict(table)
        self._where = where

    def required(self, key: str, kind: type[T]) -> T:
        """Take a key that must be there.

        :raises BadRule: when it is missing or of another type.
        """
        if key not in self._left:
            raise BadRule(f"{self._where}: {key} is missing")
        return self._typed(key, kind)

    def optional(self, key: str, kind: type[T]) -> T | None:
        """Take a key that may be absent.

        :raises BadRule: when it is of another type.
        """
        return self._typed(key, kind) if key in self._left else None

    def day(self, key: str) -> date | None:
        """Take a day: a TOML date, or its text in stored content; absent is None.

        :raises BadRule: when it is neither.
        """
        if not isinstance(self._left.get(key), str):
            return self.optional(key, date)
        text = self.required(key, str)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadRule(f"{self._where}: {key}: {text!r} is not a day") from None

    def words(self, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Take a list of words out of a closed list; absent is empty.

        :raises BadRule: when a word is not in the list.
        """
        given = self.optional(key, list) or []
        for word in given:
            if word not in allowed:
                raise BadRule(f"{self._where}: {key}: {word!r} is none of {', '.join(allowed)}")
        return tuple(given)

    def list_of(self, key: str, kind: type[T]) -> list[T]:
        """Take a list of one type; absent is empty.

        :raises BadRule: when it is no list, or holds something else.
        """
        given = self.optional(key, list) or []
        if any(type(item) is not kind for item in given):
            raise BadRule(f"{self._where}: {key} must hold nothing but {kind.__name__}")
        return given

    def number(self, key: str, *, most: int) -> int | None:
        """Take a whole number from 1 to `most`; absent is None.

        :raises BadRule: when it is another.
        """
        value = self.optional(key, int)
        if value is not None and not 1 <= value <= most:
            raise BadRule(f"{self._where}: {key} must be from 1 to {most}")
        return value

    def done(self) -> None:
        """Refuse what is left: a misspelt key must not pass for an absent one.

        :raises BadRule: when a key was not taken.
        """
        if self._left:
            raise BadRule(f"{self._where}: unknown key {', '.join(sorted(self._left))}")

    def _typed(self, key: str, kind: type[T]) -> T:
        value = self._left.pop(key)
        if type(value) is not kind:
            raise BadRule(f"{self._where}: {key} must be {kind.__name__}")
        return value


def _basis_params(fields: Fields) -> BasisParams:
    accepted = fields.words("any_of", tuple(Accepted))
    params = BasisParams(
        any_of=tuple(Accepted(word) for word in accepted),
        purpose=fields.optional("purpose", str),
        evidence_held=fields.optional("evidence_held", bool) or False,
        outbound_call_accepted=fields.optional("outbound_call_accepted", bool) or False,
        max_age_days=fields.number("max_age_days", most=36_500),
    )
    if params.any_of and not params.purpose:
        raise BadRule("basis: purpose is missing")
    return params


def _suppression_params(fields: Fields) -> SuppressionParams:
    lifted_by = fields.optional("lifted_by", str) or LiftedBy.NEVER
    scope = fields.required("scope", str)
    if lifted_by not in tuple(LiftedBy) or scope not in tuple(Scope):
        raise BadRule("suppression: scope or lifted_by is none of the known words")
    return SuppressionParams(
        scope=Scope(scope),
        lifted_by=LiftedBy(lifted_by),
        purpose_of=_purposes(fields.optional("purpose_of", dict) or {}),
    )


def _purposes(table: Mapping[str, Any]) -> dict[str, str]:
    if unknown := [word for pair in table.items() for word in pair if word not in tuple(CallClass)]:
        raise BadRule(f"suppression: purpose_of: {unknown[0]!r} is no call class")
    return dict(table)


def _window_params(fields: Fields) -> WindowParams:
    weekly = Fields(fields.required("weekly", dict), "weekly")
    days = tuple(tuple(_interval(text) for text in weekly.list_of(day, str)) for day in WEEKDAYS)
    weekly.done()
    if not any(days):
        raise BadRule("window: no day has an open interval")
    return WindowParams(weekly=days, closed_on_holidays=fields.required("closed_on_holidays", bool))


def _interval(text: str) -> Interval:
    match = re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", text)
    if match is None:
        raise BadRule(f"window: {text!r} is not HH:MM-HH:MM")
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
    interval = Interval(start=start_hour * 60 + start_minute, end=end_hour * 60 + end_minute)
    if not 0 <= interval.start < interval.end <= 24 * 60:
        raise BadRule(f"window: {text!r} does not end after it starts, within one day")
    return interval


def _obligation_params(fields: Fields) -> ObligationParams:
    params = ObligationParams(
        disclose=fields.words("disclose", DISCLOSURES),
        record=fields.optional("record", bool) or False,
        retain_years=fields.number("retain_years", most=100),
        retain_clock=fields.optional("retain_clock", str),
    )
    if (params.retain_years is None) is not (params.retain_clock is None):
        raise BadRule("obligation: retain_years and retain_clock belong together")
    if params.retain_clock is not None and params.retain_clock not in CLOCKS:
        raise BadRule(f"obligation: retain_clock is none of {', '.join(CLOCKS)}")
    return params


_READ: Mapping[Kind, Callable[[Fields], Any]] = {
    Kind.BASIS: _basis_params,
    Kind.SUPPRESSION: _suppression_params,
    Kind.WINDOW: _window_params,
    Kind.OBLIGATION: _obligation_params,
}
_ASK: Mapping[Kind, Callable[[Rule, Any, Facts], Finding]] = {
    Kind.BASIS: find_basis,
    Kind.SUPPRESSION: find_suppression,
    Kind.WINDOW: find_window,
    Kind.OBLIGATION: find_obligations,
}


def read_params(kind: Kind, table: Mapping[str, Any], where: str) -> Any:
    """Read the parameters of a rule of this kind.

    :raises BadRule: on an unknown key, a wrong type, or a kind this version cannot ask: a rule that is
        not understood must stop the start, never be passed over.
    """
    if kind not in _READ:
        raise BadRule(f"{where}: this version has no rules of kind {kind}")
    fields = Fields(table, where)
    try:
        params = _READ[kind](fields)
    except BadRule as fault:
        detail = fault.detail if fault.detail.startswith(where) else f"{where}: {fault.detail}"
        raise BadRule(detail) from None
    fields.done()
    return params


def ask(rule: Rule, facts: Facts) -> Finding:
    """Ask one rule about one call."""
    return _ASK[rule.kind](rule, rule.params, facts)
