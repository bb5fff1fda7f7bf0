"""Checkpoints: signed size, root and time; proofs as text; read by an independent implementation."""

import base64
from datetime import UTC, datetime, timedelta

import metamorphic_log as independent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.checkpoint import (
    Checkpoint,
    opened_checkpoint,
    origin_of,
    read_checkpoint,
    read_proof,
    signed_checkpoint,
    unverified_checkpoint,
    written_proof,
)
from app.domain.note import COSIGNATURE, BadNote, Line, key_id, read_note, signature_line, written_note
from tests.domain.signing import is_signed, signer

LOG = "0123456789abcdef" * 2
ORIGIN = origin_of(LOG, "2026")
AT = datetime(2026, 11, 18, 10, 0, 0, 999999, tzinfo=UTC)
ROOT = bytes(range(32))
OWN = signer(ORIGIN, b"s" * 32)
CHECKPOINT = Checkpoint(origin=ORIGIN, size=20852163, root=ROOT)
NOTE = signed_checkpoint(CHECKPOINT, signer=OWN, at=AT)


def opened(note: str) -> tuple[Checkpoint, datetime]:
    return opened_checkpoint(note, verifier=OWN.verifier, is_signed=is_signed)


def test_a_checkpoint_states_origin_size_root_and_time() -> None:
    assert NOTE.startswith(
        f"dialgate/{LOG}/2026\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— {ORIGIN} "
    )
    assert opened(NOTE) == (CHECKPOINT, AT.replace(microsecond=0))
    assert unverified_checkpoint(NOTE) == CHECKPOINT


def test_the_second_line_is_a_cosignature_over_time_and_body() -> None:
    """C2SP tlog-cosignature: `cosignature/v1`, `time …`, then the whole body; type 0x04."""
    text, (_, stated) = read_note(NOTE)
    assert stated.key_id == key_id(ORIGIN, COSIGNATURE, OWN.verifier.public)
    seconds = int(AT.timestamp())
    assert stated.signature[:8] == seconds.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    assert is_signed(OWN.verifier.public, stated.signature[8:], message)


def test_the_independent_implementation_accepts_it_and_refuses_every_change() -> None:
    vkey = OWN.verifier.vkey
    head = independent.checkpoint_verify(NOTE, [vkey])
    assert (head.origin, head.size, head.root, list(head.extensions)) == (ORIGIN, 20852163, ROOT, [])
    for old, new in ((ORIGIN, origin_of(LOG, "2027")), ("20852163", "20852164"), ("AAEC", "AAED")):
        with pytest.raises(independent.VerifyError):
            independent.checkpoint_verify(NOTE.replace(old, new), [vkey])
    with pytest.raises(independent.VerifyError):
        independent.checkpoint_verify(NOTE, [signer(ORIGIN, b"t" * 32).verifier.vkey])


def test_a_checkpoint_of_another_log_or_without_its_time_is_refused() -> None:
    text, (own, stated) = read_note(NOTE)
    other = Checkpoint(origin=origin_of(LOG, "2027"), size=1, root=ROOT).text
    late = Line(stated.name, stated.key_id, (2**40).to_bytes(8, "big") + stated.signature[8:])
    for note in (
        written_note(other, [signature_line(OWN, other)]),
        written_note(text, [own]),
        written_note(text, [stated]),
        written_note(text, [own, stated, stated]),
        written_note(text, [own, late]),
        written_note(text, [own, Line(stated.name, stated.key_id, stated.signature[:-1])]),
        NOTE.replace("20852163", "20852162"),
        signed_checkpoint(CHECKPOINT, signer=signer(ORIGIN, b"t" * 32), at=AT),
    ):
        with pytest.raises(BadNote):
            opened(note)


def test_another_cosigners_line_is_passed_over() -> None:
    text, lines = read_note(NOTE)
    witness = signature_line(signer("witness.example.com/w1", b"w" * 32), text)
    assert opened(written_note(text, [witness, *lines]))[0] == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n1\n",
        f"a\n01\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n-1\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n+1\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n1{'0' * 18}\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n٣\n{base64.b64encode(ROOT).decode()}\n",
        f"\n1\n{base64.b64encode(ROOT).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT).decode()[:-2]}9=\n",
        f"a\n1\n{base64.b64encode(ROOT).decode()}",
        f"a\n1\n{base64.b64encode(ROOT).decode()}\n\n",
        "a\n1\n!\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_checkpoint(text)


def test_extension_lines_are_passed_over() -> None:
    assert read_checkpoint(f"{CHECKPOINT.text}an extension\n") == CHECKPOINT


@given(size=st.integers(0, 10**18 - 1), root=st.binary(min_size=32, max_size=32), seconds=st.integers(0, 4 * 10**9))
def test_every_checkpoint_is_read_back_here_and_there(size: int, root: bytes, seconds: int) -> None:
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    note = signed_checkpoint(checkpoint, signer=OWN, at=at)
    assert opened(note) == (checkpoint, at)
    head = independent.checkpoint_verify(note, [OWN.verifier.vkey])
    assert (head.size, head.root) == (size, root)


@given(index=st.integers(0, 10**18 - 1), hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=64))
def test_every_proof_is_read_back(index: int, hashes: list[bytes]) -> None:
    assert read_proof(written_proof(index=index, hashes=hashes, checkpoint=NOTE)) == (index, hashes, NOTE)


def test_a_proof_has_the_form_that_c2sp_states() -> None:
    text = written_proof(index=7, hashes=[ROOT], checkpoint=NOTE)
    title, index, only, blank, *rest = text.split("\n")
    assert (title, index, blank) == ("c2sp.org/tlog-proof@v1", "index 7", "")
    assert base64.b64decode(only) == ROOT
    assert "\n".join(rest) == NOTE
    extra = text.replace("index 7", "extra AAAA\nindex 7")
    assert read_proof(extra) == (7, [ROOT], NOTE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 7", "index 07"),
        ("index 7", "index -7"),
        ("index 7\n", ""),
        ("AAEC", "A!EC"),
        ("AAECAwQF", ""),
        ("\n\n", "\n"),
    ],
)
def test_a_malformed_proof_is_refused(old: str, new: str) -> None:
    text = written_proof(index=7, hashes=[ROOT], checkpoint="checkpoint\n")
    with pytest.raises(BadNote):
        read_proof(text.replace(old, new))
