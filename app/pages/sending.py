"""Writes of pages: once a form, however often it is sent, and then a redirect, so that nothing repeats it."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from flask import redirect, request, session
from werkzeug.wrappers import Response

from app.context import Transaction
from app.db.engine import SimultaneousChange
from app.domain.errors import Conflict, Trouble, Unavailable
from app.pages.access import AccessEnded, Visit
from app.services.idempotency import Idempotency, KeyUsedOtherwise, StoredAnswer, first_answer, remember_answer
from app.services.user_sessions import may_still_act

SEE_OTHER = 303


class AlreadySent(Conflict):
    """This form was sent before, with another entry."""

    code = "already_sent"


def new_form_token() -> str:
    """Make what a form is known by when it is sent again."""
    return secrets.token_urlsafe(16)


def sent_once(
    visit: Visit,
    work: Callable[[Transaction], str],
    *,
    exclusive: Collection[int] = (),
    reach: Collection[int] | None = None,
    file: str = "",
) -> Response:
    """Do a write in one transaction and lead on, after its commit, to the path it gives.

    A form that is sent twice is done once: the second is led to where the first was, and at the very same moment too.
    The visitor is looked at once more in that transaction: whoever was disabled or signed out while it waited, or may
    do something else by now, does nothing.
    `file` is the SHA-256 of the file that came with it.

    :raises AccessEnded: when so.
    :raises AlreadySent: when it is sent again with another entry.
    """
    try:
        return _sent(visit, work, exclusive=exclusive, reach=reach, file=file)
    except SimultaneousChange:
        return _sent(visit, work, exclusive=exclusive, reach=reach, file=file)
    except Unavailable:
        raise
    except Trouble as fault:
        refusal = fault  # of what its twin has done meanwhile, perhaps: then it is led where that was

        def refuse(_: Transaction) -> str:
            raise refusal

        return _sent(visit, refuse, exclusive=exclusive, reach=reach, file=file)


@contextmanager
def _said_once_done() -> Iterator[None]:
    """Take back what the block has said of a write, unless it ends well: the next page would show it."""
    before = list(session.get("_flashes", ()))
    try:
        yield
    except BaseException:
        session.pop("_flashes", None)
        if before:
            session["_flashes"] = before
        raise


def _sent(
    visit: Visit,
    work: Callable[[Transaction], str],
    *,
    exclusive: Collection[int],
    reach: Collection[int] | None,
    file: str,
) -> Response:
    idempotency = _idempotency(visit, file)
    with _said_once_done(), visit.context.transaction(reach=reach, exclusive=exclusive) as tx:
        require_still_acting(visit, tx)
        try:
            stored = first_answer(tx.session, actor=visit.actor, idempotency=idempotency)
        except KeyUsedOtherwise:
            raise AlreadySent() from None
        if stored is None:
            stored = StoredAnswer(status=SEE_OTHER, body=work(tx).encode())
            remember_answer(tx.session, actor=visit.actor, idempotency=idempotency, answer=stored, now=tx.now)
    return redirect(stored.body.decode(), SEE_OTHER)


def require_still_acting(visit: Visit, tx: Transaction) -> None:
    """See in the transaction of a write that its visitor is still who it was.

    :raises AccessEnded: when not so.
    """
    if not may_still_act(tx.session, user=visit.user, found=visit.session):
        raise AccessEnded()


def _idempotency(visit: Visit, file: str) -> Idempotency:
    token = request.form.get("form_token") or new_form_token()
    sent = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    sent += [("", file)] * bool(file)
    # keyed: an entry of which all but nine digits are known must not be found again from its digest
    seen = hmac.digest(visit.context.api_key_pepper, repr((request.path, sent)).encode(), "sha256")
    key = "form:" + hashlib.sha256(token.encode()).hexdigest()
    return Idempotency(key=key, route=f"POST {request.url_rule}"[:80], body_sha256=seen)
