"""Parts of a country with rules of their own: which of them a number may lie in, by its area code."""

# fmt: off
AREA_CODES = {
    "US-FL": frozenset({
        239, 305, 321, 324, 352, 386, 407, 448, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 850, 863,
        904, 941, 954,
    }),
    "US-TX": frozenset({
        210, 214, 254, 281, 325, 346, 361, 409, 430, 432, 469, 512, 682, 713, 726, 737, 806, 817, 830, 832,
        903, 915, 936, 940, 945, 956, 972, 979,
    }),
}
"""Only the parts that some rule names. The North American Numbering Plan gives every geographic area code to one state;
a number that was ported keeps it, so a known residence counts beside it.
"""
ZONES = {"US-FL": ("America/Chicago", "America/New_York"), "US-TX": ("America/Chicago", "America/Denver")}
"""The time zones of the parts above."""
_NOWHERE = frozenset({
    456, 500, 521, 522, 523, 524, 525, 526, 527, 528, 529, 533, 544, 566, 577, 588, 600, 700, 710, 900,
})
# fmt: on
"""Area codes of the plan that lie in no state: about these nothing is known."""


def subdivisions_of(e164: str, region: str | None) -> tuple[str, ...] | None:
    """Give the parts of the country, of those named above, that a number may lie in; None is not known.

    Empty is *in none of them*. Of a country no part of which has rules of its own, nothing is known, nor asked.
    """
    if region != "US" or not e164.startswith("+1") or len(e164) != len("+12025550100"):
        return None
    area = int(e164[2:5])
    if area in _NOWHERE or area % 100 % 11 == 0:
        return None
    return tuple(sorted(place for place, areas in AREA_CODES.items() if area in areas))
