"""`flask campaigns`: what checks are asked for."""

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.services.campaigns import NewCampaign, add_campaign, campaign_for, campaigns_for

group = AppGroup("campaigns", help="Campaigns: controller, call class, voice mode, category, caller ID.")


def _choice(words: type) -> click.Choice[str]:
    return click.Choice([word.value for word in words])  # type: ignore[attr-defined]


@group.command("add")
@click.argument("slug")
@click.option("--controller", required=True)
@click.option("--name", required=True)
@click.option("--call-class", required=True, type=_choice(CallClass))
@click.option("--voice-mode", required=True, type=_choice(VoiceMode))
@click.option("--category", required=True, help="The product category, as in energy.")
@click.option("--caller-id", help="The number that is shown to the called party.")
@click.option("--region", help="Where national numbers belong; default: the controller's country.")
@click.option("--profile", type=_choice(Profile), default=Profile.STRICT.value, show_default=True)
@click.option("--house-hours/--no-house-hours", default=True, show_default=True)
@click.option("--house-caps/--no-house-caps", default=True, show_default=True)
@click.option(
    "--justify",
    multiple=True,
    metavar="BASIS=TEXT",
    help="Why a basis that rests on a judgement holds, as in presumed_interest=…",
)
@click.option("--party-type", type=_choice(PartyType))
@click.option("--number-source", type=_choice(NumberSource))
@command
def add(
    slug: str,
    controller: str,
    name: str,
    call_class: str,
    voice_mode: str,
    category: str,
    caller_id: str | None,
    region: str | None,
    profile: str,
    house_hours: bool,
    house_caps: bool,
    justify: tuple[str, ...],
    party_type: str | None,
    number_source: str | None,
) -> None:
    """Add a campaign of a controller."""
    new = NewCampaign(
        slug=slug,
        controller=controller,
        name=name,
        call_class=CallClass(call_class),
        voice_mode=VoiceMode(voice_mode),
        product_category=category,
        caller_id=caller_id,
        region=region.upper() if region else None,
        profile=Profile(profile),
        house_hours=house_hours,
        house_caps=house_caps,
        justifications={basis: why for basis, _, why in (text.partition("=") for text in justify)},
        party_type=PartyType(party_type) if party_type else None,
        number_source=NumberSource(number_source) if number_source else None,
    )
    with current().transaction() as tx:
        campaign = add_campaign(tx.session, new=new, actor=the_operator(), now=tx.now)
    show(campaign)


@group.command("show")
@click.argument("slug", required=False)
@click.option("--controller", help="Whose, where several have a campaign of this slug.")
@command
def show_campaigns(slug: str | None, controller: str | None) -> None:
    """Show one campaign, or all."""
    with current().reading() as reading:
        if slug is not None:
            show(campaign_for(reading.session, slug=slug, controller=controller, actor=the_operator()))
        else:
            show(list(campaigns_for(reading.session, actor=the_operator())))
