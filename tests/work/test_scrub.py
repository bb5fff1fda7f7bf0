"""Scrubbing a long list: in constant memory, whoever asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import sqlite_copy

ROOT = Path(__file__).resolve().parents[1]
ROWS = 200_000
GROWTH = 150 * 1024 * 1024

_PROGRAM = """
import hashlib, resource, sys
from pathlib import Path
from app.work.scrub_report import usable_rows
from app.db.list_rows import columns_of
from app.domain.access import operator
from app.services.list_results import result_pieces
from tests.call_lists import received, shown
from tests.gate import make_gate

folder = Path(sys.argv[2])
gate = make_gate(sys.argv[1], folder, max_upload=64 * 1024 * 1024)
gate.controller()
gate.campaign()
warm = received(gate, b"Telefon\\n+420601000001\\n")
gate.work()
pages = int(Path("/proc/self/statm").read_text().split()[1])
start = pages * resource.getpagesize()
data = b"Telefon;Jmeno\\n" + b"".join(b"+420601%06d;Jana\\n" % n for n in range(int(sys.argv[3])))
id = received(gate, data)
del data
gate.work()
with usable_rows(gate.context, id=id, actor=operator("test")) as (row, store):
    size = sum(map(len, result_pieces(columns_of(store, decision=None), columns=row["found"]["columns"])))
print(shown(gate, id)["totals"]["rows"], size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - start)
"""


@pytest.mark.soak
def test_a_long_list_is_scrubbed_and_downloaded_in_bounded_memory(sqlite_empty: Path, tmp_path: Path) -> None:
    url = sqlite_copy(sqlite_empty, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, url, str(tmp_path), str(ROWS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, size, growth = map(int, done.stdout.split())  # growth counts making and uploading the file too
    assert rows == ROWS
    assert size > 50 * ROWS
    assert growth < GROWTH, f"{growth} bytes more than at the start"
