"""How fast a bundle is verified, and in how much memory: `python -m benchmarks.verify_bundle [--entries 1000000]`.

The bundle is made by the application's own domain code and kept in the temporary folder for the next run. The
verifier runs as its users run it, as a process of its own, without and with the decisions derived again. The baseline
of the same run is the least that any verifier does: unpack, hash and parse each entry once.
"""

import argparse
import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.domain.leaf import canonical
from app.policies.load import shipped
from app.static.log import dialgate_verify as verifier
from tests.verify.bundles import OTHER_KEY, Bundle, Tree, cuts_of, lines, notes_of, opening
from tests.verify.entries import Logged, story

SPAN = timedelta(hours=14)


class Writer:
    """Writes members of an archive as they come, and the manifest's list of them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive, self.files = archive, dict[str, dict[str, Any]]()

    def write(self, name: str, pieces: Iterator[bytes]) -> None:
        """Write one member."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self.files[name] = {"sha256": digest.hexdigest(), "bytes": size}


def make_bundle(path: Path, entries: int) -> None:
    """Make a bundle of a whole log, openings included; it never stands in memory as a whole."""
    hashes: list[bytes] = []
    openings: list[bytes] = []
    told: list[Logged] = []
    cuts: list[tuple[int, int]] = []

    def leaves() -> Iterator[bytes]:
        for index, entry in enumerate(story(entries, seed=1, span=SPAN)):
            hashes.append(entry.hash)
            openings.append(lines([opening(index, entry)]))
            told.append(entry)
            if len(told) == 20_000:
                extend_cuts()
            yield entry.leaf + b"\n"
        extend_cuts()

    def extend_cuts() -> None:
        done = len(hashes) - len(told)
        if told:
            cuts.extend((done + size, seconds) for size, seconds in cuts_of(told))
            told.clear()

    tree = Tree(entries=())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        writer = Writer(archive)
        writer.write("2026/leaves.jsonl", leaves())
        writer.write("2026/openings.jsonl", iter(openings))
        notes = notes_of(hashes, cuts, tree.signer)
        writer.write("2026/checkpoint", iter([notes[-1].encode()]))
        writer.write("2026/checkpoints.jsonl", iter([lines(notes[:-1])]))
        writer.write("2026/range.json", iter([b'{"left":[],"right":[]}']))
        writer.write("2026/events.jsonl", iter(()))
        rules = shipped()
        writer.write(f"rulesets/{rules.digest.removeprefix('sha256:')}.json", iter([canonical(rules.content)]))
        size = {"start": 0, "end": entries, "size": entries}
        shard = {"shard": "2026", "origin": tree.signer.verifier.name, **size}
        manifest = Bundle({}, [shard], stated={"files": writer.files}).manifest()
        archive.writestr("manifest.json", manifest)


def baseline(path: Path) -> float:
    """Give the seconds of processor time it takes to unpack, hash and parse each entry."""
    begun = time.process_time()
    with zipfile.ZipFile(path) as archive, archive.open("2026/leaves.jsonl") as member:
        for line in member:
            hashlib.sha256(line).digest()
            json.loads(line)
    return time.process_time() - begun


WRAPPED = """
import runpy, sys
sys.argv.pop(0)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    sys.stderr.write(open("/proc/self/status").read())
"""
"""Runs a program and tells its own peak: what the kernel tells of a child counts its parent's memory in."""


def run(path: Path, *arguments: str, vkey: str) -> tuple[int, float, float, int]:
    """Run the verifier; gives exit status, seconds by the clock and of the processor, and peak memory in bytes."""
    command = [sys.executable, "-c", WRAPPED, str(verifier.__file__), str(path), "--vkey", vkey, *arguments]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (peak,) = re.findall(r"VmHWM:\s*([0-9]+) kB", done.stderr)
    return done.returncode, time.perf_counter() - begun, spent, int(peak) * 1024


def main() -> None:
    """Make the bundle, run the verifier, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    path = Path(tempfile.gettempdir()) / f"dialgate-bundle-{entries}.zip"
    if not path.exists():
        begun = time.perf_counter()
        make_bundle(path.with_suffix(".part"), entries)
        path.with_suffix(".part").rename(path)
        print(f"made {path.name} in {time.perf_counter() - begun:.0f} s")
    print(f"{entries} entries, {path.stat().st_size / 1e6:.0f} MB packed")
    least = baseline(path)
    print(f"baseline (unpack, SHA-256, json.loads): {least:.1f} s of processor, {entries / least:,.0f} entries/s")
    vkey = Tree(entries=()).vkey
    for name, arguments in (("without replay", ["--no-replay"]), ("with replay", [])):
        status, seconds, spent, memory = run(path, *arguments, vkey=vkey)
        figures = f"{seconds:.1f} s ({spent:.1f} s of processor, {spent / least:.1f} × baseline)"
        print(f"{name}: {figures}, {entries / spent:,.0f} entries/s, {memory / 1e6:.0f} MB peak, exit status {status}")
    status, *_ = run(path, "--no-replay", vkey=Tree(entries=(), seed=OTHER_KEY).vkey)
    print(f"under another key: exit status {status}")


if __name__ == "__main__":
    main()
