"""A column of telephone numbers, read at once: what `parse` says of each text, by the same tables in a vector engine.

Exact where it decides: the syntax is the part of `parse`'s that needs no second look, the patterns are those of
`app.domain.number_patterns`. What is left is read by `parse`, each text once.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from app.domain.number_patterns import Country, country_of, zones_at
from app.domain.number_placing import LONGEST_SHORT, countries_of_code, country_behind
from app.domain.number_plan import LINE_TYPES, LineType, region_of
from app.domain.phone import DATE, FRACTION, MAX_CELL, SHORT_LINES, InvalidNumber, NumberFault, parse

# as `parse` writes them: digits, with single marks that no second number, day or amount is written with
_CERTAIN = r"^\+?[0-9]{2,}(?:[ \x{00a0}][0-9]+)*$"
_MARKED = r"^\+?[0-9][0-9 \x{00a0}.\-]*[0-9]$"
_MARKS = (" ", "\u00a0", ".", "-")
_COUNTED = tuple(
    f"^(?:{one.pattern})$".replace(r"\u2011\u2013", "\u2011\u2013").replace(r"\s", r"[\s\x{00a0}]")
    for one in (FRACTION, DATE)
)


class NumberKind(NamedTuple):
    """What numbers have in common: country, line, the zones they may lie in; as in `Phone`."""

    region: str | None
    line_type: LineType
    zones: tuple[str, ...] | None


class NumberColumn(NamedTuple):
    """Texts as they were read: the stored keys, null where a text is no number, and what each is, by its place in the
    reader's `kinds`.
    """

    numbers: Any
    kinds: Any


class NumberReader:
    """Reads columns of texts whose numbers without a country code belong to one region.

    `kinds` grows with what is met: kinds of numbers, and reason codes of what is no callable number.
    """

    def __init__(self, region: str) -> None:
        self._region, self._home = region, country_of(region)
        self.kinds: list[NumberKind | str] = []
        self._codes: dict[NumberKind | str, int] = {}

    def read(self, texts: Sequence[str]) -> NumberColumn:
        """Read some texts; a short number is no number here, as it is a slip in a list."""
        taken = _Taken()
        try:
            column = pa.array(texts, pa.string())
        except UnicodeEncodeError:
            self._read_singly(texts, range(len(texts)), taken)
            return taken.column()
        places = pa.array(range(len(texts)), pa.int64())
        certain = _certain(column)
        digits = column.filter(certain)
        for mark in _MARKS:
            if pc.any(pc.match_substring(digits, mark)).as_py():
                digits = pc.replace_substring(digits, mark, "")
        self._place(digits, places.filter(certain), taken)
        decided = pc.is_in(places, value_set=pa.chunked_array([*taken.places], pa.int64()))
        self._read_singly(texts, places.filter(pc.invert(decided)).to_pylist(), taken)
        return taken.column()

    def code_of(self, kind: NumberKind | str) -> int:
        """Give the place of a kind or a reason in `kinds`."""
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = len(self.kinds)
            self.kinds.append(kind)
        return code

    def _read_singly(self, texts: Sequence[str], places: Sequence[int], taken: "_Taken") -> None:
        known: dict[str, tuple[int | None, int]] = {}
        for place in places:
            if texts[place] not in known:
                known[texts[place]] = self._parsed(texts[place])
        found = [known[texts[place]] for place in places]
        numbers = pa.array([number for number, _ in found], pa.int64())
        taken.add(pa.array(places, pa.int64()), numbers, pa.array([code for _, code in found], pa.int32()))

    def _parsed(self, text: str) -> tuple[int | None, int]:
        try:
            phone = parse(text, region=self._region)
        except InvalidNumber as fault:
            return None, self.code_of(fault.fault.value)
        if phone.line_type in SHORT_LINES:
            return None, self.code_of(phone.line_type.value)
        return phone.key, self.code_of(NumberKind(phone.region, phone.line_type, phone.zones))

    def _place(self, digits: Any, places: Any, taken: "_Taken") -> None:
        """Do as `placed` does; what it leaves to the library is not taken."""
        twice = pc.and_not(pc.starts_with(digits, "00"), pc.starts_with(digits, "000"))
        if pc.any(twice).as_py():
            plus = pc.binary_join_element_wise("+", pc.utf8_slice_codeunits(digits, 2), "")
            digits = pc.if_else(twice, plus, digits)
        abroad = pc.starts_with(digits, "+")
        self._place_abroad(digits.filter(abroad), places.filter(abroad), taken)
        home = self._home
        if home is None:
            return
        rest = pc.and_not(pc.greater(pc.binary_length(digits), LONGEST_SHORT), abroad)
        if home.abroad is not None:
            rest = pc.and_not(rest, _begins(digits, home.abroad.pattern))
        digits, places = digits.filter(rest), places.filter(rest)
        coded = pc.starts_with(digits, home.code)
        self._place_in(home, digits.filter(pc.invert(coded)), places.filter(pc.invert(coded)), taken)
        self._place_coded(home, digits.filter(coded), places.filter(coded), taken)

    def _place_abroad(self, digits: Any, places: Any, taken: "_Taken") -> None:
        starts = pc.dictionary_encode(pc.utf8_slice_codeunits(digits, 1, 4))
        countries: dict[str, tuple[Country, list[int]]] = {}
        for index, start in enumerate(starts.dictionary.to_pylist()):
            if country := country_behind(start):
                countries.setdefault(country.code, (country, []))[1].append(index)
        for country, indices in countries.values():
            begin = 1 + len(country.code)
            some = pc.is_in(starts.indices, value_set=pa.array(indices, starts.indices.type))
            some = pc.and_(some, pc.greater(pc.binary_length(digits), begin + LONGEST_SHORT))
            national = pc.utf8_slice_codeunits(digits.filter(some), begin)
            self._place_in(country, national, places.filter(some), taken)

    def _place_coded(self, home: Country, digits: Any, places: Any, taken: "_Taken") -> None:
        """Place numbers that begin as their own country's code does: it may be that code, or not."""
        behind, is_plain = _unprefixed(home, pc.utf8_slice_codeunits(digits, len(home.code)))
        digits, behind, places = (one.filter(is_plain) for one in (digits, behind, places))
        lengths = pc.binary_length(digits)
        general = home.general.pattern
        is_code = pc.or_(
            _each_length(lengths, home.is_too_long), pc.and_not(_is_whole(behind, general), _is_whole(digits, general))
        )
        self._place_in(home, digits.filter(pc.invert(is_code)), places.filter(pc.invert(is_code)), taken)
        if main := country_behind(home.code):
            self._place_in(main, behind.filter(is_code), places.filter(is_code), taken)

    def _place_in(self, country: Country, national: Any, places: Any, taken: "_Taken") -> None:
        candidates = countries_of_code(country.code)
        bare, is_plain = _unprefixed(country, national)
        if not candidates or not len(national):
            return
        bare = pc.if_else(_each_length(pc.binary_length(bare), country.may_be_stripped_to), bare, national)
        national, places = bare.filter(is_plain), places.filter(is_plain)
        for candidate in candidates:
            own = None
            if len(candidates) > 1 and candidate.leading is not None:
                own = _begins(national, candidate.leading.pattern)
            national, places = self._take_kinds(candidate, national, places, own, taken)
        code = self.code_of(NumberFault.NO_SUCH_NUMBER.value)
        taken.add(places, pa.nulls(len(places), pa.int64()), _all(code, len(places)))

    def _take_kinds(self, country: Country, national: Any, places: Any, own: Any, taken: "_Taken") -> tuple[Any, Any]:
        """Take the numbers of one plan, and all that its leading digits claim; give what is left."""
        left, left_places = (national, places) if own is None else (national.filter(own), places.filter(own))
        some = _is_whole(left, country.general.pattern)
        for kind in country.kinds:
            mask = pc.and_(some, _each_length(pc.binary_length(left), kind.lengths.__contains__))
            for pattern in kind.patterns:
                mask = pc.and_(mask, _is_whole(left, pattern))
            if pc.any(mask).as_py():
                numbers = pc.binary_join_element_wise(country.code, left.filter(mask), "")
                zones = kind.zones if not kind.zone_digits else pc.utf8_slice_codeunits(numbers, 0, kind.zone_digits)
                named = region_of(country.region), LINE_TYPES[kind.type]
                taken.add(
                    left_places.filter(mask), pc.cast(numbers, pa.int64()), self._coded(named, zones, len(numbers))
                )
                rest = pc.invert(mask)
                left, left_places, some = left.filter(rest), left_places.filter(rest), some.filter(rest)
        if own is None:
            return left, left_places
        code = self.code_of(NumberFault.NO_SUCH_NUMBER.value)
        taken.add(left_places, pa.nulls(len(left), pa.int64()), _all(code, len(left)))
        other = pc.invert(own)
        return national.filter(other), places.filter(other)

    def _coded(self, named: tuple[str | None, LineType], zones: Any, count: int) -> Any:
        if not isinstance(zones, pa.Array):
            return _all(self.code_of(NumberKind(*named, zones)), count)
        starts = pc.dictionary_encode(zones)
        codes = [self.code_of(NumberKind(*named, zones_at(start))) for start in starts.dictionary.to_pylist()]
        return pa.array(codes, pa.int32()).take(starts.indices)


