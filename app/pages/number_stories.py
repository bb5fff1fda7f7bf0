"""A number's whole story: looked up by a form, told on one page, and asked about as the gate would answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, StringField

from app.context import Transaction
from app.domain.access import Scope
from app.domain.campaign import CheckKind
from app.domain.decision import Verdict
from app.domain.errors import Trouble
from app.domain.phone import InvalidNumber, Phone, e164_of, parse
from app.domain.standing import ConsentState
from app.pages.access import Visit, page
from app.pages.consent_words import (
    ACTIONS,
    BASES,
    CALL_CLASSES,
    LISTINGS,
    RELATIONSHIPS,
    STATES,
    SUPPRESSION_REASONS,
    VERDICTS,
    labels,
    reason_words,
)
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry
from app.pages.languages import moment
from app.pages.looked_up import LookupExpired, looked_up, reference_of, remember_lookup
from app.pages.sending import sent_once
from app.pages.time_line import time_line
from app.services.campaigns import campaigns_for
from app.services.check_requests import CheckRequest
from app.services.controllers import controllers_for
from app.services.number_stories import Standing, Story, record_story_lookup, story_of_number
from app.work.checking import answer_checks

SEE_OTHER = 303
NUMBER = "number"
"""The kind of look-up whose reference these pages' addresses hold."""
JUST_NOW = timedelta(minutes=1)
"""How long the page shows an answer of the gate."""


