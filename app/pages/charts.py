"""Charts as plain SVG, made here: bars of verdicts, one on the other. A table stands behind every chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEIGHT = 100
"""Units from the ground of a chart to its top."""
WIDTH, GAP = 10, 2
"""Units of a bar's place, and how many of them are left free."""
ORDER = ("allow", "defer", "deny")
"""From the ground upwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a bar: of which verdict, from where downwards, and how high."""

    verdict: str
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: what it is of, its place from the left, and its parts."""

    label: str
    x: int
    counts: Mapping[str, int]
    pieces: Sequence[Piece]

    @property
    def total(self) -> int:
        """Give how many there are in all."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart: its bars, its width in units, and how many decisions its top stands for."""

    bars: Sequence[Bar]
    width: int
    top: int
    bar_width: int = WIDTH - GAP
    height: int = HEIGHT


def bars(told: Sequence[tuple[str, Mapping[str, int]]], *, room: int) -> Bars:
    """Make a chart of labelled counts by verdict, with room for at least so many bars; what is there shows."""
    top = max((sum(counts.values()) for _, counts in told), default=0)
    found = []
    for place, (label, counts) in enumerate(told):
        pieces, ground = [], float(HEIGHT)
        for verdict in ORDER:
            if counts.get(verdict):
                height = max(HEIGHT * counts[verdict] / top, 1.0)
                ground -= height
                pieces.append(Piece(verdict=verdict, y=round(max(ground, 0), 2), height=round(height, 2)))
        found.append(Bar(label=label, x=place * WIDTH + GAP // 2, counts=counts, pieces=tuple(pieces)))
    return Bars(bars=tuple(found), width=max(room, len(told)) * WIDTH, top=top)
