"""Campaigns: what a check is asked for, and the words a call is described with."""

from dataclasses import dataclass
from enum import StrEnum


class CallClass(StrEnum):
    """What a call is for."""

    MARKETING = "marketing"
    CONSENT_REQUEST = "consent_request"
    MEETING_SETUP = "meeting_setup"
    SURVEY_COMMERCIAL = "survey_commercial"
    SURVEY_RESEARCH = "survey_research"
    CHARITY = "charity"
    POLITICAL = "political"
    SERVICE = "service"
    DEBT = "debt"
    CALLBACK = "callback"


class VoiceMode(StrEnum):
    """Who or what speaks. The last two are automated."""

    LIVE = "live"
    PRERECORDED = "prerecorded"
    AI = "ai"


class PartyType(StrEnum):
    """Who is called; `unknown` counts as whatever is strictest."""

    CONSUMER = "consumer"
    SOLE_TRADER = "sole_trader"
    COMPANY = "company"
    UNKNOWN = "unknown"


class NumberSource(StrEnum):
    """Where the controller has the number from."""

    OWN_CUSTOMER = "own_customer"
    CONSENT = "consent"
    DIRECTORY = "directory"
    PUBLIC_WEB = "public_web"
    RANDOM = "random"
    PURCHASED = "purchased"


class Profile(StrEnum):
    """Which reading of a country's law a campaign follows, where its policy offers two."""

    STRICT = "strict"
    STATUTE = "statute"


class CheckKind(StrEnum):
    """Why a check is asked: every path goes through the gate."""

    AUTO = "auto"
    MANUAL = "manual"
    CALLBACK = "callback"
    LIST = "list"
    TEST = "test"

    @property
    def is_planning(self) -> bool:
        """Tell whether the answer can never be a permission to dial now."""
        return self in (CheckKind.LIST, CheckKind.TEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign of one controller. `region` (ISO 3166-1) is where numbers without a prefix belong.

    `party_type` and `number_source` are defaults for its checks; None is *not known*.
    `house_hours` False switches off the house's calling hours, `house_caps` False its caps and pauses, never a law's.
    `justified` are the bases that rest on a judgement, for which a justification is on record with the campaign.
    """

    id: str
    slug: str
    controller: str
    controller_id: int
    name: str
    call_class: CallClass
    voice_mode: VoiceMode
    product_category: str
    caller_id: str | None
    region: str
    profile: Profile = Profile.STRICT
    house_hours: bool = True
    house_caps: bool = True
    justified: frozenset[str] = frozenset()
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
