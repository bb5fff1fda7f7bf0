"""What an attacker may do to a bundle, drawn at random: each must be found."""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from app.domain.leaf import canonical, leaf_hash
from tests.verify.bundles import OTHER_KEY, Bundle, Tree, b64, bundle, notes_of, signer_of
from tests.verify.entries import Logged

UNSIGNED = (b'"made_at":', b'"from":', b'"to":')
"""What the manifest tells of itself: nothing signs it, and nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A sound bundle, and the tree it was made of."""

    tree: Tree
    bundle: Bundle

    @property
    def entries(self) -> Sequence[Logged]:
        """Give the entries of its tree."""
        return self.tree.entries


Mutation = Callable[[Victim, random.Random], BytesIO]


def _lines(victim: Victim, name: str) -> list[bytes]:
    return victim.bundle.members[f"2026/{name}"].splitlines(keepends=True)


def flip(victim: Victim, dice: random.Random) -> BytesIO:
    """Flip a bit of a member; the manifest is left alone."""
    name = dice.choice([*victim.bundle.members, "2026/leaves.jsonl"])
    members = dict(victim.bundle.members)
    members[name] = _flipped(members[name], dice)
    return replace(victim.bundle, members=members).packed(victim.bundle.manifest())


def flip_in_manifest(victim: Victim, dice: random.Random) -> BytesIO:
    """Flip a bit of the manifest itself."""
    manifest = victim.bundle.manifest()
    head = manifest.index(b'"files"')
    tail = manifest.index(b'"format"')
    place = dice.choice(
        [dice.randrange(head, tail), dice.randrange(manifest.index(b'"shards"'), manifest.index(b',"to"'))]
    )
    return victim.bundle.packed(_flipped(manifest, dice, place))


def _flipped(data: bytes, dice: random.Random, place: int | None = None) -> bytes:
    if not data:
        return bytes([dice.randrange(256)])
    place = dice.randrange(len(data)) if place is None else place
    return data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]


def flip_consistently(victim: Victim, dice: random.Random) -> BytesIO:
    """Flip a bit of what is signed or committed to, and make the manifest agree."""
    name = dice.choice(["checkpoint", "checkpoints.jsonl", "leaves.jsonl", "range.json", "events.jsonl"])
    data = _flipped(victim.bundle.members[f"2026/{name}"], dice)
    return victim.bundle.changed(**{name.replace(".", "__"): data}).packed()


def _with_leaves(victim: Victim, lines: list[bytes], dice: random.Random) -> BytesIO:
    """Put other entries into the bundle: the manifest agrees or not, and says the new count or not."""
    changed = victim.bundle.changed(leaves__jsonl=b"".join(lines))
    if dice.random() < 0.3:
        return changed.packed(victim.bundle.manifest())
    if dice.random() < 0.5:
        shard = {**changed.shards[0], "end": changed.shards[0]["start"] + len(lines)}
        if dice.random() < 0.5:
            shard["size"] = shard["end"]
        changed = replace(changed, shards=[shard])
    return changed.packed()


def delete(victim: Victim, dice: random.Random) -> BytesIO:
    """Remove entries."""
    lines = _lines(victim, "leaves.jsonl")
    place = dice.randrange(len(lines))
    del lines[place : place + dice.choice((1, 1, 2, 10))]
    return _with_leaves(victim, lines, dice)


def insert(victim: Victim, dice: random.Random) -> BytesIO:
    """Insert an entry that was never logged."""
    lines = _lines(victim, "leaves.jsonl")
    leaf = json.loads(dice.choice(lines))
    leaf["id"] = leaf["id"][:-6] + f"{dice.randrange(16**6):06x}"
    lines.insert(dice.randrange(len(lines) + 1), canonical(leaf) + b"\n")
    return _with_leaves(victim, lines, dice)


def duplicate(victim: Victim, dice: random.Random) -> BytesIO:
    """Log an entry twice."""
    lines = _lines(victim, "leaves.jsonl")
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
    return _with_leaves(victim, lines, dice)


def reorder(victim: Victim, dice: random.Random) -> BytesIO:
    """Let two entries change places."""
    lines = _lines(victim, "leaves.jsonl")
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return _with_leaves(victim, lines, dice)


def truncate(victim: Victim, dice: random.Random) -> BytesIO:
    """Cut the end off, at a line or within one."""
    data = victim.bundle.members["2026/leaves.jsonl"]
    if dice.random() < 0.3:
        return victim.bundle.changed(leaves__jsonl=data[: dice.randrange(len(data))]).packed()
    return _with_leaves(victim, _lines(victim, "leaves.jsonl")[: -dice.randrange(1, 20)], dice)


def truncate_to_checkpoint(victim: Victim, dice: random.Random) -> BytesIO:
    """Cut back to an older checkpoint under a newer date, as it was, but for its size."""
    notes = victim.tree.notes()
    note = dice.choice(notes[:-1])
    size = note.split("\n")[1]
    forged = note.replace(f"\n{size}\n", f"\n{len(victim.entries)}\n", 1)
    return victim.bundle.changed(checkpoint=forged.encode()).packed()


def re_sign(victim: Victim, dice: random.Random) -> BytesIO:
    """Change any entry and sign the whole new tree with another key."""
    entries = list(victim.entries)
    dice.choice((entries.reverse, entries.pop, lambda: None))()
    tree = replace(victim.tree, entries=entries, seed=OTHER_KEY)
    return bundle(tree, openings=victim.bundle.openings).packed()


