"""The decision cases: every row of the tables in `cases/` is decided as it says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.decision import Verdict, decide
from app.domain.rules.rule import Kind
from app.policies.load import shipped
from tests.policies.case_table import (
    FOLDER,
    NO_RULE,
    Row,
    depends_on,
    obliged,
    read_case,
    rows,
    rules_of,
    strength_of,
)

ROWS = tuple(rows())
RULES = {rule.id: rule for rule in shipped().rules}
GOOD = "| A lawful call. | | | allow | consent | cz-marketing-basis (statute) | |"
DEFAULT = "country=CZ; zones=Europe/Prague; when=Wed 2026-11-25 11:00"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_case_is_decided_as_its_row_says(row: Row) -> None:
    case = read_case(row)
    decision = decide(case.facts, shipped())
    assert decision.verdict is case.verdict, [str(finding.reason) for finding in decision.reasons]
    assert decision.not_before == case.not_before
    if case.verdict is Verdict.ALLOW:
        basis, *told = case.why
        assert decision.basis is not None
        assert decision.basis.code == basis
        for what in told:
            denied = what.startswith("not ")
            assert (what.removeprefix("not ") in obliged(decision)) is not denied, (what, obliged(decision))
        if case.until is not None:
            assert decision.stands_until == case.until
        return
    assert [str(finding.reason) for finding in decision.reasons] == list(case.why)
    assert rules_of(decision) == case.rules[: len(decision.reasons)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_case_would_be_another_without_a_rule_it_names(row: Row) -> None:
    case = read_case(row)
    for id, strength in zip(case.rules, case.strengths, strict=True):
        if id != NO_RULE:
            assert strength == strength_of(RULES[id])
            assert depends_on(case.facts, id, shipped()), f"{id} decides nothing here"


def test_every_rule_and_every_kind_of_rule_that_ships_decides_some_case() -> None:
    named = {id for row in ROWS for id in read_case(row).rules} - {NO_RULE}
    assert sorted(set(RULES) - named) == []
    assert {RULES[id].kind for id in named} == set(Kind)


def test_there_are_at_least_three_hundred_cases() -> None:
    assert len(ROWS) >= 300


def test_slovak_live_calls_are_told_in_every_combination() -> None:
    """Both profiles, four states of the list, registered or not, with the prefix or not, with a consent or not."""
    seen = set()
    for row in ROWS:
        known = read_case(row).facts
        is_listing_plain = known.registers is not None and len(known.registers) <= 1
        if row.table != "sk" or not is_listing_plain or not row.text.startswith(("| Statute: ", "| Strict: ")):
            continue
        answer = next(iter(known.registers or ()), None)
        fetched = None if answer is None else (answer.as_of >= datetime(2026, 11, 15, 23, tzinfo=UTC), answer.status)
        prefix = str(known.caller_prefix).startswith("+421888")
        seen.add((known.profile, fetched, bool(known.registrations), prefix, bool(known.consents)))
    assert len(seen) == 2 * 4 * 2 * 2 * 2


def test_the_tables_are_small_enough_to_read() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.md")) < 1_000_000


def test_no_two_rows_of_a_table_say_the_same_of_the_same_call() -> None:
    seen = [(row.table, row.default, *row.text.split("|")[2:4]) for row in ROWS]
    assert sorted(one for one in set(seen) if seen.count(one) > 1) == []


@pytest.mark.parametrize(
    "text",
    [
        "| A cell short. | | | allow | consent | cz-marketing-basis (statute) |",
        "| A cell | too | many | | allow | consent | cz-marketing-basis (statute) | |",
        GOOD.replace("| allow", "| maybe"),
        GOOD.replace("| consent", "| "),
        GOOD.replace("cz-marketing-basis (statute)", ""),
        GOOD.replace(" (statute)", ""),
        GOOD.replace("| | | allow", "| colour=red | | allow"),
        GOOD.replace("| | | allow", "| voice=shouting | | allow"),
        GOOD.replace("| | | allow", "| voice=ai; voice=live | | allow"),
        GOOD.replace("| | | allow", "| consent=given(colour=red) | | allow"),
        GOOD.replace("| | | allow", "| consent=given(said=soon) | | allow"),
        GOOD.replace("| | | allow", "| | Thu 2026-11-25 11:00 | allow"),
        GOOD.replace("| | | allow", "| | 2026-11-25 11:00 | allow"),
        GOOD.replace("| | | allow", "| | Sun 2026-03-29 02:30 | allow"),
        GOOD.replace("| | | allow", "| | Sun 2026-10-25 02:30 | allow"),
        GOOD.replace("| |", "| Wed 2026-11-25 12:00 |")[: -len("| |")] + "| Wed 2026-11-25 12:00 |",
        GOOD.replace("allow", "defer"),
    ],
)
def test_a_row_that_is_not_understood_fails(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(f"Default: `{DEFAULT}`\n\n{text}\n{GOOD}\n", encoding="utf-8")
    bad, good = rows(tmp_path)
    with pytest.raises((ValueError, KeyError)):
        read_case(bad)
    assert read_case(good).verdict is Verdict.ALLOW


def test_a_column_with_another_name_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("| Situation | Verdict |\n|---|---|\n", encoding="utf-8")
    assert [row.line for row in rows(tmp_path)] == [1]
