"""Who may do what: a scope that is missing, controllers that are not reached, and a second person."""

import pytest

from app.domain.access import (
    COMMAND_LINE,
    Actor,
    MissingScope,
    NeedsAllControllers,
    NeedsSecondPerson,
    Scope,
    operator,
)

DIALER = Actor(id="key-1", role="dialer", scopes=frozenset({Scope.CHECK}), controllers=frozenset({1, 2}))


def test_a_scope_that_is_not_held_is_named() -> None:
    DIALER.require(Scope.CHECK)
    with pytest.raises(MissingScope) as refusal:
        DIALER.require(Scope.ADMIN)
    assert refusal.value.detail == "this call needs the scope admin"


def test_a_key_reaches_its_controllers_and_the_operator_all() -> None:
    assert [DIALER.reaches(one) for one in (1, 2, 3)] == [True, True, False]
    assert operator("eva").reaches(3)


def test_only_an_actor_without_named_controllers_has_all_of_them() -> None:
    operator("eva").require_all_controllers()
    for controllers in (frozenset({1}), frozenset[int]()):
        with pytest.raises(NeedsAllControllers):
            Actor(id="key", role="admin", scopes=frozenset(Scope), controllers=controllers).require_all_controllers()


@pytest.mark.parametrize(("id", "login", "is_second"), [
    (COMMAND_LINE, "eva", False),
    (COMMAND_LINE, "jan", True),
    (COMMAND_LINE, None, True),
    ("key-1", "eva", True),
    ("key-1", None, True),
])  # fmt: skip
def test_a_second_person_is_another_key_or_another_login(id: str, login: str | None, is_second: bool) -> None:
    if is_second:
        operator("eva").require_second_person(proposed_by=id, proposed_login=login)
        return
    with pytest.raises(NeedsSecondPerson):
        operator("eva").require_second_person(proposed_by=id, proposed_login=login)


def test_the_operator_holds_every_scope_under_the_name_of_the_login() -> None:
    whole = Actor(id="cli", role="operator", scopes=frozenset(Scope), controllers=None, login="eva")
    assert operator("eva") == whole
    assert operator("eva").personal == {"operator": "eva"}
    assert DIALER.personal == {}
