"""The rows of a bulk import, read into events: every fault names its row, its column and its reason."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.errors import InvalidInput
from app.domain.form import CATEGORY, DAY, EARLIEST, LANGUAGE, LATEST_EXPIRY, TEXT, TOKEN
from app.domain.phone import InvalidNumber, parse
from app.domain.suppression import GIVEN, Scope, SuppressionReason
from app.services.consents import NewConsentEvent
from app.services.spreadsheets import open_spreadsheet
from app.services.suppressions import NewSuppression

New = NewConsentEvent | NewSuppression
W = TypeVar("W", bound=StrEnum)

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


class BadColumns(InvalidInput):
    """The columns of the file are not those of such an import."""

    code = "bad_columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """Why a row was not taken. It names the column and the reason, and never repeats the value."""

    row: int
    column: str | None
    code: str


class _Refused(Exception):
    def __init__(self, column: str | None, code: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Origination:
    """What the rows share: where national numbers belong, the file's SHA-256, and when they are read."""

    region: str
    file: str
    now: datetime


MAX_WORDS = 16
"""Words in one cell, as in the API: all of them stand in one log leaf."""

Read = Callable[[Mapping[str, str], Origination, int], New]


def consent_rows(path: Path, *, shared: Origination) -> Iterator[New | RowError]:
    """Read a file of consent events, row by row.

    :raises BadColumns: when a column is missing, unknown or doubled; an unknown one may be a misspelt one.
    """
    required = ("number", "action", "purposes", "voice_modes", "product_categories", "origin", "obtained_at")
    optional = (
        "expires_at",
        "notice_version",
        "notice_language",
        "evidence_sha256",
        "person_name",
        "region",
        "ref",
    )
    return _rows(path, required, optional, _consent, shared)


def suppression_rows(path: Path, *, shared: Origination) -> Iterator[New | RowError]:
    """Read a file of suppressions, row by row.

    :raises BadColumns: as for consents.
    """
    return _rows(path, ("number", "scope", "reason", "since"), ("region", "ref"), _suppression, shared)


def _rows(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...], read: Read, shared: Origination
) -> Iterator[New | RowError]:
    rows = open_spreadsheet(path).rows()
    header = next(rows, None)
    names = [] if header is None else [cell.strip().casefold() for cell in header.cells]
    if missing := [name for name in required if name not in names]:
        raise BadColumns(f"missing: {', '.join(missing)}")
    if unknown := [name for name in names if name not in (*required, *optional)]:
        raise BadColumns(f"unknown: {', '.join(_shown(name) for name in unknown[:5])}")
    if len(set(names)) < len(names):
        raise BadColumns("a column is there twice")
    for source in rows:
        if source.fault is not None:
            yield RowError(row=source.row, column=None, code=source.fault.value)
            continue
        if len(source.cells) > len(names) and any(cell.strip() for cell in source.cells[len(names) :]):
            yield RowError(row=source.row, column=None, code="too_many_cells")
            continue
        cells = dict.fromkeys(names, "") | dict(zip(names, source.cells, strict=False))
        try:
            yield read(cells, shared, source.row)
        except _Refused as refusal:
            yield RowError(row=source.row, column=refusal.column, code=refusal.code)


def _consent(cells: Mapping[str, str], shared: Origination, row: int) -> New:
    evidence = cells.get("evidence_sha256", "").strip()
    match = _SHA256.fullmatch(evidence)
    if evidence and match is None:
        raise _Refused("evidence_sha256", "not_a_sha256")
    version = _matching(cells, "notice_version", TOKEN)
    language = _matching(cells, "notice_language", LANGUAGE)
    notice = {"version": version, "language": language} if version else None
    name = _text(cells, "person_name")
    return NewConsentEvent(
        number=_number(cells, shared),
        action=_word(cells, "action", Action),
        purposes=_words(cells, "purposes", lambda text: CallClass(text).value),
        voice_modes=_words(cells, "voice_modes", lambda text: VoiceMode(text).value),
        product_categories=_words(cells, "product_categories", _category),
        origin=_word(cells, "origin", Origin),
        obtained_at=_time(cells, "obtained_at", until=shared.now + DAY),
        expires_at=_time(cells, "expires_at", until=LATEST_EXPIRY) if cells.get("expires_at", "").strip() else None,
        evidence=() if match is None else (f"sha256:{match[1].lower()}",),
        notice=notice,
        person={"name": name} if name else None,
        ref=_text(cells, "ref"),
        file=shared.file,
        row=row,
    )


def _suppression(cells: Mapping[str, str], shared: Origination, row: int) -> New:
    return NewSuppression(
        number=_number(cells, shared),
        scope=_word(cells, "scope", Scope),
        reason=_given_reason(cells),
        since=_time(cells, "since", until=shared.now + DAY),
        ref=_text(cells, "ref"),
        file=shared.file,
        row=row,
    )


def _given_reason(cells: Mapping[str, str]) -> SuppressionReason:
    reason = _word(cells, "reason", SuppressionReason)
    if reason not in GIVEN:
        raise _Refused("reason", "unknown_word")
    return reason


def _number(cells: Mapping[str, str], shared: Origination) -> int:
    try:
        return parse(cells["number"], region=cells.get("region", "").strip() or shared.region).key
    except InvalidNumber as fault:
        raise _Refused("number", fault.fault.value) from None


def _word(cells: Mapping[str, str], column: str, words: type[W]) -> W:
    try:
        return words(cells[column].strip())
    except ValueError:
        raise _Refused(column, "unknown_word") from None


def _words(cells: Mapping[str, str], column: str, read: Callable[[str], str]) -> tuple[str, ...]:
    parts = [part.strip() for part in cells[column].split("|") if part.strip()]
    if len(parts) > MAX_WORDS:
        raise _Refused(column, "too_many_words")
    try:
        return tuple(read(part) for part in parts)
    except ValueError:
        raise _Refused(column, "unknown_word") from None


def _category(text: str) -> str:
    if not CATEGORY.fullmatch(text):
        raise ValueError(text)
    return text


def _matching(cells: Mapping[str, str], column: str, pattern: re.Pattern[str]) -> str | None:
    text = cells.get(column, "").strip()
    if text and not pattern.fullmatch(text):
        raise _Refused(column, "not_as_expected")
    return text or None


def _text(cells: Mapping[str, str], column: str) -> str | None:
    text = cells.get(column, "").strip()
    if text and not TEXT.fullmatch(text):
        raise _Refused(column, "bad_text")
    return text or None


def _time(cells: Mapping[str, str], column: str, *, until: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(cells[column].strip())
    except ValueError:
        raise _Refused(column, "not_a_time") from None
    if instant.tzinfo is None:
        raise _Refused(column, "naive_time")
    if not EARLIEST <= instant <= until:
        raise _Refused(column, "absurd_time")
    return instant


def _shown(name: str) -> str:
    return "…" if len(re.findall("[0-9]", name)) >= 6 else repr(name[:40])
