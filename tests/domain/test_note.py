"""Signed notes: the vectors of the Go implementation, what is refused, and an independent one that reads ours."""

import base64

import metamorphic_log as independent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.note import (
    ED25519,
    BadKey,
    BadNote,
    Verifier,
    key_id,
    opened_note,
    read_note,
    read_vkey,
    require_sound_key,
    signature_line,
    written_note,
)
from tests.domain.signing import (
    ENOCH,
    ENOCHS_LINE,
    PETER,
    PETERS_LINE,
    PETERS_SECRET,
    TEXT,
    is_signed,
    signer,
)

PRIME = 2**255 - 19
LOW_ORDER = (
    0,
    1,
    PRIME - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
)
"""RFC 7748's relatives on the Edwards curve: the points whose eightfold is the neutral one."""


def opened(note: str, vkey: str = PETER) -> str:
    return opened_note(note, verifier=read_vkey(vkey), is_signed=is_signed)[0]


def test_a_note_is_signed_as_the_go_implementation_signs_it() -> None:
    peter = signer("PeterNeumann", base64.b64decode(PETERS_SECRET)[1:])
    assert peter.verifier.vkey == PETER
    assert written_note(TEXT, [signature_line(peter, TEXT)]) == f"{TEXT}\n{PETERS_LINE}"


def test_a_note_is_opened_by_each_key_that_signed_it() -> None:
    note = f"{TEXT}\n{PETERS_LINE}{ENOCHS_LINE}"
    assert opened(note) == opened(note, ENOCH) == TEXT
    assert [line.name for line in read_note(note)[1]] == ["PeterNeumann", "EnochRoot"]
    for alone, vkey in ((ENOCHS_LINE, PETER), (PETERS_LINE, ENOCH)):
        with pytest.raises(BadNote):
            opened(f"{TEXT}\n{alone}", vkey)


def test_the_key_is_read_whole_or_not_at_all() -> None:
    assert read_vkey(PETER).vkey == PETER
    for start in range(len(PETER)):
        for end in range(start, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(BadKey):
                    read_vkey(PETER[start:end])
    for place in range(len(PETER)):
        with pytest.raises(BadKey):
            read_vkey(PETER[:place] + chr(ord(PETER[place]) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann\n+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
    ids=["too long", "another algorithm", "an id in capitals", "a space in the name", "a line in the name"],
)
def test_a_key_that_is_no_ed25519_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadKey):
        read_vkey(vkey)


@pytest.mark.parametrize("sign", [0, 1], ids=["x even", "x odd"])
@pytest.mark.parametrize("y", LOW_ORDER)
def test_a_key_of_low_order_is_refused(y: int, sign: int) -> None:
    """Under such a key one signature fits many messages (RFC 8032, 5.1.7; order 1, 2, 4 and 8)."""
    with pytest.raises(BadKey):
        require_sound_key((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("beyond", range(19))
def test_a_key_in_a_second_spelling_is_refused(beyond: int) -> None:
    """RFC 8032, 5.1.3: if the resulting value is >= p, decoding fails."""
    for sign in (0, 1):
        with pytest.raises(BadKey):
            require_sound_key((PRIME + beyond | sign << 255).to_bytes(32, "little"))


def test_keys_beside_the_refused_ones_pass() -> None:
    for y in (2, 3, PRIME - 2):
        require_sound_key(y.to_bytes(32, "little"))
    for length in (0, 31, 33):
        with pytest.raises(BadKey):
            require_sound_key(b"\x02" * length)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{PETERS_LINE[:-1]}",
        f"\x01{TEXT}\n{PETERS_LINE}",
        f"{TEXT}\r\n{PETERS_LINE}",
        f"{TEXT[:-1]}{PETERS_LINE}",
        f"{TEXT}\n{PETERS_LINE.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{PETERS_LINE.replace('PeterNeumann', 'Peter+Neumann')}",
        f"{TEXT}\n{PETERS_LINE.replace('—', '-')}",
        f"{TEXT}\n{PETERS_LINE}Unexpected line.\n",
        f"{TEXT}\n{PETERS_LINE}\n{PETERS_LINE}"[:-1],
        f"{TEXT}\n{PETERS_LINE * 101}",
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        f"{TEXT}\n— PeterNeumann x08g\n",
        f"{TEXT}\n{PETERS_LINE.replace('AM=', 'AN=')}",
        f"{TEXT}\n{PETERS_LINE.replace('AM=', 'AM')}",
        f"{TEXT}\n{PETERS_LINE * 2}",
        f"{TEXT}\n{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}",
        f"{TEXT}\n{PETERS_LINE}{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}",
        f"{TEXT} \n{PETERS_LINE}",
        f"\n{TEXT}\n{PETERS_LINE}",
        f"{TEXT}\n{PETERS_LINE.replace('x08g', 'xxxx')}",
        f"{TEXT}\n{PETERS_LINE.replace('PeterNeumann', 'CarmenSandiego')}",
    ],
)
def test_a_note_that_is_malformed_or_not_signed_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        opened(note)


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\r\n", "a\x00\n"])
def test_no_other_text_is_ever_signed(text: str) -> None:
    with pytest.raises(BadNote):
        written_note(text, [])


def test_a_name_that_could_not_be_read_back_is_refused() -> None:
    public = read_vkey(PETER).public
    for name in ("", "a b", "a+b", "a\u2003b", "a\n"):
        with pytest.raises(BadKey):
            Verifier(name, public)
    assert key_id("PeterNeumann", ED25519, public).hex() == "c74f20a3"


names = st.text("abcdefghijklmnopqrstuvwxyz0123456789/.-", min_size=1, max_size=40)
lines = st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40), min_size=1)


@given(name=names, lines=lines, seed=st.binary(min_size=32, max_size=32), flipped=st.integers(0, 511))
def test_our_notes_and_the_independent_implementations_verdicts_agree(
    name: str, lines: list[str], seed: bytes, flipped: int
) -> None:
    text = "\n".join(lines) + "\n"
    own = signer(name, seed)
    line = signature_line(own, text)
    note = written_note(text, [line])
    assert opened(note, own.verifier.vkey) == text
    assert independent.verify_signed_note(note, [own.verifier.vkey]) == 1
    bad = bytearray(line.signature)
    bad[flipped // 8] ^= 1 << flipped % 8
    forged = written_note(text, [type(line)(line.name, line.key_id, bytes(bad))])
    with pytest.raises(BadNote):
        opened(forged, own.verifier.vkey)
    with pytest.raises(independent.VerifyError):
        independent.verify_signed_note(forged, [own.verifier.vkey])


def test_what_the_go_implementation_signed_the_independent_one_accepts_as_we_do() -> None:
    note = f"{TEXT}\n{PETERS_LINE}{ENOCHS_LINE}"
    assert independent.verify_signed_note(note, [PETER, ENOCH]) == 2
