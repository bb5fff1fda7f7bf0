"""Proposed rulesets on pages: what changes, what a rehearsal says, and the second person."""

from datetime import timedelta

from app.domain.access import Role
from tests.gate import Gate
from tests.pages.test_number_stories import NUMBER
from tests.rulesets import BAN, proposed_ruleset, variant
from tests.users import Browser, fields_of, user


def approval(browser: Browser, id: str) -> dict[str, str]:
    """Give the hidden fields of the form that approves: the first that leads to its own page."""
    text = browser.open(f"/rulesets/{id}")
    form = next(part for part in text.split("<form")[1:] if 'name="effective_at"' in part)
    return fields_of(f'<form action="x"{form}', "x")


def test_a_proposal_tells_what_changes_and_what_past_calls_would_have_become(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER)
    energo.check(NUMBER)
    energo.check("+420602123456")
    id = proposed_ruleset(energo, BAN, reason="No calls to Czechia")
    energo.integrate()
    energo.now += timedelta(minutes=1)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    assert "No calls to Czechia" in browser.open("/rulesets")
    text = browser.open(f"/rulesets/{id}")
    assert "cz-ban" in text
    assert "added" in text
    assert "Decisions asked again" not in text
    text = browser.open(f"/rulesets/{id}?days=7")
    answer = energo.post(f"/v1/rulesets/proposals/{id}/rehearsal", {"days": 7}).json
    assert answer["decisions"] == 2
    assert answer["flips"] == [{"from": "allow", "to": "deny", "count": 1, "examples": answer["flips"][0]["examples"]}]
    assert "<dd>2</dd>" in text
    assert "energo: winter" in text
    assert "Such products may not be offered by telephone." in text
    assert "Decisions asked again" not in browser.open(f"/rulesets/{id}?days=9999")


def test_a_second_person_activates_it_now_or_later(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    id = proposed_ruleset(energo, variant(1))
    fields = approval(browser, id)
    browser.send_again(f"/rulesets/{id}", fields | {"effective_at": "2028-01-01T00:00"})
    assert browser.page.status_code == 422
    assert "Rules come into force now, or within a year." in browser.page.text
    browser.send_again(f"/rulesets/{id}", approval(browser, id) | {"effective_at": "2026-12-01T00:00"})
    assert "It is approved." in browser.page.text
    assert energo.get("/v1/rulesets").json["next_activation"] == "2026-11-30T23:00:00.000Z"
    id = proposed_ruleset(energo, BAN)
    browser.send_again(f"/rulesets/{id}", approval(browser, id) | {"effective_at": ""})
    assert energo.check(NUMBER)["decision"] == "deny"
    browser.send_again(f"/rulesets/{id}", {"csrf_token": fields["csrf_token"], "effective_at": ""})
    assert browser.page.status_code == 409


def test_whoever_proposed_it_is_offered_no_approval(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    one = user(energo, Role.COMPLIANCE)
    browser.sign_in(one)
    id = proposed_ruleset(energo, BAN)
    fields = approval(browser, id)
    with energo.context.transaction() as tx:
        from sqlalchemy import update

        from app.db.ruleset_proposals import ruleset_proposals

        tx.session.execute(update(ruleset_proposals).values(proposed_by=f"user:{one.id}", proposed_login=None))
    text = browser.open(f"/rulesets/{id}")
    assert "You proposed this: somebody else decides." in text
    assert 'name="effective_at"' not in text
    browser.send_again(f"/rulesets/{id}", fields)
    assert browser.page.status_code == 403


def test_rules_bind_everybody_and_are_for_who_reaches_everybody(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.COMPLIANCE, controllers=[1]))
    for path in ("/rulesets", f"/rulesets/{proposed_ruleset(energo, BAN)}"):
        browser.open(path)
        assert browser.page.status_code == 403
