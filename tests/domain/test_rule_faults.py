"""A rule file with many faults tells all of them at once, each with its file, rule and key."""

from typing import Any

import pytest

from app.domain.rules.fields import BadRule
from app.domain.ruleset import read_ruleset
from tests.builders import basis_table, file_of, window_table


def window(**params: Any) -> dict[str, Any]:
    return window_table(params={"closed_on_holidays": False, "weekly": {"mon": ["08:00-20:00"]}} | params)


def test_every_fault_of_every_rule_and_file_is_told_at_once() -> None:
    twice = [basis_table(citation="", kind="bases", id="one"), window(weekly={"mon": ["8-20"], "tue": ["20-8"]})]
    with pytest.raises(BadRule) as refusal:
        read_ruleset(
            [
                ("a.toml", file_of(*twice, schema=2)),
                ("b.toml", file_of(window(weekly={"mon": ["08:00-25:00"]}), more=1)),
            ]
        )
    told = refusal.value.faults
    assert [fault.split(": ")[0] for fault in told] == ["a.toml"] * 4 + ["b.toml"] * 2
    assert "schema is not 1" in told[0]
    assert "one: kind: 'bases' is none of" in told[1]
    assert "one: citation is empty" in told[2]
    assert "unknown key more" in told[-1]
