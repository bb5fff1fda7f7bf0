"""What a user may do: a role and controllers, through the very table that keys go through."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from app.db.users import User
from app.domain.access import SCOPES_OF, STAFF, USER, Actor, Role, Scope
from app.domain.errors import InvalidInput


class NotARoleOfPeople(InvalidInput):
    """A dialer is a machine: it gets an API key, and does not sign in."""

    code = "not_a_role_of_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a user may do. `controller_ids` None reaches all controllers, later ones too."""

    role: Role
    controller_ids: Collection[int] | None
    sees_numbers: bool = True
    extra_scopes: Collection[Scope] = field(default=())

    def require_staff(self) -> None:
        """Refuse a role that no person has.

        :raises NotARoleOfPeople: for a dialer.
        """
        if self.role not in STAFF:
            raise NotARoleOfPeople(pointer="/role")

    @property
    def columns(self) -> dict[str, Any]:
        """Give the columns of a user that say it."""
        return {
            "role": self.role.value,
            "scopes": sorted(SCOPES_OF[self.role] | set(self.extra_scopes)),
            "all_controllers": self.controller_ids is None,
            "controller_ids": sorted(self.controller_ids or ()),
            "sees_numbers": self.sees_numbers,
        }

    @property
    def told(self) -> dict[str, object]:
        """Give what the log says of it."""
        columns = self.columns
        reach = None if self.controller_ids is None else columns["controller_ids"]
        kept = {name: columns[name] for name in ("role", "scopes", "sees_numbers")}
        return {**kept, "controllers": reach}


def extra_scopes_of(user: User) -> frozenset[Scope]:
    """Give the scopes that a user has beside those of the role: they were given by name."""
    return frozenset(Scope(scope) for scope in user.scopes) - SCOPES_OF[Role(user.role)]


def actor_of_user(user: User) -> Actor:
    """Give the actor a user is: the same scopes, reach and two-person rules as a key's."""
    return Actor(
        id=USER + user.id,
        role=user.role,
        scopes=frozenset(Scope(scope) for scope in user.scopes),
        controllers=None if user.all_controllers else frozenset(user.controller_ids),
    )
