"""The verifier as a stranger runs it: one file, plain Python, nothing else."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from app.policies.load import shipped
from app.static.log import dialgate_verify as verifier
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import story
from tests.verify.mutations import altered

TREE = Tree(entries=list(story(120, seed=2, span=timedelta(seconds=60))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the verifier and a bundle, and nothing else."""
    shutil.copy(str(verifier.__file__), tmp_path / "dialgate_verify.py")
    (tmp_path / "bundle.zip").write_bytes(bundle(TREE).packed(deflated=True).getvalue())
    return tmp_path


def run(folder: Path, *arguments: str, isolated: bool = True) -> subprocess.CompletedProcess[str]:
    """Run it: isolated is without site-packages, user packages, working directory and environment."""
    flags = ["-S", "-s", "-P"] if isolated else []
    command = [sys.executable, "-X", "utf8", *flags, "-W", "error", "dialgate_verify.py", *arguments]
    zones = {"PYTHONTZPATH": str(files("tzdata") / "zoneinfo"), "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}
    return subprocess.run(command, cwd=folder, env=zones, capture_output=True, text=True, timeout=120, check=False)


def test_it_needs_nothing_but_the_standard_library(folder: Path) -> None:
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("SOUND\n")
    assert "signatures verified by this file alone" in done.stdout
    assert "120 entries:" in done.stdout


def test_it_says_the_same_with_the_library_and_without(folder: Path) -> None:
    alone = run(folder, "bundle.zip", "--vkey", TREE.vkey).stdout
    helped = run(folder, "bundle.zip", "--vkey", TREE.vkey, isolated=False).stdout
    assert alone.replace("this file alone", "the package cryptography") == helped


def test_a_fault_names_shard_entry_and_id_and_ends_with_one(folder: Path) -> None:
    place, entry = next((p, e) for p, e in enumerate(TREE.entries) if e.kind == "check")
    data = bundle(TREE).members["2026/leaves.jsonl"].replace(b'"live"', b'"loud"', 1)
    (folder / "bundle.zip").write_bytes(bundle(TREE).changed(leaves__jsonl=data).packed().getvalue())
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey)
    assert done.returncode == 1
    assert "NOT SOUND" in done.stdout
    assert "the entries do not have the root that was signed" in done.stdout
    forged = list(TREE.entries)
    forged[place] = altered(entry, lambda leaf: leaf["facts"].update(line_type="fax"))
    (folder / "bundle.zip").write_bytes(bundle(replace(TREE, entries=forged)).packed().getvalue())
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey)
    assert f"FAULT: shard 2026 entry {place} {entry.id}: " in done.stdout


def test_lateness_alone_ends_with_three(folder: Path) -> None:
    late = replace(TREE, cuts=[(120, int(TREE.entries[-1].at.timestamp()) + 100)])
    (folder / "bundle.zip").write_bytes(bundle(late).packed().getvalue())
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey)
    assert done.returncode == 3
    assert "SOUND, but" in done.stdout
    assert "LATE: shard 2026 entry" in done.stdout


def test_without_replay_it_says_what_it_did_not_do(folder: Path) -> None:
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey, "--no-replay")
    assert done.returncode == 0
    assert "WARNING: decisions were not derived again" in done.stdout


def test_a_ruleset_that_is_not_accepted_is_a_fault(folder: Path) -> None:
    words = ("bundle.zip", "--vkey", TREE.vkey, "--ruleset")
    assert run(folder, *words, shipped().digest).returncode == 0
    done = run(folder, *words, "sha256:" + "0" * 64, "--no-replay")
    assert (done.returncode, "none of those you accept" in done.stdout) == (1, True)
    assert "4 a loss of entries was declared" in " ".join(run(folder, "--help").stdout.split())


def test_a_previous_checkpoint_is_read_from_a_file(folder: Path) -> None:
    (folder / "kept").write_text(TREE.notes()[2], encoding="utf-8")
    assert run(folder, "bundle.zip", "--vkey", TREE.vkey, "--previous", "kept").returncode == 0
    (folder / "older").write_text(TREE.notes()[1], encoding="utf-8")
    assert run(folder, "bundle.zip", "--vkey", TREE.vkey, "--previous", "kept", "--previous", "older").returncode == 0
    (folder / "kept").write_bytes(b"\xff\xfe junk")
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey, "--previous", "kept")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bundle.zip"],
        ["bundle.zip", "--vkey", "junk"],
        ["bundle.zip", "--vkey", TREE.vkey[:-4] + "AAA="],
        ["bundle.zip", "--vkey", TREE.vkey.replace("+", "x", 1)],
        ["bundle.zip", "--vkey", TREE.vkey, "--previous", "not there"],
        ["bundle.zip", "--vkey", TREE.vkey, "--receipts", "bundle.zip"],
        ["bundle.zip", "--vkey", TREE.vkey, "--jwks", "bundle.zip"],
        ["bundle.zip", "--vkey", TREE.vkey, "--ruleset", "sha256:0"],
        ["bundle.zip", "--vkey", TREE.vkey, "--unknown"],
        ["not there", "--vkey", TREE.vkey],
        [".", "--vkey", TREE.vkey],
    ],
)
def test_a_wrong_call_ends_with_two(folder: Path, arguments: list[str]) -> None:
    done = run(folder, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "usage:" in done.stderr


def test_no_number_is_ever_printed(folder: Path) -> None:
    number = next(entry.number for entry in TREE.entries if entry.number)
    swapped = bundle(TREE).members["2026/openings.jsonl"].replace(str(number).encode(), b"+420777777777")
    (folder / "bundle.zip").write_bytes(bundle(TREE).changed(openings__jsonl=swapped).packed().getvalue())
    done = run(folder, "bundle.zip", "--vkey", TREE.vkey)
    assert done.returncode == 1
    assert "+420" not in done.stdout + done.stderr
    assert "420777777777" not in done.stdout + done.stderr
