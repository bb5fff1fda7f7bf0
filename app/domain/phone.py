"""Telephone numbers: what a string means, kept apart from whether it may be called.

Strict syntax first, then `phonenumbers`: the library accepts far more than a number (templates,
extensions, vanity letters), and every such string that slips through is a call to a stranger.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo
from phonenumbers import timezone as number_timezone

from app.domain.errors import InvalidInput

E164 = NewType("E164", str)
"""A number that went through `parse`: `+`, country code, national number."""

MAX_CELL = 64
"""Longest text that can still be one number, with its decoration."""


class LineType(StrEnum):
    """What the number plan says the number is. Only the first four are ordinary subscribers."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    EMERGENCY = "emergency"
    SHORT_CODE = "short_code"


ORDINARY_LINES = frozenset({LineType.MOBILE, LineType.FIXED_LINE, LineType.FIXED_LINE_OR_MOBILE, LineType.VOIP})
SHORT_LINES = frozenset({LineType.EMERGENCY, LineType.SHORT_CODE})


class NumberFault(StrEnum):
    """Why a string is not one telephone number."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    SEVERAL_NUMBERS = "several_numbers"
    SPREADSHEET_ERROR = "spreadsheet_error"
    SCIENTIFIC_NOTATION = "scientific_notation"
    DECIMAL_FRACTION = "decimal_fraction"
    DATE = "date"
    FORMULA = "formula"
    PLACEHOLDER = "placeholder"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_COUNTRY = "unknown_country"
    NO_SUCH_NUMBER = "no_such_number"


class InvalidNumber(InvalidInput):
    """This is not one telephone number."""

    code = "bad_number"

    def __init__(self, fault: NumberFault, *, pointer: str | None = None) -> None:
        super().__init__(fault.value, pointer=pointer)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One number of one number plan.

    `region` is ISO 3166-1 alpha-2, None where the country code belongs to no single country.
    `zones` are the IANA zones the number may lie in, None where the plan does not tell.
    A short or emergency number has no E.164 form; its `e164` is country code + short number, the form
    `phonenumbers` gives it, and serves as a key only.
    """

    e164: E164
    region: str | None
    line_type: LineType
    zones: tuple[str, ...] | None

    @property
    def key(self) -> int:
        """The digits as an integer, as stored: at most 15 digits, so it fits 64 bits."""
        return int(self.e164[1:])


def e164_of(key: int) -> E164:
    """Give the written form of a stored key."""
    return E164(f"+{key}")


_TYPES = {
    PhoneNumberType.MOBILE: LineType.MOBILE,
    PhoneNumberType.FIXED_LINE: LineType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: LineType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP: LineType.VOIP,
    PhoneNumberType.TOLL_FREE: LineType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: LineType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: LineType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER: LineType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER: LineType.PAGER,
    PhoneNumberType.UAN: LineType.UAN,
    PhoneNumberType.VOICEMAIL: LineType.VOICEMAIL,
}

_ASCII_DIGITS = {ord(wide): ord("0") + value for value, wide in enumerate("０１２３４５６７８９")} | {
    ord("＋"): ord("+")
}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
_LABEL = re.compile(r"(?:tel|telefon|telefón|phone|mobil|mob)\s*[.:]+\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[+(]?[0-9](?:[0-9 \u00a0\u202f\u2009\u2011\u2013./()\-]*[0-9])?")
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|NV|REF!?|VALUE!?|NAME\??|DIV/0!?|NUM!?|NULL!?|HODNOTA!?)", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_FRACTION = re.compile(r"[+-]?[0-9]{5,}[.,][0-9]{1,2}")
_BREAK = r"\s?[-./\u2011\u2013]\s?"
_DATE = re.compile(
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
    text = _undecorated(raw)
    if not _NUMBER.fullmatch(text) or not _is_balanced(text) or _is_counted(text):
        raise InvalidNumber(_fault_of(text))
    digits = re.sub(r"[^0-9+]", "", text)
    if _SEVERAL.search(text):
        raise InvalidNumber(NumberFault.SEVERAL_NUMBERS)
    if digits in _PLACEHOLDERS:
        raise InvalidNumber(NumberFault.PLACEHOLDER)
    return _phone_of(digits, region.upper() if region else None)


def _undecorated(raw: str) -> str:
    if len(raw) > MAX_CELL:
        raise InvalidNumber(_fault_of(raw[:1024]) if _SEVERAL.search(raw[:1024]) else NumberFault.TOO_LONG)
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
    return _FRACTION.fullmatch(text) is not None or _DATE.fullmatch(text) is not None


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
    if _FRACTION.fullmatch(folded):
        return NumberFault.DECIMAL_FRACTION
    if _DATE.fullmatch(folded):
        return NumberFault.DATE
    if folded.startswith(("=", "@")):
        return NumberFault.FORMULA
    if _SEVERAL.search(text):
        return NumberFault.SEVERAL_NUMBERS
    return NumberFault.NOT_A_NUMBER


@lru_cache(maxsize=65536)
def _phone_of(digits: str, region: str | None) -> Phone:
    """Ask the number plan. `digits` is ASCII digits with an optional leading `+`."""
    short = _short_phone(digits, region)
    if short is not None:
        return short
    if digits.startswith("00") and not digits.startswith("000"):
        digits = "+" + digits[2:]
    if not digits.startswith("+") and region is None:
        raise InvalidNumber(NumberFault.UNKNOWN_COUNTRY)
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as refusal:
        unknown = refusal.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        raise InvalidNumber(NumberFault.UNKNOWN_COUNTRY if unknown else NumberFault.NO_SUCH_NUMBER) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidNumber(NumberFault.NO_SUCH_NUMBER)
    region_code = phonenumbers.region_code_for_number(number)
    zones = tuple(sorted(number_timezone.time_zones_for_number(number)))
    return Phone(
        e164=E164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)),
        region=None if region_code in (None, "ZZ", "001") else region_code,
        line_type=_TYPES.get(phonenumbers.number_type(number), LineType.UNKNOWN),
        zones=None if not zones or "Etc/Unknown" in zones else zones,
    )


def _short_phone(digits: str, region: str | None) -> Phone | None:
    """Recognise a short or emergency number, written as such or behind its country code."""
    if digits.startswith("+") or region is None or len(digits) > 6:
        return None
    emergency = shortnumberinfo.is_emergency_number(digits, region)
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not emergency and not shortnumberinfo.is_valid_short_number_for_region(number, region):
        return None
    return Phone(
        e164=E164(f"+{phonenumbers.country_code_for_region(region)}{digits}"),
        region=region,
        line_type=LineType.EMERGENCY if emergency else LineType.SHORT_CODE,
        zones=None,
    )
