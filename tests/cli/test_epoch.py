"""After a loss that cannot be undone: the log itself says what was lost, and goes on in a tree of its own."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import Result

from app.db.sequences import leaves_between
from app.db.trees import Shard, shards_of
from app.services.outside import LogRolledBack
from app.services.outside_files import write_copy
from app.services.publication import published_state
from tests.api.exported import leaves
from tests.gate import Gate, make_gate
from tests.outside import NUMBER, Swap, grown, older_copy, published, signed_copy


@pytest.fixture
def rolled_back(energo: Gate, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Swap]:
    """Give a gate whose database is as it was before the last four checks, with one entry that waits for its place."""
    energo.consent(NUMBER)
    published(energo)
    energo.check(NUMBER)
    template = None if energo.context.is_sqlite else request.getfixturevalue("postgres_empty")
    with older_copy(energo, template, tmp_path) as swap:
        grown(energo)
        swap.exchange(energo)
        yield swap


SCHEMA = Path(__file__).parents[2] / "app" / "static" / "log" / "leaf-v1.schema.json"


def flask(gate: Gate, *words: str, typed: str = "") -> Result:
    return gate.app.test_cli_runner().invoke(args=list(words), input=typed)


def trees(gate: Gate) -> dict[str, list[Shard]]:
    """Give the trees of every log, oldest first."""
    found: dict[str, list[Shard]] = {}
    with gate.context.reading(any_history=True) as reading:
        for shard in shards_of(reading.session):
            found.setdefault(shard.log_id, []).append(shard)
    return found


def checked(gate: Gate) -> int:
    return gate.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer").status


def test_nothing_starts_to_serve_until_it_is_declared(energo: Gate, rolled_back: Swap) -> None:
    refused = flask(energo, "serve")
    assert refused.exit_code == 1
    assert "log_rolled_back" in refused.output
    assert "entries were published, the database has" in refused.output
    assert "flask log epoch" in refused.output
    url = energo.context.engine.url.render_as_string(hide_password=False)
    with pytest.raises(LogRolledBack):
        make_gate(url, energo.context.data_dir, runs_jobs=True)
    for words in (("log", "list"), ("db", "current"), ("log", "checkpoint", "--operator")):
        done = flask(energo, *words)
        assert done.exit_code == 0, (words, done.output)
    assert flask(energo, "controllers", "add", "bank", "--name", "Bank", "--country", "CZ").exit_code == 1


def test_an_epoch_begins_a_tree_whose_first_leaf_names_what_was_lost(energo: Gate, rolled_back: Swap) -> None:
    before = trees(energo)
    assert checked(energo) == 503
    done = flask(energo, "log", "epoch", "--reason", "restored_backup", "--lost", "4")
    assert done.exit_code == 0, done.output
    log, label = next((id, found[-1].label) for id, found in trees(energo).items() if len(found) > len(before[id]))
    assert f"log {log}: shard 2026-2 begins\n" in done.output
    assert label == "2026-2"
    old, new = trees(energo)[log]
    assert old == before[log][0], "the old tree is closed for ever"
    with energo.context.reading() as reading:
        rows = leaves_between(reading.session, log_id=log, shard=label, start=0, end=new.size)
    first, *waited = [json.loads(row["leaf"]) for row in rows]
    outside = energo.context.data_dir / "outside" / log / "2026" / "checkpoint"
    _, size, root, *_ = outside.read_text(encoding="utf-8").split("\n")
    assert (first["kind"], first["act"], first["shard"]) == ("epoch", "declared", "2026")
    assert (first["size"], first["root"]) == (int(size), root)
    assert first["kept"] == old.size == int(size) - 4
    assert len(base64.b64decode(first["kept_root"])) == 32
    assert [leaf["kind"] for leaf in waited] == ["check"], "what waited has its place behind it"
    assert checked(energo) == 200
    assert energo.get("/readyz", key=None).status == 200
    energo.context.require_own_history()


def test_the_operators_log_says_it_too(energo: Gate, rolled_back: Swap) -> None:
    assert flask(energo, "log", "epoch", "--reason", "failover", "--lost", "4").exit_code == 0
    (act,) = [leaf for leaf in leaves(energo) if leaf.get("act") == "epoch_declared"]
    assert (act["kind"], act["reason"], act["shard"]) == ("admin", "failover", "2026")
    assert act["size"] == act["kept"] + 4


def test_a_log_that_was_lost_whole_is_named_in_the_operators_log(energo: Gate) -> None:
    grown(energo)
    outside, stranger = energo.context.data_dir / "outside", "f" * 32
    for label, size in (("2026", 3), ("2026-2", 2)):
        write_copy(outside, signed_copy(energo, stranger, label, size), keys=energo.context.log_keys)
    energo.context.engine.dispose()
    assert checked(energo) == 503
    done = flask(energo, "log", "epoch", "--reason", "unknown", "--lost", "5")
    assert done.exit_code == 0, done.output
    assert "begins" not in done.output
    assert checked(energo) == 200
    named = [leaf for leaf in leaves(energo) if leaf.get("act") == "epoch_declared"]
    assert [(leaf["ended"], leaf["shard"], leaf["size"]) for leaf in named] == [
        (stranger, "2026", 3),
        (stranger, "2026-2", 2),
    ]


def test_what_an_epoch_says_fits_the_published_schema(energo: Gate, rolled_back: Swap) -> None:
    assert flask(energo, "log", "epoch", "--reason", "failover", "--lost", "4").exit_code == 0
    validator = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    said = [leaf for leaf in leaves(energo) if leaf.get("act") in ("declared", "epoch_declared")]
    assert len(said) == 2
    for leaf in said:
        assert validator.is_valid(leaf), leaf


def test_it_is_declared_only_by_whoever_knows_what_is_lost(energo: Gate, rolled_back: Swap) -> None:
    refused = flask(energo, "log", "epoch", "--reason", "restored_backup", "--lost", "3")
    assert (refused.exit_code, "4 entries are lost, not 3" in refused.output) == (1, True)
    refused = flask(energo, "log", "epoch", "--reason", "restored_backup", typed="y\n5\n")
    assert refused.exit_code == 1
    assert len({shard.label for found in trees(energo).values() for shard in found}) == 1
    assert checked(energo) == 503
    done = flask(energo, "log", "epoch", "--reason", "restored_backup", typed="4\n")
    assert done.exit_code == 0, done.output
    assert "4 entries are lost for good" in done.output
    assert checked(energo) == 200


def test_without_a_loss_nothing_is_declared(energo: Gate) -> None:
    grown(energo)
    done = flask(energo, "log", "epoch", "--reason", "restored_backup", "--lost", "0")
    assert (done.exit_code, "there is nothing to declare" in done.output) == (0, True)
    assert all(len(found) == 1 for found in trees(energo).values())


def test_the_gate_goes_on_from_the_epoch_and_is_refused_again_when_that_is_lost(
    energo: Gate, rolled_back: Swap
) -> None:
    assert flask(energo, "log", "epoch", "--reason", "restored_backup", "--lost", "4").exit_code == 0
    grown(energo)
    energo.context.engine.dispose()
    energo.context.require_own_history()
    (log,) = [id for id, found in trees(energo).items() if len(found) == 2]
    outside = energo.context.data_dir / "outside" / log
    assert {place.name for place in outside.iterdir()} == {"2026", "2026-2"}
    kept = (outside / "2026" / "checkpoint").read_bytes()
    rolled_back.exchange(energo)  # the newer one comes back, but it knows nothing of the epoch
    assert checked(energo) == 503
    assert (outside / "2026" / "checkpoint").read_bytes() == kept
    rolled_back.exchange(energo)
    assert checked(energo) == 200


def test_a_tree_that_ended_is_never_signed_again(energo: Gate, rolled_back: Swap) -> None:
    assert flask(energo, "log", "epoch", "--reason", "restored_backup", "--lost", "4").exit_code == 0
    (log,) = [id for id, found in trees(energo).items() if len(found) == 2]

    def signed() -> int:
        with energo.context.reading() as reading:
            ended = [tree for tree in published_state(reading.session) if (tree["log"], tree["shard"]) == (log, "2026")]
        size: int = ended[0]["signed"]
        return size

    before = signed()
    for _ in range(3):
        energo.check(NUMBER)
        energo.integrate()
    assert signed() == before
    answer = energo.get(f"/log/{log}/2026/checkpoint")
    assert (answer.status, answer.text.split("\n")[1]) == (200, str(before))
    assert energo.get(f"/log/{log}/checkpoint").text.startswith(f"dialgate/{log}/2026-2\n")
