"""Users for tests: signed up without a mailbox, and signed in without a browser."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db.users import User
from app.domain.access import Role, Scope, operator
from app.domain.user import UserLanguage
from app.services.user_access import Access
from app.services.users import accept_link, change_access, disable_user, invite_user, reset_user, user_for
from tests.gate import Gate

PASSWORD = "correct horse battery"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash is verified at the cost it was made with: this one cheaply, for some hundred tests sign in with it."""
CHROMIUM = {"Accept": "text/html"}


def invited(
    gate: Gate,
    role: Role = Role.MANAGER,
    *,
    controllers: list[int] | None = None,
    sees_numbers: bool = True,
    language: UserLanguage = UserLanguage.EN,
    scopes: Collection[Scope] = (),
    email: str = "",
) -> tuple[User, str]:
    """Invite a user and give it with the token of its link."""
    access = Access(role=role, controller_ids=controllers, sees_numbers=sees_numbers, extra_scopes=scopes)
    with gate.context.transaction() as tx:
        return invite_user(
            tx.session,
            email=email or f"{role.value}@dialgate.example",
            name=f"Dana {role.value.title()}",
            language=language,
            access=access,
            actor=operator("test"),
            now=tx.now,
        )


def user(gate: Gate, role: Role = Role.MANAGER, **details: Any) -> User:
    """Give a user whose password is PASSWORD."""
    one, token = invited(gate, role, **details)
    with gate.context.transaction() as tx:
        accept_link(tx.session, token=token, password_hash=HASHED, now=tx.now)
        return user_for(tx.session, email=one.email)


def every_act_on_a_user(gate: Gate) -> None:
    """Do to a user whatever leaves an entry."""
    id, dana = user(gate).id, operator("dana-novotna")
    with gate.context.transaction() as tx:
        reset_user(tx.session, id=id, actor=dana, now=tx.now)
        access = Access(role=Role.AUDITOR, controller_ids=[1], sees_numbers=False)
        change_access(tx.session, id=id, access=access, actor=dana, now=tx.now)
        disable_user(tx.session, id=id, actor=dana, now=tx.now)


@dataclass(slots=True)
class Browser:
    """A browser without a screen: it keeps cookies, and sends forms with their hidden fields."""

    gate: Gate
    client: FlaskClient = field(init=False)
    page: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.gate.app.test_client()

    def open(self, path: str, **headers: str) -> str:
        """Open a page, follow where it leads, and give its text."""
        self.page = self.client.get(path, headers=CHROMIUM | headers, follow_redirects=True)
        return self.page.get_data().decode(errors="replace")

    def send(self, path: str, **fields: Any) -> str:
        """Open a page, fill its form in and send it; give the text of the page it leads to."""
        return self.send_again(path, hidden_fields(self.open(path)) | fields)

    def send_again(self, path: str, fields: dict[str, Any]) -> str:
        """Send exactly these fields."""
        self.page = self.client.post(path, data=fields, headers=CHROMIUM, follow_redirects=True)
        return self.page.get_data().decode(errors="replace")

    def sign_in(self, one: User, password: str = PASSWORD) -> str:
        """Sign a user in by the form."""
        return self.send("/sign-in", email=one.email, password=password)


def fields_of(text: str, action: str, **holding: str) -> dict[str, str]:
    """Give the hidden fields of the first form that leads to a path and holds these."""
    forms = [form.partition("</form>")[0] for form in text.split("<form")[1:] if f'action="{action}"' in form]
    found = [hidden_fields(f"<form{form}</main>") for form in forms]
    return next(one for one in found if holding.items() <= one.items())


def hidden_fields(text: str) -> dict[str, str]:
    """Give the hidden fields of the last form of a page, which is the page's own."""
    form = text[: text.rindex("</main>")].rpartition("<form")[2]
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', form)
    names = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in found]
    return {name[1]: value[1] for name, value in names if name is not None and value is not None}
