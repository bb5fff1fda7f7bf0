"""What somebody's controllers and campaigns did today."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.controllers import Controller
from app.db.decision_counts import decision_counts
from app.domain.access import Actor
from app.domain.campaign import Campaign
from app.services.campaigns import campaigns_for
from app.services.controllers import controllers_for


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay:
    """A campaign, and its decisions of a day by verdict."""

    controller: Controller
    campaign: Campaign
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Give how many decisions there were."""
        return sum(self.counts.values())


def campaign_days(session: Session, *, actor: Actor, since: datetime) -> Sequence[CampaignDay]:
    """Give every campaign the actor reaches with its decisions since an instant, by controller and campaign."""
    controllers = {one.id: one for one in controllers_for(session, actor=actor)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in decision_counts(session, controller_ids=actor.controllers, since=since):
        counts[row["campaign_id"]][row["verdict"]] += row["count"]
    days = [
        CampaignDay(controller=controllers[one.controller_id], campaign=one, counts=counts[one.id])
        for one in campaigns_for(session, actor=actor)
        if one.controller_id in controllers
    ]
    return sorted(days, key=lambda day: (day.controller.name, day.campaign.name))
