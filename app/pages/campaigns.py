"""Campaigns: which there are, what binds one of them, and creating one with its rules in view."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.context import Transaction
from app.db.controllers import Controller
from app.db.lists import lists_page, newest_lists
from app.domain.access import Scope
from app.domain.errors import Trouble
from app.pages.access import Visit, page
from app.pages.campaign_entry import CampaignEntry
from app.pages.campaign_words import CALL_CLASSES, NUMBER_SOURCES, PARTY_TYPES, PROFILES, STATES, VOICE_MODES, state_of
from app.pages.campaign_words import country_name as country
from app.pages.languages import zone
from app.pages.rule_lists import told_countries
from app.pages.sending import sent_once
from app.services.campaign_rules import choices_of, countries_with_rules
from app.services.campaigns import add_campaign, own_campaign
from app.services.controllers import controllers_for
from app.services.overview import overview_of

LISTS = 20


@page("/campaigns", to=Scope.CAMPAIGNS_WRITE, nav=_l("Campaigns"))
def campaigns_page(visit: Visit) -> str:
    """List the campaigns one reaches, with the state of the newest list and today's decisions."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        now = reading.now
        known = visit.context.known_counts
        told = overview_of(reading.session, actor=visit.actor, known=known, now=now, zone=zone(), most=0)
        newest = newest_lists(reading.session, controller_ids=visit.actor.controllers)
    states = {id: STATES[state_of(row, now=reading.now)] for id, row in newest.items()}
    return render_template(
        "campaigns.html",
        days=told.campaigns,
        today=now,
        newest=newest,
        states=states,
        has_lists=Scope.LISTS_WRITE in visit.actor.scopes,
        voices=VOICE_MODES,
        classes=CALL_CLASSES,
    )


@page("/campaigns/new", to=Scope.CAMPAIGNS_WRITE, methods=("GET", "POST"))
def new_campaign_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Create a campaign; the rules that its choices bring are shown before it is sent."""
    with visit.context.reading(reach=()) as reading:
        controllers = controllers_for(reading.session, actor=visit.actor)
        rules = visit.context.ruleset(reading.session, now=reading.now)
    entry = CampaignEntry()
    entry.among(controllers, countries={code: country(code) for code in countries_with_rules(rules)})
    if "preview" not in request.form and entry.is_sent():

        def add(tx: Transaction) -> str:
            campaign = add_campaign(tx.session, new=entry.new_campaign, actor=visit.actor, now=tx.now)
            flash(gettext("The campaign is created."))
            return f"/campaigns/{campaign.id}"

        try:
            return sent_once(visit, add, reach=visit.actor.controllers)
        except Trouble as wrong:
            if not entry.takes(wrong):
                raise
    home = entry.region.data or _home(controllers, entry.controller.data)
    told = told_countries(rules, choices=entry.choices, home=home, now=reading.now)
    text = render_template("campaign_new.html", entry=entry, countries=told, home=home, words=_words())
    return (text, 422) if entry.errors else text


@page("/campaigns/<uuid:id>", to=Scope.CAMPAIGNS_WRITE)
def campaign_page(visit: Visit, id: UUID) -> str:
    """Show one campaign: its choices, its lists, its rules."""
    before = request.args.get("before", type=UUID)
    has_lists = Scope.LISTS_WRITE in visit.actor.scopes
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        campaign = own_campaign(reading.session, id=str(id), actor=visit.actor)
        controller = next(
            one for one in controllers_for(reading.session, actor=visit.actor) if one.id == campaign.controller_id
        )
        rules = visit.context.ruleset(reading.session, now=reading.now)
        found = lists_page(
            reading.session,
            controller_ids=visit.actor.controllers,
            campaign_id=campaign.id,
            before=None if before is None else str(before),
            limit=LISTS + 1,
        )
    shown = found[:LISTS] if has_lists else []
    return render_template(
        "campaign.html",
        campaign=campaign,
        controller=controller,
        country=country(campaign.region),
        words=_words(),
        countries=told_countries(rules, choices=choices_of(campaign), home=campaign.region, now=reading.now),
        home=campaign.region,
        lists=[(row, STATES[state_of(row, now=reading.now)]) for row in shown],
        has_lists=has_lists,
        after=f"/campaigns/{campaign.id}?before={shown[-1]['id']}" if shown and len(found) > LISTS else None,
    )


def _words() -> dict[str, Any]:
    return {
        "call_class": CALL_CLASSES,
        "voice_mode": VOICE_MODES,
        "profile": PROFILES,
        "party_type": PARTY_TYPES,
        "number_source": NUMBER_SOURCES,
    }


def _home(controllers: Sequence[Controller], slug: str | None) -> str | None:
    """Give the country of the chosen controller, or of the first."""
    known = {one.slug: one.country for one in controllers}
    return known.get(slug or "", controllers[0].country if controllers else None)
