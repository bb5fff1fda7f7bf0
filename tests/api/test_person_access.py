"""Access: a person gets everything one controller has on them, with what proves it, and nobody else's."""

import base64
import hashlib
import hmac
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves
from tests.api.test_persons import JANA, known
from tests.call_lists import csv_of, scrubbed
from tests.gate import Gate
from tests.persons import erased

PLAIN = {
    *("html", "head", "meta", "title", "body", "main", "section"),
    *("h1", "h2", "p", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "textarea"),
}


def accessed(gate: Gate, number: str = JANA, *, key: str = "compliance", **more: Any) -> dict[str, Any]:
    """Ask for everything on a number; it must be given."""
    answer = gate.post("/v1/persons/access", {"controller": "energo", "number": number, **more}, key=key)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_everything_is_given_and_can_be_verified_without_us(energo: Gate) -> None:
    decision = known(energo)
    scrubbed(energo, csv_of([[JANA, "Jana Nováková"], [JANA, "again"]]), filename="zima.csv")
    body = {"number": JANA, "scope": "controller", "controller": "energo", "reason": "complaint"}
    assert energo.post("/v1/suppressions", body | {"since": energo.now.isoformat()}).status == 201
    energo.post("/v1/consents/search", {"controller": "energo", "number": JANA}, key="manager")
    energo.integrate()
    found = accessed(energo)
    (event,), (objection,) = found["events"], found["suppressions"]
    assert (event["person"]["name"], event["ref"]) == ("Jana Nováková", "form-881")
    assert (objection["reason"], objection["by_hash"]) == ("complaint", False)
    assert [one["decision_id"] for one in found["decisions"]] == [decision]
    assert [one["result"] for one in found["outcomes"]] == ["answered"]
    assert [(row["row"], row["decision"]) for row in found["lists"]] == [(2, "allow"), (3, "duplicate")]
    assert found["lists"][0]["cells"] == [JANA, "Jana Nováková"]
    assert [one["act"] for one in found["lookups"]] == ["consents_shown"]
    assert [one["role"] for one in found["recipients"]] == ["dialer"]
    assert [(one["rule"], one["years"], one["until"][:4]) for one in found["retention"]] == [
        ("cz-house-retention", 5, "2031")
    ]
    kinds = sorted(entry["kind"] for entry in found["entries"])
    assert kinds == ["check", "consent", "lookup", "outcome", "suppression"]
    for entry in found["entries"]:
        leaf = json.loads(entry["leaf"])
        digest = hashlib.sha256(b"\x00" + entry["leaf"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == entry["leaf_hash"]
        salt = base64.b64decode(entry["salt"])
        if "number" in leaf:
            assert leaf["number"] == hmac.new(salt, JANA.encode(), hashlib.sha256).hexdigest()
        if "fields" in leaf:
            opened = hmac.new(salt, b"fields:" + entry["fields"].encode(), hashlib.sha256)
            assert leaf["fields"] == opened.hexdigest()
        assert entry["proof"].startswith("c2sp.org/tlog-proof@v1\n")


def test_that_it_was_given_goes_on_record(energo: Gate) -> None:
    known(energo)
    accessed(energo, ref="ticket-9")
    (given,) = [leaf for leaf in leaves(energo, "lookup") if leaf["act"] == "access_given"]
    assert (given["found"], "number" in given) == (3, True)
    assert "601123456" not in json.dumps(given)
    assert [one["act"] for one in accessed(energo)["lookups"]] == ["access_given"]


def test_another_controllers_records_are_neither_given_nor_hinted_at(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    known(energo, JANA, "bank", "spring")
    scrubbed(energo, csv_of([[JANA, "Jana"]]), campaign="spring")
    found = accessed(energo)
    empty = ("events", "suppressions", "decisions", "outcomes", "lists", "lookups", "recipients", "entries")
    assert all(found[name] == [] for name in empty)
    banker = energo.key(Role.COMPLIANCE, controllers=[bank])
    refused = energo.post("/v1/persons/access", {"controller": "energo", "number": JANA}, key=banker)
    assert (refused.status, refused.json["code"]) == (404, "unknown_controller")
    for key in ("dialer", "manager", "auditor"):
        assert energo.post("/v1/persons/access", {"controller": "energo", "number": JANA}, key=key).status == 403


def test_after_an_erasure_there_is_the_block_alone(energo: Gate) -> None:
    known(energo)
    scrubbed(energo, csv_of([[JANA, "Jana Nováková"]]))
    erased(energo, JANA)
    energo.work()
    found = accessed(energo)
    assert [(one["reason"], one["by_hash"]) for one in found["suppressions"]] == [("erasure", True)]
    assert all(found[name] == [] for name in ("events", "decisions", "outcomes", "lists", "lookups", "entries"))


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(("language", "title"), [("cs", "Vaše údaje"), ("pl", "Twoje dane"), ("en", "Your data")])
def test_the_page_is_plain_and_escapes_everything(energo: Gate, language: str, title: str) -> None:
    energo.consent(JANA, person={"name": "<script>alert(1)</script>", "address": '"><img src=x>'}, ref="<b>")
    body = {"controller": "energo", "number": JANA, "language": language}
    answer = energo.post("/v1/persons/access/page", body, key="compliance")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<title>{title}</title>" in answer.text
    page = Tags()
    page.feed(answer.text)
    assert page.tags <= PLAIN
    assert page.attributes <= {"lang", "charset", "readonly", "rows", "cols"}
    assert "&lt;script&gt;" in answer.text
    assert not re.search(r"https?://", answer.text)
