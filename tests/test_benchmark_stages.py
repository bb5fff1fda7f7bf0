"""Where the time of a check goes: what is counted for which stage."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.stages import COMMITTED, OPENED, REST, STORE, Watch, table


def test_what_runs_within_a_stage_counts_for_itself_alone() -> None:
    instants = iter([0, 1, 3, 7, 15, 31])
    watch = Watch(clock=lambda: next(instants))
    watch.begin()
    with watch.stage("outer"), watch.stage("inner"):
        pass
    watch.note()
    assert watch.spent == {REST: 1 + 16, "outer": 2 + 8, "inner": 4}


def test_the_beginning_and_the_end_of_a_transaction_are_stages_and_a_fault_goes_on() -> None:
    watch, ended = Watch(clock=iter(range(100)).__next__), list[str]()

    @contextmanager
    def one() -> Iterator[str]:
        try:
            yield "open"
        except ValueError:
            ended.append("badly")
            raise
        ended.append("well")

    opened = watch.transaction(one)
    with opened() as what:
        assert what == "open"
    with pytest.raises(ValueError, match="no"), opened():
        raise ValueError("no")
    assert ended == ["well", "badly"]
    assert {OPENED, COMMITTED} < watch.spent.keys()


def test_the_stages_of_a_check_add_up_to_what_is_told_of_it() -> None:
    made = table({"16": {"the decision": 50.4, REST: 9.2, STORE: 100.0}}, numbers=1000)
    assert made.rows == [("the decision", "50"), (REST, "9"), (STORE, "100"), ("together", "160")]
    assert made.title.endswith("PostgreSQL")
