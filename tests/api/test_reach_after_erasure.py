"""After an erasure an auditor still sees why, and no longer who."""

import json

from tests.api.exported import every_entry
from tests.api.test_packs import NUMBER, PERSON, pack, story
from tests.api.unpacked import Seen, assert_opened, assert_proved
from tests.gate import Gate
from tests.persons import erased


def test_a_decision_is_derived_again_and_proved_when_nobody_knows_whose_it_was(energo: Gate) -> None:
    ids = story(energo)
    for id in ids:
        energo.post("/v1/decisions/search", {"number": NUMBER}, key="auditor")
        pack(energo, f"/v1/decisions/{id}/pack")
    energo.now = energo.now.replace(second=30)
    erased(energo, NUMBER)
    energo.work()
    energo.now = energo.now.replace(second=40)
    for id, verdict in zip(ids, ("allow", "deny"), strict=True):
        again = energo.get(f"/v1/decisions/{id}/replay", key="auditor").json
        assert (again["equal"], again["verdict"]) == (True, verdict)
        files = pack(energo, f"/v1/decisions/{id}/pack")
        for data in files.values():
            assert NUMBER.encode() not in data
            assert b"601123456" not in data
            assert PERSON["name"].encode() not in data
        seen = Seen(files["index.html"].decode())
        assert "erased" in seen.text
        (told,) = json.loads(files["decisions.json"])
        assert (told["number"], told["replay"]["equal"]) == (None, True)
        events = [name for name in files if name.startswith("events/")]
        assert events, "the events that the decision names are still explained"
        for name in files:
            if name.startswith("leaves/"):
                assert_proved(files, name.removeprefix("leaves/").removesuffix(".json"))
        openings = json.loads(files["openings.json"])
        assert openings[id] is None
        files["openings.json"] = json.dumps({k: v for k, v in openings.items() if v is not None}).encode()
        assert assert_opened(files) == 0, "no number is opened any more"


def test_who_read_about_an_erased_person_is_still_told_but_not_about_whom(energo: Gate) -> None:
    story(energo)
    energo.post("/v1/decisions/search", {"number": NUMBER}, key="auditor")
    energo.now = energo.now.replace(second=30)
    read = [entry for entry in every_entry(energo) if entry["kind"] == "lookup" and entry["number"] == NUMBER]
    assert len(read) == 2
    erased(energo, NUMBER)
    energo.work()
    energo.now = energo.now.replace(second=40)
    after = {entry["entry"]: entry for entry in every_entry(energo)}
    for entry in read:
        assert after[entry["entry"]]["leaf"] == entry["leaf"]
        assert (after[entry["entry"]]["number"], after[entry["entry"]]["salt"]) == (None, None)
    assert energo.post("/v1/decisions/search", {"number": NUMBER}, key="auditor").json["items"] == []
    found = energo.post("/v1/log/search", {"number": NUMBER}, key="auditor").json["items"]
    assert [entry["kind"] for entry in found] == ["lookup"], "the search just now, and nothing older"
