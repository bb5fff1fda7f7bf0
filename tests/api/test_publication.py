"""The published log: put together by the test's own arithmetic, verified by an independent implementation."""

import base64
import hashlib
from collections.abc import Sequence

import metamorphic_log as independent
import pytest

from app.domain.access import Role
from app.services.log import log_of
from tests.api.exported import entries, without_correlator
from tests.gate import Gate, Reply
from tests.outside import fill_log

NUMBER = "+420601123456"
NOBODY = "0" * 32


def log_id(gate: Gate, controller: int | None = 1) -> str:
    """Give the id of energo's log, or of the operator's (None)."""
    with gate.context.reading() as reading:
        return log_of(reading.session, controller_id=controller).id


def tree(gate: Gate, path: str = "") -> tuple[str, str, int, bytes]:
    """Give prefix, note, size and root of the log, or of a shard's path."""
    prefix = f"/log/{log_id(gate)}{path}"
    note = gate.get(f"{prefix}/checkpoint").text
    _, size, root, *_ = note.split("\n")
    return prefix, note, int(size), base64.b64decode(root)


def mth(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def chunks(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def suffix(width: int) -> str:
    return "" if width == 256 else f".p/{width}"


def test_the_tiles_make_the_root_that_the_checkpoint_states(energo: Gate) -> None:
    energo.consent(NUMBER)
    fill_log(energo, 600)
    prefix, _, size, root = tree(energo)
    assert 600 < size < 700
    leaves: list[bytes] = []
    for index in range(3):
        width = min(256, size - index * 256)
        tile = energo.get(f"{prefix}/tile/0/{index:03}{suffix(width)}")
        bundle = energo.get(f"{prefix}/tile/entries/{index:03}{suffix(width)}")
        assert tile.headers["Content-Type"] == bundle.headers["Content-Type"] == "application/octet-stream"
        hashes, data = chunks(tile.data), bundle.data
        own = []
        while data:
            length = int.from_bytes(data[:2], "big")
            own.append(hashlib.sha256(b"\x00" + data[2 : 2 + length]).digest())
            data = data[2 + length :]
        assert own == hashes
        assert len(own) == width
        leaves += hashes
    assert mth(leaves) == root
    above = chunks(energo.get(f"{prefix}/tile/1/000.p/2").data)
    assert above == [mth(leaves[:256]), mth(leaves[256:512])]
    assert energo.get(f"{prefix}/tile/0/002.p/7").data == b"".join(leaves[512:519]), "as an older checkpoint had it"
    beyond = f".p/{size - 511}"
    for none in (
        "0/003", "0/002", f"0/002{beyond}", "0/002.p/0", "0/002.p/256", "0/2", "0/x000/001", "00/000", "64/000",
        "1/000", "1/000.p/3", "2/000.p/1", "entries/002", f"entries/002{beyond}", "0", "", "0/000/", "-1/000",
        "data/000", "0/0٠0",
    ):  # fmt: skip
        assert energo.get(f"{prefix}/tile/{none}").status == 404, none


def test_an_independent_implementation_accepts_checkpoints_and_proofs(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.integrate()
    prefix, older, old_size, _ = tree(energo)
    decision = energo.check(NUMBER)
    entry = next(e for e in entries(energo) if e["entry"] == decision["decision_id"])
    fill_log(energo, 300)
    _, note, size, root = tree(energo)
    vkey = energo.get(f"{prefix}/vkey").text.strip()
    head = independent.checkpoint_verify(note, [vkey])
    assert (head.origin, head.size, head.root) == (vkey.split("+")[0], size, root)
    assert independent.verify_signed_note(note, [vkey]) == 1
    wrong = note.replace(str(size), str(size + 1), 1)
    with pytest.raises(independent.VerifyError):
        independent.checkpoint_verify(wrong, [vkey])

    proof = energo.get(f"/v1/decisions/{decision['decision_id']}/proof")
    assert proof.headers["Content-Type"] == "text/plain; charset=utf-8"
    head_lines, _, given = proof.text.partition("\n\n")
    assert given == note
    title, index, *hashes = head_lines.split("\n")
    assert title == "c2sp.org/tlog-proof@v1"
    digest = hashlib.sha256(b"\x00" + entry["leaf"].encode()).digest()
    path = [base64.b64decode(one) for one in hashes]
    place = int(index.removeprefix("index "))
    independent.checkpoint_verify_inclusion(note, [vkey], place, digest, path)
    with pytest.raises(independent.VerifyError):
        independent.checkpoint_verify_inclusion(note, [vkey], place + 1, digest, path)
    assert energo.get(f"{prefix}/proof?leaf_hash={entry['leaf_hash']}").text == proof.text

    consistency = energo.get(f"{prefix}/proof?from={old_size}").text
    head_lines, _, given = consistency.partition("\n\n")
    title, old, new, *hashes = head_lines.split("\n")
    assert (title, old, new) == ("dialgate/consistency-proof@v1", f"old {old_size}", f"new {size}")
    assert given == note
    path = [base64.b64decode(one) for one in hashes]
    independent.checkpoint_verify_consistency(older, note, [vkey], path)
    assert energo.get(f"{prefix}/proof?from={old_size}&to={size}").text == consistency


def test_a_proof_is_refused_for_what_no_checkpoint_covers(energo: Gate) -> None:
    energo.consent(NUMBER)
    fill_log(energo, 20)
    prefix, _, size, _ = tree(energo)
    for query, status, code in (
        ("from=0", 422, "bad_proof"),
        (f"from={size + 1}", 422, "bad_proof"),
        (f"from=1&to={size - 1}", 422, "unsigned_size"),
        (f"from=1&to={size + 1}", 422, "unsigned_size"),
        ("from=01", 422, "invalid_query"),
        ("", 422, "invalid_query"),
        (f"leaf_hash={'A' * 43}&from=1", 422, "invalid_query"),
        (f"leaf_hash={'A' * 43}", 404, "unknown_log"),
        (f"leaf_hash={'A' * 42}", 422, "invalid_query"),
    ):
        answer = energo.get(f"{prefix}/proof?{query}")
        assert (answer.status, answer.json["code"]) == (status, code), query
    assert energo.get(f"{prefix}/proof?from={size}").status == 200


def test_a_decision_without_a_place_yet_is_to_be_asked_for_again(energo: Gate) -> None:
    decision = energo.check(NUMBER)["decision_id"]
    for key in ("auditor", "dialer"):
        answer = energo.get(f"/v1/decisions/{decision}/proof", key=key)
        assert (answer.status, answer.json["code"]) == (409, "not_integrated")
        assert answer.headers["Retry-After"] == "1"
    energo.integrate()
    for key in ("auditor", "dialer"):
        assert energo.get(f"/v1/decisions/{decision}/proof", key=key).status == 200
    assert energo.get(f"/v1/decisions/{decision}/proof", key="manager").status == 403
    assert energo.get("/v1/decisions/01a1ee19-5500-7000-8934-5dc7859c5344/proof").status == 404


def test_a_shard_is_served_under_its_own_name_for_ever(energo: Gate) -> None:
    energo.consent(NUMBER)
    fill_log(energo, 256)
    prefix, note, _, _ = tree(energo)
    shard = f"{prefix}/2026"
    assert energo.get(f"{shard}/checkpoint").text == note
    assert energo.get(f"{shard}/vkey").text == energo.get(f"{prefix}/vkey").text
    for tile in ("0/000", "entries/000", "1/000.p/1"):
        answer = energo.get(f"{shard}/tile/{tile}")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert energo.get(f"{prefix}/tile/{tile}").data == answer.data
        assert energo.get(f"{prefix}/tile/{tile}").headers["Cache-Control"] == "private, no-cache"
    assert energo.get(f"{shard}/checkpoint").headers["Cache-Control"] == "private, no-cache"
    for none in ("2025/checkpoint", "2026-2/checkpoint", "2026/tile/0/001", "x/vkey", "2025/proof?from=1"):
        assert energo.get(f"{prefix}/{none}").status == 404, none


def test_what_has_not_changed_is_not_sent_again(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.integrate()
    prefix, *_ = tree(energo)
    first = energo.get(f"{prefix}/checkpoint")
    again = {"If-None-Match": first.headers["ETag"]}
    unchanged = energo.get(f"{prefix}/checkpoint", headers=again)
    assert (unchanged.status, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    fill_log(energo, 1)
    assert energo.get(f"{prefix}/checkpoint", headers=again).status == 200


def paths(gate: Gate, log: str) -> list[str]:
    proof = f"proof?leaf_hash={'A' * 43}"
    return [
        f"/log/{log}/{end}" for end in ("checkpoint", "tile/0/000.p/1", "2026/vkey", "2026/tile/entries/000", proof)
    ]


def test_an_unknown_log_and_one_of_another_are_answered_alike(energo: Gate) -> None:
    energo.consent(NUMBER)
    bank = energo.controller("bank")
    energo.integrate()
    log = log_id(energo)
    own = log_id(energo, None)
    stranger = energo.key(Role.AUDITOR, controllers=[bank])
    for theirs, none in zip(paths(energo, log) + paths(energo, own), paths(energo, NOBODY) * 2, strict=True):
        answers = [energo.get(path, key=stranger) for path in (theirs, none)]
        assert [one.status for one in answers] == [404, 404]
        assert without_correlator(answers[0].json) == without_correlator(answers[1].json)
        for key, status in (("dialer", 403), (None, 401)):
            refused = [energo.get(path, key=key) for path in (theirs, none)]
            assert [one.status for one in refused] == [status, status]
            assert without_correlator(refused[0].json) == without_correlator(refused[1].json)
    assert energo.get(f"/log/{log}/checkpoint", key="auditor").status == 200
    assert energo.get(f"/log/{own}/checkpoint", key="auditor").status == 200


def flask(gate: Gate, *words: str) -> str:
    done = gate.app.test_cli_runner().invoke(args=list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_the_operator_publishes_a_log_and_anybody_may_read_it_until_it_is_closed(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.controller("bank")
    energo.integrate()
    log = log_id(energo)
    theirs = energo.get(f"/log/{log}/checkpoint")
    assert flask(energo, "log", "publish", "--controller", "energo") == f"{log} published\n"
    assert flask(energo, "log", "publish", log) == f"{log} published (as before)\n"

    def asked(key: str | None = None) -> Reply:
        return energo.get(f"/log/{log}/checkpoint", key=key)

    for key in (None, "", "nonsense", "dialer"):
        assert (asked(key).status, asked(key).text) == (200, theirs.text)
        assert asked(key).headers["Cache-Control"] == "public, no-cache"
    assert (
        energo.get(f"/log/{log}/2026/tile/0/000.p/1", key=None).headers["Cache-Control"].startswith("public, max-age")
    )
    assert energo.get(f"/log/{log}/2026/tile/entries/000.p/1", key=None).status == 200
    assert energo.get(f"/log/{log}/proof?from=1", key=None).status == 200
    assert energo.get("/v1/log/export", key=None).status == 401
    other = log_id(energo, None)
    assert energo.get(f"/log/{other}/checkpoint", key=None).status == 401
    energo.now = energo.now.replace(minute=1)
    assert flask(energo, "log", "unpublish", "--controller", "energo") == f"{log} not published\n"
    assert asked().status == 401
    acts = [e["leaf"] for e in entries(energo) if '"published"' in e["leaf"]]
    assert len(acts) == 2
    assert all(log in act for act in acts)
    assert flask(energo, "log", "publish", "--operator") == f"{other} published\n"
    assert energo.get(f"/log/{other}/checkpoint", key=None).status == 200
