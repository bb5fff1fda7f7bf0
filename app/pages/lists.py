"""One call list: being read, to be reviewed, released; and what its manager does about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.context import Transaction
from app.db.list_blocks import EarlierForm
from app.db.list_rows import ListRow
from app.db.types import Row
from app.db.users import user_by_id
from app.domain.access import USER, Scope
from app.domain.rules.rule import Rule
from app.pages.access import Visit, page
from app.pages.campaign_words import STATES, VERDICTS, state_of
from app.pages.hidden_cells import hidden, phone_place, sees_numbers
from app.pages.list_review import Told, stored_counts, told_review
from app.pages.list_uploads import DELIMITERS, OverrideEntry
from app.pages.list_words import FILE_TROUBLE, seen_there
from app.pages.numbers import shown_text
from app.pages.sending import sent_once
from app.services.campaign_rules import FIRST, choices_of, rules_ahead
from app.services.campaigns import own_campaign
from app.services.list_progress import cancel_list, pace_of
from app.services.list_release import AnotherScrub, release_list
from app.services.lists import UNFINISHED, ListNotReady, ListStale, list_for, scrub_again
from app.work.list_reading import review


@page("/campaigns/lists/<uuid:id>", to=Scope.LISTS_WRITE)
def list_page(visit: Visit, id: UUID) -> str:
    """Show a list as it is now: how far its reading is, or what it came to."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        row = list_for(reading.session, id=str(id), actor=visit.actor)
        campaign = own_campaign(reading.session, id=row["campaign_id"], actor=visit.actor)
        rules = visit.context.ruleset(reading.session, now=reading.now)
        released_by = _name(reading, row["released_by"])
        now = reading.now
    shown = {"row": row, "campaign": campaign, "state": STATES[state_of(row, now=now)], "released_by": released_by}
    if row["state"] in UNFINISHED:
        return render_template("list_reading.html", pace=pace_of(row, now=now), **shown)
    if row["state"] != "ready":
        return render_template("list_ended.html", **shown, **_override(row), fault=_fault(row))
    choices = choices_of(campaign)
    countries = dict.fromkeys((campaign.region, *FIRST))
    binding = [one for place in countries for one in rules_ahead(rules, choices=choices, country=place, now=now)]
    told, samples, is_stale = _told(visit, row, binding, campaign.region)
    columns = _columns(visit, row, samples)
    return render_template(
        "list_review.html",
        told=told,
        is_stale=is_stale,
        changes=_changes(row),
        columns=columns,
        verdicts=VERDICTS,
        delimiters=DELIMITERS,
        sees_numbers=sees_numbers(visit),
        **shown,
        **_override(row),
    )


@page("/campaigns/lists/<uuid:id>/scrub", to=Scope.LISTS_WRITE, methods=("POST",))
def scrub_list_again(visit: Visit, id: UUID) -> Response:
    """Check a list again, by other overrides where the form has them."""
    entry = OverrideEntry()
    given = entry.options if "column" in request.form and entry.is_sent() else None

    def again(tx: Transaction) -> str:
        scrub_again(tx.session, id=str(id), actor=visit.actor, now=tx.now, options=given)
        return f"/campaigns/lists/{id}"

    return sent_once(visit, again, reach=visit.actor.controllers)


@page("/campaigns/lists/<uuid:id>/cancel", to=Scope.LISTS_WRITE, methods=("POST",))
def cancel_list_page(visit: Visit, id: UUID) -> Response:
    """End the checking of a list."""

    def cancel(tx: Transaction) -> str:
        cancel_list(tx.session, id=str(id), actor=visit.actor, now=tx.now)
        return f"/campaigns/lists/{id}"

    return sent_once(visit, cancel, reach=visit.actor.controllers)


@page("/campaigns/lists/<uuid:id>/release", to=Scope.LISTS_WRITE, methods=("POST",))
def release_list_page(visit: Visit, id: UUID) -> Response:
    """Release the scrub that was looked at: its numbers can be downloaded."""
    run = request.form.get("run", type=int)

    def release(tx: Transaction) -> str:
        digest = visit.context.ruleset(tx.session, now=tx.now).digest
        try:
            release_list(tx.session, id=str(id), run=run or 0, digest=digest, actor=visit.actor, now=tx.now)
            flash(gettext("The list is released. The files to dial from are below."))
        except (AnotherScrub, ListNotReady, ListStale):
            flash(
                gettext("The list was not released: it has changed since you looked. This is how it stands now."), "bad"
            )
        return f"/campaigns/lists/{id}#release"

    return sent_once(visit, release, reach=visit.actor.controllers)


def _told(visit: Visit, row: Row, rules: Sequence[Rule], home: str) -> tuple[Told, Sequence[ListRow], bool]:
    """Give what a ready list came to: as things stand now, or as it was where that is stale."""
    try:
        now = review(visit.context, id=row["id"], actor=visit.actor)
    except (ListStale, EarlierForm):
        return told_review(stored_counts(row), rules=rules, home=home, now=visit.context.now()), (), True
    return told_review(now.counts, rules=rules, home=home, now=now.at), now.samples, False


def _changes(row: Row) -> dict[str, Any] | None:
    """Give what became otherwise since the last scrub; None where there was none of the same reading."""
    found = row["found"].get("changes")
    return None if not found or not found["since"] else {**found, "since": datetime.fromisoformat(found["since"])}


def _columns(visit: Visit, row: Row, samples: Sequence[ListRow]) -> list[dict[str, Any]]:
    """Give the file's columns with some of their cells."""
    place = phone_place(row["found"])
    cells = [one.cells if sees_numbers(visit) else hidden(one.cells, place=place) for one in samples]
    return [
        {
            "name": shown_text(name),
            "place": at + 1,
            "is_phone": at == place,
            "samples": [one[at] for one in cells if at < len(one) and one[at].strip()],
        }
        for at, name in enumerate(row["found"].get("columns", []))
    ]


def _override(row: Row) -> dict[str, Any]:
    entry = OverrideEntry(data={name: value or "" for name, value in row["options"].items()})
    return {"entry": entry, "is_text": row["found"].get("sheet") is None, "has_source": row["source_erased_at"] is None}


def _fault(row: Row) -> dict[str, Any] | None:
    """Give what was the matter with the file: the field it belongs to, a sentence, and what the reader found."""
    if row["fault"] is None:
        return None
    code, _, detail = row["fault"].partition(": ")
    field, words = FILE_TROUBLE.get(code, ("file", lazy_gettext("The file could not be read.")))
    if field in ("column", "sheet"):
        detail = seen_there(detail)
    return {"field": field, "words": words, "detail": detail, "code": code}


def _name(reading: Transaction, actor: str | None) -> str | None:
    """Give the name of the user an actor is; its id where it is none."""
    if actor is None or not actor.startswith(USER):
        return actor
    found = user_by_id(reading.session, id=actor.removeprefix(USER))
    return actor if found is None else found.name
