"""Rules proposed by page: checked, told in words, and proposed as they were seen; and the words of differences."""

import io
from typing import Any

import pytest
from flask_babel import force_locale, gettext

from app.domain.access import Role
from app.domain.ruleset_changes import changes_between
from app.pages.ruleset_words import field_name, told_changes
from app.policies.load import FOLDER, shipped
from tests.gate import Gate
from tests.rulesets import BAN, OPEN
from tests.users import Browser, hidden_fields, user

PATH = "/rulesets/new"
SHIPPED_SK = (FOLDER / "sk.toml").read_text()
CHANGED_SK = SHIPPED_SK.replace("citation = ", "citation = 'Changed ' # ", 1)
LONE = """schema = 1
jurisdiction = "SK"
[[rule]]
id = "sk-lone"
kind = "basis"
strength = "law"
"""


@pytest.fixture
def officer(plain_energo: Gate) -> Browser:
    """Give a compliance officer who has the form open."""
    browser = Browser(plain_energo)
    browser.sign_in(user(plain_energo, Role.COMPLIANCE))
    return browser


def sent(officer: Browser, text: str = "", *, file: str | None = None, **fields: Any) -> str:
    """Send the form with a pasted text, or with a file, beside what stands in it."""
    given = {"reason": "A clause has changed", "holds": "over", "name": "sk.toml", "text": text, "act": "check"}
    sending: dict[str, Any] = hidden_fields(officer.page.get_data(as_text=True)) | given | fields
    if file is not None:
        sending |= {"name": "", "text": "", "file": (io.BytesIO(file.encode()), "sk.toml")}
    return officer.send_again(PATH, sending)


def proposals(officer: Browser) -> list[Any]:
    found: list[Any] = officer.gate.get("/v1/rulesets/proposals").json["items"]
    return found


def test_a_file_is_checked_told_in_words_and_proposed_as_it_was_seen(officer: Browser) -> None:
    assert CHANGED_SK != SHIPPED_SK
    officer.open(PATH)
    text = sent(officer, file=CHANGED_SK)
    assert officer.page.status_code == 200
    assert "What would change" in text
    assert "Changed" in text
    assert ": removed</h3>" not in text, "what stands of other countries stays"
    assert proposals(officer) == [], "checking proposes nothing"
    text = sent(officer, CHANGED_SK.replace("Changed", "Altered"), act="propose")
    assert "Propose this change" in text, "it is not what was seen: it is shown first"
    text = sent(officer, CHANGED_SK.replace("Changed", "Altered"), act="propose")
    assert "It is proposed. Nothing changes until a second person approves it." in text
    assert officer.page.request.path == f"/rulesets/{proposals(officer)[0]['id']}"
    assert "You proposed this: somebody else decides." in text
    officer.open(PATH)
    sent(officer, CHANGED_SK.replace("Changed", "Altered"))
    text = sent(officer, CHANGED_SK.replace("Changed", "Altered"), act="propose")
    assert "wait for a second person already" in text
    assert len(proposals(officer)) == 1


def test_what_is_wrong_stands_beside_the_form_and_the_text_is_kept(officer: Browser) -> None:
    officer.open(PATH)
    for text, told in (
        ("", "Choose a rule file, or paste one."),
        ("rule = [", "sk.toml: "),
        (LONE, "citation is missing"),
        (LONE, "sk-lone"),
        (SHIPPED_SK, "No rule changes."),
    ):
        found = sent(officer, text)
        assert told in found, told
        assert officer.page.status_code == (200 if text == SHIPPED_SK else 422)
        assert not text or text.splitlines()[0].replace('"', "&#34;") in found
    assert "a name like cz.toml" in sent(officer, LONE, name="../cz.toml")
    assert "This is needed." in sent(officer, LONE, reason="")
    assert "sk-lone" in officer.page.get_data(as_text=True), "the text is kept"
    assert "No rule changes." not in sent(officer, SHIPPED_SK, holds="all"), "all others would be removed"
    assert proposals(officer) == []


def test_differences_are_told_in_the_readers_language(plain_gate: Gate) -> None:
    told = {}
    with plain_gate.app.test_request_context("/"):
        for language in ("en", "cs", "sk", "pl"):
            with force_locale(language):
                changes = told_changes(OPEN, BAN)
                assert {one.change for one in changes} == {"added", "removed"}
                words = [text for one in changes for row in one.rows for text in row]
                assert gettext("Such calls may not be made.") in words
                told[language] = {gettext("Accepted bases"), gettext("What it demands")}
                assert told[language] <= set(words)
    assert not told["en"] & (told["cs"] | told["sk"] | told["pl"])


def test_every_field_of_the_shipped_rules_has_a_name(plain_gate: Gate) -> None:
    with plain_gate.app.test_request_context("/"):
        unnamed = {
            field.name
            for change in changes_between(OPEN, shipped())
            for field in change.fields
            if change.rule is not None and field_name(field.name) == field.name
        }
        assert field_name("params.weekly.mon") == "Hours: Monday"
    assert unnamed == set()
