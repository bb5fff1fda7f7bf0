"""The verifier's own Ed25519 agrees with RFC 8032 and with the library, and refuses what proves nothing."""

import hashlib
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.static.log import dialgate_verify as verifier
from app.static.log.dialgate_verify import L, P, is_signed, is_sound_key, verified_in_python
from tests.verify.bundles import b64

# RFC 8032, 7.1: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
            "55141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
            "00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
            "027beceea1ec40a"
        ),
    ),
]
# The eight points of low order, as encoded canonically: y is one of five values.
LOW_Y = (
    0,
    1,
    P - 1,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
)
EIGHT_TORSION = [(y | sign << 255).to_bytes(32, "little") for y in LOW_Y for sign in (0, 1)]
NOT_CANONICAL = [(y + P | sign << 255).to_bytes(32, "little") for y in range(19) for sign in (0, 1)]

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def both(key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify by both means, which must agree."""
    assert verifier.HAS_CRYPTOGRAPHY
    answers = {is_signed(key, signature, message), verified_in_python(key, signature, message)}
    assert len(answers) == 1, "the fallback and the library disagree"
    return answers.pop()


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_verify(secret: str, public: str, message: str, signature: str) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert private.public_key().public_bytes_raw().hex() == public
    assert both(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))
    assert not both(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message) + b"x")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_a_signature_verifies_and_none_with_a_bit_flipped(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert both(public, signature, message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not both(public, bytes(flipped), message)
    assert not both(public, signature, message + b"\x00")


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), st.binary(max_size=8))
def test_noise_never_verifies_and_never_breaks_anything(key: bytes, signature: bytes, message: bytes) -> None:
    assert not both(key, signature, message)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 63, 65])
def test_keys_and_signatures_of_another_length_are_refused(length: int) -> None:
    assert not both(PUBLIC, bytes(length), b"m")
    assert length == 32 or not is_sound_key(bytes(length))


def test_a_signature_has_one_form_only() -> None:
    """RFC 8032, 5.1.7: S is in the range 0 <= S < L; adding L gives a second signature of the same message."""
    signature = PRIVATE.sign(b"m")
    s = int.from_bytes(signature[32:], "little")
    assert both(PUBLIC, signature, b"m")
    for twin in (s + L, s + 2 * L, s + 7 * L):
        assert not both(PUBLIC, signature[:32] + twin.to_bytes(32, "little"), b"m")


def test_the_encoding_of_r_is_canonical_too() -> None:
    """R may be the neutral point, whose y is 1; its second spelling, P + 1, would pass a verifier that decodes R."""
    secret = int.from_bytes(hashlib.sha512(bytes(32)).digest()[:32], "little") & (1 << 254) - 8 | 1 << 254
    for y, is_canonical in ((1, True), (P + 1, False)):
        r = y.to_bytes(32, "little")
        k = int.from_bytes(hashlib.sha512(r + PUBLIC + b"m").digest(), "little")
        assert both(PUBLIC, r + (k * secret % L).to_bytes(32, "little"), b"m") is is_canonical


@pytest.mark.parametrize("key", EIGHT_TORSION, ids=lambda key: key.hex()[:8])
def test_a_key_of_low_order_is_refused(key: bytes) -> None:
    """Under such a key, R = -k·A and S = 0 sign eight messages of eight."""
    assert not is_sound_key(key)
    for message in (b"", b"a", b"b"):
        for r in EIGHT_TORSION:
            assert not both(key, r + bytes(32), message)


@pytest.mark.parametrize("key", NOT_CANONICAL, ids=lambda key: key.hex()[:8])
def test_a_key_in_a_second_spelling_is_refused(key: bytes) -> None:
    assert not is_sound_key(key)
    assert not both(key, PRIVATE.sign(b"m"), b"m")


def test_sound_keys_are_on_the_curve() -> None:
    dice = random.Random(0)
    keys = [dice.randbytes(32) for _ in range(200)]
    share = sum(is_sound_key(key) for key in keys)
    assert 60 < share < 140, "about half of all strings are points"
    for seed in keys[:20]:
        assert is_sound_key(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


@pytest.mark.parametrize("key", EIGHT_TORSION[:4] + NOT_CANONICAL[:2])
def test_such_a_key_is_refused_as_the_key_of_a_log(key: bytes) -> None:
    origin = "dialgate/" + "0" * 32 + "/2026"
    weak = verifier.Key(origin, key)
    text = f"{origin}+{weak.id(1).hex()}+{b64(bytes([1]) + key)}"
    with pytest.raises(verifier.Bad, match="low order"):
        verifier.read_vkey(text)
