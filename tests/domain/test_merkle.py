"""Merkle trees: the reference vectors of RFC 6962, and its definitions as laws."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.leaf import leaf_hash
from app.domain.merkle import (
    EMPTY_ROOT,
    BadProof,
    consistency_ranges,
    extended,
    folded,
    inclusion_ranges,
    node_hash,
    perfect_nodes,
    require_consistency,
    require_inclusion,
    root_of,
)
from app.domain.tiles import HEIGHT, WIDTH, TiledTree, tile_path, tile_place, tile_width

REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
REFERENCE_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = (
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
)  # fmt: skip
CONSISTENCY: tuple[tuple[int, int, list[str]], ...] = (
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
)  # fmt: skip
"""The vectors of the Certificate Transparency reference implementation (merkletree tests)."""
LEAVES = [leaf_hash(str(number).encode()) for number in range(2 * WIDTH + 40)]


def defined(hashes: list[bytes]) -> bytes:
    """MTH as the RFC writes it, letter by letter."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + defined(hashes[:k]) + defined(hashes[k:])).digest()


def tree(hashes: list[bytes]) -> TiledTree:
    rows = [hashes]
    while len(rows[-1]) >= WIDTH:
        row = rows[-1]
        rows.append([defined(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)])
    return TiledTree(lambda level, index: rows[level][index * WIDTH : (index + 1) * WIDTH])


def test_the_reference_roots() -> None:
    hashes = [leaf_hash(data) for data in REFERENCE_LEAVES]
    assert [root_of(hashes[:size]).hex() for size in range(9)] == list(REFERENCE_ROOTS)
    assert root_of([]) == EMPTY_ROOT


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_reference_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    hashes = [leaf_hash(data) for data in REFERENCE_LEAVES]
    assert [one.hex() for one in tree(hashes).inclusion_proof(index=index, size=size)] == path
    proof = [bytes.fromhex(one) for one in path]
    require_inclusion(hashes[index], index=index, size=size, proof=proof, root=root_of(hashes[:size]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_the_reference_consistency_proofs(old: int, new: int, path: list[str]) -> None:
    hashes = [leaf_hash(data) for data in REFERENCE_LEAVES]
    assert [one.hex() for one in tree(hashes).consistency_proof(old=old, new=new)] == path
    roots = {"old_root": root_of(hashes[:old]), "new_root": root_of(hashes[:new])}
    require_consistency(old_size=old, new_size=new, proof=[bytes.fromhex(one) for one in path], **roots)


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_compact_range_grows_to_the_defined_root(first: int, more: int) -> None:
    nodes, _ = extended(0, (), LEAVES[:first])
    nodes, completed = extended(first, nodes, LEAVES[first : first + more])
    assert folded(nodes) == defined(LEAVES[: first + more])
    for level, index, root in completed:
        assert root == defined(LEAVES[index << level : (index + 1) << level])


@given(st.integers(1, len(LEAVES)), st.data())
def test_every_leaf_is_proved_and_no_other_passes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = tree(LEAVES[:size]).inclusion_proof(index=index, size=size)
    facts = {"index": index, "size": size, "proof": proof, "root": defined(LEAVES[:size])}
    require_inclusion(LEAVES[index], **facts)  # type: ignore[arg-type]
    with pytest.raises(BadProof):
        require_inclusion(bytes(32), **facts)  # type: ignore[arg-type]
    spoilt = [proof[:-1], [*proof, bytes(32)], [bytes(32), *proof[1:]]] if proof else [[bytes(32)]]
    for wrong in spoilt:
        with pytest.raises(BadProof):
            require_inclusion(LEAVES[index], **facts | {"proof": wrong})  # type: ignore[arg-type]


@given(st.integers(1, len(LEAVES)), st.data())
def test_a_tree_is_consistent_with_what_it_was_and_with_nothing_else(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = tree(LEAVES[:new]).consistency_proof(old=old, new=new)
    roots = {"old_root": defined(LEAVES[:old]), "new_root": defined(LEAVES[:new])}
    require_consistency(old_size=old, new_size=new, proof=proof, **roots)
    for name in roots:
        with pytest.raises(BadProof):
            require_consistency(old_size=old, new_size=new, proof=proof, **roots | {name: bytes(32)})


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 3)])
def test_no_consistency_is_proved_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(BadProof):
        consistency_ranges(old, new)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadProof):
        inclusion_ranges(index, size)


def test_a_leaf_is_never_a_node() -> None:
    assert leaf_hash(b"ab") != node_hash(b"a", b"b")


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_a_range_is_cut_into_perfect_subtrees_without_gap(start: int, length: int) -> None:
    place = start
    for level, index in perfect_nodes(start, start + length):
        assert index << level == place
        place += 1 << level
    assert place == start + length


def test_tiles_as_the_specification_counts_them() -> None:
    """Of 70,000 leaves: 273 full tiles and one of 112; one full and one of 17; one of width 1 (C2SP tlog-tiles)."""
    widths = {(0, 272): 256, (0, 273): 112, (0, 274): 0, (1, 0): 256, (1, 1): 17, (2, 0): 1, (3, 0): 0}
    assert {place: tile_width(level=place[0], index=place[1], size=70_000) for place in widths} == widths
    assert tile_width(level=1, index=0, size=1 << HEIGHT) == 1


def test_places_of_tiles_are_written_and_read() -> None:
    assert tile_path(1234067) == "x001/x234/067"
    assert tile_path(5, width=8) == "005.p/8"
    for index in (0, 7, 999, 1000, 999_999, 1_000_000):
        assert tile_place(tile_path(index)) == (index, WIDTH)
        assert tile_place(tile_path(index, width=255)) == (index, 255)
    for bad in ("", "1", "0001", "x000/001", "001.p/0", "001.p/256", "001.p/08", "001/002", "x001", "001.p/"):
        assert tile_place(bad) is None, bad
