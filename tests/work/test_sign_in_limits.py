"""Who guesses must wait, and whoever knows an address cannot keep its owner out by guessing."""

from datetime import timedelta

import pytest

from app.domain.user import LONGEST_WAIT
from app.services.sign_in_limits import TooManyAttempts, code_subjects, sign_in_subjects, take_attempt
from app.work.signing_in import WrongCode, WrongCredentials, confirm_code, replace_password, sign_in
from tests.gate import Gate
from tests.users import PASSWORD, user
from tests.work.test_signing_in import signed_in

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
EMAIL = "manager@dialgate.example"


def guess(gate: Gate, network: str) -> int:
    """Count one guess as a sign-in does; give for how many seconds it is refused."""
    subjects = sign_in_subjects(gate.context.api_key_pepper, account=EMAIL, network=network)
    try:
        with gate.context.transaction(reach=()) as tx:
            take_attempt(tx.session, subjects=subjects, now=tx.now)
    except TooManyAttempts as refused:
        return refused.retry_after or 0
    return 0


def test_one_who_knows_the_address_does_not_keep_the_owner_out(gate: Gate) -> None:
    gate.context.require_totp = False
    one = user(gate)
    for _ in range(8):
        gate.now += timedelta(seconds=guess(gate, ELSEWHERE))
        guess(gate, ELSEWHERE)
    assert guess(gate, ELSEWHERE) > 0
    sign_in(gate.context, email=one.email, password=PASSWORD, network=HOME)
    assert guess(gate, ELSEWHERE) > 0, "the owner's sign-in is not the guesser's"


def test_not_even_one_who_guesses_for_days(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = False
    one = user(gate)
    for _ in range(400):
        gate.now += timedelta(seconds=guess(gate, ELSEWHERE))
        assert guess(gate, ELSEWHERE) == 0
    assert guess(gate, ELSEWHERE) == LONGEST_WAIT.total_seconds()
    assert guess(gate, HOME) == 60, "the owner waits for a minute after each guess, of which there is one in fifteen"
    gate.now += timedelta(minutes=1)
    sign_in(gate.context, email=one.email, password=PASSWORD, network=HOME)


def test_one_who_guesses_from_everywhere_is_slowed_down(plain_gate: Gate) -> None:
    gate = plain_gate
    waits = []
    for last in range(60):
        waits.append(guess(gate, f"203.0.113.{last}"))
        gate.now += timedelta(seconds=waits[-1])
        if waits[-1]:
            assert guess(gate, f"203.0.113.{last}") == 0
    assert waits == [0] * 51 + [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_codes_tried_in_one_session_keep_no_other_out(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = True
    one, session = signed_in(gate, user(gate))
    for refusal in (*[WrongCode] * 6, TooManyAttempts):
        with pytest.raises(refusal):
            confirm_code(gate.context, user=one, found=session, code="000000", network=ELSEWHERE)
    one, session = signed_in(gate, one)
    with pytest.raises(WrongCode):
        confirm_code(gate.context, user=one, found=session, code="000000", network=HOME)


def test_codes_tried_in_many_sessions_must_be_waited_for(plain_gate: Gate) -> None:
    gate = plain_gate

    def attempt(count: int) -> None:
        token_hash, network = bytes([count]) * 32, f"203.0.113.{count}"
        subjects = code_subjects(gate.context.api_key_pepper, user_id="u", token_hash=token_hash, network=network)
        with gate.context.transaction(reach=()) as tx:
            take_attempt(tx.session, subjects=subjects, now=tx.now)

    for count in range(51):
        attempt(count)
    with pytest.raises(TooManyAttempts):
        attempt(51)


def test_a_password_in_use_is_guessed_by_user_and_that_keeps_nobody_out(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = False
    one, session = signed_in(gate, user(gate))

    def replace(old: str, network: str) -> None:
        new = "another good password"
        replace_password(gate.context, user=one, found=session, old=old, new=new, network=network)

    for count in range(6):
        with pytest.raises(WrongCredentials):
            replace("wrong", f"203.0.113.{count}")
    with pytest.raises(TooManyAttempts):
        replace(PASSWORD, HOME)
    sign_in(gate.context, email=one.email, password=PASSWORD, network=HOME)
    gate.now += timedelta(seconds=2)
    replace(PASSWORD, HOME)
