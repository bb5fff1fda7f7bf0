"""Call lists: which column of a file holds the telephone numbers."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from app.domain.errors import InvalidInput
from app.domain.file_dialect import DELIMITERS, NotText, detect_delimiter, detect_encoding
from app.domain.phone import SHORT_LINES, InvalidNumber, NumberFault, parse

__all__ = [
    "DELIMITERS",
    "NoPhoneColumn",
    "NotText",
    "PhoneColumn",
    "UnknownColumn",
    "detect_delimiter",
    "detect_encoding",
    "find_phone_column",
]


class UnknownColumn(InvalidInput):
    """The file has no such column."""

    code = "unknown_column"


class NoPhoneColumn(InvalidInput):
    """No column of the file holds telephone numbers."""

    code = "no_phone_column"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneColumn:
    """Where the numbers are.

    `index` counts from 0. `header` tells whether the first record is a header; `name` is its cell,
    None where there is no header.
    """

    index: int
    name: str | None
    header: bool


class _Word(IntEnum):
    """What a header cell says of its column."""

    OTHER = -1
    NONE = 0
    VAGUE = 1
    PHONE = 2
    MOBILE = 3


# Beginnings of folded words, because the rest is inflection: telefonní, telefónne, telefonu.
_WORDS = (
    (_Word.MOBILE, ("mobil", "komork", "handy", "gsm", "cell")),
    (_Word.PHONE, ("telef", "phone", "rufnummer", "msisdn")),
    (
        _Word.OTHER,
        (
            *(
                "mail",
                "email",
                "fax",
                "ico",
                "dic",
                "nip",
                "regon",
                "pesel",
                "rodn",
                "psc",
                "plz",
                "zip",
                "iban",
            ),
            *("objedn", "zamow", "order", "bestell", "smlouv", "zmluv", "umow", "contract", "vertrag"),
            *("faktur", "invoice", "rechnung", "zakazn", "klient", "kunden", "customer", "client"),
            *(
                "jmen",
                "prijmen",
                "meno",
                "priezvisk",
                "imie",
                "nazw",
                "nazev",
                "nazov",
                "name",
                "vorname",
                "nachname",
                "firm",
            ),
            *(
                "company",
                "datum",
                "data",
                "date",
                "adres",
                "address",
                "ulic",
                "mest",
                "city",
                "poznam",
                "uwag",
            ),
            *("note", "ucet", "account", "konto", "variabil", "castk", "suma", "amount", "purpose", "ref"),
        ),
    ),
    (_Word.VAGUE, ("cisl", "numer", "number", "nummer", "kontakt", "contact")),
)
_WHOLE_WORDS = {
    "tel": _Word.PHONE,
    "tlf": _Word.PHONE,
    "fon": _Word.PHONE,
    "mob": _Word.MOBILE,
    "id": _Word.OTHER,
}
_LONGEST_HEADER = 60  # a sentence of instructions that mentions a telephone is not a header


def _word_of(cell: str) -> _Word:
    """Classify a header cell; a word for a telephone outranks what else the cell says."""
    if len(cell) > _LONGEST_HEADER:
        return _Word.NONE
    folded = unicodedata.normalize("NFKD", cell.casefold())
    words = re.findall(r"[a-z]+", "".join(letter for letter in folded if not unicodedata.combining(letter)))
    said = {_WHOLE_WORDS[word] for word in words if word in _WHOLE_WORDS}
    said |= {kind for kind, beginnings in _WORDS if any(word.startswith(beginnings) for word in words)}
    said |= {_Word.PHONE for word in words if word.endswith("phone")}
    for kind in (_Word.MOBILE, _Word.PHONE, _Word.OTHER, _Word.VAGUE):
        if kind in said:
            return kind
    return _Word.NONE


def _fault_of(cell: str, region: str | None) -> NumberFault | None:
    try:
        phone = parse(cell, region=region)
    except InvalidNumber as refusal:
        return refusal.fault
    return NumberFault.NO_SUCH_NUMBER if phone.line_type in SHORT_LINES else None


_TEXT_FAULTS = frozenset({NumberFault.BLANK, NumberFault.NOT_A_NUMBER, NumberFault.TOO_LONG})


def _has_header(first: Sequence[str], index: int, *, region: str | None) -> bool:
    """Tell whether the first record is a header, as seen from one column.

    A cell that is a number is a record; else some cell of the record must say a header word. Where none does, it
    counts as a record: one row too many is seen as invalid, one row too few is not seen at all.
    """
    cell = first[index] if index < len(first) else ""
    if _fault_of(cell, region) is None:
        return False
    said = [cell] if _fault_of(cell, region) not in _TEXT_FAULTS else first
    return any(_word_of(other) is not _Word.NONE for other in said)


def _columns_in_words(first: Sequence[str], *, region: str | None) -> str:
    """Name the columns for an error: by their headers, or by position where a header is not certain."""
    named = any(_word_of(cell) is not _Word.NONE for cell in first)
    named = named and all(_fault_of(cell, region) in _TEXT_FAULTS for cell in first)
    names = [(cell.strip()[:40] if named else "") or f"column {at}" for at, cell in enumerate(first[:30], 1)]
    return ", ".join(names) + (", …" if len(first) > 30 else "") if names else "none"


def find_phone_column(rows: Sequence[Sequence[str]], *, region: str | None, name: str | None = None) -> PhoneColumn:
    """Find the column of telephone numbers in the first records of a file, the header included.

    Both the header's words (Czech, Slovak, Polish, English, German) and the cells below count, in this
    order: a telephone word with at least 3 in 10 of the filled cells below being numbers (or no cells
    below at all); any column not known to be something else with at least half; a telephone word alone,
    so that a list of nothing but bad numbers is reported row by row. Of columns that come within a tenth
    of the best, one that says *mobile* wins, then one that says *telephone*, then the first.
    `name` overrides: a header, whatever its case, or a column's number counted from 1.

    :raises UnknownColumn: when `name` fits no column.
    :raises NoPhoneColumn: when no column qualifies.
    """
    first = rows[0] if rows else ()
    if name is not None:
        return _named_column(first, name=name.strip(), region=region)
    ranked: list[tuple[int, float, _Word, int, bool]] = []
    for index in range(max(map(len, rows), default=0)):
        header = _has_header(first, index, region=region)
        word = _word_of(first[index]) if header and index < len(first) else _Word.NONE
        faults = [_fault_of(row[index], region) for row in rows[header:] if index < len(row)]
        filled = sum(fault is not NumberFault.BLANK for fault in faults)
        valid = faults.count(None)
        telephone = word >= _Word.PHONE
        if telephone and (not filled or valid >= 0.3 * filled):
            tier = 3
        elif word is not _Word.OTHER and valid and valid >= 0.5 * filled:
            tier = 2
        elif telephone:
            tier = 1
        else:
            continue
        ranked.append((tier, valid / max(len(rows) - header, 1), word, index, header))
    if not ranked:
        raise NoPhoneColumn(f"columns seen: {_columns_in_words(first, region=region)}")
    top = max(tier for tier, *_ in ranked)
    share = max(rank[1] for rank in ranked if rank[0] == top)
    near = [rank for rank in ranked if rank[0] == top and rank[1] >= share - 0.1]
    *_, index, header = max(near, key=lambda rank: (rank[2], -rank[3]))
    return PhoneColumn(index=index, name=_header_at(first, index) if header else None, header=header)


def _header_at(first: Sequence[str], index: int) -> str:
    return first[index].strip() if index < len(first) else ""


def _named_column(first: Sequence[str], *, name: str, region: str | None) -> PhoneColumn:
    for index, cell in enumerate(first):
        if cell.strip().casefold() == name.casefold() and name:
            return PhoneColumn(index=index, name=cell.strip(), header=True)
    if re.fullmatch(r"[0-9]{1,5}", name) and 0 < int(name) <= len(first):
        index = int(name) - 1
        header = _has_header(first, index, region=region)
        return PhoneColumn(index=index, name=first[index].strip() if header else None, header=header)
    raise UnknownColumn(f"columns seen: {_columns_in_words(first, region=region)}")
