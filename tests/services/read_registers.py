"""Reading a register's file as an import does, without the gate around it."""

from datetime import date
from pathlib import Path
from typing import Any

from app.db.register_files import RegisterFile
from app.domain.register import REGION_OF, SLOVAK_AREAS, Coverage, Register, RegisterFormat
from app.services.register_building import Built, Job, build

ID = "01a1ee19-5500-7000-8934-5dc7859c5344"
F = RegisterFormat
Row = tuple[int, tuple[int, date | None, bool]]


def read(folder: Path, data: bytes, format: RegisterFormat = F.PLAIN, **changes: Any) -> tuple[Built, list[Row]]:
    """Read a file; gives what was counted, and what stands in the numbers."""
    job_words = {name: changes.pop(name) for name in ("skip_invalid", "is_change_list") if name in changes}
    words: dict[str, Any] = {
        "slug": "x",
        "name": "X",
        "coverage": Coverage.FULL,
        "format": format,
        "region": REGION_OF.get(format),
    }
    if format is F.SK_LIST:
        words["categories"] = SLOVAK_AREAS
    if changes.get("coverage") is Coverage.ASKED:
        words["max_age_days"] = 15
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(data)
    place = folder / f"build-{len(list(folder.iterdir()))}"
    place.mkdir()
    job = Job(
        path=str(folder / "file"),
        register=Register(**words | changes),
        as_of=date(2026, 11, 1),
        snapshot=ID,
        folder=str(place),
        **job_words,
    )
    built = build(job)
    if built.count is None:
        return built, []
    file = RegisterFile(job.target, snapshot=ID, count=built.count)
    return built, [(number, file.find(number) or (0, None, False)) for number in file.numbers]


def numbers(folder: Path, data: bytes, format: RegisterFormat = F.PLAIN, **changes: Any) -> list[int]:
    """Read a file that must be good, and give its numbers."""
    built, rows = read(folder, data, format, **changes)
    assert built.errors == []
    return [number for number, _ in rows]