def forge_checkpoint(victim: Victim, dice: random.Random) -> BytesIO:
    """Put another key's signature of another tree under the true key's id."""
    entries = list(victim.entries)
    entries.pop(dice.randrange(len(entries)))
    cut = (len(entries), int(entries[-1].at.timestamp()) + 2)
    (note,) = notes_of([entry.hash for entry in entries], [cut], signer_of(OTHER_KEY, victim.tree.signer.verifier.name))
    text, _, own = note.rpartition("\n\n")
    true = victim.tree.notes()[-1].rpartition("\n\n")[2]
    tail = dice.choice([own, true, own + true, _under_true_ids(own, true)])
    note = f"{text}\n\n{tail}"
    forged = bundle(replace(victim.tree, entries=entries), openings=victim.bundle.openings)
    return forged.changed(checkpoint=note.encode()).packed()


def _under_true_ids(own: str, true: str) -> str:
    lines = []
    for mine, theirs in zip(own.splitlines(), true.splitlines(), strict=True):
        signature = base64.b64decode(theirs.split()[2])[:4] + base64.b64decode(mine.split()[2])[4:]
        lines.append(f"{mine.rpartition(' ')[0]} {b64(signature)}\n")
    return "".join(lines)


def swap_openings(victim: Victim, dice: random.Random) -> BytesIO:
    """Open one entry's commitments with what belongs to another; where there are no openings, flip something."""
    if not victim.bundle.openings:
        return flip_consistently(victim, dice)
    openings = [json.loads(line) for line in _lines(victim, "openings.jsonl")]
    one, other = dice.sample(openings, 2)
    if dice.random() < 0.5:
        one["index"], other["index"] = other["index"], one["index"]
    else:
        names = ["salt"] if one["number"] == other["number"] else ["number"]
        one.update({name: other[name] for name in names})
    openings.sort(key=lambda opening: int(opening["index"]))
    return victim.bundle.changed(openings__jsonl=b"".join(canonical(o) + b"\n" for o in openings)).packed()


def change_ruleset(victim: Victim, dice: random.Random) -> BytesIO:
    """Replay by laxer rules: under the old name, or under the name they deserve."""
    (name,) = (name for name in victim.bundle.members if name.startswith("rulesets/"))
    content = json.loads(victim.bundle.members[name])
    content["rules"].pop(dice.randrange(len(content["rules"])))
    data = canonical(content)
    members = dict(victim.bundle.members)
    if dice.random() < 0.5:
        members[name] = data
    else:
        del members[name]
        members[f"rulesets/{hashlib.sha256(data).hexdigest()}.json"] = data
    return replace(victim.bundle, members=members).packed()


def lose_or_add_member(victim: Victim, dice: random.Random) -> BytesIO:
    """Leave a member out, or smuggle one in."""
    members = dict(victim.bundle.members)
    if dice.random() < 0.5:
        members.pop(dice.choice(list(members)))
    else:
        members[dice.choice(("2026/extra", "README", "../x", "2026/leaves.jsonl.1", "rulesets/x.json"))] = b"{}"
    changed = replace(victim.bundle, members=members)
    return changed.packed(None if dice.random() < 0.5 else victim.bundle.manifest())


def altered(entry: Logged, change: Callable[[dict[str, Any]], Any]) -> Logged:
    """Write an entry anew with its leaf changed."""
    leaf = json.loads(entry.leaf)
    change(leaf)
    data = canonical(leaf)
    return replace(entry, leaf=data, hash=leaf_hash(data))


def alter_decision(victim: Victim, dice: random.Random) -> BytesIO:
    """With the true key: log another decision than the rules give."""
    entries, tree = list(victim.entries), victim.tree
    shown = range(tree.start, len(entries) if tree.end is None else tree.end)
    place = dice.choice([place for place in shown if entries[place].kind == "check"])
    entries[place] = altered(entries[place], dice.choice(LIES))
    return bundle(replace(tree, entries=entries), openings=victim.bundle.openings).packed()


def _other_verdict(leaf: dict[str, Any]) -> None:
    leaf["verdict"] = "deny" if leaf["verdict"] == "allow" else "allow"


LIES: tuple[Callable[[dict[str, Any]], Any], ...] = (
    _other_verdict,
    lambda leaf: leaf["reasons"].append(["no_consent", None]),
    lambda leaf: leaf.update(basis=["consent", "0" * 36]),
    lambda leaf: leaf.update(valid_until="2026-11-26T00:00:00.000000Z"),
    lambda leaf: leaf.update(not_before="2026-11-26T00:00:00.000000Z"),
    lambda leaf: leaf.update(ruleset="sha256:" + "0" * 64),
    lambda leaf: leaf["facts"].update(objected_all=not leaf["facts"]["objected_all"]),
    lambda leaf: leaf["facts"].update(line_type="satellite"),
    lambda leaf: leaf["facts"].update(at="2026-11-25T10:00:00.0Z"),
    lambda leaf: leaf["facts"].pop("zones"),
    lambda leaf: leaf["consents"].append("A" * 43),
    lambda leaf: leaf.update(consents=None),
    lambda leaf: leaf.update(attempts=["A" * 43]),
    lambda leaf: leaf.update(held=[99]),
    lambda leaf: leaf.update(log="0" * 32),
    lambda leaf: leaf.update(kind="cheque"),
    lambda leaf: leaf.update(schema=2),
)

MUTATIONS: tuple[Mutation, ...] = (
    *(flip, flip_in_manifest, flip_consistently, delete, insert, duplicate, reorder, truncate, truncate_to_checkpoint),
    *(re_sign, forge_checkpoint, swap_openings, change_ruleset, lose_or_add_member, alter_decision),
)