class _Taken:
    """What was decided so far, by place."""

    def __init__(self) -> None:
        self.places: list[Any] = []
        self._numbers: list[Any] = []
        self._kinds: list[Any] = []

    def add(self, places: Any, numbers: Any, kinds: Any) -> None:
        self.places.append(places)
        self._numbers.append(numbers)
        self._kinds.append(kinds)

    def column(self) -> NumberColumn:
        order = pc.array_sort_indices(pa.concat_arrays(self.places))
        return NumberColumn(pa.concat_arrays(self._numbers).take(order), pa.concat_arrays(self._kinds).take(order))


def _certain(column: Any) -> Any:
    """Tell which texts are certainly read as their digits."""
    certain = pc.match_substring_regex(column, _CERTAIN)
    marked = pc.match_substring_regex(column, _MARKED)
    for pattern in _COUNTED:
        marked = pc.and_not(marked, pc.match_substring_regex(column, pattern))
    return pc.and_(pc.or_(certain, marked), pc.less_equal(pc.utf8_length(column), MAX_CELL))


def _unprefixed(country: Country, national: Any) -> tuple[Any, Any]:
    """Strip the national prefix, where there is one and that is plain; the mask is False where it is not plain."""
    if country.prefix is None:
        return national, _all(True, len(national))
    there = _begins(national, country.prefix.pattern)
    if not country.is_prefix_plain:
        return national, pc.invert(there)
    bare = pc.replace_substring_regex(national, f"^(?:{country.prefix.pattern})", "", max_replacements=1)
    general = country.general.pattern
    kept = pc.and_not(_is_whole(national, general), _is_whole(bare, general))
    return pc.if_else(pc.and_not(there, kept), bare, national), _all(True, len(national))


def _is_whole(texts: Any, pattern: str) -> Any:
    return pc.match_substring_regex(texts, f"^(?:{pattern})$")


def _begins(texts: Any, pattern: str) -> Any:
    return pc.match_substring_regex(texts, f"^(?:{pattern})")


def _each_length(lengths: Any, holds: Callable[[int], bool]) -> Any:
    """Ask about every length that occurs."""
    fitting = [length for length in pc.unique(lengths).to_pylist() if holds(length)]
    return pc.is_in(lengths, value_set=pa.array(fitting, lengths.type))


def _all(value: int | bool, count: int) -> Any:
    return pa.repeat(pa.scalar(value, pa.bool_() if isinstance(value, bool) else pa.int32()), count)
