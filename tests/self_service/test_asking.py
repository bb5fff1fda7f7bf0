"""Asking for a code, and proving to hold the number: within limits, once, in one browser, for a while."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.challenges import challenges, code_counts, person_sessions
from app.db.messages import messages
from app.domain.challenge import Channel
from app.jobs.worker import Worker
from tests.called import NUMBER, ask, caller, code_in, opened, sent, withheld
from tests.gate import Gate
from tests.persons import traces_in_rows
from tests.users import CHROMIUM, Browser, hidden_fields


def test_the_right_code_opens_the_record_once(energo: Gate) -> None:
    browser = caller(energo)
    text = ask(browser, "601 123 456")
    assert browser.page.request.path == "/who/code"
    assert "If +420\u00a0601\u00a0123\u00a0456 can be reached" in text
    (message,) = sent(energo)
    assert message.to == NUMBER
    fields = hidden_fields(text) | {"code": f" {code_in(message)[:3]} {code_in(message)[3:]} "}
    kept = browser.client.get_cookie("dialgate_person", path="/who")
    assert kept is not None
    assert kept.http_only
    assert kept.same_site == "Lax"
    assert "Calls to +420\u00a0601\u00a0123\u00a0456" in browser.send_again("/who/code", fields)
    browser.client.set_cookie("dialgate_person", kept.value, path="/who")
    browser.send_again("/who/code", fields)
    assert browser.page.request.path == "/who", "the code is used up"


def test_a_code_is_of_the_browser_that_asked(plain_gate: Gate) -> None:
    browser, other = caller(plain_gate), caller(plain_gate)
    ask(browser)
    ask(other)
    first, second = sent(plain_gate)
    other.send("/who/code", code=code_in(first))
    if code_in(first) != code_in(second):
        assert other.page.status_code == 422
    stranger = caller(plain_gate)
    stranger.open("/who/code")
    assert stranger.page.request.path == "/who"


def test_five_wrong_codes_end_it(energo: Gate) -> None:
    browser = caller(energo)
    ask(browser)
    (message,) = sent(energo)
    for _ in range(4):
        assert "This code is not right." in browser.send("/who/code", code="00000x")
        assert browser.page.status_code == 422
    assert "This code cannot be used any more." in browser.send("/who/code", code="00000x")
    assert browser.page.request.path == "/who"
    browser.open("/who/code")
    assert browser.page.request.path == "/who", message.id


def test_the_right_code_after_five_wrong_ones_opens_nothing(plain_gate: Gate) -> None:
    browser = caller(plain_gate)
    fields = hidden_fields(ask(browser))
    (message,) = sent(plain_gate)
    token = browser.client.get_cookie("dialgate_person", path="/who")
    assert token is not None
    for code in (*("00000x",) * 5, code_in(message)):
        browser.client.set_cookie("dialgate_person", token.value, path="/who")
        browser.send_again("/who/code", fields | {"code": code})
    assert browser.page.request.path == "/who"


@pytest.mark.parametrize(("minutes", "opens"), [(9, True), (10, False)])
def test_a_code_lasts_ten_minutes(plain_gate: Gate, minutes: int, opens: bool) -> None:
    browser = caller(plain_gate)
    fields = hidden_fields(ask(browser))
    (message,) = sent(plain_gate)
    plain_gate.now += timedelta(minutes=minutes)
    browser.send_again("/who/code", fields | {"code": code_in(message)})
    assert (browser.page.request.path == "/who/record") is opens


@pytest.mark.parametrize(("minutes", "is_open"), [(19, True), (20, False)])
def test_a_record_is_open_for_twenty_minutes(plain_gate: Gate, minutes: int, is_open: bool) -> None:
    browser = opened(plain_gate)
    plain_gate.now += timedelta(minutes=minutes)
    browser.open("/who/record")
    assert (browser.page.request.path == "/who/record") is is_open


def test_a_record_is_closed_on_the_server_too(plain_gate: Gate) -> None:
    browser = opened(plain_gate)
    token = browser.client.get_cookie("dialgate_person", path="/who")
    assert token is not None
    text = browser.open("/who/record")
    browser.send_again("/who/end", {"csrf_token": text.partition('name="csrf_token" value="')[2].partition('"')[0]})
    browser.client.set_cookie("dialgate_person", token.value, path="/who")
    browser.open("/who/record")
    assert browser.page.request.path == "/who"


def test_the_fourth_code_of_a_number_within_an_hour_is_withheld_and_nobody_is_told(energo: Gate) -> None:
    browser = caller(energo)
    texts = [hidden_fields(ask(browser)) and browser.page.text for _ in range(4)]
    assert len(sent(energo)) == 3
    assert withheld(energo) == 1
    assert len({len(text) for text in texts}) == 1
    ask(caller(energo), "+420601123457")
    assert len(sent(energo)) == 1, "another number has its own"
    energo.now += timedelta(hours=1)
    for _ in range(4):
        ask(browser)
    assert len(sent(energo)) == 2, "six a day, and what is withheld is counted too"
    energo.now += timedelta(days=1)
    ask(browser)
    assert len(sent(energo)) == 1


def test_a_network_and_all_together_have_limits(plain_gate: Gate) -> None:
    gate, browser = plain_gate, caller(plain_gate)
    for place in range(21):
        ask(browser, f"+4206011234{place:02}")
    with gate.context.reading() as reading:
        rows = reading.session.execute(select(messages.c.is_withheld).order_by(messages.c.id)).scalars().all()
    assert rows == [False] * 20 + [True]
    gate.context.codes_an_hour = 21
    for place, address in enumerate(("192.0.2.1", "192.0.2.2", "192.0.2.3")):
        ask_from(gate, address, f"+42060199999{place}")
    assert withheld(gate) == 3, "21 in all: one more, and then none"


def test_what_a_network_asks_too_much_uses_up_nothing_of_others(plain_gate: Gate) -> None:
    gate, browser = plain_gate, caller(plain_gate)
    gate.context.codes_an_hour = 21
    for place in range(20):
        ask(browser, f"+4206011234{place:02}")
    for _ in range(7):
        ask(browser)
    assert withheld(gate) == 7
    ask_from(gate, "192.0.2.1", NUMBER)
    assert withheld(gate) == 7, "neither in all nor for this number was counted what its network withheld"


def ask_from(gate: Gate, address: str, number: str) -> None:
    """Ask for a code from another network."""
    other = caller(gate)
    fields = hidden_fields(other.open("/who")) | {"country": "CZ", "number": number}
    other.client.post("/who", data=fields, headers=CHROMIUM, environ_overrides={"REMOTE_ADDR": address})


def test_no_number_stands_in_clear_and_all_of_it_goes(energo: Gate) -> None:
    browser = opened(energo)
    ask(browser)
    assert traces_in_rows(energo, [NUMBER[1:]]) == []
    energo.now += timedelta(days=1, minutes=1)
    Worker(energo.context).tidy()
    with energo.context.reading() as reading:
        for table in (challenges, person_sessions, code_counts, messages):
            assert reading.session.execute(select(table)).all() == [], table.name


@pytest.mark.parametrize("number", ["", "112", "+420900123456", "+420800123456", "nobody", "601 123", "+1"])
def test_what_cannot_get_a_code_is_told_beside_the_field(plain_gate: Gate, number: str) -> None:
    browser = caller(plain_gate)
    text = ask(browser, number)
    assert browser.page.status_code == 422
    assert 'id="number-wrong"' in text
    assert sent(plain_gate) == []


def test_the_country_is_that_of_the_language(plain_gate: Gate) -> None:
    for language, country, number in (
        ("cs", "CZ", "+420"),
        ("sk", "SK", "+421"),
        ("pl", "PL", "+48"),
        ("en", "CZ", ""),
    ):
        text = caller(plain_gate).open("/who", **{"Accept-Language": language})
        assert f'<option selected value="{country}">' in text
        assert number in text
    browser = caller(plain_gate)
    ask(browser, "601 123 456", "PL")
    assert [one.to for one in sent(plain_gate)] == ["+48601123456"]


def test_a_message_fits_one_text_in_every_language(plain_gate: Gate) -> None:
    for language in ("cs", "sk", "pl", "en"):
        browser = caller(plain_gate)
        fields = hidden_fields(browser.open("/who", **{"Accept-Language": language}))
        fields |= {"number": NUMBER, "country": "CZ"}
        headers = {"Accept-Language": language}
        plain_gate.now += timedelta(hours=9)
        browser.client.post("/who", data=fields, headers=headers)
        (message,) = sent(plain_gate)
        assert message.text.isascii()
        assert len(message.text) <= 160


def test_a_code_is_read_out_where_the_gateway_can_call(plain_gate: Gate) -> None:
    browser = caller(plain_gate)
    assert 'name="channel"' not in browser.open("/who")
    browser.send("/who", number=NUMBER, country="CZ", channel="call")
    assert [one.channel for one in sent(plain_gate)] == [Channel.SMS], "nobody can choose what is not offered"
    plain_gate.context.calls_persons = True
    assert "in a call that reads it out" in browser.open("/who")
    assert "choose the call" in browser.send("/who", number=NUMBER, country="CZ", channel="call")
    (message,) = sent(plain_gate)
    assert (message.channel, message.language) == (Channel.CALL, "en")
    first, *_, again = re.findall("[0-9](?:, [0-9]){5}", message.text)
    assert first == again
    browser.send("/who/code", code=first.replace(", ", ""))
    assert browser.page.request.path == "/who/record"
    assert browser.send("/who", number=NUMBER, country="CZ", channel="pigeon")
    assert browser.page.status_code == 422


def test_addresses_in_letters_lead_to_where_everybody_begins(plain_gate: Gate) -> None:
    plain_gate.context.serves_persons = True
    answers = [plain_gate.app.test_client().get(f"/who/{letter}") for letter in ("energo", "nobody", "x7k2")]
    assert {(one.status_code, one.headers["Location"], len(one.data)) for one in answers} == {
        (303, "/who", len(answers[0].data))
    }


def test_a_page_that_was_open_for_too_long_keeps_what_was_typed(plain_gate: Gate) -> None:
    browser = caller(plain_gate)
    text = browser.send("/who", number="601 123 456", country="PL", csrf_token="stale")
    assert "Nothing was sent yet" in text
    assert 'value="601 123 456"' in text
    assert '<option selected value="PL">' in text
    assert sent(plain_gate) == []


def test_no_other_site_sends_a_form_here(plain_gate: Gate) -> None:
    browser = caller(plain_gate)
    fields = hidden_fields(browser.open("/who")) | {"number": NUMBER, "country": "CZ"}
    answer = browser.client.post("/who", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert sent(plain_gate) == []


def test_without_a_gateway_nobody_is_served(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    for path in ("/who", "/who/code", "/who/record", "/who/energo"):
        assert 'href="/who"' in browser.open(path)
        assert browser.page.status_code == 404
