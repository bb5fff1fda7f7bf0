"""Messages to called persons: queued in a transaction, sealed, and sent after its commit by whoever takes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.messages import add_message, drop_message, forget_messages, is_message_due, lease_messages
from app.domain.challenge import CHALLENGE_LIFETIME, Channel
from app.domain.phone import e164_of
from app.services.sealing import seal, unseal

LEASE = timedelta(seconds=60)
"""How long whoever took a message may try to send it; then another does."""
MOST_AT_ONCE = 4
_PURPOSE = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text to a number (E.164), to be read or heard in a language."""

    id: str
    to: str
    text: str
    channel: Channel
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a message says, how it comes, and in which language."""

    text: str
    channel: Channel = Channel.SMS
    language: str = "en"


def queue_message(
    session: Session, *, number: int, words: Words, is_withheld: bool, pepper: bytes, now: datetime
) -> None:
    """Queue a message. One that is withheld is stored like any other, so that nobody can tell, and is never sent."""
    id = new_id(now)
    told = [e164_of(number), words.text, words.channel.value, words.language]
    sealed = seal(json.dumps(told), to=id.encode(), purpose=_PURPOSE, pepper=pepper)
    add_message(session, id=id, sealed=sealed, is_withheld=is_withheld, now=now)


def has_message_due(session: Session, *, now: datetime) -> bool:
    """Tell whether one waits that nobody holds."""
    return is_message_due(session, since=now - CHALLENGE_LIFETIME, now=now)


def take_messages(session: Session, *, pepper: bytes, now: datetime) -> Sequence[Message]:
    """Take what waits; of two processes that ask at once, one gets it. What was not ended is taken again later."""
    since = now - CHALLENGE_LIFETIME
    taken = []
    for row in lease_messages(session, since=since, until=now + LEASE, limit=MOST_AT_ONCE, now=now):
        told = unseal(row["sealed"], to=row["id"].encode(), purpose=_PURPOSE, pepper=pepper)
        if told is None:  # sealed under another pepper: nobody can send it
            drop_message(session, id=row["id"])
            continue
        to, text, channel, language = json.loads(told)
        taken.append(Message(id=row["id"], to=to, text=text, channel=Channel(channel), language=language))
    return taken


def end_message(session: Session, *, id: str) -> None:
    """Forget a message that was sent."""
    drop_message(session, id=id)


def forget_old_messages(session: Session, *, now: datetime) -> None:
    """Forget what would come too late, withheld ones too."""
    forget_messages(session, before=now - CHALLENGE_LIFETIME)
