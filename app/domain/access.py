"""Who may do what: roles are sets of scopes, held for named controllers or for all."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Forbidden, NotFound


class Scope(StrEnum):
    """One permission."""

    CHECK = "check"
    CAMPAIGNS_WRITE = "campaigns:write"
    LISTS_WRITE = "lists:write"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    SUPPRESSIONS_WRITE = "suppressions:write"
    REGISTERS_WRITE = "registers:write"
    RULES_WRITE = "rules:write"
    PERSONS_WRITE = "persons:write"
    AUDIT_READ = "audit:read"
    ADMIN = "admin"


class Role(StrEnum):
    """The jobs of people and machines."""

    DIALER = "dialer"
    MANAGER = "manager"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"
    ADMIN = "admin"


SCOPES_OF = {
    Role.DIALER: frozenset({Scope.CHECK}),
    Role.MANAGER: frozenset({Scope.CAMPAIGNS_WRITE, Scope.LISTS_WRITE, Scope.CONSENTS_READ}),
    Role.COMPLIANCE: frozenset(
        {
            Scope.CONSENTS_READ,
            Scope.CONSENTS_WRITE,
            Scope.SUPPRESSIONS_WRITE,
            Scope.REGISTERS_WRITE,
            Scope.RULES_WRITE,
            Scope.CAMPAIGNS_WRITE,
            Scope.PERSONS_WRITE,
        }
    ),
    Role.AUDITOR: frozenset({Scope.AUDIT_READ, Scope.CONSENTS_READ}),
    Role.ADMIN: frozenset({Scope.ADMIN}),
}


class MissingScope(Forbidden):
    """This key lacks the scope for this call."""

    code = "missing_scope"


class UnknownController(NotFound):
    """There is no such controller here."""

    code = "unknown_controller"


class NeedsAllControllers(Forbidden):
    """Only a key for all controllers may do that."""

    code = "needs_all_controllers"


class NeedsSecondPerson(Forbidden):
    """Who proposed this cannot approve it."""

    code = "needs_second_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: an API key, a user of the pages (`user:` and its id), a called person, or the command line's operator.

    `controllers` are the ids it reaches; None is all of them, later ones too. `login` is the name of a person
    at the command line.
    """

    id: str
    role: str
    scopes: frozenset[Scope]
    controllers: frozenset[int] | None
    login: str | None = None

    @property
    def personal(self) -> dict[str, str]:
        """Give what is personal of the actor: it goes to the openings of what it does, never into a leaf."""
        return {} if self.login is None else {"operator": self.login}

    def require(self, scope: Scope) -> None:
        """Refuse an actor without this scope.

        :raises MissingScope: when it is not held.
        """
        if scope not in self.scopes:
            raise MissingScope(f"this call needs the scope {scope}")

    def reaches(self, controller_id: int) -> bool:
        """Tell whether the controller is one of the actor's."""
        return self.controllers is None or controller_id in self.controllers

    def require_all_controllers(self) -> None:
        """Refuse an actor of named controllers.

        :raises NeedsAllControllers: when it does not reach all.
        """
        if self.controllers is not None:
            raise NeedsAllControllers()

    def require_second_person(self, *, proposed_by: str, proposed_login: str | None) -> None:
        """Refuse the person who proposed: the same key, or the same login at the command line.

        :raises NeedsSecondPerson: for that person.
        """
        if (proposed_by, proposed_login) == (self.id, self.login):
            raise NeedsSecondPerson()


USER = "user:"
"""What the ids of actors begin with that are users."""

STAFF = (Role.MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.ADMIN)
"""The roles of people: a dialer is a machine, and does not sign in."""

COMMAND_LINE = "cli"
"""The id of the one actor that has no key."""


def operator(name: str) -> Actor:
    """Give the actor of the command line: whoever can start it reads the database anyway."""
    return Actor(id=COMMAND_LINE, role="operator", scopes=frozenset(Scope), controllers=None, login=name)


PERSON = Actor(id="person", role="person", scopes=frozenset(), controllers=None)
"""A called person who proved to hold a number. Every client is reached, but with that number alone."""
