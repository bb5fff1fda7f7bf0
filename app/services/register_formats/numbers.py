"""Numbers in registers of many countries, or of one: a number plan is asked once a file, not once a line."""

import re
from collections.abc import Callable
from functools import cache

import phonenumbers

from app.domain.number_plan import NumberFault
from app.domain.phone import InvalidNumber, parse
from app.services.register_formats.line import LineFault, RefusedLine

_INTERNATIONAL = re.compile(rb"(?:\+|00)([1-9][0-9]{6,14})")
_DIGITS = re.compile(rb"[0-9]{1,17}")


def number_reader(region: str | None) -> Callable[[bytes], int]:
    """Give what reads a number: `+` or `00` and the country code, or as it is dialled in `region`.

    Digits with their country code are taken as they are; whether such a number exists is not the question. Only
    where a trunk prefix seems to follow the code (`+44 07…`) is the plan asked what was meant: taken as it is, it
    would be nobody's number, and the one that was meant would pass for unlisted. Digits without a code must have the
    form of the region's number plan, with or without its trunk prefix or country code, in exactly one way. What has
    any decoration is read as everywhere else, which is slower.
    """
    national = None if region is None else _national_reader(region)
    trunks = _codes_with_trunk()

    def read(text: bytes) -> int:
        whole = _INTERNATIONAL.fullmatch(text)
        if whole:
            digits = whole[1]
            if trunks.isdisjoint((digits[:2], digits[:3], digits[:4], digits[:5])):
                return int(digits)
        if national is not None and _DIGITS.fullmatch(text):
            return national(text)
        if not text.strip():
            raise RefusedLine(LineFault.BLANK_LINE)
        try:
            return parse(text.decode(), region=region).key
        except UnicodeDecodeError:
            raise RefusedLine(LineFault.UNDECODABLE) from None
        except InvalidNumber as fault:
            raise RefusedLine(fault.fault.value) from None

    return read


@cache
def _codes_with_trunk() -> frozenset[bytes]:
    """Give every country code with the trunk prefix behind it that is dialled inside the country alone."""
    plans = {
        code: phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None)
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    }
    return frozenset(
        f"{code}{plan.national_prefix}".encode() for code, plan in plans.items() if plan and plan.national_prefix
    )


@cache
def _national_reader(region: str) -> Callable[[bytes], int]:
    code = str(phonenumbers.country_code_for_region(region)).encode()
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if plan is None or plan.general_desc is None or plan.general_desc.national_number_pattern is None:
        raise ValueError("this region has no number plan")
    form = re.compile(plan.general_desc.national_number_pattern.replace(r"\d", "[0-9]").encode())
    trunk = (plan.national_prefix or "").encode()

    def read(digits: bytes) -> int:
        found = {digits} if form.fullmatch(digits) else set()
        for prefix in (trunk, code):
            rest = digits.removeprefix(prefix)
            if len(rest) < len(digits) and form.fullmatch(rest):
                found.add(rest)
        if len(found) != 1:
            raise RefusedLine(LineFault.AMBIGUOUS_NUMBER if found else NumberFault.NO_SUCH_NUMBER)
        return int(code + found.pop())

    return read
