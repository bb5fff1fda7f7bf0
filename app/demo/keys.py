"""The demonstration's API keys: random per instance, one a role, kept where only the owner reads them."""

import json
import os
from pathlib import Path

from app.context import Context
from app.domain.access import Role, Scope, operator
from app.services.api_keys import create_api_key

ENV = "demo"


def keys_path(data_dir: Path) -> Path:
    """Say where the keys are kept."""
    return data_dir / "demo_keys.json"


def demo_keys(context: Context) -> dict[str, str]:
    """Give a key per role, making them the first time. Each reaches every controller, later ones too; the
    admin's holds every scope.
    """
    path = keys_path(context.data_dir)
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
        return kept
    with context.transaction() as tx:
        keys = {
            role.value: create_api_key(
                tx.session,
                env=ENV,
                role=role,
                controller_ids=None,
                name=f"demonstration {role.value}",
                extra_scopes=tuple(Scope) if role is Role.ADMIN else (),
                pepper=context.api_key_pepper,
                actor=operator("demo"),
                now=tx.now,
            )
            for role in Role
        }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(keys, file)
    return keys
