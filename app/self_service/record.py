"""One's own record: who called, on what basis, and what ends it. All of it is done for this one number alone."""

import json
from typing import Any

from flask import Response as FileAnswer
from flask import flash, redirect, render_template, request
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import PERSON, UnknownController
from app.self_service.access import RECORD, SEE_OTHER, Caller, person_page, unbroken
from app.self_service.told import client
from app.services.access_page import access_page
from app.services.pack_words import Language
from app.services.person_acts import ask_erasure, stop_all, stop_controller
from app.work.person_access import given_access
from app.work.person_record import holders, record_of

ALL = "*"
"""In place of a client's slug: every one."""


@person_page(RECORD, is_proved=True)
def record_page(caller: Caller) -> str:
    """Show who called, on what basis, and what stands."""
    record = record_of(caller.context, number=caller.number)
    return render_template(
        "self_service/record.html",
        number=unbroken(record.number),
        clients=[client(one) for one in record.holdings],
        is_objected=record.is_objected,
        is_erasure_asked=record.is_erasure_asked,
        all=ALL,
        is_open=True,
    )


@person_page("/who/record/stop", methods=("POST",), is_proved=True)
def stop_page(caller: Caller) -> Response:
    """Stop the calls of one client, or of all of them, from this moment on."""
    owner = _client(caller)
    known: dict[str, Any] = {"number": caller.number, "erasure_keys": caller.context.erasure_keys}

    def stop(tx: Transaction) -> None:
        if owner is None:
            stop_all(tx.session, **known, now=tx.now)
        else:
            stop_controller(tx.session, **known, controller_id=owner.id, now=tx.now)

    reach = None if owner is None else [owner.id]
    with caller.context.transaction(reach=reach, exclusive=[caller.number]) as tx:
        stop(tx)
    if owner is None:
        flash(gettext("Done. No company may call you through us any more."))
    else:
        flash(gettext("Done. %(name)s may not call you any more.", name=owner.name))
    return redirect(RECORD, SEE_OTHER)


@person_page("/who/record/erasure", methods=("POST",), is_proved=True)
def erasure_page(caller: Caller) -> Response:
    """Ask one client, or all of them, to forget the person. Somebody there decides on it."""
    owner = _client(caller)
    with caller.context.transaction(reach=None if owner is None else [owner.id], exclusive=[caller.number]) as tx:
        ask_erasure(tx.session, number=caller.number, controller_id=None if owner is None else owner.id, now=tx.now)
    flash(gettext("Your request is here. Somebody will decide on it."))
    return redirect(RECORD, SEE_OTHER)


@person_page("/who/record/<slug>.<any(html, json):form>", is_proved=True)
def record_file(caller: Caller, slug: str, form: str) -> FileAnswer:
    """Give everything that one client has, as a page to keep or as data."""
    owner = next((one for one in holders(caller.context, number=caller.number) if one.slug == slug), None)
    if owner is None:
        raise UnknownController()
    answer = given_access(caller.context, number=caller.number, controller=owner, ref=None, actor=PERSON)
    if form == "json":
        file = FileAnswer(json.dumps(answer, ensure_ascii=False, indent=1), content_type="application/json")
    else:
        file = FileAnswer(access_page(answer, language=Language(str(get_locale()))))
        file.content_type = "text/html; charset=utf-8"
    file.headers["Content-Disposition"] = f'attachment; filename="{slug}.{form}"'
    return file


def _client(caller: Caller) -> Controller | None:
    """Give the client that is meant, None for all. One that has nothing on the number is as unknown as any other.

    :raises UnknownController: when there is none of that name.
    """
    slug = request.form.get("controller", "")
    if slug == ALL:
        return None
    for one in holders(caller.context, number=caller.number):
        if one.slug == slug:
            return one
    raise UnknownController()
