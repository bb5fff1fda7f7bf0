"""The process that builds the numbers of a snapshot: bounded memory, below everything else, gone with its parent."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import msgspec.json

from app.db.register_files import BadRegisterFile
from app.domain.errors import Trouble
from app.services.cores import CORES
from app.services.import_rows import BadColumns
from app.services.register_building import Built, Job, Refusal, build
from app.services.register_formats.line import NoChangeList
from app.services.register_formats.source import is_archive
from app.services.spreadsheets.row import EmptyFile, UnreadableFile

MEMORY_LIMIT = 2_147_483_648
NICENESS = 10
SMALL_FILE, SMALL_BASE = 1024 * 1024, 100_000
"""Bytes, and numbers, below which starting a process costs more than it saves."""
_ROOT = Path(__file__).resolve().parents[2]
_TROUBLES: dict[str, type[Trouble]] = {
    kind.code: kind for kind in (BadColumns, BadRegisterFile, EmptyFile, NoChangeList, UnreadableFile)
}


def build_numbers(job: Job) -> Built:
    """Build the numbers of a snapshot: at once where that takes no time, else in a process of its own.

    :raises EmptyFile, UnreadableFile, BadColumns, NoChangeList, BadRegisterFile: as `build` does.
    """
    is_small = job.base is None or job.base.count < SMALL_BASE
    if is_small and os.stat(job.path).st_size < SMALL_FILE and not is_archive(Path(job.path)):
        return build(job)
    return _build_apart(job)


def _build_apart(job: Job) -> Built:
    """Build the numbers of a snapshot in a process of its own, and wait for it.

    The child gets this process's module path and nothing else of its environment, for it handles files from
    strangers. It ends when this process does, whichever way that ends.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "app.services.register_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env={"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]), "LC_ALL": "C.UTF-8"},
    )
    CORES.let_roam(process)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        process.stdin.flush()  # and left open: its end tells the child that nobody waits any more
        told = process.stdout.readline()
    except BrokenPipeError:
        told = b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()
    if not told.endswith(b"\n"):
        raise UnreadableFile("the file needs more memory than is allowed")
    outcome = msgspec.json.decode(told, type=Built | Refusal)
    if isinstance(outcome, Refusal):
        raise _TROUBLES[outcome.code](outcome.detail)
    return outcome


def main() -> None:
    """Run as `python -m app.services.register_child`; the job comes as one line on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    outcome: Built | Refusal
    try:
        outcome = build(job)
    except tuple(_TROUBLES.values()) as trouble:
        outcome = Refusal(code=trouble.code, detail=trouble.detail)
    sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
