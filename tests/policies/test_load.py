"""The rule files are read strictly, whole, and the same every time."""

from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from app.domain.campaign import CallClass
from app.domain.rules.kinds import BadRule
from app.domain.rules.rule import Kind, Rule
from app.domain.ruleset import reread_ruleset
from app.policies.holidays import free_days, public_holidays
from app.policies.load import FOLDER, load, shipped

COUNTRIES = ("CZ", "SK", "PL", "DE", "AT", "FR", "ES", "IT", "GB", "US", "CA", "IN")
MARKS = ("§", "Art.", "art.", "Čl.", "čl.", "Reg.", "reg.", "CFR", ", s. ", "House rule")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(FOLDER, tmp_path / "policies", ignore=lambda _, names: {n for n in names if "toml" not in n})


def test_the_rules_that_ship_load_and_are_read_back_from_the_record() -> None:
    assert {rule.jurisdiction for rule in shipped().rules} == {"*", *COUNTRIES, "US-FL", "US-TX"}
    assert reread_ruleset(shipped().content).digest == shipped().digest
    assert load().digest == shipped().digest


@pytest.mark.parametrize("rule", shipped().rules, ids=lambda rule: rule.id)
def test_every_rule_cites_an_article(rule: Rule) -> None:
    assert any(mark in rule.citation for mark in MARKS)


@pytest.mark.parametrize("place", COUNTRIES)
def test_every_country_covers_every_class_of_call(place: str) -> None:
    bases = [r for r in shipped().rules if r.jurisdiction == place and r.kind is Kind.BASIS]
    assert {value for rule in bases for value in rule.applies_when["call_class"]} == set(CallClass)


def test_blanks_comments_and_file_names_do_not_change_the_digest(folder: Path) -> None:
    czech = folder / "cz.toml"
    text = czech.read_text(encoding="utf-8").replace(" = ", "   =  ")
    (folder / "zz.toml").write_text("# a comment\n\n" + text + "\n\n", encoding="utf-8")
    czech.unlink()
    assert load(folder).digest == shipped().digest


def test_a_change_of_one_letter_changes_the_digest(folder: Path) -> None:
    czech = folder / "cz.toml"
    czech.write_text(czech.read_text(encoding="utf-8").replace("§ 96 odst. 1", "§ 96 odst. 2"), encoding="utf-8")
    assert load(folder).digest != shipped().digest


def test_an_empty_folder_is_no_ruleset(tmp_path: Path) -> None:
    with pytest.raises(BadRule, match="not a single rule"):
        load(tmp_path)


@pytest.mark.parametrize(
    "text", [b"schema = ", b"schema = 1\nschema = 1", b"\xff\xfe", b"schema = 1\njurisdiction = 'CZ'"]
)
def test_a_file_that_is_not_understood_is_named(folder: Path, text: bytes) -> None:
    (folder / "bad.toml").write_bytes(text)
    with pytest.raises(BadRule, match=r"bad\.toml"):
        load(folder)


def test_holidays_are_known_from_the_day_before_to_seventy_days_after() -> None:
    christmas = {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)}
    assert public_holidays("CZ", date(2026, 12, 25)) == frozenset(christmas | {date(2027, 1, 1)})
    for days, new_year in ((-71, False), (-70, True), (1, True), (2, False)):
        known = public_holidays("CZ", date(2027, 1, 1) + timedelta(days=days))
        assert known is not None
        assert (date(2027, 1, 1) in known) is new_year


def test_free_days_of_two_countries_close_both_and_an_unknown_one_makes_all_unknown() -> None:
    both = free_days(("CZ", "SK"), date(2026, 11, 10)).public
    assert both is not None
    assert date(2026, 11, 17) in both  # in Czechia and Slovakia alike
    assert date(2027, 1, 6) in both  # Epiphany, in Slovakia alone
    assert free_days(("CZ", "XX"), date(2026, 11, 10)).public is None
    assert free_days((), date(2026, 11, 10)).public is None


@pytest.mark.parametrize("region", ["XX", "", "cz"])
def test_holidays_of_an_unknown_country_are_not_known_rather_than_none(region: str) -> None:
    assert public_holidays(region, date(2026, 12, 25)) is None
