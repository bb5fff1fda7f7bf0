"""What is wrong with the parameters of a rule is told by file, rule and kind, in whole sentences."""

from typing import Any

import pytest

from app.domain.rules.fields import BadRule
from tests.domain.rules.asked import rule

HOURS: dict[str, Any] = {"weekly": {"mon": ["08:00-12:00"]}, "closed_on_holidays": True}
WORDS = "consent, customer, contract, inquiry, published_business_contact, presumed_interest, legitimate_interest"
UNMATCHED = "positive_register belongs with positive_register_max_age_days and the word of that name"
STALE = "snapshot_max_age_days or fixed_days is missing: a list that never grows stale protects nobody"
DATED: dict[str, Any] = {"register": "cz", "fixed_days": [1]}

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("basis", {"any_of": ["consent"]}, ["purpose is missing"]),
    ("basis", {"any_of": 1}, ["any_of must be list"]),
    ("basis", {"any_of": ["wish"]}, [f"any_of: 'wish' is none of {WORDS}, positive_register, none_required"]),
    (
        "basis",
        {"any_of": ["consent"], "purpose": "a", "granularity": ["voice_mode"]},
        ["granularity must name the purpose"],
    ),
    ("basis", {"any_of": ["positive_register"], "purpose": "a", "positive_register": "cz"}, [UNMATCHED]),
    ("basis", {"any_of": [], "positive_register": "cz", "positive_register_max_age_days": 1}, [UNMATCHED]),
    ("basis", {"any_of": [], "granularity": ["place"]}, [
        "granularity: 'place' is none of purpose, voice_mode, product_category"
    ]),
    *(
        ("basis", {"any_of": [], word: most + 1}, [f"{word} must be from 1 to {most}"])
        for word, most in (
            ("max_age_days", 36_500),
            ("customer_months", 1200),
            ("inquiry_months", 1200),
            ("contract_days", 36_500),
            ("positive_register_max_age_days", 3650),
        )
    ),
    ("category_ban", {}, ["categories is missing"]),
    (
        "category_ban",
        {"categories": ["a"], "unless": ["none_required"], "purpose": "a"},
        ["unless: none_required would switch the ban off"],
    ),
    ("voice", {}, ["forbidden_modes is missing"]),
    ("cooldown", {}, ["trigger is missing", "days is missing"]),
    ("cooldown", {"trigger": "a", "days": 367}, [
        "trigger: 'a' is none of refusal, any_contact, unanswered", "days must be from 1 to 366"
    ]),
    ("frequency", {"max": 1}, ["one of window_days and window_hours must be there"]),
    ("frequency", {"max": 1, "window_days": 1, "window_hours": 1}, [
        "one of window_days and window_hours must be there"
    ]),
    ("frequency", {"window_days": 367}, [
        "window_days must be from 1 to 366", "one of window_days and window_hours must be there", "max is missing"
    ]),
    ("frequency", {"max": 1, "window_hours": 8785}, [
        "window_hours must be from 1 to 8784", "one of window_days and window_hours must be there"
    ]),
    ("frequency", {"max": 1, "window_days": 1, "count": "a"}, ["count: 'a' is none of attempt, answered"]),
    ("registration", {}, ["authority is missing", "holder is missing"]),
    ("number_state", {"purpose": "a"}, ["check is missing"]),
    ("number_state", {"check": "reassigned"}, ["purpose is missing"]),
    ("number_state", {"check": "line_type"}, ["line_types belongs to the check line_type"]),
    ("number_state", {"check": "inactive", "register": "in", "register_max_age_days": 1, "line_types": ["voip"]}, [
        "line_types belongs to the check line_type"
    ]),
    ("number_state", {"check": "inactive", "register": "in"}, [
        "register and register_max_age_days belong together"
    ]),
    ("number_state", {"check": "inactive", "register": "in", "register_max_age_days": 3651}, [
        "register_max_age_days must be from 1 to 3650", "register and register_max_age_days belong together"
    ]),
    ("number_state", {"check": "inactive"}, ["register is missing"]),
    ("caller_id", {}, ["must_present, require_prefix or forbid_prefix must be there"]),
    ("caller_id", {"must_present": True, "unless": ["none_required"], "purpose": "a"}, [
        "unless: none_required would switch the rule off"
    ]),
    *(
        ("caller_id", {word: ["+0", "+4201234567"]}, [
            "'+0' is no prefix of + and 1 to 7 digits", "'+4201234567' is no prefix of + and 1 to 7 digits"
        ])
        for word in ("require_prefix", "forbid_prefix")
    ),
    ("suppression", {}, ["scope is missing"]),
    ("suppression", {"scope": "all", "keep_for_years": 1}, ["keep_for_years: an objection to all does not lapse"]),
    ("suppression", {"scope": "controller", "keep_for_years": 101, "honour_within_days": 367}, [
        "keep_for_years must be from 1 to 100", "honour_within_days must be from 1 to 366"
    ]),
    ("suppression", {"scope": "controller", "purpose_of": {"a": "b"}}, [
        "purpose_of: 'a' is no call class", "purpose_of: 'b' is no call class"
    ]),
    ("obligation", {"retain_years": 1}, ["retain_years and retain_clock belong together"]),
    ("obligation", {"retain_years": 101, "retain_clock": "now"}, [
        "retain_years must be from 1 to 100",
        "retain_years and retain_clock belong together",
        "retain_clock is none of granted, last_used, withdrawn, decision",
    ]),
    ("window", {}, ["weekly is missing", "closed_on_holidays is missing"]),
    ("window", HOURS | {"weekly": {"mon": [8], "tue": [9]}}, ["mon must hold nothing but str"]),
    ("window", HOURS | {"weekly": {"mon": "8"}}, ["mon must hold nothing but str"]),
    ("window", HOURS | {"weekly": {"mo": [], "tu": []}}, ["unknown key mo, tu"]),
    ("window", HOURS | {"weekly": {"mon": []}}, ["no day has an open interval"]),
    ("window", HOURS | {"weekly": {"mon": ["8-12"]}}, ["'8-12' is not HH:MM-HH:MM"]),
    ("window", HOURS | {"pre_holiday": ["12:00-08:00"]}, [
        "pre_holiday: '12:00-08:00' does not end after it starts, within one day"
    ]),
    ("window", HOURS | {"half_day": [8]}, ["half_day: '8' is not HH:MM-HH:MM"]),
    ("window", HOURS | {"lifted_by": "express_time_consent"}, ["purpose is missing"]),
    ("register", {"fixed_days": [1]}, ["register is missing"]),
    ("register", {"register": "cz"}, [STALE]),
    ("register", DATED | {"fixed_days": [0]}, ["fixed_days must be from 1 to 28"]),
    ("register", DATED | {"fixed_days": [29]}, ["fixed_days must be from 1 to 28"]),
    ("register", DATED | {"snapshot_max_age_days": 3651}, ["snapshot_max_age_days must be from 1 to 3650"]),
    ("register", DATED | {"grace_days": 367}, ["grace_days must be from 1 to 366"]),
    ("register", DATED | {"category_of": {"a": 1}}, ["category_of must hold nothing but str"]),
    ("register", DATED | {"unless": ["none_required"], "purpose": "a"}, [
        "unless: none_required would switch the register off"
    ]),
    ("register", DATED | {"unless": ["customer"], "purpose": "a", "consent_after_listing": True}, [
        "consent_after_listing needs consent in unless"
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "params", "faults"), WRONG)
def test_what_is_wrong_with_parameters_is_told_by_file_rule_and_kind(
    kind: str, params: dict[str, Any], faults: list[str]
) -> None:
    with pytest.raises(BadRule) as refusal:
        rule(kind, **params)
    assert list(refusal.value.faults) == [f"cz.toml: a-rule: {kind}: {fault}" for fault in faults]
