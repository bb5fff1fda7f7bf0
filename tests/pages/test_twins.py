"""A form that is sent twice while it is at work, each sending in a transaction of its own."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.access import Role
from app.services.users import invite_user
from tests.databases import Template
from tests.gate import make_gate
from tests.pages.test_users import INVITATION, acts
from tests.users import CHROMIUM, Browser, hidden_fields, user


def test_a_click_whose_twin_ends_while_it_is_at_work_is_led_where_the_twin_was(
    postgres_empty: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has seen that nobody sent the form, and then that the address is taken. SQLite serves one after the other."""
    with postgres_empty.copy() as url:
        gate = make_gate(url, tmp_path, require_totp=False)
        browser = Browser(gate)
        browser.sign_in(user(gate, Role.ADMIN))
        fields = hidden_fields(browser.open("/users/invite")) | INVITATION
        cookie = browser.client.get_cookie("dialgate")
        assert cookie is not None
        twins: list[TestResponse] = []

        def click() -> TestResponse:
            client = gate.app.test_client()
            client.set_cookie("dialgate", cookie.value)
            return client.post("/users/invite", data=fields, headers=CHROMIUM)

        def late(session: Session, **given: Any) -> Any:
            if not twins:
                monkeypatch.undo()
                twins.append(click())
            return invite_user(session, **given)

        monkeypatch.setattr("app.pages.users.invite_user", late)
        answer = click()
        assert [(one.status_code, one.location) for one in twins] == [(answer.status_code, answer.location)]
        assert answer.status_code == 303
        assert acts(gate).count("user_invited") == 2, "the administrator, and Jana"
        gate.context.engine.dispose()
