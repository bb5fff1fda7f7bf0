"""Where a scrub has its rows from: the file, or the rows of an earlier scrub, where that read the same in the same way.

What was read stays as it was (cells, numbers, what is none, what came before); what is decided never does.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from app.context import Context
from app.db.campaigns import campaigns_by_id
from app.db.list_blocks import NO_NUMBER, Rows
from app.db.list_counts import totals
from app.db.list_readings import whole_reading
from app.db.list_rows import columns_of, reading_rows
from app.domain.call_list import PhoneColumn, find_phone_column
from app.domain.phone import e164_of
from app.services.list_results import column_names
from app.services.lists import list_folder, rows_path
from app.services.spreadsheets import Batch, Spreadsheet, open_spreadsheet
from app.services.spreadsheets.batch import BATCH

_APP = Path(__file__).parents[1]
_READERS = (
    "domain/call_list.py",
    "domain/file_dialect.py",
    "domain/number_*.py",
    "domain/phone.py",
    "services/list_chunks.py",
    "services/number_columns.py",
    "services/spreadsheets/*.py",
    "work/scrub_source.py",
)
"""Whatever has a part in how a file becomes rows and numbers."""
_LIBRARIES = ("phonenumbers", "pyarrow", "python-calamine")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """The rows of a list, its header left out. `basis` says what they are read from, and by what; `column` is where the
    numbers are, `found` what was found by looking. `earlier` are the rows of the scrub they come from, None where the
    file itself is read.
    """

    basis: str
    column: int
    found: Mapping[str, Any]
    earlier: Path | None
    batches: Callable[[], Iterator[Batch]]


def source_of(context: Context, row: Mapping[str, Any]) -> ListSource:
    """Find out where the rows of a list come from, and look into the file where that must be read.

    :raises InvalidInput: when it cannot be read.
    """
    with context.reading() as reading:
        region = campaigns_by_id(reading.session, ids=[row["campaign_id"]])[row["campaign_id"]].region
    how = {"file": row["file_sha256"], "options": row["options"], "region": region, "readers": _readers()}
    basis = json.dumps(how, sort_keys=True)
    known = whole_reading(earlier_rows(context.data_dir, row), basis=basis)
    if known is not None:
        earlier, found = known
        return ListSource(basis=basis, column=0, found=found, earlier=earlier, batches=partial(_read_before, earlier))
    options = {name: row["options"].get(name) for name in ("encoding", "delimiter", "sheet")}
    sheet = open_spreadsheet(list_folder(context.data_dir, row["id"]) / "source", region=region, **options)
    column = find_phone_column(sheet.sheet.preview, region=region, name=row["options"].get("column"))
    batches = partial(_data_batches, sheet, column)
    return ListSource(basis=basis, column=column.index, found=_found(sheet, column), earlier=None, batches=batches)


def earlier_rows(data_dir: Path, row: Mapping[str, Any]) -> list[Path]:
    """Give the rows of a list's earlier scrubs that are still there, the newest first."""
    paths = [rows_path(data_dir, {"id": row["id"], "run": run}) for run in range(row["run"] - 1, 0, -1)]
    return [path for path in paths if path.exists()]


@cache
def _readers() -> str:
    """Give the digest of all that reads: the code itself, for no number of a version was ever forgotten so."""
    digest = sha256()
    for path in sorted(path for pattern in _READERS for path in _APP.glob(pattern)):
        digest.update(path.read_bytes())
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    digest.update(" ".join([python_version(), *libraries]).encode())
    return digest.hexdigest()


def _found(sheet: Spreadsheet, column: PhoneColumn) -> dict[str, Any]:
    first = sheet.sheet.preview[0] if column.header else None
    width = max(len(cells) for cells in sheet.sheet.preview)
    return {
        "encoding": sheet.sheet.encoding,
        "delimiter": sheet.sheet.delimiter,
        "sheet": sheet.sheet.sheet,
        "other_sheets": list(sheet.sheet.other_sheets),
        "column": column.name if column.header else f"column_{column.index + 1}",
        "columns": column_names(first, width if first is None else len(first)),
    }


def _data_batches(sheet: Spreadsheet, column: PhoneColumn) -> Iterator[Batch]:
    """Give the rows of a file: without its header, which is the first row that is not blank."""
    is_header = column.header
    for batch in sheet.batches():
        if not batch.rows:
            continue
        if is_header:
            is_header = False
            batch = batch.from_row(batch.rows[0] + 1)
        if batch.rows:
            yield batch


def _read_before(earlier: Path) -> Iterator[Batch]:
    """Give the rows of an earlier scrub, as many at once as a file is read by."""
    with ExitStack() as stack:
        store = stack.enter_context(reading_rows(earlier))
        count, total = 0, sum(totals(store).values())
        some: list[Rows] = []
        for block in columns_of(store, decision=None):
            if sum(len(one.rows) for one in some) + len(block.rows) > BATCH:
                count += sum(len(one.rows) for one in some)
                yield _batch(some, share=count / total)
                some = []
            some.append(block)
        if some:
            yield _batch(some, share=1.0)


def _batch(blocks: list[Rows], *, share: float) -> Batch:
    rows, cells, read, faults = list[int](), list[Any](), list[str](), dict[int, str]()
    for block in blocks:
        faults |= {
            place: block.outcomes[code].reasons[0]
            for place, (number, code) in enumerate(zip(block.numbers, block.codes, strict=True), len(rows))
            if number == NO_NUMBER
        }
        read += ["" if number == NO_NUMBER else e164_of(number) for number in block.numbers]
        rows += block.rows
        cells += block.cells
    return Batch(rows, cells, faults, share, read)
