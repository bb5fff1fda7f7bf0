"""Challenges: sending a code to a number, and beginning the session of whoever enters it.

What is done for a number never depends on what is known of it: nothing of the record is read here.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.challenges import (
    add_challenge,
    add_person_session,
    challenge_of,
    count_codes,
    drop_challenge,
    drop_person_session,
    forget_challenges,
    person_session_of,
    try_challenge,
)
from app.domain.challenge import (
    CHALLENGE_LIFETIME,
    CODE_DIGITS,
    LONGEST_SPAN,
    MOST_TRIES,
    OF_NETWORK,
    OF_NUMBER,
    PERSON_SESSION,
    CodeLimit,
    Proof,
)
from app.services.derived_keys import derived_key
from app.services.messages import Words, queue_message
from app.services.sealing import seal, unseal
from app.services.sign_in_limits import network_of

_PURPOSE = "called persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A code that somebody asks for: to which number, from which network; `wording` puts the code into words.

    `most_an_hour` is how many codes this installation sends in all.
    """

    number: int
    network: str
    most_an_hour: int
    wording: Callable[[str], Words]
    pepper: bytes = field(repr=False)


def ask_code(session: Session, *, asked: Asked, now: datetime) -> str:
    """Challenge whoever asks, and queue the code; gives the token that the browser keeps.

    Beyond a limit (of the number, of the network, in all) everything is done alike, but the code is a code of nobody's
    and its message is withheld: whoever asks cannot tell.
    """
    token = secrets.token_urlsafe(24)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    is_withheld = _is_beyond_a_limit(session, asked, now)
    digest = _hash(token)
    add_challenge(
        session,
        token_hash=digest,
        number=seal(str(asked.number), to=digest, purpose=_PURPOSE, pepper=asked.pepper),
        code_hash=os.urandom(32) if is_withheld else _code_hash(asked.pepper, digest, code),
        now=now,
    )
    words = asked.wording(code)
    queue_message(session, number=asked.number, words=words, is_withheld=is_withheld, pepper=asked.pepper, now=now)
    return token


def number_challenged(session: Session, *, token: str, pepper: bytes, now: datetime) -> int | None:
    """Give the number that a browser asked a code for; None where it is too long ago, or there is none."""
    row = challenge_of(session, token_hash=_hash(token), since=now - CHALLENGE_LIFETIME)
    return None if row is None else _number(row["number"], row["token_hash"], pepper)


def prove(session: Session, *, token: str, code: str, pepper: bytes, now: datetime) -> tuple[Proof, str | None]:
    """Compare a code, once its try is counted; one that is right is used up, and gives the token of a session.

    Whatever comes of it must be committed: a failure that is rolled back would not have been counted.
    """
    digest = _hash(token)
    row = try_challenge(session, token_hash=digest, most=MOST_TRIES, since=now - CHALLENGE_LIFETIME)
    number = None if row is None else _number(row["number"], digest, pepper)
    if row is None or number is None:
        return Proof.OVER, None
    if not hmac.compare_digest(row["code_hash"], _code_hash(pepper, digest, code)):
        return (Proof.WRONG if row["tries"] < MOST_TRIES else Proof.OVER), None
    drop_challenge(session, token_hash=digest)
    own = secrets.token_urlsafe(24)
    sealed = seal(str(number), to=_hash(own), purpose=_PURPOSE, pepper=pepper)
    add_person_session(session, token_hash=_hash(own), number=sealed, now=now)
    return Proof.RIGHT, own


def number_proved(session: Session, *, token: str, pepper: bytes, now: datetime) -> int | None:
    """Give the number that somebody proved to hold; None where that is too long ago, or never was."""
    row = person_session_of(session, token_hash=_hash(token), since=now - PERSON_SESSION)
    return None if row is None else _number(row["number"], row["token_hash"], pepper)


def end_person_session(session: Session, *, token: str) -> None:
    """End the session of a called person."""
    drop_person_session(session, token_hash=_hash(token))


def forget_old_challenges(session: Session, *, now: datetime) -> None:
    """Forget challenges, sessions and counts whose time is over."""
    forget_challenges(
        session,
        challenged=now - CHALLENGE_LIFETIME,
        begun=now - PERSON_SESSION,
        counted=now - LONGEST_SPAN,
    )


def _is_beyond_a_limit(session: Session, asked: Asked, now: datetime) -> bool:
    """Count this code for its network, then for its number, then in all.

    What is withheld for its network is counted no further, nor is what is withheld for its number: whoever asks too
    much would otherwise use up what another number, or everybody, may be sent. The statements are the same.
    """
    in_all = CodeLimit(most=asked.most_an_hour, span=timedelta(hours=1))
    is_beyond = False
    for kind, name, limits in (
        ("network", network_of(asked.network), (OF_NETWORK,)),
        ("number", str(asked.number), OF_NUMBER),
        ("all", "", (in_all,)),
    ):
        is_beyond |= _is_beyond(session, asked.pepper, kind, name, limits, by=0 if is_beyond else 1, now=now)
    return is_beyond


def _is_beyond(
    session: Session, pepper: bytes, kind: str, name: str, limits: Sequence[CodeLimit], *, by: int, now: datetime
) -> bool:
    key = derived_key(pepper, purpose="counts of codes")
    most, began = {}, {}
    for limit in limits:
        begin = limit.begin(now)
        told = f"{kind}:{name}:{limit.span.total_seconds():.0f}:{begin.timestamp():.0f}"
        subject = hmac.digest(key, told.encode(), "sha256")
        most[subject], began[subject] = limit.most, begin
    counts = count_codes(session, subjects=began, by=by)
    return any(counts[subject] > most[subject] for subject in most)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _code_hash(pepper: bytes, token_hash: bytes, code: str) -> bytes:
    return hmac.digest(derived_key(pepper, purpose="codes"), token_hash + code.encode(), "sha256")


def _number(sealed: bytes, token_hash: bytes, pepper: bytes) -> int | None:
    text = unseal(sealed, to=token_hash, purpose=_PURPOSE, pepper=pepper)
    return None if text is None else int(text)
