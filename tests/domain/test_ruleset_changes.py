"""Two rulesets compared: every difference is told in words, and nothing else is."""

from datetime import date

from app.domain.ruleset import Ruleset, read_ruleset
from app.domain.ruleset_changes import Change, changes_between, words_of
from app.policies.load import shipped
from tests.builders import basis_table, file_of, guard_table, guarded, window_table


def words(old: Ruleset, new: Ruleset) -> list[str]:
    return words_of(changes_between(old, new))


def test_equal_rulesets_differ_in_nothing() -> None:
    assert changes_between(shipped(), shipped()) == ()
    assert words(shipped(), shipped()) == ["no rule changes"]


def test_a_changed_window_is_told_day_by_day() -> None:
    weekly = {"mon": ["09:00-18:00"], "tue": ["08:00-12:00", "13:00-20:00"]}
    weekly |= {day: ["08:00-20:00"] for day in ("wed", "thu")}
    new = window_table(params={"closed_on_holidays": False, "weekly": weekly})
    assert words(guarded(window_table()), guarded(new)) == [
        "CZ: hours: changed",
        "CZ: hours: params.closed_on_holidays: yes → no",
        "CZ: hours: params.weekly.fri: 08:00-20:00 → not set",
        "CZ: hours: params.weekly.mon: 08:00-20:00 → 09:00-18:00",
        "CZ: hours: params.weekly.tue: 08:00-20:00 → 08:00-12:00, 13:00-20:00",
    ]


def test_an_ended_rule_names_its_last_day() -> None:
    ended = window_table(effective_to=date(2027, 1, 1))
    assert words(guarded(window_table()), guarded(ended)) == [
        "CZ: hours: ended",
        "CZ: hours: effective_to: not set → 2027-01-01",
    ]
    later = window_table(effective_to=date(2028, 1, 1))
    (change,) = changes_between(guarded(ended), guarded(later))
    assert change.change is Change.CHANGED


def test_an_added_rule_is_told_whole_and_a_removed_one_by_name() -> None:
    added = words(guarded(), guarded(basis_table(status="unconfirmed", strength="regulator")))
    assert added[0] == "CZ: cz-basis: added"
    assert set(added[1:]) >= {
        "CZ: cz-basis: status: not confirmed",
        "CZ: cz-basis: strength: a regulator's opinion",
        "CZ: cz-basis: citation: § 96",
        "CZ: cz-basis: params.any_of: consent",
        "CZ: cz-basis: effective_from: 2022-07-01",
    }
    assert words(guarded(basis_table()), guarded()) == ["CZ: cz-basis: removed"]


def test_a_default_that_is_written_out_is_no_change() -> None:
    written = window_table(status="confirmed", applies_when={})
    assert words(guarded(window_table()), guarded(written)) == ["no rule changes"]


def test_changes_come_by_jurisdiction_and_coverage_is_told() -> None:
    everywhere = file_of(guard_table("all", id="all"), jurisdiction="*")
    old = read_ruleset([("a", file_of(guard_table(), not_checked=["list"])), ("b", everywhere)])
    new = read_ruleset([("a", file_of(guard_table(citation="Art. 22"), not_checked=["prefix"]))])
    assert words(old, new) == [
        "everywhere: all: removed",
        "CZ: list: is asked now",
        "CZ: prefix: is not asked any more",
        "CZ: guard-controller: changed",
        "CZ: guard-controller: citation: Art. 21 GDPR → Art. 22",
    ]


def test_what_was_not_asked_in_a_country_of_one_ruleset_alone_is_told() -> None:
    before = read_ruleset([("a", file_of(guard_table(), not_checked=["b", "a"]))])
    (change,) = changes_between(before, guarded_alone())
    assert (change.jurisdiction, change.rule, change.change) == ("CZ", None, Change.COVERAGE)
    assert [(one.name, one.before, one.after) for one in change.fields] == [
        ("a", "not asked", None),
        ("b", "not asked", None),
    ]
    (back,) = changes_between(guarded_alone(), before)
    assert [(one.name, one.before, one.after) for one in back.fields] == [
        ("a", None, "not asked"),
        ("b", None, "not asked"),
    ]


def guarded_alone() -> Ruleset:
    return read_ruleset([("a", file_of(guard_table()))])


def test_values_are_told_in_words_and_changes_in_order() -> None:
    new = window_table(
        strength="code",
        status="unconfirmed",
        params={"closed_on_holidays": True, "weekly": {"mon": ["08:00-20:00"]}, "pre_holiday": []},
        applies_when={"house_hours": [True, False]},
    )
    change, *others = changes_between(guarded(window_table()), guarded(new, basis_table()))
    assert (change.rule, change.change) == ("cz-basis", Change.ADDED)
    (changed,) = others
    told = {one.name: (one.before, one.after) for one in changed.fields}
    assert told == {
        "strength": ("house rule", "a code of conduct"),
        "status": ("confirmed", "not confirmed"),
        "applies_when.house_hours": (None, "yes, no"),
        "params.pre_holiday": (None, "none"),
        **{f"params.weekly.{day}": ("08:00-20:00", None) for day in ("tue", "wed", "thu", "fri")},
    }
    assert list(told) == sorted(told)
