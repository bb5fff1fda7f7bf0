"""The rows of a bulk import, read into events: every fault names its row, its column and its reason."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.errors import InvalidInput
from app.domain.form import DAY, LANGUAGE, LATEST_EXPIRY, TOKEN
from app.domain.hours import Weekly
from app.domain.relationship import RelationshipKind
from app.domain.suppression import GIVEN, Scope, SuppressionReason
from app.services.consents import CallTimesOfNo, NewConsentEvent
from app.services.import_cells import (
    Origination,
    Refused,
    category,
    evidence_of,
    matching,
    number_of,
    read_hours,
    text_of,
    time_of,
    word_of,
    words_of,
)
from app.services.relationships import NewRelationship, require_sense
from app.services.spreadsheets import open_spreadsheet
from app.services.suppressions import NewSuppression

New = NewConsentEvent | NewSuppression | NewRelationship


class BadColumns(InvalidInput):
    """The columns of the file are not those of such an import."""

    code = "bad_columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """Why a row was not taken. It names the column and the reason, and never repeats the value."""

    row: int
    column: str | None
    code: str


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
        "call_times",
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


def relationship_rows(path: Path, *, shared: Origination) -> Iterator[New | RowError]:
    """Read a file of relationships, row by row.

    :raises BadColumns: as for consents.
    """
    optional = ("until", "ref", "evidence_sha256", "region")
    return _rows(path, ("number", "kind", "product_categories", "since"), optional, _relationship, shared)


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
        except Refused as refusal:
            yield RowError(row=source.row, column=refusal.column, code=refusal.code)


def _consent(cells: Mapping[str, str], shared: Origination, row: int) -> New:
    version = matching(cells, "notice_version", TOKEN)
    language = matching(cells, "notice_language", LANGUAGE)
    notice = {"version": version, "language": language} if version else None
    name = text_of(cells, "person_name")
    return NewConsentEvent(
        number=number_of(cells, shared),
        action=word_of(cells, "action", Action),
        purposes=words_of(cells, "purposes", lambda text: CallClass(text).value),
        voice_modes=words_of(cells, "voice_modes", lambda text: VoiceMode(text).value),
        product_categories=words_of(cells, "product_categories", category),
        origin=word_of(cells, "origin", Origin),
        obtained_at=time_of(cells, "obtained_at", until=shared.now + DAY),
        expires_at=time_of(cells, "expires_at", until=LATEST_EXPIRY) if cells.get("expires_at", "").strip() else None,
        call_times=_call_times(cells),
        evidence=evidence_of(cells),
        notice=notice,
        person={"name": name} if name else None,
        ref=text_of(cells, "ref"),
        file=shared.file,
        row=row,
    )


def _call_times(cells: Mapping[str, str]) -> Weekly | None:
    text = cells.get("call_times", "").strip()
    if text and word_of(cells, "action", Action) is not Action.GIVEN:
        raise Refused("call_times", CallTimesOfNo.code)
    try:
        return read_hours(text) if text else None
    except ValueError:
        raise Refused("call_times", "not_hours") from None


def _suppression(cells: Mapping[str, str], shared: Origination, row: int) -> New:
    return NewSuppression(
        number=number_of(cells, shared),
        scope=word_of(cells, "scope", Scope),
        reason=_given_reason(cells),
        since=time_of(cells, "since", until=shared.now + DAY),
        ref=text_of(cells, "ref"),
        file=shared.file,
        row=row,
    )


def _relationship(cells: Mapping[str, str], shared: Origination, row: int) -> New:
    new = NewRelationship(
        number=number_of(cells, shared),
        kind=word_of(cells, "kind", RelationshipKind),
        product_categories=words_of(cells, "product_categories", category),
        began_at=time_of(cells, "since", until=shared.now),
        ended_at=time_of(cells, "until", until=LATEST_EXPIRY) if cells.get("until", "").strip() else None,
        ref=text_of(cells, "ref"),
        evidence=evidence_of(cells),
        file=shared.file,
        row=row,
    )
    try:
        require_sense(new, now=shared.now)
    except InvalidInput as fault:
        raise Refused((fault.pointer or "").strip("/") or None, fault.code) from None
    return new


def _given_reason(cells: Mapping[str, str]) -> SuppressionReason:
    reason = word_of(cells, "reason", SuppressionReason)
    if reason not in GIVEN:
        raise Refused("reason", "unknown_word")
    return reason


def _shown(name: str) -> str:
    return "…" if len(re.findall("[0-9]", name)) >= 6 else repr(name[:40])
