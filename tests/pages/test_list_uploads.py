"""Uploads by the form: once, whatever is clicked, and what is wrong is said beside what would mend it."""

import io
import re
from pathlib import Path
from typing import Any

import pytest

from app.pages.list_words import FILE_TROUBLE
from app.services.uploads import TooLarge
from tests.call_lists import csv_of, received, scrubbed, shown
from tests.gate import Gate
from tests.pages.listed import AGREED, FILE, at, campaign_path, uploaded
from tests.users import Browser, hidden_fields, user

DATA = Path(__file__).parents[1] / "data"


def test_a_double_click_uploads_once_and_another_file_is_another_list(energo: Gate, manager: Browser) -> None:
    path = f"{campaign_path(manager)}/upload"
    fields = hidden_fields(manager.open(path)) | {"encoding": "", "delimiter": "", "sheet": "", "column": ""}
    for _ in range(2):
        manager.send_again(path, {**fields, "file": (io.BytesIO(FILE), "a.csv")})
    assert len(energo.get("/v1/lists").json["items"]) == 1
    assert len(list((energo.context.data_dir / "lists").iterdir())) == 1, "and its file once"
    manager.send_again(path, {**fields, "file": (io.BytesIO(FILE + b"603\r\n"), "a.csv")})
    assert manager.page.status_code == 409, "the same form with another file is another write"


@pytest.mark.parametrize(
    ("data", "fields", "code"),
    [
        (b"", {}, "empty_file"),
        (b"PK\x03\x04junk", {}, "unreadable_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}, "unsupported_file"),
        (b"a\0\0\0b" * 99, {}, "not_text"),
        (b"jmeno;mesto\r\nEva;Praha\r\n", {}, "no_phone_column"),
        (FILE, {"column": "Fax"}, "unknown_column"),
        ((DATA / "mixed.xlsx").read_bytes(), {"sheet": "Fax"}, "unknown_sheet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_beside_what_would_mend_it(
    plain_gate: Gate, data: bytes, fields: dict[str, str], code: str
) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    uploaded(browser, data, **fields)
    plain_gate.work()
    text = browser.open(at(browser))
    field, words = FILE_TROUBLE[code]
    assert str(words) in text
    assert (f'id="{field}-wrong"' in text) is (field != "file")
    assert "Upload another file" in text


def test_a_form_without_a_file_or_with_too_large_a_one_keeps_the_rest(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    path = f"{campaign_path(browser)}/upload"
    plain_gate.context.max_upload = 100_000
    for file, words in (
        (None, "Choose a file."),
        ((io.BytesIO(b"x" * 100_001), "a.csv"), "The file is too large."),
    ):
        fields: dict[str, Any] = hidden_fields(browser.open(path)) | {"encoding": "cp1250", "delimiter": ";"}
        text = browser.send_again(path, fields | {"column": "Mobil", **({"file": file} if file else {})})
        assert browser.page.status_code == 422
        wrong = re.search(r'id="file-wrong">([^<]*)<', text)
        assert wrong is not None
        assert words in wrong[1]
        assert 'value="Mobil"' in text
        assert '<option selected value="cp1250">' in text
        assert "choose it again" in text
    assert not list((plain_gate.context.data_dir / "uploads").glob("*"))
    assert FILE_TROUBLE[TooLarge.code][0] == "file"


def test_a_list_that_waits_is_cancelled_and_checked_again(energo: Gate, manager: Browser) -> None:
    id = received(energo, FILE)
    manager.send_again(f"/campaigns/lists/{id}/cancel", hidden_fields(manager.open(f"/campaigns/lists/{id}")))
    assert "The checking was cancelled" in manager.page.text
    fields = hidden_fields(manager.page.text[: manager.page.text.index("Check again")] + "</main>")
    manager.send_again(f"/campaigns/lists/{id}/scrub", fields | {"column": "", "encoding": "", "delimiter": ""})
    energo.work()
    assert "of 5 rows may be dialled" in manager.open(f"/campaigns/lists/{id}")


def test_what_was_recognised_wrongly_is_read_again(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, csv_of([["Eva", "Praha", AGREED]], header=("Jméno", "Město", "Telefon")))
    text = manager.open(f"/campaigns/lists/{id}")
    assert '<option value="3">3. Telefon (+420601123456)</option>' in text
    fields = hidden_fields(text[: text.index("Read it again")] + "</main>") | {"column": "1", "encoding": "cp1250"}
    manager.send_again(f"/campaigns/lists/{id}/scrub", fields | {"delimiter": ""})
    energo.work()
    assert shown(energo, id)["file"]["encoding"] == "cp1250"
    assert shown(energo, id)["totals"]["invalid"] == 1
    assert '<option value="1" selected>' in manager.open(f"/campaigns/lists/{id}")
