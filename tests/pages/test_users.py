"""Users, as an administrator sees them: invited with a link that is shown once, changed, reset, disabled."""

import json
import re
from threading import Barrier, Thread

import pytest

from app.db.users import user_by_email
from app.domain.access import Role, Scope, operator
from app.services.user_access import Access
from app.services.users import change_access, disable_user, reset_user
from tests.api.exported import every_entry
from tests.gate import Gate
from tests.users import CHROMIUM, PASSWORD, Browser, hidden_fields, user

INVITATION = {"email": "Jana@energo.cz", "name": "Jana Nováková", "language": "cs", "role": "auditor", "reach": "all"}


def acts(gate: Gate) -> list[str]:
    """Give what the operator's log says was done to users."""
    leaves = [json.loads(entry["leaf"]) for entry in every_entry(gate)]
    return [leaf["act"] for leaf in leaves if "user" in leaf]


def test_a_user_is_invited_and_the_link_is_shown_once(gate: Gate, browser: Browser) -> None:
    gate.controller()
    browser.sign_in(user(gate, Role.ADMIN))
    entry = INVITATION | {"reach": "these", "controllers": "1", "sees_numbers": "y"}
    text = browser.send("/users/invite", **entry)
    link = re.search(r"http://localhost(/welcome/[\w-]+)", text)
    assert link is not None
    id = browser.page.request.path.rpartition("/")[2]
    assert "/welcome/" not in browser.open(f"/users/{id}"), "it is shown once"
    assert "Jana Nováková" in browser.open("/users")
    jana = Browser(gate)
    assert "Vítá vás Dialgate" in jana.open(link[1], **{"Accept-Language": "cs"})
    jana.send(link[1], password="heslo o třech slovech")
    text = jana.send("/sign-in", email="jana@energo.cz", password="heslo o třech slovech")
    assert '<html lang="cs">' in text, "that is the language she was invited in"
    assert acts(gate)[-2:] == ["user_invited", "user_password_set"]
    assert "jana@energo.cz" not in "".join(entry["leaf"] for entry in every_entry(gate))


def test_a_double_click_invites_once(gate: Gate, browser: Browser) -> None:
    browser.sign_in(user(gate, Role.ADMIN))
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    paths = []
    for _ in range(2):
        browser.send_again("/users/invite", fields)
        paths.append((browser.page.status_code, browser.page.request.path))
    assert paths[0] == paths[1]
    assert acts(gate).count("user_invited") == 2, "the administrator, and Jana"
    browser.send_again("/users/invite", fields | {"email": "other@energo.cz"})
    assert browser.page.status_code == 409, "the same form with another entry is another write"


