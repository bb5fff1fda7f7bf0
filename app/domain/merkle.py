"""Merkle trees as RFC 6962 defines them: hashes, compact ranges, inclusion and consistency proofs."""

import hashlib
from collections.abc import Iterable, Sequence

from app.domain.errors import InvalidInput

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, 2.1)."""

Range = tuple[int, int]
"""Leaves from the first to before the second."""


class BadProof(InvalidInput):
    """A Merkle proof does not prove what it is shown for."""

    code = "bad_proof"


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node: SHA-256 of 0x01 and both children (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_nodes(start: int, end: int) -> list[tuple[int, int]]:
    """Cut [start, end) into the fewest perfect subtrees, left to right, as (level, index): 2^level leaves each."""
    nodes = []
    while start < end:
        room = (end - start).bit_length() - 1
        level = room if start == 0 else min(room, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def folded(nodes: Sequence[bytes]) -> bytes:
    """Give the root over a compact range that begins at the first leaf; `EMPTY_ROOT` for none.

    `nodes` are the hashes of `perfect_nodes(0, size)`.
    """
    if not nodes:
        return EMPTY_ROOT
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


def extended(
    size: int, nodes: Sequence[bytes], leaf_hashes: Iterable[bytes]
) -> tuple[list[bytes], list[tuple[int, int, bytes]]]:
    """Append leaves to a compact range of `size` leaves.

    Gives the new nodes, and every perfect subtree that was completed on the way, as (level, index, hash).
    """
    stack = list(nodes)
    completed = []
    for digest in leaf_hashes:
        index, level = size, 0
        while index & 1:
            digest = node_hash(stack.pop(), digest)
            index, level = index >> 1, level + 1
            completed.append((level, index, digest))
        stack.append(digest)
        size += 1
    return stack, completed


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Give the root of a whole tree."""
    return folded(extended(0, (), leaf_hashes)[0])


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Give the ranges whose roots prove the leaf at `index` in a tree of `size`, leaf upwards (RFC 6962, 2.1.1).

    :raises BadProof: when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise BadProof("there is no such leaf in a tree of this size")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Give the ranges whose roots prove that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2).

    :raises BadProof: for `old` 0, from which every tree would be consistent, or one that is larger than `new`.
    """
    if not 0 < old <= new:
        raise BadProof("a consistency proof is from a size of at least 1 to one that is not smaller")
    start, end, path, is_old_root = 0, new, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, is_old_root = middle, False
    return ([] if is_old_root else [(start, end)]) + path[::-1]


def _split(count: int) -> int:
    """Give the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def require_inclusion(leaf_hash: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Refuse a proof that does not show the leaf at `index` under `root` (RFC 9162, 2.1.3.2).

    :raises BadProof: when it does not.
    """
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        raise BadProof("the inclusion proof has another length")
    digest = leaf_hash
    for (start, _), sibling in zip(ranges, proof, strict=True):
        digest = node_hash(sibling, digest) if start < index else node_hash(digest, sibling)
    if digest != root:
        raise BadProof("the inclusion proof leads to another root")


def require_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Refuse a proof that does not show the new tree to begin with the old one (RFC 9162, 2.1.4.2).

    :raises BadProof: when it does not, or the old tree is empty.
    """
    ranges = consistency_ranges(old_size, new_size)
    if len(ranges) != len(proof):
        raise BadProof("the consistency proof has another length")
    known = dict(zip(ranges, proof, strict=True))
    if all(start >= old_size for start, _ in ranges):  # the old tree is one subtree of the new: its root is given
        known[0, old_size] = old_root
    if _root(known, 0, old_size) != old_root or _root(known, 0, new_size) != new_root:
        raise BadProof("the consistency proof leads to another root")


def _root(known: dict[Range, bytes], start: int, end: int) -> bytes:
    """Put a range's root together from the roots of its parts."""
    if (start, end) in known:
        return known[start, end]
    middle = start + _split(end - start)
    return node_hash(_root(known, start, middle), _root(known, middle, end))
