"""Tiles: the root and the proofs of a tree from few of them, and how their places are written."""

import pytest

from app.domain.merkle import BadProof, root_of
from app.domain.tiles import KEPT, TiledTree, tile_path, tile_place, tile_width


def test_a_tree_of_tiles_has_the_root_and_the_proofs_of_its_leaves_and_keeps_few_tiles() -> None:
    leaves = [number.to_bytes(32, "big") for number in range(70 * 256 + 3)]
    asked: list[tuple[int, int]] = []

    def tile(level: int, index: int) -> list[bytes]:
        asked.append((level, index))
        if level == 0:
            return leaves[index * 256 : (index + 1) * 256]
        return [root_of(leaves[at * 256 : (at + 1) * 256]) for at in range(70)]

    tree = TiledTree(tile)
    assert tree.root(len(leaves)) == root_of(leaves)
    assert set(asked) == {(1, 0), (0, 70)}
    assert tree.root(0) == root_of([])
    for index in range(KEPT):
        assert tree.compact_range(index * 256, index * 256 + 1) == [leaves[index * 256]]
    before = len(asked)
    tree.compact_range((KEPT - 1) * 256, (KEPT - 1) * 256 + 1)
    assert len(asked) == before, "what was read is kept"
    tree.root(len(leaves))
    assert asked[before:] == [(1, 0), (0, 70)], "what was read first is let go of"
    with pytest.raises(BadProof):
        tree.inclusion_proof(index=3, size=3)


@pytest.mark.parametrize(("level", "index", "size", "width"), [
    (0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 256, 256), (0, 0, 257, 256), (0, 1, 256, 0), (0, 1, 257, 1),
    (1, 0, 255, 0), (1, 0, 256, 1), (1, 0, 70_000, 256), (1, 1, 70_000, 17), (2, 0, 65_535, 0), (2, 0, 65_536, 1),
])  # fmt: skip
def test_a_tile_is_as_wide_as_the_tree_lets_it(level: int, index: int, size: int, width: int) -> None:
    assert tile_width(level=level, index=index, size=size) == width


@pytest.mark.parametrize(("path", "place"), [
    ("000", (0, 256)), ("067.p/8", (67, 8)), ("067.p/255", (67, 255)), ("x001/234", (1234, 256)),
    ("x001/x234/067", (1234067, 256)),
])  # fmt: skip
def test_a_place_of_a_tile_is_read_as_it_is_written(path: str, place: tuple[int, int]) -> None:
    assert tile_place(path) == place
    assert tile_path(place[0], width=place[1]) == path


@pytest.mark.parametrize("path", ["x000/067", "067.p/256", "067.p/0", "67", "x67/067", "", "067.p/"])
def test_what_is_no_place_of_a_tile_is_none(path: str) -> None:
    assert tile_place(path) is None
