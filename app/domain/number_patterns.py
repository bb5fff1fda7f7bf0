"""The number plans as tables: the patterns of `phonenumbers`' own metadata, compiled once a country.

What these tables decide they decide as `phonenumbers` does, at a tenth of its cost; where its procedure does more than
match patterns (a national prefix that is rewritten, a prefix for calls abroad, a country code it does not know, a
short number) they decide nothing, and `phonenumbers` is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.tzdata import TIMEZONE_DATA

_NOWHERE = "Etc/Unknown"

# In the order in which `phonenumbers` asks: the first that matches names the line.
_SPECIAL = (
    (PhoneNumberType.PREMIUM_RATE, "premium_rate"),
    (PhoneNumberType.TOLL_FREE, "toll_free"),
    (PhoneNumberType.SHARED_COST, "shared_cost"),
    (PhoneNumberType.VOIP, "voip"),
    (PhoneNumberType.PERSONAL_NUMBER, "personal_number"),
    (PhoneNumberType.PAGER, "pager"),
    (PhoneNumberType.UAN, "uan"),
    (PhoneNumberType.VOICEMAIL, "voicemail"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The national numbers of one kind of line: all of `patterns` match the whole, of one of `lengths` digits.

    `type` is a `PhoneNumberType`. `zones` are the IANA zones where they lie, sorted, None where the plan does not
    tell; where `zone_digits` is not 0, the place tells more: so many digits behind the `+`, put to `zones_at`.
    """

    type: int
    patterns: tuple[str, ...]
    lengths: frozenset[int]
    zones: tuple[str, ...] | None
    zone_digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """One region's number plan. `kinds` are in the order of asking; the first that matches is the answer.

    `general` matches every number of the plan, and no number has other lengths than `possible`; `prefix` is the
    national prefix, None where there is none, and `is_prefix_plain` tells whether to strip it is all that is ever
    done with it; `abroad` the prefix for calls abroad. `leading`, where not None, alone tells this region from
    others of its code.
    """

    region: str
    code: str
    general: re.Pattern[str]
    possible: frozenset[int]
    longest: int
    local_only: frozenset[int]
    prefix: re.Pattern[str] | None
    is_prefix_plain: bool
    abroad: re.Pattern[str] | None
    leading: re.Pattern[str] | None
    kinds: tuple[Kind, ...]
    by_length: Mapping[int, tuple[re.Pattern[str], tuple[Kind, ...]]]

    def kind_of(self, national: str) -> Kind | None:
        """Give the kind of a national number, None where it is none of this plan."""
        some = self.by_length.get(len(national))
        if some is None or not (found := some[0].fullmatch(national)):
            return None
        return some[1][(found.lastindex or 0) - 1]

    def is_too_long(self, length: int) -> bool:
        """Tell whether no national number has as many digits."""
        return length > self.longest and length not in self.local_only

    def may_be_stripped_to(self, length: int) -> bool:
        """Tell whether what remains behind a national prefix is long enough to be believed."""
        return length not in self.local_only and (length in self.possible or length > self.longest)


def ascii_digits(pattern: str) -> str:
    r"""Give a pattern of the metadata that takes the digits 0 to 9 alone, as every engine reads it: no `\d`."""
    return pattern.replace("\\d", "[0-9]")


class _Numbers(NamedTuple):
    """A pattern of the metadata and the lengths of what it matches; no lengths are all of the plan's."""

    pattern: str
    lengths: frozenset[int]


def _numbers(desc: PhoneNumberDesc | None) -> _Numbers | None:
    if desc is None or not desc.national_number_pattern:
        return None
    return _Numbers(ascii_digits(desc.national_number_pattern), frozenset(desc.possible_length))


def _kinds(metadata: PhoneMetadata, general: _Numbers) -> tuple[Kind, ...]:
    fixed, mobile = _numbers(metadata.fixed_line), _numbers(metadata.mobile)
    asked: list[tuple[int, tuple[_Numbers | None, ...]]]
    asked = [(type_, (_numbers(getattr(metadata, name)),)) for type_, name in _SPECIAL]
    if metadata.same_mobile_and_fixed_line_pattern:
        asked.append((PhoneNumberType.FIXED_LINE_OR_MOBILE, (fixed,)))
    else:
        asked.append((PhoneNumberType.FIXED_LINE_OR_MOBILE, (fixed, mobile)))
        asked.append((PhoneNumberType.FIXED_LINE, (fixed,)))
        asked.append((PhoneNumberType.MOBILE, (mobile,)))
    code = str(metadata.country_code)
    known = [(type_, [some for some in sets if some]) for type_, sets in asked if all(sets)]
    return tuple(_kind(type_, sets, general=general, code=code) for type_, sets in known)


def _kind(type_: int, sets: Sequence[_Numbers], *, general: _Numbers, code: str) -> Kind:
    digits = max((len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith(code)), default=0)
    is_placed = is_number_type_geographical(type_, int(code)) and digits > len(code)
    return Kind(
        type=type_,
        patterns=tuple(some.pattern for some in sets),
        lengths=general.lengths.intersection(*(some.lengths for some in sets if some.lengths)),
        zones=None if is_placed else zones_at(code),
        zone_digits=digits if is_placed else 0,
    )


@lru_cache(maxsize=1024)
def country_of(region: str, code: int | None = None) -> Country | None:
    """Give the number plan of a region, None where there is none; `code` is needed for `001`, which is no region."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code or 0, region)
    general = _numbers(metadata.general_desc) if metadata else None
    if metadata is None or metadata.general_desc is None or general is None or not general.lengths:
        return None
    kinds = _kinds(metadata, general)
    prefix = _compiled(metadata.national_prefix_for_parsing)
    return Country(
        region=region,
        code=str(metadata.country_code),
        general=re.compile(general.pattern),
        possible=general.lengths,
        longest=max(general.lengths),
        local_only=frozenset(metadata.general_desc.possible_length_local_only),
        prefix=prefix,
        is_prefix_plain=prefix is not None and not prefix.groups and not metadata.national_prefix_transform_rule,
        abroad=_compiled(metadata.international_prefix),
        leading=_compiled(metadata.leading_digits),
        kinds=kinds,
        by_length={length: _joined(kinds, length, general) for length in general.lengths},
    )


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(ascii_digits(pattern)) if pattern else None


def _joined(kinds: Sequence[Kind], length: int, general: _Numbers) -> tuple[re.Pattern[str], tuple[Kind, ...]]:
    """Join the kinds that have numbers of a length: one group each, in the order of asking."""
    some = tuple(kind for kind in kinds if length in kind.lengths)
    joined = "|".join(f"({_ahead(kind.patterns[1:])}(?:{kind.patterns[0]}))" for kind in some)
    return re.compile(f"{_ahead([general.pattern])}(?:{joined or '(?!)'})"), some


def _ahead(patterns: Sequence[str]) -> str:
    """Give a pattern of no width: all of these match what follows to its end."""
    return "".join(rf"(?=(?:{pattern})\Z)" for pattern in patterns)


def zones_at(digits: str) -> tuple[str, ...] | None:
    """Give the zones of the longest known prefix of the digits of a number, sorted; None where there is none."""
    for length in range(len(digits), 0, -1):
        if zones := TIMEZONE_DATA.get(digits[:length]):
            return _sorted(zones)
    return None


@cache
def _sorted(zones: tuple[str, ...]) -> tuple[str, ...] | None:
    return None if _NOWHERE in zones else tuple(sorted(zones))
