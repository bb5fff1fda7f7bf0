"""What somebody's controllers and campaigns did today, and in the fortnight before."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise, product

from sqlalchemy.orm import Session

from app.db.controllers import Controller
from app.db.decision_counts import decision_counts
from app.db.log import oldest_pending
from app.domain.access import Actor
from app.domain.campaign import Campaign
from app.services.campaigns import campaigns_for
from app.services.controllers import controllers_for
from app.services.log_export import readable_logs

DAYS = 14
"""Days that are shown, today among them."""
SETTLED = timedelta(minutes=10)
"""How long after its end a part of time gets no decision any more, whatever was slow to be committed."""
HOUR = timedelta(hours=1)
MOST = 500_000
"""Decisions after which a look counts no further day: the next look goes on."""

Counts = Mapping[str, int]
"""Decisions by verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay:
    """A campaign, and its decisions of today by verdict."""

    controller: Controller
    campaign: Campaign
    counts: Counts

    @property
    def total(self) -> int:
        """Give how many decisions there were."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What was decided: today by campaign, by hour and by reason, and by day. Reasons are the first of each decision,
    the most frequent first. A day that was not counted yet has None: a process counts a long record in several looks.
    `waiting_since` is when the oldest entry was written that has no place in its tree yet.
    """

    campaigns: Sequence[CampaignDay]
    hours: Sequence[tuple[datetime, Counts]]
    days: Sequence[tuple[date, Counts | None]]
    reasons: Sequence[tuple[str, int]]
    waiting_since: datetime | None


Part = tuple[datetime, datetime]
"""A stretch of time that is counted together: from, until. Days that are over, and the hours of today."""


@dataclass(slots=True)
class KnownCounts:
    """What parts that are over held, as this process counted them once: nothing comes to them any more.

    What is erased or no longer kept was decided all the same, and stays counted until the process ends.
    """

    counted: set[tuple[int, Part]] = field(default_factory=set)
    counts: dict[tuple[str, Part], Counter[tuple[str, str | None]]] = field(default_factory=dict)

    def forget_before(self, start: datetime) -> None:
        """Drop what is no longer shown."""
        self.counted = {one for one in list(self.counted) if one[1][0] >= start}
        self.counts = {key: told for key, told in list(self.counts.items()) if key[1][0] >= start}


def overview_of(
    session: Session,
    *,
    actor: Actor,
    known: KnownCounts,
    now: datetime,
    zone: tzinfo,
    controller: str | None = None,
    campaign: str | None = None,
    most: int = MOST,
) -> Overview:
    """Tell what was decided for the campaigns the actor reaches; the charts only of those named by their slugs.

    After `most` decisions no further day is counted in this look.
    """
    owners = {one.id: one for one in controllers_for(session, actor=actor)}
    campaigns = [one for one in campaigns_for(session, actor=actor) if one.controller_id in owners]
    days = _days(now.astimezone(zone).date(), zone)
    hours = _hours(days[-1][0], now)
    known.forget_before(days[0][0])
    counting = _Counting(session=session, owner_ids=owners, known=known, now=now, today=hours[0][0], most=most)
    counting.count_hours(hours)
    counting.count_days(days[:-1])
    counts = {**known.counts, **counting.fresh}
    shown = {one.id for one in campaigns if controller in (None, one.controller) and campaign in (None, one.slug)}
    by_hour = [(part[0], _verdicts(counts, shown, [part])) for part in hours]
    by_day = [
        (part[0].astimezone(zone).date(), _verdicts(counts, shown, [part]) if counting.is_counted(part) else None)
        for part in days[:-1]
    ]
    today = (days[-1][0].astimezone(zone).date(), _verdicts(counts, shown, hours))
    reasons: Counter[str] = Counter()
    for id, part in product(shown, hours):
        for (_, reason), count in counts.get((id, part), {}).items():
            if reason is not None:
                reasons[reason] += count
    waiting = oldest_pending(session)
    logs = {log.id for log in readable_logs(session, actor=actor, controller=None)}
    return Overview(
        campaigns=sorted(
            (
                CampaignDay(
                    controller=owners[one.controller_id], campaign=one, counts=_verdicts(counts, [one.id], hours)
                )
                for one in campaigns
            ),
            key=lambda day: (day.controller.name, day.campaign.name),
        ),
        hours=by_hour,
        days=[*by_day, today],
        reasons=reasons.most_common(),
        waiting_since=min((at for log, at in waiting.items() if log in logs), default=None),
    )


_Counts = Mapping[tuple[str, Part], Mapping[tuple[str, str | None], int]]
"""Decisions by campaign and part: how many of each verdict and first reason."""


@dataclass(slots=True, kw_only=True)
class _Counting:
    """One look: what it counts anew, and how many decisions that were."""

    session: Session
    owner_ids: Collection[int]
    known: KnownCounts
    now: datetime
    today: datetime
    most: int
    fresh: dict[tuple[str, Part], Counter[tuple[str, str | None]]] = field(default_factory=dict)
    parts: set[Part] = field(default_factory=set)
    rows: int = 0

    def is_counted(self, part: Part) -> bool:
        """Tell whether a part was counted, now or before."""
        return part in self.parts or self.known.counted >= {(id, part) for id in self.owner_ids}

    def count_hours(self, hours: Sequence[Part]) -> None:
        """Count the hours of today from the first on that is not known."""
        unknown = [place for place, hour in enumerate(hours) if not self.is_counted(hour)]
        if unknown:
            self._count(hours[unknown[0] :])

    def count_days(self, days: Sequence[Part]) -> None:
        """Count days that are not known, the newest first, until enough was counted for one look."""
        unknown = [place for place, day in enumerate(days) if not self.is_counted(day)]
        size = 1
        while unknown and self.rows < self.most:
            self._count(days[unknown[-size:][0] : unknown[-1] + 1])
            del unknown[-size:]
            size *= 2

    def _count(self, parts: Sequence[Part]) -> None:
        """Count parts that follow one another, in one statement."""
        edges = [*(start for start, _ in parts), parts[-1][1]]
        ids = self.owner_ids
        found = decision_counts(self.session, controller_ids=ids, edges=edges, reasons_since=self.today) if ids else []
        for row in found:
            told = self.fresh.setdefault((row["campaign_id"], parts[row["part"]]), Counter())
            told[row["verdict"], row["reason"]] += row["count"]
            self.rows += row["count"]
        self.parts |= set(parts)
        settled = {part for part in parts if self.now - part[1] >= SETTLED}
        self.known.counts |= {key: told for key, told in self.fresh.items() if key[1] in settled}
        self.known.counted |= set(product(ids, settled))


def _verdicts(counts: _Counts, shown: Collection[str], parts: Sequence[Part]) -> Counts:
    found: Counter[str] = Counter()
    for id, part in product(shown, parts):
        for (verdict, _), count in counts.get((id, part), {}).items():
            found[verdict] += count
    return found


def _days(today: date, zone: tzinfo) -> list[Part]:
    """Give the days that are shown, today the last."""
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -2, -1)]
    edges = [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]
    return list(pairwise(edges))


def _hours(day: datetime, now: datetime) -> list[Part]:
    """Give the hours since a midnight that have begun: up to 25 on the day when clocks are put back."""
    begun = max(int((now - day) / HOUR) + 1, 1)
    return [(day + HOUR * place, day + HOUR * (place + 1)) for place in range(begun)]
