"""The standing consent of a number, as people read it: one line for each thing that was ever agreed to."""

from collections.abc import Iterable
from datetime import datetime
from itertools import product
from typing import Any

from app.domain.consent import ConsentEvent
from app.domain.standing import ConsentDemands, Wanted, standing_consent

MAX_LINES = 200


def standing_lines(events: Iterable[ConsentEvent], *, now: datetime) -> list[dict[str, Any]]:
    """Say what stands for every purpose, voice mode and category that a grant ever named; at most 200 lines.

    What a rule would ask beyond the general demands (evidence held, an age) is not considered.
    """
    known = list(events)
    named = {
        combination
        for event in known
        if event.is_grant
        for combination in product(event.purposes, event.voice_modes, event.product_categories)
    }
    lines = []
    for purpose, voice_mode, category in sorted(named)[:MAX_LINES]:
        standing = standing_consent(
            known,
            wanted=Wanted(purpose=purpose, call_class=purpose, voice_mode=voice_mode, product_category=category),
            at=now,
            demands=ConsentDemands(),
        )
        lines.append(
            {
                "purpose": purpose,
                "voice_mode": voice_mode,
                "product_category": category,
                "state": standing.state.value,
                "consent_id": None if standing.event is None else standing.event.id,
            }
        )
    return lines
