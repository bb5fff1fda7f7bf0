"""The demonstration's logins: a user per role, its password random per instance, kept where only the owner reads it."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from app.context import Context
from app.domain.access import STAFF, Role, Scope, operator
from app.domain.user import UserLanguage
from app.services.passwords import hash_password
from app.services.user_access import Access
from app.services.users import accept_link, invite_user

_NAMES = {
    Role.MANAGER: "Marta Manager",
    Role.COMPLIANCE: "Cyril Compliance",
    Role.AUDITOR: "Alena Auditor",
    Role.ADMIN: "Adam Admin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An e-mail address and its password."""

    email: str
    password: str


def logins_path(data_dir: Path) -> Path:
    """Say where the logins are kept."""
    return data_dir / "demo_logins.json"


def demo_logins(context: Context) -> dict[str, Login]:
    """Give a login per role of people, making them the first time. Each reaches every controller, later ones too."""
    path = logins_path(context.data_dir)
    if path.exists():
        return {role: Login(**kept) for role, kept in json.loads(path.read_text(encoding="ascii")).items()}
    logins = {role: Login(email=f"{role.value}@dialgate.example", password=secrets.token_urlsafe(12)) for role in STAFF}
    hashes = {role: hash_password(login.password) for role, login in logins.items()}
    with context.transaction() as tx:
        for role, login in logins.items():
            _, token = invite_user(
                tx.session,
                email=login.email,
                name=_NAMES[role],
                language=UserLanguage.EN,
                access=Access(role=role, controller_ids=None, extra_scopes=tuple(Scope) if role is Role.ADMIN else ()),
                is_demo=True,
                actor=operator("demo"),
                now=tx.now,
            )
            accept_link(tx.session, token=token, password_hash=hashes[role], now=tx.now)
    told = {role.value: asdict(login) for role, login in logins.items()}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(told, file)
    return {role.value: login for role, login in logins.items()}
