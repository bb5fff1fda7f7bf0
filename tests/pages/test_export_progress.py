"""An export tells how far it is, and how it ended, to whoever asked for it and nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from app.domain.access import Role, operator
from app.services.log_export import ExportFormat
from app.work.export_progress import SILENT, ExportState, Told, new_progress, progress_of
from app.work.log_reading import Export, exported_log
from tests.gate import Gate
from tests.users import Browser, user

NO = "+420602123456"


def begun(gate: Gate, id: str) -> Iterator[bytes]:
    """Begin an export of everything; its pieces are taken by whoever asks."""
    progress = new_progress(gate.context, id=id, owner="dana")
    assert progress is not None
    progress.most = 1
    wanted = Export(format=ExportFormat.JSONL)
    return exported_log(gate.context, wanted=wanted, actor=operator("test"), progress=progress)


def told(gate: Gate, id: str) -> Told:
    found = progress_of(gate.context, id=id, owner="dana")
    assert found is not None
    return found


def test_a_page_tells_how_far_an_export_is_and_that_it_is_whole(energo: Gate, browser: Browser) -> None:
    energo.check(NO)
    energo.check(NO)
    energo.now += timedelta(minutes=5)
    browser.sign_in(user(energo, Role.AUDITOR))
    text = browser.open("/entries/exports")
    id = re.search(r'name="progress" id="progress-id" form="export" value="([^"]+)"', text)
    assert id is not None
    path = f"/entries/exports/{id[1]}/progress"
    assert "The export begins" in browser.open(path)
    lines = browser.open(f"/entries/exports/log?format=jsonl&kind=check&progress={id[1]}").splitlines()
    text = browser.open(path)
    assert "The export is complete" in text
    seen = re.search(r"([0-9]+) of ([0-9]+) entries read, 2 rows written\.", text)
    assert seen is not None
    assert seen[1] == seen[2]
    assert len(lines) == 3, "two rows, and the manifest that says so"
    assert path not in text, "the next export has a name of its own"
    other = Browser(energo)
    other.sign_in(user(energo, Role.AUDITOR, email="other@dialgate.example"))
    assert "The export begins" in other.open(path), "it is nobody else's to know"


def test_one_that_nobody_takes_to_its_end_was_broken_off(plain_energo: Gate) -> None:
    gate, id = plain_energo, str(uuid4())
    gate.check(NO)
    gate.now += timedelta(minutes=5)
    pieces = begun(gate, id)
    next(pieces)
    going = told(gate, id)
    assert (going.state, going.total, going.is_more) == (ExportState.GOING, 1, True)
    gate.now += SILENT + timedelta(seconds=1)
    assert told(gate, id).state is ExportState.SILENT
    pieces.close()  # type: ignore[attr-defined]
    assert told(gate, id).state is ExportState.BROKEN
    assert new_progress(gate.context, id=id, owner="eva") is None, "it stays whose it is"
    assert progress_of(gate.context, id=str(uuid4()), owner="dana") is None
