"""The table of the rules says what the rules say, and the README shows it as it is."""

from pathlib import Path
from typing import Any

import pytest

from app.domain.rules.rule import Rule
from app.domain.ruleset import read_ruleset
from app.policies.load import shipped
from app.policies.table import rules_table
from app.policies.words import demand_of
from tests.builders import file_of, obligation_table, rule_of

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- rules:begin -->\n", "<!-- rules:end -->\n"
TERMS = {"purpose": "marketing"}


def rule(kind: str, **params: Any) -> Rule:
    return rule_of(obligation_table(kind=kind, params=params))


def test_the_readme_shows_the_table_of_the_rules_that_ship() -> None:
    """Mend it with `flask policies table`, between the two marks."""
    text = README.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.partition(BEGIN)[2].partition(END)[0] == rules_table(shipped())


@pytest.mark.parametrize("rule", shipped().rules, ids=lambda rule: rule.id)
def test_every_rule_has_a_row_of_its_own_with_demand_dates_and_citation(rule: Rule) -> None:
    (row,) = [line for line in rules_table(shipped()).splitlines() if line.startswith(f"| `{rule.id}` |")]
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert len(cells) == 6
    assert cells[2] == demand_of(rule) != ""
    assert cells[3].split(", ") == [rule.strength, *(["unconfirmed"] if rule.status == "unconfirmed" else [])]
    days = [rule.effective_from, *([rule.effective_to] if rule.effective_to else [])]
    assert cells[4].split(", until ") == [day.isoformat() for day in days]
    assert cells[5] == rule.citation


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("registration", {"authority": "roc", "holder": "controller"}, "controller registered: roc"),
        ("voice", {"forbidden_modes": ["prerecorded"]}, "no prerecorded, AI counts as recorded"),
        ("voice", {"forbidden_modes": ["ai"], "ai_is_automated": False}, "no ai"),
        ("frequency", {"max": 3, "window_hours": 24}, "at most 3 calls in 1 day"),
        ("frequency", {"max": 3, "window_hours": 36}, "at most 3 calls in 36 hours"),
        (
            "frequency",
            {"max": 2, "window_days": 7, "count": "answered"},
            "at most 2 calls in 7 days, of those answered",
        ),
        ("cooldown", {"trigger": "any_contact", "days": 7}, "7 days after any contact"),
        (
            "category_ban",
            {"categories": ["solar", "energy"], "unless": ["contract"], **TERMS},
            "not about energy, solar; unless contract (in force, similar product)",
        ),
        (
            "register",
            {
                "register": "tps",
                "snapshot_max_age_days": 28,
                "unless": ["consent"],
                "consent_after_listing": True,
                **TERMS,
            },
            "not listed in tps; at most 28 days old; unless consent to marketing, consent only after the listing",
        ),
        (
            "register",
            {
                "register": "wishes",
                "polarity": "positive",
                "fixed_days": [1],
                "grace_days": 3,
                "category_of": {"a": "b"},
            },
            "listed in wishes; fetched since day 1; 3 days' grace; by category",
        ),
        (
            "caller_id",
            {"must_present": True, "forbid_prefix": ["+331"], "unless": ["contract"], **TERMS},
            "a number is shown; caller ID begins with none of +331; unless contract (in force, similar product)",
        ),
        ("number_state", {"check": "line_type", "line_types": ["voip", "pager"]}, "not a line of pager, voip"),
        (
            "number_state",
            {"check": "inactive", "register": "rnd", "register_max_age_days": 31},
            "in use by rnd, at most 31 days old",
        ),
        (
            "number_state",
            {"check": "reassigned", "register": "rnd", "register_max_age_days": 31, **TERMS},
            "not reassigned since the consent by rnd, at most 31 days old",
        ),
        (
            "suppression",
            {"scope": "controller", "keep_for_years": 3, "honour_within_days": 10},
            "no objection to the controller; lapses after 3 years; the law would allow 10 days, we honour it at once",
        ),
        (
            "window",
            {
                "weekly": {"mon": ["10:00-13:00", "14:00-20:00"], "tue": ["10:00-13:00", "14:00-20:00"]},
                "closed_on_holidays": False,
                "pre_holiday": ["10:00-12:00"],
                "half_day": ["10:00-11:00"],
            },
            "Mon–Tue 10:00–13:00 + 14:00–20:00, before a holiday 10:00–12:00, on a half holiday 10:00–11:00",
        ),
        (
            "window",
            {
                "weekly": {"sat": ["10:00-12:00"]},
                "closed_on_holidays": True,
                "lifted_by": "express_time_consent",
                **TERMS,
            },
            "Sat 10:00–12:00, no public holiday, or hours expressly agreed to",
        ),
        (
            "obligation",
            {"disclose": ["ai"], "record": True, "retain_years": 5, "retain_clock": "last_used"},
            "say ai; record the call; keep the proof 5 years (last used)",
        ),
    ],
)
def test_every_kind_is_put_into_words(kind: str, params: dict[str, Any], words: str) -> None:
    assert demand_of(rule(kind, **params)) == words


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"any_of": []}, "never"),
        ({"any_of": ["none_required"], **TERMS}, "no basis is needed"),
        (
            {"any_of": ["consent"], "max_age_days": 730, "evidence_held": True, "granularity": ["purpose"], **TERMS},
            "consent to marketing (artefact held, 730 days, by purpose)",
        ),
        (
            {"any_of": ["customer", "inquiry"], "customer_months": 18, "inquiry_months": 3, "similar": False, **TERMS},
            "own customer (18 months, any product) or inquiry (3 months, any product)",
        ),
        (
            {"any_of": ["contract"], "contract_days": 30, **TERMS},
            "contract (30 days after its end, similar product)",
        ),
        (
            {"any_of": ["published_business_contact", "presumed_interest"], "justification": False, **TERMS},
            "published business number or presumed interest of a business (justified on record)",
        ),
        (
            {"any_of": ["positive_register"], "positive_register": "p", "positive_register_max_age_days": 31, **TERMS},
            "entry in p, at most 31 days old",
        ),
    ],
)
def test_every_permission_is_put_into_words(params: dict[str, Any], words: str) -> None:
    guards = [
        obligation_table(id=f"guard-{scope}", kind="suppression", params={"scope": scope})
        for scope in ("controller", "all")
    ]
    basis = obligation_table(id="basis", kind="basis", params=params)
    (read,) = [one for one in read_ruleset([("cz.toml", file_of(*guards, basis))]).rules if one.id == "basis"]
    assert demand_of(read) == words


def test_a_stroke_in_a_citation_does_not_break_the_table() -> None:
    table = obligation_table(citation="§ 1 | 2", applies_when={"voice_mode": ["live", "prerecorded", "ai"]})
    (row,) = [
        line for line in rules_table(read_ruleset([("cz.toml", file_of(table))])).splitlines() if line.startswith("| `")
    ]
    assert row == "| `obligation` | all calls | say source | statute | 2018-05-25 | § 1 \\| 2 |"
