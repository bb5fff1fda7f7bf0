"""Every page of called persons: open to anybody or behind a proof, and none that is opened changes anything but the
record that it was read.
"""

import re

from app.self_service.access import PERSON_PAGES
from tests.called import NUMBER, caller, opened, statements
from tests.gate import Gate

OPEN = {"/who", "/who/code", "/who/end", "/who/<letter>"}
"""None of them tells of a client or a person."""


def filled(path: str) -> str:
    return path.replace("<letter>", "energo").replace("<slug>.<any(html, json):form>", "energo.json")


def test_every_page_is_declared_open_or_asks_for_a_proof(energo: Gate) -> None:
    energo.consent(NUMBER)
    browser = caller(energo)
    assert {one.path for one in PERSON_PAGES if not one.is_proved} == OPEN
    for one in PERSON_PAGES:
        for method in one.methods:
            answer = browser.client.open(filled(one.path), method=method)
            if one.is_proved:
                assert (answer.status_code, answer.headers["Location"]) == (303, "/who"), (method, one.path)
            assert "Energo" not in answer.text


def test_no_page_that_is_opened_changes_anything_but_the_record_that_it_was_read(energo: Gate) -> None:
    energo.consent(NUMBER)
    browser = opened(energo)
    with statements(energo) as asked:
        for one in PERSON_PAGES:
            if "GET" in one.methods:
                assert browser.client.get(filled(one.path)).status_code in (200, 303), one.path
    changed = {told for text in asked for told in re.findall(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", text)}
    assert changed == {"entries", "openings", "pending"}
