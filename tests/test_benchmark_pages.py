"""What takes longer than anybody waits is told from the page that was written before, with its day."""

from datetime import UTC, datetime

from benchmarks.bars import Measured
from benchmarks.page import Page, rendered, told_before


def test_a_page_that_was_written_is_read_again_figure_by_figure() -> None:
    measured = {
        "registry": Measured(value=1.01),
        "list_memory": Measured(value=1681.4, note="of all processes"),
        "p99_500": Measured(value=float("inf")),
        "export_psql": Measured(value=0.7),
        "single_naive": Measured(value=None, note="nothing"),
    }
    page = Page(command="make bench-full", at=datetime(2026, 11, 27, tzinfo=UTC), machine=[], measured=measured)
    told = told_before(rendered(page))
    note = "by `make bench-full` on 2026-11-27"
    assert told == {
        "registry": Measured(value=1.01, note=note),
        "list_memory": Measured(value=1681.0, note=note),
        "p99_500": Measured(value=float("inf"), note=note),
        "export_psql": Measured(value=0.7, note=note),
    }
    assert told_before("") == {}
