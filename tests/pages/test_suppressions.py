"""Suppressions on a page: filtered, masked, one's own alone, and each look on record."""

import json
import re
from datetime import timedelta

from app.domain.access import Role
from tests.gate import Gate
from tests.lifts import lifted, suppressed
from tests.pages.test_decisions import statements_of
from tests.users import Browser, fields_of, user

FIRST = 601_123_000


def rows_of(text: str) -> list[list[str]]:
    """Give the rows of the list, without their tags."""
    if "<tbody>" not in text:
        return []
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in re.split(r"</t[hd]>", row)[:-1]] for row in rows]


def test_each_filter_finds_its_own(energo: Gate, browser: Browser) -> None:
    energo.controller("banka")
    ended = suppressed(energo, "+420601123001", "complaint")
    lifted(energo, ended)
    energo.now += timedelta(days=1)
    suppressed(energo, "+420601123002", "court_order", "banka")
    suppressed(energo, "+420601123003", "objection", None)
    csv = b"number,scope,reason,since\n+420601123004,controller,objection,2026-11-01T00:00:00Z\n"
    assert energo.upload("/v1/suppressions/import?controller=energo", csv).status == 200
    browser.sign_in(user(energo, Role.COMPLIANCE))
    for query, ends in {
        "": {"001", "002", "003", "004"},
        "?controller=banka": {"002"},
        "?scope=all": {"003"},
        "?scope=controller&reason=objection": {"004"},
        "?reason=court_order": {"002"},
        "?origin=file": {"004"},
        "?origin=one&state=standing": {"002", "003"},
        "?state=lifted": {"001"},
        "?to=2026-11-18": {"001"},
        "?from=2026-11-19&controller=energo": {"004"},
        "?from=2026-11-20": set(),
    }.items():
        found = rows_of(browser.open(f"/suppressions{query}"))
        assert {row[1][-3:] for row in found} == ends, query
    browser.open("/suppressions?reason=rain")
    assert browser.page.status_code == 422


def test_a_page_goes_on_where_the_last_one_ended_and_asks_no_more_for_more(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    suppressed(energo, f"+420{FIRST}")
    few = statements_of(energo, browser, "/suppressions")
    energo.controller("banka")
    numbers = [f"+420{FIRST + place}" for place in range(1, 120)]
    csv = "number,scope,reason,since\n" + "".join(f"{one},controller,opt_out,2026-11-01T00:00:00Z\n" for one in numbers)
    energo.now += timedelta(minutes=1)
    assert energo.upload("/v1/suppressions/import?controller=energo", csv.encode()).status == 200
    for place in range(3):
        energo.now += timedelta(minutes=1)
        suppressed(energo, f"+420{FIRST + 200 + place}", "objection", None)
    browser.open("/")
    assert statements_of(energo, browser, "/suppressions") == few
    seen: list[str] = []
    path = "/suppressions"
    for _ in range(3):
        text = browser.open(path)
        seen += [row[1] for row in rows_of(text)]
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = "" if older is None else older[1].replace("&amp;", "&")
    assert path == ""
    assert len(seen) == len(set(seen)) == 123
    assert seen[:3] == [f"+420 601 123 {200 + place}" for place in (2, 1, 0)]


def test_one_sees_ones_own_and_the_look_is_on_record(energo: Gate, browser: Browser) -> None:
    banka = energo.controller("banka")
    suppressed(energo, "+420601123001", "objection")
    suppressed(energo, "+420601123002", "objection", "banka")
    foreign = suppressed(energo, "+420601123003", "objection", None)
    one = user(energo, Role.COMPLIANCE, controllers=[banka], sees_numbers=False)
    browser.sign_in(one)
    text = browser.open("/suppressions")
    (row,) = rows_of(text)
    assert row[1].startswith("#"), "a reference, and no number"
    assert "All callers" not in text
    assert "Energo" not in text
    with energo.context.reading() as reading:
        found = reading.session.connection().exec_driver_sql("SELECT leaf FROM entries WHERE kind = 'lookup'").all()
    leaf = json.loads(bytes(found[-1][0]))
    assert (leaf["act"], leaf["found"], leaf["actor"]) == ("suppressions_shown", 1, f"user:{one.id}")
    path = re.search(r'action="(/suppressions/[^"]+/number)"', text)
    assert path is not None
    story = browser.send_again(path[1], fields_of(text, path[1]))
    assert browser.page.request.path.startswith("/numbers/")
    assert row[1] in story
    browser.send_again(f"/suppressions/{foreign}/number", fields_of(text, path[1]))
    assert browser.page.status_code == 404
