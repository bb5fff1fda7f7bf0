"""The overview: what was decided today and in the fortnight, by campaign, hour, day and reason."""

import re
from datetime import timedelta

from app.domain.access import Role
from app.services.overview import KnownCounts
from tests.gate import Gate
from tests.lifts import suppressed
from tests.pages.test_decisions import NO, YES, asked_in_batch, statements_of
from tests.users import Browser, user


def told(text: str, caption: str) -> dict[str, list[str]]:
    """Give the rows of a table by their heads."""
    table = text[text.index(f"<caption>{caption}") :]
    rows = re.findall(r'<tr>\s*<th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', table[: table.index("</table>")], re.DOTALL)
    return {re.sub(r"<.*", "", head, flags=re.DOTALL) or head: re.findall(r">([^<]*)</td>", row) for head, row in rows}


def test_the_overview_counts_today_by_hour_and_the_days_before(energo: Gate, browser: Browser) -> None:
    asked_in_batch(energo, [NO] * 3)
    energo.now += timedelta(days=2)
    energo.consent(YES)
    asked_in_batch(energo, [YES, NO])
    energo.now += timedelta(hours=1)
    asked_in_batch(energo, [NO])
    manager = user(energo, Role.MANAGER)
    browser.sign_in(manager)
    for _ in range(2):  # counted, and then known
        text = browser.open("/")
        hours, days = told(text, "Decisions by hour, today"), told(text, "Decisions by day, 14 days")
        assert (hours["11:00"], hours["12:00"]) == (["1", "0", "1", "2"], ["0", "0", "1", "1"])
        assert (days["18. 11."], days["19. 11."], days["20. 11."]) == (
            ["0", "0", "3", "3"],
            ["0", "0", "0", "0"],
            ["1", "0", "2", "3"],
        )
        assert len(days) == 14
        assert told(text, "Why not, today")["There is no consent to such calls."] == ["2"]
    energo.now += timedelta(hours=1)
    asked_in_batch(energo, [NO])
    text = browser.sign_in(manager)
    assert told(text, "Decisions by hour, today")["13:00"] == ["0", "0", "1", "1"]
    energo.now += timedelta(days=1)
    days = told(browser.sign_in(manager), "Decisions by day, 14 days")
    assert (days["20. 11."], days["21. 11."]) == (["1", "0", "3", "4"], ["0", "0", "0", "0"])


def test_the_charts_are_of_the_campaign_that_is_named_and_only_of_ones_own(energo: Gate, browser: Browser) -> None:
    energo.controller("banka")
    energo.campaign("summer", "banka")
    asked_in_batch(energo, [NO])
    energo.check(NO, "summer", controller="banka")
    browser.sign_in(user(energo, Role.MANAGER))
    assert told(browser.open("/"), "Decisions by day, 14 days")["18. 11."][-1] == "2"
    text = browser.open("/?controller=banka&campaign=summer")
    assert told(text, "Decisions by day, 14 days")["18. 11."][-1] == "1"
    other = Browser(energo)
    other.sign_in(user(energo, Role.MANAGER, controllers=[2], email="other@dialgate.example"))
    text = other.open("/")
    assert told(text, "Decisions by day, 14 days")["18. 11."][-1] == "1"
    assert "Energo" not in text


def test_the_overview_asks_the_same_however_many_campaigns_there_are(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.MANAGER))
    asked_in_batch(energo, [NO])
    warm = statements_of(energo, browser, "/")
    energo.context.known_counts = KnownCounts()
    cold = statements_of(energo, browser, "/")
    for place in range(12):
        energo.controller(f"brand-{place}")
        energo.campaign(f"campaign-{place}", f"brand-{place}")
        energo.check(NO, f"campaign-{place}")
        suppressed(energo, NO, controller=f"brand-{place}")
    energo.context.known_counts = KnownCounts()
    assert statements_of(energo, browser, "/") == cold
    assert statements_of(energo, browser, "/") == warm


def test_the_overview_says_whether_all_is_in_order(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    gate.controller()
    gate.campaign()
    gate.integrate()
    browser.sign_in(user(gate, Role.COMPLIANCE))
    gate.integrate()
    assert "Every entry has its place in the tree." in browser.open("/")
    gate.check(NO)
    gate.now += timedelta(seconds=30)
    text = browser.open("/")
    assert "waits for 30 seconds" in text
    assert re.search(r"50% of checks within [0-9.,]+ ms", text), "this process answered one at least"
    assert "There is no register." in text
    assert "No withdrawal and no objection was recorded in 30 days." in text
    suppressed(gate, NO)
    gate.now += timedelta(seconds=7)
    assert "the oldest for 7 seconds" in browser.open("/")
    gate.integrate()
    assert told(browser.open("/"), "From a person")["Energo"] == ["1", *["7 seconds"] * 4, "0"]