class NumberEntry(Entry):
    """A number to look up."""

    number = StringField(
        _l("Telephone number"),
        [NEEDED],
        render_kw={"autocomplete": "off", "inputmode": "tel", "maxlength": 64, "data-first": "yes"},
    )
    region = SelectField(_l("Country of a number without +"), invalid_choice_message=ONE_OF_THESE)
    ref = StringField(
        _l("Your reference (optional)"),
        description=_l("Why you look, as in a file number. It is kept with the entry in the log."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )


class QuestionEntry(Entry):
    """For which campaign the gate is asked."""

    campaign = SelectField(_l("Campaign"), invalid_choice_message=ONE_OF_THESE)


@page("/numbers", to=Scope.PERSONS_WRITE, methods=("GET", "POST"), nav=_l("Numbers"))
def numbers_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Look a number up. That it was is on record before anything is shown."""
    entry = NumberEntry()
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        countries = sorted({one.country for one in controllers_for(reading.session, actor=visit.actor)})
    entry.region.choices = [SelectChoice(code, code) for code in countries] or [SelectChoice("CZ", "CZ")]
    if entry.is_sent():
        try:
            phone = parse(entry.number.data, region=entry.region.data)
            return story_shown(visit, phone, ref=(entry.ref.data or "").strip() or None)
        except InvalidNumber as wrong:
            entry.refuse(wrong, field="number")
        except Trouble as wrong:
            if wrong.code != "malformed_field":
                raise
            entry.refuse(wrong, field="ref")
    lists_suppressions = Scope.SUPPRESSIONS_WRITE in visit.actor.scopes
    text = render_template("numbers.html", entry=entry, lists_suppressions=lists_suppressions)
    return (text, 422) if entry.errors else text


def story_shown(visit: Visit, phone: Phone, *, ref: str | None) -> Response:
    """Put on record that a number is looked up, and lead to its story."""
    about = {"kind": NUMBER, "number": phone.key}

    def record(tx: Transaction) -> str:
        keys = visit.context.erasure_keys
        record_story_lookup(tx.session, number=phone.key, erasure_keys=keys, ref=ref, actor=visit.actor, now=tx.now)
        return f"/numbers/{reference_of(visit, about=about, at=tx.now)}"

    return remember_lookup(sent_once(visit, record, reach=visit.actor.controllers), visit, about=about)


def number_looked_up(visit: Visit, ref: str) -> int:
    """Give the number that was looked up under a reference.

    :raises LookupExpired: when none was, within the last half hour.
    """
    number: int = looked_up(visit, ref=ref, kind=NUMBER, now=visit.context.now())["number"]
    return number


@page("/numbers/<ref>", to=Scope.PERSONS_WRITE)
def number_page(visit: Visit, ref: str) -> str | Response:
    """Tell a number's story: what stands, whether it may be dialled, and everything on record."""
    try:
        number = number_looked_up(visit, ref)
    except LookupExpired:
        return redirect("/numbers", SEE_OTHER)
    phone = parse(e164_of(number), region=None)
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        story = story_of_number(
            reading.session,
            phone=phone,
            ruleset=visit.context.ruleset(reading.session, now=reading.now),
            registers=visit.context.registers,
            erasure_keys=visit.context.erasure_keys,
            actor=visit.actor,
            now=reading.now,
        )
        campaigns = campaigns_for(reading.session, actor=visit.actor)
        now = reading.now
    question = QuestionEntry()
    names = {one.id: one.name for one in story.controllers.values()}
    concerned = {one.controller.id for one in story.standing}
    question.campaign.choices = [
        SelectChoice(f"{one.controller}/{one.slug}", f"{names[one.controller_id]}: {one.name}")
        for one in sorted(
            campaigns, key=lambda one: (one.controller_id not in concerned, names[one.controller_id], one.name)
        )
    ]
    verdict = _verdict(story, request.args.get("asked"), now=now)
    question.campaign.data = None if verdict is None else verdict["choice"]
    return render_template(
        "number.html",
        ref=ref,
        phone=phone,
        question=question,
        verdict=verdict,
        standing=[(one.controller, _words_of(one, story)) for one in story.standing],
        story=story,
        listings=[(one, LISTINGS[one.answer.status] if one.answer else "") for one in story.listings],
        items=time_line(story, actor=visit.actor),
    )


@page("/numbers/<ref>/check", to=Scope.PERSONS_WRITE, methods=("POST",))
def check_number(visit: Visit, ref: str) -> Response:
    """Ask the gate as a test: the answer is on record, and no permission to dial."""
    try:
        number = number_looked_up(visit, ref)
    except LookupExpired:
        return redirect("/numbers", SEE_OTHER)
    controller, _, campaign = request.form.get("campaign", "").partition("/")
    question = CheckRequest(
        number=e164_of(number), campaign=campaign, controller=controller, kind=CheckKind.TEST, reserve=False
    )
    (answer,) = answer_checks(visit.context, requests=[question], actor=visit.actor)
    if isinstance(answer, Trouble):
        raise answer
    return redirect(f"/numbers/{ref}?asked={answer['decision_id']}#verdict", SEE_OTHER)


def _verdict(story: Story, asked: str | None, *, now: datetime) -> Mapping[str, Any] | None:
    """Give what the gate answered just now; it is on record as any answer. What it might answer otherwise by now is
    not given: an address can be opened again, and gone back to.
    """
    row = next((one for one in story.decisions if one["id"] == asked), None)
    if row is None or now - row["checked_at"] > JUST_NOW or _has_changed(story, since=row["checked_at"]):
        return None
    if story.has_objected_to_all and row["verdict"] == Verdict.ALLOW:
        return None
    basis = row["answer"]["basis"]
    return {
        "code": row["verdict"],
        "title": VERDICTS[row["verdict"]],
        "campaign": row["campaign"],
        "choice": f"{row['controller']}/{row['campaign']}",
        "at": row["checked_at"],
        "not_before": row["not_before"],
        "basis": None if basis is None else BASES.get(basis["code"], basis["code"]),
        "reasons": [(reason_words(one["code"]), one["legal_ref"], one["code"]) for one in row["answer"]["reasons"]],
    }


def _has_changed(story: Story, *, since: datetime) -> bool:
    """Tell whether something was recorded of the number after an instant."""
    rows = (*story.events, *story.relationships, *story.suppressions, *story.objections, *story.outcomes.values())
    lifted = (row["lifted_at"] for row in (*story.suppressions, *story.objections) if row["lifted_at"] is not None)
    return any(at > since for at in (*(row["recorded_at"] for row in rows), *lifted))


def _words_of(one: Standing, story: Story) -> Sequence[tuple[str, str]]:
    """Say in words what stands with a controller; each with its tone."""
    lines: list[tuple[str, str]] = []
    words = labels()
    for row in one.suppressions:
        since = gettext("not to be called since %(when)s", when=moment(row["since"]))
        lines.append(("bad", f"{SUPPRESSION_REASONS[row['reason']]}: {since}"))
    for line in one.consents:
        about = [CALL_CLASSES[line["purpose"]], words[line["voice_mode"]], line["product_category"]]
        tone = "good" if line["state"] == ConsentState.GIVEN else "bad"
        lines.append((tone, f"{STATES[line['state']]}: {', '.join(map(str, about))}"))
    if not one.consents:
        noes = [row for row in story.events if row["controller_id"] == one.controller.id]
        lines += [("bad", f"{ACTIONS[row['action']]}: {moment(row['obtained_at'])}") for row in noes[-1:]]
    for row in one.relationships:
        name = RELATIONSHIPS[row["kind"]]
        lines.append(("", f"{name}: {gettext('since %(when)s', when=moment(row['began_at']))}"))
    return lines or [("", gettext("Nothing stands."))]
