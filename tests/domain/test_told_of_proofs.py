"""What is wrong with a note, a key, a checkpoint or a proof is told in one sentence, each fault in its own."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.checkpoint import (
    Checkpoint,
    opened_checkpoint,
    read_checkpoint,
    read_proof,
    signed_checkpoint,
    written_proof,
)
from app.domain.errors import InvalidInput
from app.domain.merkle import (
    consistency_ranges,
    inclusion_ranges,
    node_hash,
    require_consistency,
    require_inclusion,
)
from app.domain.note import (
    COSIGNATURE,
    Line,
    Verifier,
    key_id,
    opened_note,
    read_note,
    read_vkey,
    require_sound_key,
    written_note,
)
from app.domain.note import signature_line as signed
from tests.domain.signing import ENOCHS_LINE, PETER, PETERS_LINE, TEXT, is_signed, signer

AT = datetime(2026, 11, 18, 10, tzinfo=UTC)
ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
OWN = signer("log", b"s" * 32)
CHECKPOINT = Checkpoint(origin="log", size=7, root=ROOT)
BODY, (SIGNED, STATED) = read_note(signed_checkpoint(CHECKPOINT, signer=OWN, at=AT))
PROOF = written_proof(index=7, hashes=[ROOT], checkpoint="checkpoint\n")
A, B, C = b"a" * 32, b"b" * 32, b"c" * 32


def opened(text: str, *lines: Line) -> object:
    return opened_checkpoint(written_note(text, lines), verifier=OWN.verifier, is_signed=is_signed)


def stated(seconds: int) -> Line:
    """Sign a time of the checkpoint, however absurd."""
    name, public = OWN.verifier.name, OWN.verifier.public
    signature = OWN.sign(f"cosignature/v1\ntime {seconds}\n{BODY}".encode())
    return Line(name, key_id(name, COSIGNATURE, public), seconds.to_bytes(8, "big") + signature)


def peters(note: str) -> object:
    return opened_note(note, verifier=read_vkey(PETER), is_signed=is_signed)


def consistent(proof: list[bytes], new_root: bytes = node_hash(A, B)) -> None:
    require_consistency(old_size=1, old_root=A, new_size=2, new_root=new_root, proof=proof)


ELSEWHERE = Checkpoint(origin="another", size=7, root=ROOT).text

TOLD: list[tuple[str, Callable[[], object]]] = [
    ("a key's name has no space and no plus sign", lambda: Verifier("a b", OWN.verifier.public)),
    ("an Ed25519 key has 32 bytes", lambda: require_sound_key(b"\2" * 31)),
    ("the key is not in its canonical form", lambda: require_sound_key(b"\xff" * 32)),
    ("the key is a point of low order", lambda: require_sound_key(bytes(32))),
    ("the key is not base64", lambda: read_vkey(PETER[:-1])),
    ("the key is not base64", lambda: read_vkey(f"{PETER}!")),
    ("the key is not an Ed25519 key", lambda: read_vkey(PETER.replace("+ARpc", "+ZRpc"))),
    ("the key's id does not fit its name and bytes", lambda: read_vkey(PETER.replace("c74f", "c74e"))),
    ("a note's text ends with a newline and holds no control character", lambda: written_note("a\tb\n", [])),
    ("a note ends with signature lines", lambda: read_note(TEXT)),
    ("a note ends with signature lines", lambda: read_note(f"{TEXT}\n{PETERS_LINE[:-1]}")),
    ("the note has too many signature lines", lambda: read_note(f"{TEXT}\n{PETERS_LINE * 101}")),
    ("a signature line is malformed", lambda: read_note(f"{TEXT}\nPeter\n")),
    ("a signature is not base64", lambda: read_note(f"{TEXT}\n— Peter x08gow\n")),
    ("a signature is too short, or not in its canonical form", lambda: read_note(f"{TEXT}\n— Peter x08goQ==\n")),
    (
        "the note is not signed by the expected key, or more than once",
        lambda: peters(f"{TEXT}\n{ENOCHS_LINE}"),
    ),
    ("the note's signature is wrong", lambda: peters(f"{TEXT} \n\n{PETERS_LINE}")),
    ("the note is no checkpoint", lambda: read_checkpoint(f"log\n07\n{ROOT_TEXT}\n")),
    ("the checkpoint's root is not base64", lambda: read_checkpoint("log\n7\nA\n")),
    ("the checkpoint's root is not base64", lambda: read_checkpoint(f"log\n7\n!{ROOT_TEXT}\n")),
    ("the checkpoint's root is not a hash", lambda: read_checkpoint("log\n7\nAAAA\n")),
    ("the checkpoint is of another log", lambda: opened(ELSEWHERE, signed(OWN, ELSEWHERE))),
    ("the checkpoint does not state its time", lambda: opened(BODY, SIGNED)),
    ("the checkpoint does not state its time", lambda: opened(BODY, SIGNED, STATED, STATED)),
    (
        "the checkpoint does not state its time",
        lambda: opened(BODY, SIGNED, replace(STATED, signature=STATED.signature + b"\0")),
    ),
    (
        "the time of the checkpoint is not signed",
        lambda: opened(BODY, SIGNED, replace(STATED, signature=bytes(8) + STATED.signature[8:])),
    ),
    ("the time of the checkpoint is absurd", lambda: opened(BODY, SIGNED, stated(2**40))),
    ("the text is no proof", lambda: read_proof(PROOF.replace("@v1", "@v2"))),
    ("the text is no proof", lambda: read_proof("c2sp.org/tlog-proof@v1\n\ncheckpoint\n")),
    ("a hash of the proof is not base64", lambda: read_proof(PROOF.replace("AAEC", "A!EC"))),
    ("a hash of the proof is not a hash", lambda: read_proof(PROOF.replace("AAECAwQF", ""))),
    ("there is no such leaf in a tree of this size", lambda: inclusion_ranges(2, 2)),
    ("there is no such leaf in a tree of this size", lambda: inclusion_ranges(-1, 2)),
    (
        "a consistency proof is from a size of at least 1 to one that is not smaller",
        lambda: consistency_ranges(3, 2),
    ),
    (
        "the inclusion proof has another length",
        lambda: require_inclusion(A, index=0, size=2, proof=[], root=node_hash(A, B)),
    ),
    (
        "the inclusion proof leads to another root",
        lambda: require_inclusion(A, index=0, size=2, proof=[C], root=node_hash(A, B)),
    ),
    ("the consistency proof has another length", lambda: consistent([])),
    ("the consistency proof leads to another root", lambda: consistent([C])),
]


@pytest.mark.parametrize(("sentence", "refused"), TOLD)
def test_each_fault_of_a_proof_has_a_sentence_of_its_own(sentence: str, refused: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        refused()
    assert refusal.value.detail == sentence


def test_the_last_time_that_is_not_absurd_is_the_one_before_two_to_the_fortieth() -> None:
    found = opened_checkpoint(written_note(BODY, [SIGNED, stated(2**37)]), verifier=OWN.verifier, is_signed=is_signed)
    assert found == (CHECKPOINT, datetime.fromtimestamp(2**37, UTC))


def test_a_hundred_signature_lines_are_read() -> None:
    assert len(read_note(f"{TEXT}\n{PETERS_LINE * 100}")[1]) == 100
