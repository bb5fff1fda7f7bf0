"""Signing in and what happens meanwhile: whoever is reset while a password or a code is compared does not get in."""

import time
from collections.abc import Callable
from threading import Event, Thread

import pytest

from app.db.user_sessions import UserSession, open_user_sessions
from app.db.users import User, user_by_id
from app.domain.access import Role, operator
from app.domain.user import Stage
from app.services.authenticators import totp_code
from app.services.passwords import hash_password
from app.services.user_sessions import end_user_session, live_user_session
from app.services.users import change_password, disable_user, reset_user
from app.work.signing_in import (
    WrongCode,
    WrongCredentials,
    confirm_code,
    replace_password,
    secret_to_enrol,
    sign_in,
)
from tests.gate import Gate
from tests.users import PASSWORD, user

Act = Callable[[Gate, User], None]
HERE = "127.0.0.1"
NEW = "another good password"


class Meanwhile(str):
    """A password that takes so long to compare that something else is done meanwhile, once."""

    acts: list[Callable[[], None]]

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        while self.acts:
            self.acts.pop()()
        return super().encode(encoding, errors)


def password_during(act: Callable[[], None]) -> Meanwhile:
    password = Meanwhile(PASSWORD)
    password.acts = [act]
    return password


def reset(gate: Gate, one: User) -> None:
    with gate.context.transaction() as tx:
        reset_user(tx.session, id=one.id, actor=operator("test"), now=tx.now)


def disable(gate: Gate, one: User) -> None:
    with gate.context.transaction() as tx:
        disable_user(tx.session, id=one.id, actor=operator("test"), now=tx.now)


def take_a_new_password(gate: Gate, one: User) -> None:
    with gate.context.transaction() as tx:
        change_password(tx.session, user=one, password_hash=hash_password(NEW), now=tx.now)


def found(gate: Gate, token: str) -> tuple[User, UserSession]:
    with gate.context.reading(reach=()) as reading:
        limits = gate.context.session_limits
        live = live_user_session(reading.session, token=token, limits=limits, demo=False, now=reading.now)
    assert live is not None
    return live


def signed_in(gate: Gate, one: User) -> tuple[User, UserSession]:
    return found(gate, sign_in(gate.context, email=one.email, password=PASSWORD, network=HERE).token)


def is_in(gate: Gate, one: User) -> bool:
    with gate.context.reading(reach=()) as reading:
        return bool(open_user_sessions(reading.session, user_id=one.id))


def newest(gate: Gate, one: User) -> User:
    with gate.context.reading(reach=()) as reading:
        user = user_by_id(reading.session, id=one.id)
    assert user is not None
    return user


@pytest.mark.parametrize("act", [reset, disable, take_a_new_password])
def test_a_password_that_ended_while_it_was_compared_lets_nobody_in(gate: Gate, act: Act) -> None:
    one = user(gate)
    password = password_during(lambda: act(gate, one))
    with pytest.raises(WrongCredentials):
        sign_in(gate.context, email=one.email, password=password, network=HERE)
    assert password.acts == []
    assert not is_in(gate, one)


def test_a_reset_that_is_about_to_commit_is_waited_for(gate: Gate) -> None:
    one, is_done = user(gate), Event()

    def reset_slowly() -> None:
        with gate.context.transaction() as tx:
            reset_user(tx.session, id=one.id, actor=operator("test"), now=tx.now)
            is_done.set()
            time.sleep(0.3)  # so long that a sign-in which does not wait would be through

    slow = Thread(target=reset_slowly)

    def meanwhile() -> None:
        slow.start()
        assert is_done.wait(10)

    with pytest.raises(WrongCredentials):
        sign_in(gate.context, email=one.email, password=password_during(meanwhile), network=HERE)
    slow.join()
    assert not is_in(gate, one)


@pytest.mark.parametrize("act", [reset, disable, take_a_new_password])
def test_a_code_lets_nobody_in_whose_session_ended_meanwhile(gate: Gate, act: Act) -> None:
    gate.context.require_totp = True
    one, session = signed_in(gate, user(gate))
    secret = secret_to_enrol(gate.context, user=one)
    assert secret is not None
    act(gate, one)
    code = totp_code(secret, now=gate.now)
    with pytest.raises(WrongCode):
        confirm_code(gate.context, user=one, found=session, code=code, network=HERE)
    assert not is_in(gate, one)
    assert newest(gate, one).totp_enrolled_at is None


def test_a_code_is_used_for_one_session_alone(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = True
    one, session = signed_in(gate, user(gate))
    with gate.context.transaction() as tx:
        end_user_session(tx.session, found=session, now=tx.now)
    code = totp_code(secret_to_enrol(gate.context, user=one) or "", now=gate.now)
    with pytest.raises(WrongCode):
        confirm_code(gate.context, user=one, found=session, code=code, network=HERE)


def test_nobody_enrols_a_secret_that_somebody_else_saw(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = True
    one = user(gate)
    thief, stolen = signed_in(gate, one)
    seen = secret_to_enrol(gate.context, user=thief)
    owner, own = signed_in(gate, one)
    secret = secret_to_enrol(gate.context, user=owner)
    assert seen is not None
    assert secret is not None
    assert secret != seen
    with gate.context.reading(reach=()) as reading:
        assert open_user_sessions(reading.session, user_id=one.id) == [own], "the thief would see the new one"
    with pytest.raises(WrongCode):
        confirm_code(gate.context, user=thief, found=stolen, code=totp_code(seen, now=gate.now), network=HERE)
    began = confirm_code(gate.context, user=owner, found=own, code=totp_code(secret, now=gate.now), network=HERE)
    assert began.stage is Stage.FULL


@pytest.mark.parametrize("act", [reset, disable, take_a_new_password])
def test_a_password_is_not_replaced_that_ended_while_it_was_compared(gate: Gate, act: Act) -> None:
    gate.context.require_totp = False
    one, session = signed_in(gate, user(gate, Role.AUDITOR))
    after: list[str | None] = []

    def meanwhile() -> None:
        act(gate, one)
        after.append(newest(gate, one).password_hash)

    old = password_during(meanwhile)
    with pytest.raises(WrongCredentials):
        replace_password(gate.context, user=one, found=session, old=old, new="a third good password", network=HERE)
    assert [newest(gate, one).password_hash] == after
    assert not is_in(gate, one)


def test_a_password_is_not_replaced_from_a_session_that_was_ended(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = False
    one, session = signed_in(gate, user(gate))

    def sign_out() -> None:
        with gate.context.transaction() as tx:
            end_user_session(tx.session, found=session, now=tx.now)

    with pytest.raises(WrongCredentials):
        replace_password(gate.context, user=one, found=session, old=password_during(sign_out), new=NEW, network=HERE)
    assert newest(gate, one).password_hash == one.password_hash
