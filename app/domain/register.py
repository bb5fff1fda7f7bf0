"""Registers: external lists of numbers, held as dated snapshots, and what one of them says of a number."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import phonenumbers

from app.domain.errors import InvalidInput
from app.domain.form import COUNTRY, TEXT, Malformed, require_form

SLUG = re.compile(r"(?!(?:[^0-9]*[0-9]){7})[a-z0-9][a-z0-9-]{0,31}")
CATEGORY = re.compile(r"(?!(?:[^0-9]*[0-9]){7})[a-z0-9][a-z0-9_-]{0,39}")
MAX_CATEGORIES = 16
"""As many words as a mask in a snapshot's file has bits."""
MAX_CHANGE_PERCENT = 20
STANDS_BESIDE = timedelta(days=62)
"""How much older than a register's newest answers other answers may be that still count."""
LONGEST_AGE = 365


class Coverage(StrEnum):
    """What a snapshot that does not hold a number says of it.

    `full`: that it is not listed; of a format `BY_AREA`, where any number of its area code is there. `asked`: nothing,
    for only the numbers in it were asked about.
    """

    FULL = "full"
    ASKED = "asked"


class ListStatus(StrEnum):
    """What a register says of a number; `unasked` is no answer at all, and never *not listed*."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    UNASKED = "unasked"


class RegisterFormat(StrEnum):
    """How the files of a register are written."""

    PLAIN = "plain"
    CSV = "csv"
    TPS = "tps"
    US_DNC = "us-dnc"
    CA_DNCL = "ca-dncl"
    IT_RPO = "it-rpo"
    SK_LIST = "sk-list"
    POSITIVE = "positive"


REGION_OF = {
    RegisterFormat.TPS: "GB",
    RegisterFormat.US_DNC: "US",
    RegisterFormat.CA_DNCL: "CA",
    RegisterFormat.IT_RPO: "IT",
    RegisterFormat.SK_LIST: "SK",
}
"""The formats that one country's register alone has."""
BY_AREA = frozenset({RegisterFormat.US_DNC, RegisterFormat.CA_DNCL})
"""The formats whose files hold the area codes that were subscribed to, and no others."""
SLOVAK_AREAS = tuple(str(area) for area in range(1, 15))


class BadRegister(InvalidInput):
    """A register cannot be of this kind."""

    code = "bad_register"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAnswer:
    """What one register said of one number when it was asked.

    `snapshot` is the leaf hash of the log entry of the snapshot that answered, `as_of` the state of the register
    that it shows; for `unasked` both are of the newest one that stands. `categories` are words of the register;
    one without categories gives none. `listed_on` is None where the register does not tell.
    """

    register: str
    snapshot: str
    as_of: datetime
    status: ListStatus
    categories: frozenset[str] = frozenset()
    listed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """An external list.

    `region` (ISO 3166-1) is where its national numbers belong, None where all of them carry a country code.
    `categories` are its own words, in the order of the bits in its files. `max_age_days` is how long an answer to a
    number that was asked about is used, None for a register of full coverage, whose age its rules alone judge.
    """

    slug: str
    name: str
    coverage: Coverage
    format: RegisterFormat
    region: str | None = None
    categories: tuple[str, ...] = ()
    max_change_percent: int = MAX_CHANGE_PERCENT
    max_age_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be a register.

        :raises Malformed: when a field does not have its form.
        :raises BadRegister: when its fields do not fit together.
        """
        require_form(SLUG, slug=self.slug)
        require_form(TEXT, name=self.name)
        require_form(COUNTRY, region=self.region)
        for category in self.categories:
            require_form(CATEGORY, categories=category)
        if len(self.categories) > MAX_CATEGORIES or len(set(self.categories)) < len(self.categories):
            raise BadRegister(f"at most {MAX_CATEGORIES} categories, each once", pointer="/categories")
        if not 1 <= self.max_change_percent <= 100:
            raise Malformed("max_change_percent", pointer="/max_change_percent")
        self._require_fit()

    def _require_fit(self) -> None:
        if self.region is not None and not phonenumbers.country_code_for_region(self.region):
            raise BadRegister("there is no such country", pointer="/region")
        if self.region != REGION_OF.get(self.format, self.region):
            raise BadRegister(f"a register of this format is of {REGION_OF[self.format]}", pointer="/region")
        if (self.coverage is Coverage.ASKED) is (self.max_age_days is None):
            raise BadRegister("max_age_days belongs to coverage asked, and to that alone", pointer="/max_age_days")
        if self.max_age_days is not None and not 1 <= self.max_age_days <= LONGEST_AGE:
            raise Malformed("max_age_days", pointer="/max_age_days")
        if self.coverage not in _COVERAGES.get(self.format, (Coverage.FULL,)):
            raise BadRegister("this format has another coverage", pointer="/coverage")
        if self.format is RegisterFormat.SK_LIST and self.categories != SLOVAK_AREAS:
            raise BadRegister("this format has the categories 1 to 14", pointer="/categories")
        if self.format not in _CATEGORISED and self.categories:
            raise BadRegister("this format has no categories", pointer="/categories")


_COVERAGES = {
    RegisterFormat.IT_RPO: (Coverage.ASKED,),
    RegisterFormat.CSV: (Coverage.FULL, Coverage.ASKED),
}
_CATEGORISED = (RegisterFormat.CSV, RegisterFormat.SK_LIST, RegisterFormat.POSITIVE)


def needs_second_person(*, before: int | None, after: int, max_change_percent: int) -> bool:
    """Tell whether a snapshot of `after` numbers must wait for a second person.

    The first one (`before` None) need not. Another one must when it differs from the snapshot before it by more
    than `max_change_percent` of that one's count; exactly so much does not wait.
    """
    return before is not None and abs(after - before) * 100 > before * max_change_percent
