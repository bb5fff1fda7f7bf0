"""The demonstration's data, generated from a seed: no row is a real person."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from app.context import Context
from app.db.controllers import controller_by_slug
from app.domain.access import Actor, operator
from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.suppression import Scope, SuppressionReason
from app.services.campaigns import NewCampaign, add_campaign
from app.services.consents import NewConsentEvent, append_consent_events
from app.services.controllers import add_controller
from app.services.suppressions import NewSuppression, append_suppressions

SEED = 20261101
ACTOR = operator("demo")

CONTROLLERS = (
    ("energo", "Energo a.s.", "CZ"),
    ("demobanka", "Demo Banka a.s.", "SK"),
    ("sklep", "Sklep Demo sp. z o.o.", "PL"),
)

NUMBERS = {
    "allow": 420601000001,
    "no_consent": 420601000002,
    "withdrawn": 420601000003,
    "expired": 420601000004,
    "objected": 420601000005,
    "objected_all": 420601000006,
    "outbound_call": 420601000007,
}
"""The numbers the README and the tour speak of, by what becomes of them in the campaign `energo-winter`."""


def second_person(context: Context) -> Actor | None:
    """Give the second person of a demonstration, who approves whatever rules a version ships; None in earnest."""
    return operator("demo-second") if context.demo else None


def load_demo(context: Context) -> bool:
    """Load the demonstration data unless it is there; tell whether it was loaded now."""
    with context.reading() as reading:
        if controller_by_slug(reading.session, slug=CONTROLLERS[0][0]) is not None:
            return False
    numbers = [number for slug, _, _ in CONTROLLERS for number in _people(slug)]
    with context.transaction(exclusive={*numbers, *NUMBERS.values()}) as tx:
        for slug, name, country in CONTROLLERS:
            controller = add_controller(tx.session, slug=slug, name=name, country=country, actor=ACTOR, now=tx.now)
            for campaign in _campaigns(slug):
                add_campaign(tx.session, new=campaign, actor=ACTOR, now=tx.now)
            events = list(_events(slug, tx.now))
            append_consent_events(tx.session, controller_id=controller.id, new=events, actor=ACTOR, now=tx.now)
            if slug == CONTROLLERS[0][0]:
                objections = list(_objections(tx.now))
                append_suppressions(tx.session, controller_id=controller.id, new=objections, actor=ACTOR, now=tx.now)
    return True


def _campaigns(slug: str) -> Iterator[NewCampaign]:
    """Give a live and an AI campaign a controller. They switch the house's hours and caps off: the tour works at night,
    and asks about the same number again and again.
    """
    category, prefix = {
        "energo": ("energy", "+420225000111"),
        "demobanka": ("banking", "+421888000111"),
        "sklep": ("retail", "+48221000111"),
    }[slug]
    for voice_mode in (VoiceMode.LIVE, VoiceMode.AI):
        suffix = "winter" if voice_mode is VoiceMode.LIVE else "winter-ai"
        yield NewCampaign(
            slug=f"{slug}-{suffix}",
            controller=slug,
            name=f"Winter offer ({voice_mode})",
            call_class=CallClass.MARKETING,
            voice_mode=voice_mode,
            product_category=category,
            caller_id=prefix,
            house_hours=False,
            house_caps=False,
        )


def _people(slug: str) -> Sequence[int]:
    """Give a controller's numbers."""
    rng = random.Random(f"{SEED}:{slug}")
    prefixes = {
        "energo": [f"420{p}" for p in (602, 603, 604, 605, 607, 720, 777)],
        "demobanka": [f"421{p}" for p in (901, 905, 908, 910, 940)],
        "sklep": [f"48{p}" for p in (501, 502, 600, 660, 691)],
    }[slug]
    return sorted({int(f"{rng.choice(prefixes)}{rng.randrange(10**6):06}") for _ in range(200)})


def _events(slug: str, now: datetime) -> Iterator[NewConsentEvent]:
    rng = random.Random(f"{SEED}:{slug}:events")
    category = next(_campaigns(slug)).product_category
    for number in _people(slug):
        yes = _given(number, category, obtained_at=now - timedelta(days=rng.randrange(30, 900)))
        yield yes
        if rng.random() < 0.15:
            yield replace(yes, action=Action.WITHDRAWN, obtained_at=now - timedelta(days=rng.randrange(1, 29)))
    if slug == "energo":
        month = timedelta(days=30)
        yield _given(NUMBERS["allow"], category, obtained_at=now - month)
        yield (earlier := _given(NUMBERS["withdrawn"], category, obtained_at=now - 2 * month))
        yield replace(earlier, action=Action.WITHDRAWN, obtained_at=now - month)
        yield replace(_given(NUMBERS["expired"], category, obtained_at=now - 2 * month), expires_at=now - month)
        yield _given(NUMBERS["objected"], category, obtained_at=now - 2 * month)
        yield _given(NUMBERS["objected_all"], category, obtained_at=now - 2 * month)
        cold = _given(NUMBERS["outbound_call"], category, obtained_at=now - month)
        yield replace(cold, origin=Origin.OUTBOUND_CALL)


def _given(number: int, category: str, *, obtained_at: datetime) -> NewConsentEvent:
    return NewConsentEvent(
        number=number,
        action=Action.GIVEN,
        purposes=("marketing",),
        voice_modes=("live",),
        product_categories=(category,),
        origin=Origin.WEB_FORM,
        obtained_at=obtained_at,
        evidence=(f"sha256:{sha256(f'{SEED}:{number}'.encode()).hexdigest()}",),
        notice={"version": "2026-03", "language": "cs"},
    )


def _objections(now: datetime) -> Iterator[NewSuppression]:
    since = now - timedelta(days=3)
    for name, scope in (("objected", Scope.CONTROLLER), ("objected_all", Scope.ALL)):
        yield NewSuppression(number=NUMBERS[name], scope=scope, reason=SuppressionReason.OBJECTION, since=since)
