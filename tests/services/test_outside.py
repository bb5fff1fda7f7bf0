"""A database that lost published entries is refused: at the start, at every reconnection, and by the sequencer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.trees import shards_of
from app.services.outside import LogRolledBack
from app.services.outside_files import read_folders, write_copy
from tests.gate import Gate, make_gate
from tests.outside import NUMBER, Swap, copier, grown, older_copy, published, signed_copy


@pytest.fixture
def swap(energo: Gate, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Swap]:
    """Give a gate whose database can be put back to before the last three checks, all of which were published."""
    energo.consent(NUMBER)
    published(energo)
    template = None if energo.context.is_sqlite else request.getfixturevalue("postgres_empty")
    with older_copy(energo, template, tmp_path) as swap:
        grown(energo)
        yield swap


def sizes(gate: Gate) -> dict[tuple[str, str], int]:
    with gate.context.reading(any_history=True) as reading:
        return {(one.log_id, one.label): one.size for one in shards_of(reading.session)}


def test_a_database_with_all_that_was_published_is_served(energo: Gate) -> None:
    grown(energo)
    energo.context.engine.dispose()
    assert energo.get("/readyz", key=None).status == 200
    assert energo.check(NUMBER)["decision"] == "deny"
    energo.context.require_own_history()


def test_an_older_database_under_a_running_gate_is_refused_and_the_right_one_served_again(
    energo: Gate, swap: Swap
) -> None:
    assert energo.check(NUMBER)["decision"] == "allow"
    swap.exchange(energo)
    question = {"number": NUMBER, "campaign": "winter"}
    for _ in range(3):
        answer = energo.post("/v1/checks", question, key="dialer")
        assert (answer.status, answer.json["code"]) == (503, "log_rolled_back")
        assert "decision" not in answer.json
    ready = energo.get("/readyz", key=None)
    assert (ready.status, ready.json["code"]) == (503, "log_rolled_back")
    event = {"scope": "all", "number": NUMBER, "reason": "objection", "since": energo.now.isoformat()}
    assert energo.post("/v1/suppressions", event).status == 503
    before = sizes(energo)
    with pytest.raises(LogRolledBack):
        energo.integrate()
    assert sizes(energo) == before, "no second history is begun"
    swap.exchange(energo)
    assert energo.check(NUMBER)["decision"] == "allow"
    assert energo.get("/readyz", key=None).status == 200


def test_the_refusal_names_log_shard_sizes_and_what_to_do(energo: Gate, swap: Swap) -> None:
    whole = sizes(energo)
    swap.exchange(energo)
    old = sizes(energo)
    (tree,) = {place for place in whole if whole[place] != old[place]}
    with pytest.raises(LogRolledBack) as caught:
        energo.context.require_own_history()
    said = caught.value.detail
    assert f"log {tree[0]}, shard {tree[1]}: {whole[tree]} entries were published, the database has {old[tree]}" in said
    assert "flask log epoch" in said


def test_a_connection_that_was_good_no_longer_counts_once_another_was_not(energo: Gate) -> None:
    grown(energo)
    energo.check(NUMBER)
    generation = energo.context.outside.generation
    write_copy(
        energo.context.data_dir / "outside", signed_copy(energo, "f" * 32, "2026", 3), keys=energo.context.log_keys
    )
    assert energo.check(NUMBER)["decision"] == "deny", "a connection is compared once, not with every check"
    copier(energo).go_round()
    assert energo.context.outside.generation > generation
    assert energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer").status == 503
    assert "dialgate_log_rolled_back 1.0" in energo.get("/metrics", key=None).text


def test_another_tree_of_the_same_size_is_refused(energo: Gate, swap: Swap) -> None:
    swap.exchange(energo)
    outside = energo.context.data_dir / "outside"
    hidden = outside.rename(outside.with_name("hidden"))
    url = energo.context.engine.url.render_as_string(hide_password=False)
    other = make_gate(url, energo.context.data_dir)  # a process that knows nothing of what was signed before
    for _ in range(3):
        other.check("+420601123457")
    other.integrate()
    hidden.rename(outside)
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    with pytest.raises(LogRolledBack):
        other.context.require_own_history()
    other.context.engine.dispose()
    assert (answer.status, answer.json["code"]) == (503, "log_rolled_back")


def test_what_a_process_has_signed_it_holds_against_the_database_before_any_copy_is_made(
    energo: Gate, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    template = None if energo.context.is_sqlite else request.getfixturevalue("postgres_empty")
    with older_copy(energo, template, tmp_path) as swap:
        energo.check(NUMBER)
        energo.integrate()
        swap.exchange(energo)
        assert energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer").status == 503
        copier(energo).go_round()
        url = energo.context.engine.url.render_as_string(hide_password=False)
        restarted = make_gate(url, tmp_path / "elsewhere")
        restarted.context.require_own_history()
        restarted.context.engine.dispose()
        assert read_folders([tmp_path / "outside"], keys=energo.context.log_keys).published, "known after a restart"
        swap.exchange(energo)
        assert energo.check(NUMBER)["decision"] == "deny"


def test_a_log_that_the_database_never_heard_of_is_refused(energo: Gate) -> None:
    grown(energo)
    stranger, label = "f" * 32, "2026"
    write_copy(
        energo.context.data_dir / "outside", signed_copy(energo, stranger, label, 3), keys=energo.context.log_keys
    )
    with pytest.raises(LogRolledBack, match="does not know this log"):
        energo.context.require_own_history()


def test_a_file_that_is_not_signed_by_us_is_reported_and_stops_nothing(energo: Gate) -> None:
    grown(energo)
    outside = energo.context.data_dir / "outside"
    place = min(outside.glob("*/*/checkpoint")).parent
    note = (place / "checkpoint").read_text(encoding="utf-8")
    forged = note.replace("\n", "\n9", 1)
    for text in (forged, "", "nonsense", "\udcff"):
        (place / "checkpoint").write_bytes(text.encode("utf-8", "surrogateescape"))
        found = read_folders([outside], keys=energo.context.log_keys)
        assert found.unsigned == [place / "checkpoint"]
        energo.context.engine.dispose()
        assert energo.check(NUMBER)["decision"] == "deny"
        copier(energo).go_round()
        assert (place / "checkpoint").read_bytes() == text.encode("utf-8", "surrogateescape"), "it is evidence"
    assert {one.note for one in found.published} >= {note}, "the history still tells"
    assert "dialgate_outside_suspect_files 1.0" in energo.get("/metrics", key=None).text


def test_a_smaller_checkpoint_is_never_written_over_a_larger_one(energo: Gate, tmp_path: Path) -> None:
    keys, folder = energo.context.log_keys, tmp_path / "place"
    log, label = "a" * 32, "2026"
    five, three = signed_copy(energo, log, label, 5), signed_copy(energo, log, label, 3)
    assert write_copy(folder, five, keys=keys)
    for other in (three, five, replace(five, root=b"x" * 32)):
        assert not write_copy(folder, other, keys=keys)
    assert (folder / log / label / "checkpoint").read_text(encoding="utf-8") == five.note
    assert write_copy(folder, signed_copy(energo, log, label, 6), keys=keys)
    assert len((folder / log / label / "history.jsonl").read_bytes().splitlines()) == 2
    assert {one.size for one in read_folders([folder], keys=keys).published} == {6}


def test_a_torn_last_line_of_the_history_costs_only_itself(energo: Gate, tmp_path: Path) -> None:
    keys, log, label = energo.context.log_keys, "a" * 32, "2026"
    write_copy(tmp_path, signed_copy(energo, log, label, 5), keys=keys)
    history = tmp_path / log / label / "history.jsonl"
    with history.open("a", encoding="utf-8") as file:
        file.write('"dialgate/')
    found = read_folders([tmp_path], keys=keys)
    assert ({one.size for one in found.published}, found.unsigned) == ({5}, [history])
    write_copy(tmp_path, signed_copy(energo, log, label, 7), keys=keys)
    found = read_folders([tmp_path], keys=keys)
    assert ({one.size for one in found.published}, found.unsigned) == ({7}, [])
