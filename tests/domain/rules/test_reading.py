"""What the parameters of each kind of rule say is what is read, no word more."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.campaign import VoiceMode
from app.domain.hours import Interval
from app.domain.phone import LineType
from app.domain.registration import Holder
from app.domain.rules.basis import BasisParams
from app.domain.rules.caller_id import CallerIdParams
from app.domain.rules.category_ban import CategoryBanParams
from app.domain.rules.cooldown import CooldownParams, Trigger
from app.domain.rules.frequency import Count, FrequencyParams
from app.domain.rules.number_state import NumberStateParams, State
from app.domain.rules.obligation import ObligationParams
from app.domain.rules.permission import NO_TERMS, Accepted, Terms
from app.domain.rules.register import Mode, Polarity, RegisterParams
from app.domain.rules.registration import RegistrationParams
from app.domain.rules.rule import Obligation
from app.domain.rules.suppression import LiftedBy, SuppressionParams
from app.domain.rules.voice import VoiceParams
from app.domain.rules.window import Lift, WindowParams
from app.domain.suppression import Scope
from tests.domain.rules.asked import rule

MARKETING = Terms(purpose="marketing")
CONSENT = {"unless": ["consent"], "purpose": "marketing"}
MORNING = (Interval(start=480, end=720),)
WEEK = (MORNING, *((),) * 6)
HOURS = {"weekly": {"mon": ["08:00-12:00"]}, "closed_on_holidays": True}
EVERY_TERM = {
    "purpose": "marketing",
    "granularity": ["purpose", "voice_mode"],
    "evidence_held": True,
    "outbound_call_accepted": True,
    "max_age_days": 36_500,
    "customer_months": 1200,
    "inquiry_months": 1200,
    "contract_days": 36_500,
    "similar": False,
    "justification": False,
    "positive_register": "cz",
    "positive_register_max_age_days": 3650,
}
TERMS = Terms(
    purpose="marketing",
    granularity=frozenset({"purpose", "voice_mode"}),
    evidence_held=True,
    outbound_call_accepted=True,
    max_age_days=36_500,
    customer_months=1200,
    inquiry_months=1200,
    contract_days=36_500,
    similar=False,
    justification=False,
    register="cz",
    register_max_age_days=3650,
)
WISH = (Accepted.POSITIVE_REGISTER,)

READ: list[tuple[str, dict[str, Any], object]] = [
    ("basis", {"any_of": []}, BasisParams(any_of=(), terms=NO_TERMS)),
    ("basis", {"any_of": ["positive_register"], **EVERY_TERM}, BasisParams(any_of=WISH, terms=TERMS)),
    ("category_ban", {"categories": ["energy"]}, CategoryBanParams(categories=frozenset({"energy"}))),
    (
        "category_ban",
        {"categories": ["energy"], **CONSENT},
        CategoryBanParams(categories=frozenset({"energy"}), unless=(Accepted.CONSENT,), terms=MARKETING),
    ),
    ("voice", {"forbidden_modes": ["ai"]}, VoiceParams(forbidden_modes=frozenset({VoiceMode.AI}))),
    (
        "voice",
        {"forbidden_modes": ["prerecorded"], "ai_is_automated": False},
        VoiceParams(forbidden_modes=frozenset({VoiceMode.PRERECORDED}), ai_is_automated=False),
    ),
    ("cooldown", {"trigger": "refusal", "days": 366}, CooldownParams(trigger=Trigger.REFUSAL, days=366)),
    ("frequency", {"max": 1, "window_days": 366}, FrequencyParams(max=1, within=timedelta(days=366))),
    (
        "frequency",
        {"max": 3, "window_hours": 24 * 366, "count": "answered"},
        FrequencyParams(max=3, within=timedelta(days=366), count=Count.ANSWERED),
    ),
    (
        "registration",
        {"authority": "acs", "holder": "controller"},
        RegistrationParams(authority="acs", holder=Holder.CONTROLLER),
    ),
    ("number_state", {"check": "reassigned", "purpose": "debt"}, NumberStateParams(
        check=State.REASSIGNED, terms=Terms(purpose="debt")
    )),
    ("number_state", {"check": "line_type", "line_types": ["pager"]}, NumberStateParams(
        check=State.LINE_TYPE, line_types=frozenset({LineType.PAGER})
    )),
    ("number_state", {"check": "inactive", "register": "in", "register_max_age_days": 3650}, NumberStateParams(
        check=State.INACTIVE, register="in", register_max_age_days=3650
    )),
    ("caller_id", {"must_present": True}, CallerIdParams(must_present=True)),
    (
        "caller_id",
        {"require_prefix": ["+4218"], "forbid_prefix": ["+421888"], **CONSENT},
        CallerIdParams(
            require_prefix=("+4218",), forbid_prefix=("+421888",), unless=(Accepted.CONSENT,), terms=MARKETING
        ),
    ),
    ("suppression", {"scope": "all"}, SuppressionParams(scope=Scope.ALL, lifted_by=LiftedBy.NEVER)),
    (
        "suppression",
        {
            "scope": "controller",
            "lifted_by": "newer_consent",
            "purpose_of": {"service": "marketing"},
            "keep_for_years": 100,
            "honour_within_days": 366,
        },
        SuppressionParams(
            scope=Scope.CONTROLLER,
            lifted_by=LiftedBy.NEWER_CONSENT,
            purpose_of={"service": "marketing"},
            keep_for_years=100,
            honour_within_days=366,
        ),
    ),
    ("obligation", {}, ObligationParams()),
    (
        "obligation",
        {"disclose": ["caller"], "record": True, "retain_years": 100, "retain_clock": "granted"},
        ObligationParams(disclose=("caller",), record=True, retain_years=100, retain_clock="granted"),
    ),
    ("window", HOURS, WindowParams(weekly=WEEK, closed_on_holidays=True)),
    (
        "window",
        HOURS
        | {"closed_on_holidays": False, "pre_holiday": ["08:00-12:00"], "half_day": []}
        | {"lifted_by": "express_time_consent", "purpose": "marketing"},
        WindowParams(
            weekly=WEEK, pre_holiday=MORNING, half_day=(), lifted_by=Lift.EXPRESS_TIME_CONSENT, terms=MARKETING
        ),
    ),
    ("register", {"register": "cz", "fixed_days": [1, 28]}, RegisterParams(register="cz", fixed_days=(1, 28))),
    (
        "register",
        {
            "register": "cz",
            "polarity": "positive",
            "mode": "query",
            "snapshot_max_age_days": 3650,
            "grace_days": 366,
            "category_of": {"energy": "a"},
            "consent_after_listing": True,
            **CONSENT,
        },
        RegisterParams(
            register="cz",
            polarity=Polarity.POSITIVE,
            mode=Mode.QUERY,
            max_age_days=3650,
            grace_days=366,
            category_of={"energy": "a"},
            unless=(Accepted.CONSENT,),
            consent_after_listing=True,
            terms=MARKETING,
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "params", "read"), READ)
def test_a_rule_reads_what_its_file_says(kind: str, params: dict[str, Any], read: object) -> None:
    assert rule(kind, **params).params == read


def test_an_obligation_is_told_in_the_words_of_an_answer() -> None:
    params = rule("obligation", disclose=["ai"], record=True, retain_years=5, retain_clock="granted").params
    kept = Obligation(code="retain", years=5, clock="granted")
    assert params.obligations == (Obligation(code="disclose_ai"), Obligation(code="record"), kept)
