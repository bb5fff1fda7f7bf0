"""Fixtures: every test of rows runs on SQLite and on PostgreSQL."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import compiled_once
from tests.databases import Template, postgres_template, postgres_url, sqlite_copy, sqlite_template
from tests.furnished import Content, Fresh, Furnished
from tests.gate import Gate, make_gate

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Several times what a run leaves there, in bytes."""

settings.register_profile(
    "dialgate",
    deadline=None,
    derandomize=True,
    max_examples=35,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.target},
)
settings.register_profile("soak", deadline=None, max_examples=5000, suppress_health_check=list(HealthCheck))
settings.load_profile("soak" if os.environ.get("DIALGATE_SOAK") else "dialgate")

# Tests start some hundred processes, and each of them would compile everything it imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# In memory a commit waits for no disk. What a killed process leaves there is what it leaves on a disk; only a power
# failure would tell them apart, and no test has one.
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

compiled_once.share()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end: tests, modules, numbering plans."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long campaigns out unless they are asked for: `make soak`, or DIALGATE_SOAK.

    Then the laws of the domain are long campaigns too: each draws thousands of examples instead of some dozens.
    """
    if os.environ.get("DIALGATE_SOAK"):
        for item in items:
            if "domain" in item.path.parts and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.soak)
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if item not in long]
    if long:
        config.hook.pytest_deselected(items=long)


@pytest.fixture(scope="session")
def sqlite_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated, empty SQLite database to copy."""
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_empty() -> Iterator[Template]:
    """Give a migrated, empty PostgreSQL database to copy.

    Its server does not live in pytest's own folders: a fourth run at the same time would remove them.
    """
    with (
        TemporaryDirectory(prefix="dialgate-", ignore_cleanup_errors=True) as folder,
        postgres_url(Path(folder) / "postgres") as url,
        postgres_template(url) as template,
    ):
        yield template


@pytest.fixture(scope="session")
def sqlite_furnished(sqlite_empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """Give SQLite databases that hold already what most tests begin with, to copy."""
    with ExitStack() as stack:
        yield Furnished(empty=sqlite_empty, folder=tmp_path_factory.mktemp("sqlite"), stack=stack)


@pytest.fixture(scope="session")
def postgresql_furnished(postgres_empty: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """Give PostgreSQL databases that hold it."""
    with ExitStack() as stack:
        yield Furnished(empty=postgres_empty, folder=tmp_path_factory.mktemp("postgresql"), stack=stack)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Give a fresh database of each kind, with what `gate` or `energo` promise where the test asks for them;
    PostgreSQL as a role that is neither owner nor superuser.
    """
    asked = request.fixturenames
    content = Content.ENERGO if "energo" in asked else Content.KEYS if "gate" in asked else Content.NOTHING
    furnished: Furnished = request.getfixturevalue(f"{request.param}_furnished")
    with furnished.copy(content, folder=tmp_path) as fresh:
        yield fresh


@pytest.fixture
def database_url(fresh: Fresh) -> str:
    """Give the URL of the test's database."""
    return fresh.url


@pytest.fixture
def gate(fresh: Fresh, tmp_path: Path) -> Iterator[Gate]:
    """Give a whole gate on a fresh database of each kind."""
    gate = make_gate(fresh.url, tmp_path, keys=fresh.keys)
    yield gate
    gate.close()


@pytest.fixture
def energo(gate: Gate) -> Gate:
    """Give a gate with one controller, `energo`, and its campaign `winter` without house caps: the same numbers are
    asked about again and again.
    """
    return gate


@pytest.fixture
def plain_gate(sqlite_empty: Path, tmp_path: Path) -> Iterator[Gate]:
    """Give a gate for what no database has a part in: on SQLite, and its users sign in without a code."""
    gate = make_gate(sqlite_copy(sqlite_empty, tmp_path), tmp_path, require_totp=False)
    yield gate
    gate.close()
