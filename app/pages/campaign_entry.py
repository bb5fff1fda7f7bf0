"""The form of a new campaign."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField

from app.db.controllers import Controller
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.errors import Trouble
from app.domain.rules.permission import JUSTIFIABLE
from app.pages.campaign_words import CALL_CLASSES, NUMBER_SOURCES, PARTY_TYPES, PROFILES, VOICE_MODES
from app.pages.entry import NEEDED, ONE_OF_THESE, WORDS, Entry, choices
from app.services.campaign_rules import Choices
from app.services.campaigns import NewCampaign

CATEGORIES = ("energy", "telecom", "banking", "insurance", "investment", "retail", "travel", "health")
_TROUBLES: Mapping[str, tuple[str, Any]] = {
    "campaign_exists": ("slug", _l("This client has a campaign of this short name already.")),
    "bad_caller_id": ("caller_id", _l("This is not a telephone number.")),
    "bad_justification": ("presumed_interest", _l("Say it in words.")),
    "unknown_controller": ("controller", ONE_OF_THESE),
    "malformed_field": ("name", WORDS["malformed_field"]),
}
"""Trouble with a campaign, by its code: the field it belongs to, and what is said there."""


Word = TypeVar("Word", bound=StrEnum)


def _named(words: Mapping[Any, tuple[Any, Any]]) -> dict[Any, Any]:
    return {one: name for one, (name, _) in words.items()}


class CampaignEntry(Entry):
    """What a campaign is, and what its calls are."""

    CATEGORIES = CATEGORIES

    name = StringField(_l("Name"), [NEEDED], render_kw={"maxlength": 200, "autocomplete": "off"})
    slug = StringField(
        _l("Short name"),
        description=_l("Dialers name the campaign by it: small letters, digits and hyphens. Empty: made of the name."),
        render_kw={"maxlength": 63, "autocomplete": "off"},
    )
    controller = SelectField(
        _l("Client"),
        description=_l("On whose behalf the calls are made. Consent given to one client is no consent for another."),
        invalid_choice_message=ONE_OF_THESE,
    )
    call_class = RadioField(
        _l("What the calls are for"),
        [NEEDED],
        choices=choices(_named(CALL_CLASSES), CallClass),
        invalid_choice_message=ONE_OF_THESE,
    )
    voice_mode = RadioField(
        _l("Who speaks"), [NEEDED], choices=choices(_named(VOICE_MODES), VoiceMode), invalid_choice_message=ONE_OF_THESE
    )
    product_category = StringField(
        _l("Product"),
        [NEEDED],
        description=_l(
            "One word, such as energy. A consent must be for this product; some may not be offered by telephone."
        ),
        render_kw={"maxlength": 40, "list": "products", "autocomplete": "off"},
    )
    caller_id = StringField(
        _l("Number shown to the person"),
        description=_l(
            "In several countries it must be shown, or must begin in a certain way. Without one such calls are denied."
        ),
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )
    region = SelectField(
        _l("Country of numbers without a prefix"),
        description=_l("A number's own country decides which law binds the call; this one reads 601 123 456."),
        invalid_choice_message=ONE_OF_THESE,
    )
    number_source = SelectField(
        _l("Where the numbers come from"),
        description=_l("Left open, the rules for every source bind."),
        invalid_choice_message=ONE_OF_THESE,
    )
    party_type = SelectField(
        _l("Who is called"),
        description=_l("Left open, the rules for consumers bind."),
        invalid_choice_message=ONE_OF_THESE,
    )
    profile = RadioField(
        _l("Reading of the law"),
        choices=choices(_named(PROFILES), Profile),
        default=Profile.STRICT.value,
        invalid_choice_message=ONE_OF_THESE,
    )
    house_hours = BooleanField(
        _l("Keep the calling hours of the house"),
        default=True,
        description=_l("Where the law has no hours. Hours of a law always bind. Switching them off is on record."),
    )
    house_caps = BooleanField(
        _l("Keep the caps and pauses of the house"),
        default=True,
        description=_l("How often a number may be tried, and the pause after a refusal. Those of a law always bind."),
    )
    published_business_contact = StringField(
        _l("The number was published by a business"), render_kw={"maxlength": 200, "autocomplete": "off"}
    )
    presumed_interest = StringField(
        _l("A business may be presumed to be interested"), render_kw={"maxlength": 200, "autocomplete": "off"}
    )
    legitimate_interest = StringField(
        _l("There is a legitimate interest"), render_kw={"maxlength": 200, "autocomplete": "off"}
    )

    def among(self, controllers: Sequence[Controller], *, countries: Mapping[str, str]) -> None:
        """Offer these controllers and countries."""
        names = {one.slug: one.name for one in controllers}
        self.controller.choices = choices(names, names)
        blank = SelectChoice("", "–")
        self.region.choices = [SelectChoice("", _l("the client's own country")), *choices(countries, countries)]
        self.number_source.choices = [blank, *choices(NUMBER_SOURCES, NumberSource)]
        self.party_type.choices = [blank, *choices(PARTY_TYPES, PartyType)]

    @property
    def choices(self) -> Choices:
        """Give what decides which rules bind, as far as it is chosen."""
        return Choices(
            call_class=_word(CallClass, self.call_class.data),
            voice_mode=_word(VoiceMode, self.voice_mode.data),
            party_type=_word(PartyType, self.party_type.data),
            number_source=_word(NumberSource, self.number_source.data),
            profile=_word(Profile, self.profile.data),
            house_hours=self.house_hours.data,
            house_caps=self.house_caps.data,
        )

    @property
    def new_campaign(self) -> NewCampaign:
        """Give what was entered, which must have been found sound."""
        reasons = {one.value: self[one.value].data for one in JUSTIFIABLE if self[one.value].data}
        return NewCampaign(
            slug=self.slug.data or slug_of(self.name.data),
            controller=self.controller.data,
            name=self.name.data,
            call_class=CallClass(self.call_class.data),
            voice_mode=VoiceMode(self.voice_mode.data),
            product_category=self.product_category.data.strip().lower(),
            caller_id=(self.caller_id.data or "").strip() or None,
            region=self.region.data or None,
            profile=Profile(self.profile.data),
            house_hours=self.house_hours.data,
            house_caps=self.house_caps.data,
            justifications=reasons,
            party_type=_word(PartyType, self.party_type.data),
            number_source=_word(NumberSource, self.number_source.data),
        )

    def takes(self, trouble: Trouble) -> bool:
        """Say what is the matter beside its field; False where it is no trouble with the entry."""
        if trouble.code not in _TROUBLES:
            return False
        field, words = _TROUBLES[trouble.code]
        if trouble.pointer == "/justifications":
            field = "presumed_interest"
        self.refuse(trouble, field=field, words=words)
        return True


def slug_of(name: str) -> str:
    """Make a short name of a name: plain small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")


def _word(of: type[Word], text: str | None) -> Word | None:
    return of(text) if text in set(of) else None
