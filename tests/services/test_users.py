"""Users are actors like keys: the same scopes, reach and two-person rules; and their secrets stay theirs."""

import json

import pytest

from app.db.users import user_by_id
from app.domain.access import SCOPES_OF, Actor, MissingScope, NeedsAllControllers, NeedsSecondPerson, Role, Scope
from app.domain.user import UserLanguage
from app.services.authenticators import SecretLost, open_totp_secret, seal_totp_secret
from app.services.passwords import hash_password, is_password
from app.services.two_persons import require_second_person
from app.services.user_access import Access, NotARoleOfPeople, actor_of_user
from app.services.users import OwnAccess, UserExists, change_access, disable_user, invite_user
from tests.api.exported import every_entry
from tests.gate import Gate
from tests.users import PASSWORD, invited, user

PEPPER = b"p" * 32


@pytest.mark.parametrize("role", [Role.MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.ADMIN])
def test_a_user_has_the_scopes_of_the_role_as_a_key_has(plain_gate: Gate, role: Role) -> None:
    one = user(plain_gate, role, controllers=[1, 2])
    actor = actor_of_user(one)
    assert (actor.id, actor.role) == (f"user:{one.id}", role)
    assert actor.scopes == SCOPES_OF[role]
    assert actor.controllers == frozenset({1, 2})
    assert actor.personal == {}


def test_two_users_are_two_persons_and_one_is_not(plain_gate: Gate) -> None:
    one, other = (actor_of_user(user(plain_gate, role)) for role in (Role.COMPLIANCE, Role.ADMIN))
    proposal = {"proposed_by": one.id, "proposed_login": one.login}
    require_second_person(proposal, actor=other)
    with pytest.raises(NeedsSecondPerson):
        require_second_person(proposal, actor=one)


def test_only_an_administrator_of_all_controllers_manages_users(gate: Gate) -> None:
    admin = actor_of_user(user(gate, Role.ADMIN))
    target = user(gate, Role.AUDITOR)
    some = Actor(id="user:x", role="admin", scopes=frozenset({Scope.ADMIN}), controllers=frozenset({1}))
    manager = actor_of_user(user(gate, Role.MANAGER))
    for actor, refusal in ((some, NeedsAllControllers), (manager, MissingScope)):
        with pytest.raises(refusal), gate.context.transaction() as tx:
            disable_user(tx.session, id=target.id, actor=actor, now=tx.now)
    with pytest.raises(OwnAccess), gate.context.transaction() as tx:
        disable_user(tx.session, id=admin.id.removeprefix("user:"), actor=admin, now=tx.now)
    with gate.context.transaction() as tx:
        disable_user(tx.session, id=target.id, actor=admin, now=tx.now)
        found = user_by_id(tx.session, id=target.id)
    assert found is not None
    assert found.disabled_at == gate.now


def test_scopes_given_by_name_stay_as_long_as_the_role_does(gate: Gate) -> None:
    admin, given = actor_of_user(user(gate, Role.ADMIN)), {Scope.RULES_WRITE, Scope.CHECK}
    one = user(gate, Role.AUDITOR, scopes=given)
    held = []
    for role, controllers in ((Role.AUDITOR, [1]), (Role.MANAGER, [1]), (Role.AUDITOR, [1])):
        access = Access(role=role, controller_ids=controllers)
        with gate.context.transaction() as tx:
            changed = change_access(tx.session, id=one.id, access=access, actor=admin, now=tx.now)
        held.append(set(changed.scopes) - SCOPES_OF[role])
        leaf = json.loads(every_entry(gate)[-1]["leaf"])
        assert leaf["scopes"] == changed.scopes == sorted(changed.scopes)
    assert held == [given, set(), set()], "another role begins with its own scopes"


def test_an_address_is_taken_once_and_no_machine_is_a_user(gate: Gate) -> None:
    invited(gate, email="dana@energo.cz")
    with pytest.raises(UserExists):
        invited(gate, Role.AUDITOR, email=" Dana@Energo.cz")
    admin = actor_of_user(user(gate, Role.ADMIN))
    with pytest.raises(NotARoleOfPeople), gate.context.transaction() as tx:
        invite_user(
            tx.session,
            email="dialer@energo.cz",
            name="Dialer",
            language=UserLanguage.EN,
            access=Access(role=Role.DIALER, controller_ids=None),
            actor=admin,
            now=tx.now,
        )


def test_a_password_is_argon2id_and_where_there_is_none_nothing_fits() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert is_password(kept, PASSWORD)
    assert not is_password(kept, PASSWORD + " ")
    assert not is_password(None, "nobody has this password")
    assert not is_password("not a hash", PASSWORD)


def test_a_sealed_secret_opens_for_its_user_alone() -> None:
    sealed = seal_totp_secret("JBSWY3DPEHPK3PXP", user_id="a", pepper=PEPPER)
    assert b"JBSWY3DPEHPK3PXP" not in sealed
    assert open_totp_secret(sealed, user_id="a", pepper=PEPPER) == "JBSWY3DPEHPK3PXP"
    for user_id, pepper in (("b", PEPPER), ("a", b"q" * 32)):
        with pytest.raises(SecretLost):
            open_totp_secret(sealed, user_id=user_id, pepper=pepper)
