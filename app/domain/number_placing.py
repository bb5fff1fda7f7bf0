"""Where digits belong in the number plans: `phonenumbers`' procedure for what is plain, and no answer for the rest."""

from functools import cache
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberType

from app.domain.number_patterns import Country, country_of, zones_at

LONGEST_SHORT = 6
"""Digits up to which a national number may be a short one: these tables do not know the short numbers."""
_LONGEST_CODE = 3


class Placed(NamedTuple):
    """A number in its plan: E.164, region as the plans have it (`001` is none), `PhoneNumberType`, IANA zones."""

    e164: str
    region: str
    type: int
    zones: tuple[str, ...] | None


NO_SUCH_NUMBER: Final = Placed("", "", PhoneNumberType.UNKNOWN, None)
"""What `placed` gives for digits that are certainly no number."""


def placed(digits: str, region: str | None) -> Placed | None:
    """Find the place of a number, `NO_SUCH_NUMBER` where it has none; None where `phonenumbers` must be asked.

    `digits` is ASCII digits with an optional leading `+`; `region` is where a number without one belongs.
    """
    if digits[0] == "+":
        main = country_behind(digits[1 : 1 + _LONGEST_CODE])
        if main is None or len(digits) <= 1 + len(main.code) + LONGEST_SHORT:
            return None
        return _placed_in(main, digits[1 + len(main.code) :])
    home = country_of(region) if region is not None else None
    if home is None or len(digits) <= LONGEST_SHORT or (home.abroad and home.abroad.match(digits)):
        return None
    if digits.startswith(home.code):
        behind = _unprefixed(digits[len(home.code) :], home)
        if behind is None:
            return None
        if home.is_too_long(len(digits)) or (home.general.fullmatch(behind) and not home.general.fullmatch(digits)):
            main = country_behind(home.code)
            return None if main is None else _placed_in(main, behind)
    return _placed_in(home, digits)


@cache
def countries_of_code(code: str) -> tuple[Country, ...]:
    """Give the countries that share a code, the main one first; none where one of them has no plan to go by."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code[:1] not in ("", "0") else ()
    found = [country_of(region, int(code)) for region in regions]
    return () if None in found else tuple(country for country in found if country is not None)


@cache
def country_behind(start: str) -> Country | None:
    """Give the main country of the code with which three digits start: no code is the start of another."""
    for length in range(1, len(start) + 1):
        if countries := countries_of_code(start[:length]):
            return countries[0]
    return None


def _placed_in(country: Country, national: str) -> Placed | None:
    """Place a national number, with or without its national prefix."""
    bare = _unprefixed(national, country)
    if bare is None:
        return None
    if country.may_be_stripped_to(len(bare)):
        national = bare
    code = country.code
    candidates = countries_of_code(code)
    if not candidates:
        return None
    told = len(candidates) > 1
    for candidate in candidates:
        if told and candidate.leading is not None and not candidate.leading.match(national):
            continue
        if kind := candidate.kind_of(national):
            e164 = f"+{code}{national}"
            zones = zones_at(e164[1 : 1 + kind.zone_digits]) if kind.zone_digits else kind.zones
            return Placed(e164, candidate.region, kind.type, zones)
        if told and candidate.leading is not None:
            break
    return NO_SUCH_NUMBER


def _unprefixed(national: str, country: Country) -> str | None:
    """Strip the national prefix where that is plain; None where it is there and is not plain."""
    if country.prefix is None or not (found := country.prefix.match(national)):
        return national
    if not country.is_prefix_plain:
        return None
    bare = national[found.end() :]
    return national if country.general.fullmatch(national) and not country.general.fullmatch(bare) else bare
