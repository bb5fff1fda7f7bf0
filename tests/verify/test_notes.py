"""Checkpoints are read strictly: C2SP signed-note, tlog-checkpoint and tlog-cosignature, by the one key named."""

from collections.abc import Callable

import pytest

from app.domain.note import COSIGNATURE, ED25519, key_id
from app.static.log.dialgate_verify import Bad, read_checkpoint, read_vkey
from tests.verify.bundles import OTHER_KEY, TRUE_KEY, Tree, b64, signer_of

SIGNER = Tree(entries=()).signer
NAME = SIGNER.verifier.name
KEY = read_vkey(SIGNER.verifier.vkey)
ROOT = bytes(range(32))
TEXT = f"{NAME}\n7\n{b64(ROOT)}\n"
TIME = 1_800_000_000


def line(text: str, kind: int, *, seed: bytes = TRUE_KEY, name: str = NAME, time: int = TIME) -> str:
    """Sign a text; the line names the key that did."""
    signer = signer_of(seed, name)
    id = key_id(name, kind, signer.verifier.public)
    if kind == ED25519:
        return f"— {name} {b64(id + signer.sign(text.encode()))}\n"
    signature = signer.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    return f"— {name} {b64(id + time.to_bytes(8, 'big') + signature)}\n"


def note(text: str = TEXT, *lines: str) -> str:
    """Write a note with both signatures, or the lines given."""
    return f"{text}\n" + "".join(lines or (line(text, ED25519), line(text, COSIGNATURE)))


def both(text: str) -> str:
    """Sign whatever text as the log does."""
    return note(text)


PLAIN, TIMED = line(TEXT, ED25519), line(TEXT, COSIGNATURE)
WITNESS = line(TEXT, COSIGNATURE, seed=OTHER_KEY, name="witness.example/w1")


@pytest.mark.parametrize(
    "sound",
    [
        note(),
        note(TEXT, TIMED, PLAIN),
        note(TEXT, WITNESS, PLAIN, TIMED),
        note(TEXT, PLAIN, TIMED, line(TEXT, ED25519, seed=OTHER_KEY)),
        both(TEXT + "an extension\n"),
    ],
)
def test_a_sound_checkpoint_is_read_with_its_time(sound: str) -> None:
    assert read_checkpoint(sound, KEY) == (7, ROOT, TIME)


@pytest.mark.parametrize(
    "bad",
    [
        note(TEXT, PLAIN),
        note(TEXT, TIMED),
        note(TEXT, WITNESS),
        note(TEXT, PLAIN, TIMED, line(TEXT, COSIGNATURE, time=TIME + 1)),
        note(TEXT, PLAIN, line(TEXT, COSIGNATURE, time=0)),
        note(TEXT, PLAIN, line(TEXT, COSIGNATURE, time=2**63)),
        note(TEXT, PLAIN, TIMED, line("another\n", ED25519)),
        note(TEXT, PLAIN, TIMED, line("another\n", COSIGNATURE)),
        note(TEXT, line(TEXT, ED25519, seed=OTHER_KEY), TIMED),
        both(TEXT.replace("\n7\n", "\n07\n")),
        both(TEXT.replace("\n7\n", "\n-7\n")),
        both(TEXT.replace("\n7\n", "\n٧\n")),
        both(TEXT.replace("\n7\n", "\n" + "9" * 30 + "\n")),
        both(TEXT.replace(b64(ROOT), b64(ROOT[:31]))),
        both(TEXT.replace(b64(ROOT), b64(ROOT).rstrip("="))),
        both(TEXT.replace(b64(ROOT), b64(ROOT)[:-2] + "9=")),
        both(TEXT.replace(NAME, NAME + "5")),
        both(TEXT.replace("2026", "2025")),
        both(f"{NAME}\n7\n"),
        both(f"{NAME}\n7\n\n{b64(ROOT)}\n"),
        both(TEXT + "\ta tab\n"),
        both(TEXT + "x" * 20_000 + "\n"),
    ],
)
def test_a_checkpoint_that_is_not_one_is_refused(bad: str) -> None:
    with pytest.raises(Bad):
        read_checkpoint(bad, KEY)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: text + "junk\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("— ", "- "),
        lambda text: text.replace("— ", "—"),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\n\n", "\n\n\n"),
        lambda text: text.replace(f"— {NAME}", f"— {NAME} "),
        lambda text: text[:-5] + "!" + text[-4:],
        lambda text: "\ufeff" + text,
        lambda text: "",
        lambda text: "\n\n",
    ],
)
def test_a_note_that_is_malformed_is_refused(spoil: Callable[[str], str]) -> None:
    with pytest.raises(Bad):
        read_checkpoint(spoil(note()), KEY)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda vkey: vkey.replace("dialgate/", "other/"),
        lambda vkey: vkey.replace("/2026+", "/26+"),
        lambda vkey: vkey.replace("/2026+", "/2026-1+"),
        lambda vkey: vkey.replace("+", "+0", 1),
        lambda vkey: vkey.rpartition("+")[0] + "+" + b64(b"\x02" + KEY.public),
        lambda vkey: vkey.rpartition("+")[0] + "+" + b64(b"\x01" + KEY.public[:31]),
        lambda vkey: f"{NAME}+00000000+" + vkey.rpartition("+")[2],
        lambda vkey: NAME,
        lambda vkey: "",
    ],
)
def test_a_vkey_that_is_malformed_is_refused(spoil: Callable[[str], str]) -> None:
    assert read_vkey(SIGNER.verifier.vkey + "\n") == KEY
    with pytest.raises(Bad):
        read_vkey(spoil(SIGNER.verifier.vkey))
