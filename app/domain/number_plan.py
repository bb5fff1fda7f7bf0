"""The number plans: which number digits are, by `phonenumbers`; whether it may be called is asked elsewhere."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo
from phonenumbers import timezone as number_timezone

from app.domain.errors import InvalidInput
from app.domain.number_placing import NO_SUCH_NUMBER, placed

E164 = NewType("E164", str)
"""A number that went through `parse`: `+`, country code, national number."""


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


_NO_REGION = "001"
"""How the plans write the country codes that are no country's."""

LINE_TYPES = {
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


def phone_of(digits: str, region: str | None) -> Phone:
    """Ask the number plan. `digits` is ASCII digits, behind a `+` those of a number as from abroad.

    Most numbers are told by the plan's own tables; what these leave open `phonenumbers` decides.

    :raises InvalidNumber: when there is no such number.
    """
    found = placed(digits, region)
    if found is None:
        return phone_by_library(digits, region)
    if found is NO_SUCH_NUMBER:
        raise InvalidNumber(NumberFault.NO_SUCH_NUMBER)
    return Phone(
        e164=E164(found.e164),
        region=region_of(found.region),
        line_type=LINE_TYPES[found.type],
        zones=found.zones,
    )


def region_of(word: str) -> str | None:
    """Give a region as the plans write it; None for a country code that is no country's."""
    return None if word == _NO_REGION else word


@lru_cache(maxsize=65536)
def phone_by_library(digits: str, region: str | None) -> Phone:
    """Ask `phonenumbers`, as `phone_of` does for what it cannot tell itself."""
    short = _short_phone(*_parted(digits, region))
    if short is not None:
        return short
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
        region=None if region_code in (None, "ZZ", _NO_REGION) else region_code,
        line_type=LINE_TYPES.get(phonenumbers.number_type(number), LineType.UNKNOWN),
        zones=None if not zones or "Etc/Unknown" in zones else zones,
    )


def _parted(digits: str, region: str | None) -> tuple[str, str | None]:
    """Part a country code from what follows it; gives the rest and the country it belongs to."""
    if not digits.startswith("+"):
        return digits, region
    for length in (1, 2, 3):
        country = phonenumbers.region_code_for_country_code(int(digits[1 : 1 + length] or 0))
        if country not in ("ZZ", _NO_REGION):
            return digits[1 + length :], country
    return digits, None


def _short_phone(digits: str, region: str | None) -> Phone | None:
    """Recognise a short or emergency number of a country."""
    if region is None or not 0 < len(digits) <= 6:
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


def grouped(e164: str) -> str:
    """Write a number with its usual blanks: `+420 601 123 456`."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164
