"""`category_ban` and `voice`: what may not be offered, and who may not speak."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import VoiceMode
from app.domain.reason import Reason
from app.domain.relationship import RelationshipKind
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import facts, relationship
from tests.domain.rules.asked import asked, rule

MODES = st.sampled_from([*VoiceMode, None])


@given(st.sampled_from(["energy", "bank", None]), st.sets(st.sampled_from(["energy", "bank"]), min_size=1))
def test_a_banned_product_and_an_unknown_one_are_denied(product: str | None, banned: set[str]) -> None:
    found = asked("category_ban", facts(product_category=product), categories=sorted(banned))
    assert (found.outcome is Outcome.PASS) is (product is not None and product not in banned)
    assert found.reason in (None, Reason.CATEGORY_BANNED)


def test_a_contract_in_progress_lifts_a_ban_where_the_law_says_so() -> None:
    """FR: prospecting for renovation is banned except on a current contract."""
    params: dict[str, Any] = {"categories": ["energy"], "unless": ["contract"], "purpose": "marketing"}
    contract = relationship(kind=RelationshipKind.CONTRACT)
    assert asked("category_ban", facts(consents=(), relationships=(contract,)), **params).outcome is Outcome.PASS
    assert asked("category_ban", facts(consents=(), relationships=()), **params).outcome is Outcome.BLOCK
    assert asked("category_ban", facts(consents=(), relationships=None), **params).outcome is Outcome.BLOCK
    bought = relationship(kind=RelationshipKind.CUSTOMER)
    assert asked("category_ban", facts(consents=(), relationships=(bought,)), **params).outcome is Outcome.BLOCK


@given(MODES, st.sets(st.sampled_from(list(VoiceMode)), min_size=1), st.booleans())
def test_a_forbidden_voice_and_an_unknown_one_are_denied(
    mode: VoiceMode | None, forbidden: set[VoiceMode], automated: bool
) -> None:
    found = asked(
        "voice",
        facts(voice_mode=mode),
        forbidden_modes=[str(one.value) for one in forbidden],
        ai_is_automated=automated,
    )
    as_recording = automated and mode is VoiceMode.AI and VoiceMode.PRERECORDED in forbidden
    assert (found.outcome is Outcome.PASS) is (mode is not None and mode not in forbidden and not as_recording)


def test_an_ai_counts_as_automated_unless_a_law_says_otherwise() -> None:
    """FCC, 8 February 2024: AI voice = artificial voice."""
    ai = facts(voice_mode=VoiceMode.AI)
    assert asked("voice", ai, forbidden_modes=["prerecorded"]).reason is Reason.VOICE_MODE_BANNED
    assert asked("voice", ai, forbidden_modes=["prerecorded"], ai_is_automated=False).outcome is Outcome.PASS


@pytest.mark.parametrize(("kind", "params"), [
    ("category_ban", {}),
    ("category_ban", {"categories": []}),
    ("category_ban", {"categories": ["energy"], "unless": ["none_required"], "purpose": "marketing"}),
    ("category_ban", {"categories": ["energy"], "unless": ["contract"]}),
    ("voice", {}),
    ("voice", {"forbidden_modes": ["robot"]}),
])  # fmt: skip
def test_a_ban_that_bans_nothing_is_refused(kind: str, params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule(kind, **params)
