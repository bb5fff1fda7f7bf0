"""Telephone numbers as people and spreadsheets write them.

Strict syntax first, then the number plan: the library behind it accepts far more than a number (templates,
extensions, vanity letters), and every such string that slips through is a call to a stranger.
"""

import re

from app.domain.number_plan import (
    E164,
    ORDINARY_LINES,
    SHORT_LINES,
    InvalidNumber,
    LineType,
    NumberFault,
    Phone,
    e164_of,
    grouped,
    phone_of,
)

__all__ = [
    "E164",
    "ORDINARY_LINES",
    "SHORT_LINES",
    "InvalidNumber",
    "LineType",
    "NumberFault",
    "Phone",
    "e164_of",
    "grouped",
    "parse",
]

MAX_CELL = 64
"""Longest text that can still be one number, with its decoration."""
TRUSTED = 160
"""Most of a longer text that is looked at to say what is wrong with it."""


_PLAIN = re.compile(r"\+?[0-9]{2,}(?:[ \u00a0][0-9]+)*")
"""Digits and single blanks alone: nothing to remove, and nothing that could be a day, an amount or a second number."""
_ASCII_DIGITS = {ord(wide): ord("0") + value for value, wide in enumerate("０１２３４５６７８９")} | {
    ord("＋"): ord("+")
}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
_LABEL = re.compile(r"(?:tel|telefon|telefón|phone|mobil|mob)\s*[.:]+\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[+(]?[0-9](?:[0-9 \u00a0\u202f\u2009\u2011\u2013./()\-]*[0-9])?")
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|NV|REF!?|VALUE!?|NAME\??|DIV/0!?|NUM!?|NULL!?|HODNOTA!?)", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
FRACTION = re.compile(r"[+-]?[0-9]{5,}[.,][0-9]{1,2}")
_BREAK = r"\s?[-./\u2011\u2013]\s?"
DATE = re.compile(
    rf"(?:(?:19|20)[0-9]{{2}}{_BREAK}[01]?[0-9]{_BREAK}[0-3]?[0-9]|[0-3]?[0-9]{_BREAK}[0-3]?[0-9]{_BREAK}(?:19|20)[0-9]{{2}})"
    r"(?:[ t][0-9:.z]+)?"
)
_ONE = r"[0-9][0-9 \u00a0.()\-]{4,}"
_SEVERAL = re.compile(rf"{_ONE}[0-9)]\s*(?:[;,/|&\n]|\bor\b|\bnebo\b|\balebo\b|\blub\b)\s*[+(]?{_ONE}")
_PLACEHOLDERS = frozenset(
    {"null", "none", "nan", "n/a", "-", "--", "0", "+", "x", "neuvedeno", "neuvedené", "nemá", "nema", "brak"}
)


def parse(raw: str, *, region: str | None) -> Phone:
    """Read one number as people and spreadsheets write it.

    `region` (ISO 3166-1) is where a number without `+` or `00` belongs; None refuses such a number.
    Decoration is removed only where it cannot change the number: surrounding blanks, a leading
    apostrophe, `tel:`, invisible marks, full-width digits, separators. Nothing is guessed: two numbers
    in one cell, scientific notation and letters are refused.

    :raises InvalidNumber: with the fault; the text itself is never repeated in the error.
    """
    return phone_of(digits_of(raw), region.upper() if region else None)


def digits_of(raw: str) -> str:
    """Give the digits of one number as people write it, behind a `+` where it is written as from abroad.

    :raises InvalidNumber: where the text cannot be one number, whatever the number plans say.
    """
    if len(raw) <= MAX_CELL and _PLAIN.fullmatch(raw):
        digits = raw.replace(" ", "").replace("\u00a0", "")
    else:
        text = _undecorated(raw)
        if not _NUMBER.fullmatch(text) or not _is_balanced(text) or _is_counted(text):
            raise InvalidNumber(_fault_of(text))
        digits = re.sub(r"[^0-9+]", "", text)
        if _SEVERAL.search(text):
            raise InvalidNumber(NumberFault.SEVERAL_NUMBERS)
        if digits in _PLACEHOLDERS:
            raise InvalidNumber(NumberFault.PLACEHOLDER)
    return f"+{digits[2:]}" if digits.startswith("00") and not digits.startswith("000") else digits


def _undecorated(raw: str) -> str:
    if len(raw) > MAX_CELL:
        head = raw[:TRUSTED]  # the pattern is quadratic, and whoever sent this may know it
        raise InvalidNumber(NumberFault.SEVERAL_NUMBERS if _SEVERAL.search(head) else NumberFault.TOO_LONG)
    text = raw.translate(_INVISIBLE).translate(_ASCII_DIGITS).strip()
    text = text.removeprefix("'").strip()
    if label := _LABEL.match(text):
        text = text[label.end() :]
    if text.startswith(("(+", "(00")):
        text = text[1:].replace(")", " ", 1)
    return text.strip()


def _is_balanced(text: str) -> bool:
    """Tell whether the parentheses are at most one plain pair: `(0)` inside `+420 (0)601…` is a guess."""
    if "(" not in text and ")" not in text:
        return True
    return re.fullmatch(r"[^()]*\([0-9 ]+\)[^()]*", text) is not None and "(0)" not in text


def _is_counted(text: str) -> bool:
    """Tell whether a spreadsheet took the cell for an amount or a day: digits, but of no telephone."""
    return FRACTION.fullmatch(text) is not None or DATE.fullmatch(text) is not None


def _fault_of(text: str) -> NumberFault:
    folded = text.strip().casefold()
    if not folded:
        return NumberFault.BLANK
    if folded in _PLACEHOLDERS:
        return NumberFault.PLACEHOLDER
    if _SPREADSHEET_ERROR.fullmatch(folded):
        return NumberFault.SPREADSHEET_ERROR
    if _SCIENTIFIC.fullmatch(folded):
        return NumberFault.SCIENTIFIC_NOTATION
    if FRACTION.fullmatch(folded):
        return NumberFault.DECIMAL_FRACTION
    if DATE.fullmatch(folded):
        return NumberFault.DATE
    if folded.startswith(("=", "@")):
        return NumberFault.FORMULA
    if _SEVERAL.search(text):
        return NumberFault.SEVERAL_NUMBERS
    return NumberFault.NOT_A_NUMBER
