"""All the published figures: `python -m benchmarks` (`make bench`) writes benchmarks/RESULTS.md, with what takes longer
from RESULTS-FULL.md, which `python -m benchmarks --full` (`make bench-full`) writes.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import warnings
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import batches, beside, exports, list_figures, singles, stages
from benchmarks.bars import Measured
from benchmarks.load import FailedAnswers
from benchmarks.page import Page, machine, rendered, told_before
from benchmarks.plan import Plan
from benchmarks.services import gate, hello, naive, postgres_version, redis_endpoint
from tests.databases import Template, postgres_template, postgres_url

RESULTS, FULL = (Path(__file__).with_name(name) for name in ("RESULTS.md", "RESULTS-FULL.md"))
NOT_MEASURED = Measured(value=None)


def main() -> None:
    """Measure, write the page, print it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="10 M numbers and rows too, and longer slices")
    options.add_argument("--quick", action="store_true", help="a rehearsal of the benchmark itself; writes no page")
    given = options.parse_args()
    plan = Plan.full() if given.full else Plan.quick() if given.quick else Plan.usual()
    warnings.simplefilter("ignore")  # the database wheel's talk
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that every server is stopped too
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        template = stack.enter_context(postgres_template(stack.enter_context(postgres_url(folder / "postgres"))))
        page = Page(
            command="make bench-full" if given.full else "make bench",
            at=datetime.now(UTC),
            machine=machine(others=_programs(template)),
        )
        try:
            measure(page, plan, folder, template)
        except FailedAnswers as fault:
            raise SystemExit(f"no page: {fault}") from None
    if not given.full and FULL.exists():
        for name, one in told_before(FULL.read_text(encoding="utf-8")).items():
            if page.measured.get(name, NOT_MEASURED).value is None:
                page.measured[name] = one
    text = rendered(page)
    print(text)
    if not given.quick:
        (FULL if given.full else RESULTS).write_text(text, encoding="utf-8")


def measure(page: Page, plan: Plan, folder: Path, template: Template) -> None:
    """Run every part."""
    say(f"filling registries of {plan.numbers:,} numbers")
    with gate(folder / "gate", numbers=plan.numbers, template=template) as (ours, server, engine):
        with (
            hello() as flask,
            naive(folder, numbers=plan.numbers, template=template) as orm,
            redis_endpoint(numbers=plan.numbers) as redis,
        ):
            say("single checks, all contenders in turn")
            singles.measure(page, plan, ours, [flask, orm, redis])
            say("batches")
            batches.measure(page, plan, ours, orm)
        say("single checks beside a list")
        beside.measure(page, plan, ours, server)
        say("exports")
        exports.measure(page, plan, ours, server, engine)
        say("stages of a check")
        stages.measure(page, server, numbers=plan.numbers, sizes=(1, 16, 64, batches.SIZE))
        say(f"registries of {plan.sizes[0]:,} and {plan.sizes[1]:,} numbers")
        singles.measure_sizes(page, plan, ours, folder, template)
    say("SQLite")
    singles.measure_sqlite(page, plan, folder)
    if not plan.is_rehearsal:
        say("lists")
        list_figures.measure(page, plan)


def say(what: str) -> None:
    """Tell whoever waits what is done now."""
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


def _programs(template: Template) -> dict[str, str]:
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split()[1:2]
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout
    told = dict(word.split("=", 1) for word in redis.split() if "=" in word)
    return {"PostgreSQL": postgres_version(template), "wrk": " ".join(wrk), "Redis": told["v"]}


if __name__ == "__main__":
    main()
