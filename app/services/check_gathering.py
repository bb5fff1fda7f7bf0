"""What a group of checks and its ruleset hang on, asked at once before any of it is asked for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.api_keys import KEYS
from app.db.campaigns import CAMPAIGNS, SLUGS
from app.db.gathering import Gathering
from app.db.log import LOGS
from app.db.rulesets import ACTIVATIONS, NEWEST
from app.services.check_requests import PreparedCheck

_STANDING = (KEYS, CAMPAIGNS, LOGS, ACTIVATIONS)
_ALONE, _WITH_NAMES = Gathering(*_STANDING), Gathering(*_STANDING, beyond=SLUGS)


def gather_standing(
    session: Session, *, checks: Sequence[PreparedCheck], names: Collection[str], reach: Collection[int], now: datetime
) -> None:
    """Ask at once for what a group and its ruleset hang on, before either is asked for.

    `names` are those of campaigns that must be looked for beyond the transaction's `reach`.
    """
    asked: dict[str, Any] = {"key_ids": {check.actor.id for check in checks}, "now": now, "known": NEWEST}
    asked["campaign_ids"] = {check.campaign.id for check in checks}
    if names:
        _WITH_NAMES.ask(session, reach=reach, slugs=names, **asked)
    else:
        _ALONE.ask(session, **asked)