def test_two_clicks_at_the_very_same_moment_invite_once(gate: Gate, browser: Browser) -> None:
    browser.sign_in(user(gate, Role.ADMIN))
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    cookie = browser.client.get_cookie("dialgate")
    assert cookie is not None
    both, answers = Barrier(2), []

    def click() -> None:
        client = gate.app.test_client()
        client.set_cookie("dialgate", cookie.value)
        both.wait()
        answers.append(client.post("/users/invite", data=fields, headers=CHROMIUM))

    clicks = [Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert [one.status_code for one in answers] == [303, 303]
    assert len({one.location for one in answers}) == 1
    assert acts(gate).count("user_invited") == 2, "the administrator, and Jana"


def test_bad_entries_stay_with_the_reason_beside_the_field(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    admin = user(gate, Role.ADMIN)
    gate.controller()
    browser.sign_in(admin)
    for change, field, words in (
        ({"email": "jana"}, "email", "This does not have the form it must have."),
        ({"email": admin.email}, "email", "A user of this e-mail address is here already."),
        ({"name": ""}, "name", "This is needed."),
        ({"name": "a\x00b"}, "name", "This does not have the form it must have."),
        ({"role": "dialer"}, "role", "Choose one of these."),
        ({"reach": ""}, "reach", "This is needed."),
        ({"reach": "none"}, "reach", "Choose one of these."),
        ({"reach": "these"}, "controllers", "Choose one at least."),
        ({"controllers": "1"}, "controllers", "All controllers are chosen above"),
    ):
        text = browser.send("/users/invite", **INVITATION | change)
        assert browser.page.status_code == 422, change
        wrong = re.search(f'id="{field}-wrong">([^<]*)<', text)
        assert wrong is not None, change
        assert words in wrong[1], change
        assert (change.get("email") or INVITATION["email"]) in text
    text = browser.send("/users/invite", email="", name="")
    assert re.findall(r'<li><a href="#([a-z]+)', text) == ["email", "name", "language", "role", "reach"], (
        "as on the page"
    )
    assert acts(gate).count("user_invited") == 1


def test_another_role_holds_from_the_next_request_on(gate: Gate, browser: Browser) -> None:
    one = user(gate)
    browser.sign_in(user(gate, Role.ADMIN))
    other = Browser(gate)
    other.sign_in(one)
    other.open("/users")
    assert other.page.status_code == 403
    browser.send(f"/users/{one.id}", role="admin", reach="all")
    other.open("/users")
    assert other.page.status_code == 200
    assert "user_changed" in acts(gate)


def test_whoever_loses_the_last_controller_does_not_get_all_of_them(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    gate.context.require_totp = False
    gate.controller()
    one = user(gate, controllers=[1])
    browser.sign_in(user(gate, Role.ADMIN))
    text = browser.open(f"/users/{one.id}")
    ticked = re.findall(r'<input checked[^>]*name="(reach|controllers)"[^>]*value="(\w+)"', text)
    assert ticked == [("reach", "these"), ("controllers", "1")]
    for entry in ({"reach": "these"}, {}):
        text = browser.send(f"/users/{one.id}", role="manager", **entry)
        assert browser.page.status_code == 422
    assert "user_changed" not in acts(gate)
    browser.send(f"/users/{one.id}", role="manager", reach="these", controllers="1")
    assert browser.page.status_code == 200
    browser.send(f"/users/{one.id}", role="manager", reach="all")
    assert "user_changed" in acts(gate)
    leaf = json.loads(every_entry(gate)[-1]["leaf"])
    assert (leaf["act"], leaf["controllers"]) == ("user_changed", None)


def test_scopes_given_by_name_are_told_and_kept(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    gate.context.require_totp = False
    one = user(gate, Role.AUDITOR, scopes=[Scope.RULES_WRITE])
    browser.sign_in(user(gate, Role.ADMIN))
    assert "rules:write" in browser.open(f"/users/{one.id}")
    text = browser.send(f"/users/{one.id}", role="auditor", reach="all", sees_numbers="")
    assert "What the user may do is changed." in text
    assert "rules:write" in text
    text = browser.send(f"/users/{one.id}", role="manager", reach="all")
    assert "rules:write" not in text


def test_a_reset_and_a_disabled_user_are_out_at_once(gate: Gate, browser: Browser) -> None:
    one = user(gate)
    browser.sign_in(user(gate, Role.ADMIN))
    for act, words in (("reset", "A link for this user"), ("disable", "The user is disabled")):
        other = Browser(gate)
        if act == "reset":
            other.sign_in(one)
            assert other.page.request.path == "/"
        fields = hidden_fields(browser.open(f"/users/{one.id}"))
        assert words in browser.send_again(f"/users/{one.id}/{act}", fields)
        other.open("/")
        assert other.page.request.path == "/sign-in"
        other.sign_in(one, PASSWORD)
        assert other.page.status_code == 422
    assert acts(gate)[-2:] == ["user_reset", "user_disabled"]


@pytest.mark.parametrize("act", ["disable", "reset", "change"])
def test_a_click_that_waits_for_its_own_users_end_does_nothing(gate: Gate, browser: Browser, act: str) -> None:
    admin, answers = user(gate, Role.ADMIN), []
    browser.sign_in(admin)
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    cookie = browser.client.get_cookie("dialgate")
    assert cookie is not None

    def click() -> None:
        client = gate.app.test_client()
        client.set_cookie("dialgate", cookie.value)
        answers.append(client.post("/users/invite", data=fields, headers=CHROMIUM))

    slow, other = Thread(target=click), operator("test")
    with gate.context.transaction() as tx:
        if act == "disable":
            disable_user(tx.session, id=admin.id, actor=other, now=tx.now)
        elif act == "reset":
            reset_user(tx.session, id=admin.id, actor=other, now=tx.now)
        else:
            access = Access(role=Role.MANAGER, controller_ids=None)
            change_access(tx.session, id=admin.id, access=access, actor=other, now=tx.now)
        slow.start()
        slow.join(0.5)  # so long that a click which does not wait would be through
    slow.join()
    assert [(one.status_code, one.location) for one in answers] == [(303, "/sign-in?next=%2Fusers%2Finvite")]
    assert acts(gate).count("user_invited") == 1, "the administrator alone"
    with gate.context.reading(reach=()) as reading:
        assert user_by_email(reading.session, email="jana@energo.cz") is None


def test_nobody_changes_their_own_access(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    admin = user(gate, Role.ADMIN)
    browser.sign_in(admin)
    fields = hidden_fields(browser.open("/users/invite"))
    for path, more in ((f"/users/{admin.id}", {"role": "manager", "reach": "all"}), (f"/users/{admin.id}/disable", {})):
        browser.send_again(path, fields | more)
        assert browser.page.status_code == 409, path


def test_an_administrator_of_some_controllers_manages_no_users(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    gate.controller()
    browser.sign_in(user(gate, Role.ADMIN, controllers=[1]))
    for path in ("/users", "/users/invite"):
        browser.open(path)
        if path == "/users/invite":
            browser.send_again(path, hidden_fields(browser.page.text) | INVITATION)
        assert browser.page.status_code == 403, path


def test_the_navigation_shows_what_the_role_may_open(plain_gate: Gate) -> None:
    gate = plain_gate
    for role, sees in ((Role.ADMIN, True), (Role.MANAGER, False), (Role.COMPLIANCE, False), (Role.AUDITOR, False)):
        browser = Browser(gate)
        assert ('href="/users"' in browser.sign_in(user(gate, role))) is sees, role
        browser.open("/users")
        assert (browser.page.status_code == 200) is sees, role
