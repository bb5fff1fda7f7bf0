"""A bundle of a period: what is signed before and after it shows that nothing of the period was trimmed away."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from app.domain.leaf import written
from app.static.log.dialgate_verify import Report, verify
from tests.builders import MINUTE, SECOND
from tests.verify.bundles import Bundle, Tree, bundle, cuts_of
from tests.verify.entries import BEGIN, story

SINCE, BEFORE = BEGIN + MINUTE, BEGIN + 3 * MINUTE


@cache
def whole() -> Tree:
    """Tell five minutes."""
    return Tree(entries=list(story(150, seed=5, span=5 * MINUTE)))


def verified(tree: Tree | Bundle) -> Report:
    made = tree if isinstance(tree, Bundle) else bundle(tree)
    return verify(made.packed(), [whole().vkey])


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


@pytest.mark.parametrize(("since", "before"), [(None, None), (SINCE, None), (None, BEFORE), (SINCE, BEFORE)])
def test_a_part_made_as_the_service_does_is_sound(since: datetime | None, before: datetime | None) -> None:
    part = whole().part(since, before)
    assert (part.start > 0, part.end != 150) == (since is not None, before is not None)
    report = verified(part)
    assert (report.exit_status, report.faults) == (0, [])


@pytest.mark.parametrize(("start", "end"), [(30, 150), (0, 149), (150, 150), (0, 0)])
def test_without_a_period_nothing_may_be_missing(start: int, end: int) -> None:
    assert "not shown whole" in texts(verified(replace(whole(), start=start, end=end)))


def test_a_part_trimmed_further_is_found() -> None:
    part = whole().part(SINCE, BEFORE)
    end = part.end or 0
    for start, stop in ((part.start + 1, end), (part.start, end - 1), (part.start - 1, end), (part.start, end + 1)):
        assert "not shown whole" in texts(verified(replace(part, start=start, end=stop))), (start, stop)
    signed = cuts_of(whole().entries)
    later = next(n for n, at in signed if at > SINCE.timestamp())
    earlier = max(n for n, at in signed if at < (BEFORE + MINUTE).timestamp())
    assert part.start < later < earlier < end
    for start, stop in ((later, end), (part.start, earlier)):
        assert "not shown whole" in texts(verified(replace(part, start=start, end=stop))), "signed, but at a wrong time"


@pytest.mark.parametrize(("name", "shift"), [("from", -SECOND * 9), ("to", SECOND * 9), ("from", None), ("to", None)])
def test_a_period_that_says_more_than_is_there_is_found(name: str, shift: timedelta | None) -> None:
    part = bundle(whole().part(SINCE, BEFORE))
    assert verified(part).exit_status == 0
    at = {"from": SINCE, "to": BEFORE}[name]
    stated = {**part.stated, name: None if shift is None else written(at + shift)}
    assert "not shown whole" in texts(verified(replace(part, stated=stated)))


def test_a_bounding_checkpoint_that_was_left_out_is_missed() -> None:
    part = bundle(whole().part(SINCE, BEFORE))
    lines = part.members["2026/checkpoints.jsonl"].splitlines(keepends=True)
    for rest in (lines[1:], lines[:-1]):
        assert "not shown whole" in texts(verified(part.changed(checkpoints__jsonl=b"".join(rest))))


def test_a_period_that_was_not_over_is_told() -> None:
    for before, is_told in ((BEGIN + 5 * MINUTE, True), (BEGIN + 3.5 * MINUTE, False)):
        report = verified(replace(whole(), before=before))
        assert report.exit_status == 0
        assert any("period was not over" in warning for warning in report.warnings) is is_told
