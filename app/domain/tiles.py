"""Tiles (C2SP tlog-tiles): a tree kept as rows of 256 hashes, and every root and proof computed from them."""

import re
from collections.abc import Callable, Sequence

from app.domain.merkle import (
    Range,
    consistency_ranges,
    folded,
    inclusion_ranges,
    node_hash,
    perfect_nodes,
)

WIDTH = 256
HEIGHT = 8
"""A full tile is a subtree of 2^8: its root is one hash of the tile above."""

KEPT = 64
"""Tiles of at most 8 KiB each that are kept in memory."""

ReadTile = Callable[[int, int], Sequence[bytes]]
"""Give the hashes of the tile (level, index), as far as they exist."""
_PATH = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TiledTree:
    """A tree whose tiles are read when a hash of them is needed, and kept while they are few."""

    def __init__(self, read_tile: ReadTile) -> None:
        self._read = read_tile
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self, size: int) -> bytes:
        """Give the root of the first `size` leaves."""
        return folded(self.compact_range(0, size))

    def compact_range(self, start: int, end: int) -> list[bytes]:
        """Give the hashes of the perfect subtrees that make up [start, end), left to right."""
        return [self._node(level, index) for level, index in perfect_nodes(start, end)]

    def inclusion_proof(self, *, index: int, size: int) -> list[bytes]:
        """Prove the leaf at `index` in the tree of `size`.

        :raises BadProof: when there is no such leaf.
        """
        return [self._root_of(one) for one in inclusion_ranges(index, size)]

    def consistency_proof(self, *, old: int, new: int) -> list[bytes]:
        """Prove that the tree of `new` leaves begins with that of `old`.

        :raises BadProof: for `old` 0, or larger than `new`.
        """
        return [self._root_of(one) for one in consistency_ranges(old, new)]

    def _root_of(self, range: Range) -> bytes:
        return folded(self.compact_range(*range))

    def _node(self, level: int, index: int) -> bytes:
        """Give a perfect subtree's hash: a hash of its tile, or put together from a run of them."""
        row, above = divmod(level, HEIGHT)
        first = index << above
        tile, offset = divmod(first, WIDTH)
        if (row, tile) not in self._tiles:
            while len(self._tiles) >= KEPT:
                del self._tiles[next(iter(self._tiles))]  # the one read first
            self._tiles[row, tile] = self._read(row, tile)
        hashes = list(self._tiles[row, tile][offset : offset + (1 << above)])
        while len(hashes) > 1:
            hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]


def tile_width(*, level: int, index: int, size: int) -> int:
    """Tell how many hashes the tile has in a tree of `size`; 0 where there is none, 256 for a full one."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def tile_place(path: str) -> tuple[int, int] | None:
    """Read `x001/x234/067.p/8` as (tile 1234067, width 8); a full tile is 256 wide. None is no such path."""
    match = _PATH.fullmatch(path)
    if match is None or (match[1].startswith("x000/")):
        return None
    width = WIDTH if match[2] is None else int(match[2])
    if match[2] is not None and width >= WIDTH:
        return None
    return int(match[1].replace("x", "").replace("/", "")), width


def tile_path(index: int, *, width: int = WIDTH) -> str:
    """Write a tile's place in an address: three digits a step, all but the last behind an `x`."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    steps = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{step}" for step in steps[:-1]), steps[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"
