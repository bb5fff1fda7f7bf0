"""The tests of the domain are tested: of ten changes to its code nine shall make one of them fail.

Nothing is left out of the count: neither what changes only a sentence, nor what no test can tell (a default that is
never used, a bound that only saves time), nor what only tests of services reach, which are not run here.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import ROOT

pytestmark = pytest.mark.soak

SAMPLE = 300
"""Mutants that are tried, drawn by a seed: of some 6,800 it tells the share to about two points in a hundred."""
ENDLESS = (24, 36, 152, 255, -24)
NOTICED = (1, 3, *ENDLESS)
"""How a run of tests ends that noticed the mutant: it failed, broke, or never came to an end."""
FLOOR = 0.9
"""The bar. Who survives is printed."""


def mutmut(folder: Path, *names: str) -> None:
    """Make the mutants of the copy, and try those named; each is a process that runs the tests that reach it."""
    environ = {name: value for name, value in os.environ.items() if name != "DIALGATE_SOAK"}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2", *names]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def ends(folder: Path) -> dict[str, int | None]:
    """Give how each mutant's run ended; None where it was not tried."""
    found: dict[str, int | None] = {}
    for path in sorted((folder / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def test_most_mutants_of_the_domain_are_noticed(tmp_path: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    mutmut(tmp_path, "app.domain.errors.*")  # makes all of them, and learns which tests reach what
    sample = random.Random(4).sample(sorted(ends(tmp_path)), SAMPLE)
    mutmut(tmp_path, *sample)
    tried = ends(tmp_path)
    left = sorted(name for name in sample if tried[name] not in NOTICED)
    endless = sum(tried[name] in ENDLESS for name in sample)
    told = f"{SAMPLE - len(left)} of {SAMPLE} mutants were noticed, {endless} by never coming to an end; not:"
    print(told, *left, sep="\n  ")
    assert SAMPLE - len(left) >= FLOOR * SAMPLE, left
