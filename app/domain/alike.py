"""Which calls are decided alike: facts that differ in nothing a decision for planning would show.

Most numbers of a list know nothing, or one consent; they are put together here, and one of each kind is decided.
"""

from bisect import bisect
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter

from app.domain.consent import ConsentEvent
from app.domain.facts import Facts
from app.domain.register import ListStatus
from app.domain.ruleset import Ruleset

AHEAD = timedelta(days=9)
"""How far from the instant asked about a decision looks ahead, in whichever zone."""
_DAY = timedelta(days=1)
_HISTORIES = ("consents", "suppressions", "relationships", "attempts")
_REST = attrgetter(*(name for name in Facts.__slots__ if name not in _HISTORIES))

# what a rule adds to an instant of a history before it compares it with a clock, in days, at least and at most
_ADDED = {
    "max_age_days": (1, 1),
    "contract_days": (1, 1),
    "customer_months": (28, 31),
    "inquiry_months": (28, 31),
    "keep_for_years": (365, 366),
}


class Likeness:
    """Tells calls of one ruleset apart by all that their decisions may show, and by nothing else.

    Two facts with equal keys have equal verdicts, reasons (codes, in order) and instants, whether they are decided at
    once or ahead; their ends are equal too, or both later than `AHEAD` from the instant asked about.

    Ids and leaf hashes, by which no rule decides, are left out. So are the instants of a history as such: a rule
    compares them with each other, which their order tells, and, with some days or months added, with the clock between
    the instant asked about and `AHEAD`. Those that come near it so are kept as they are; of the others it is enough
    between which bounds they lie. A history that is compared with more than that (attempts, hours agreed, a day of
    listing) is kept whole.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._bounds: dict[tuple[tuple[str, ...], datetime], list[datetime]] = {}

    def key(self, facts: Facts) -> Hashable:
        """Give what tells a call from those that are decided otherwise."""
        if not (facts.consents or facts.suppressions or facts.relationships or facts.attempts):
            return _REST(facts), facts.consents, facts.suppressions, facts.relationships, facts.attempts
        consents, relationships, suppressions = (
            facts.consents or (),
            facts.relationships or (),
            facts.suppressions or (),
        )
        instants = [
            *(instant for one in consents for instant in (one.obtained_at, one.recorded_at, one.expires_at)),
            *(instant for one in relationships for instant in (one.began_at, one.recorded_at, one.ended_at)),
            *(instant for one in suppressions for instant in (one.since, one.recorded_at)),
        ]
        return (
            _REST(facts),
            facts.consents is None or tuple(_consents(consents)),
            facts.relationships is None or tuple((one.kind, one.product_categories) for one in relationships),
            facts.suppressions is None or tuple(one.reason for one in suppressions),
            facts.attempts is None or tuple((one.at, one.result) for one in facts.attempts),
            tuple(instants) if _is_compared_with_more(facts) else tuple(self._placed(instants, facts)),
        )

    def _placed(self, instants: list[datetime | None], facts: Facts) -> Iterator[Hashable]:
        """Give each instant's place among the bounds, itself where it is near the clock, and its rank."""
        bounds = self.bounds(facts.countries, at=facts.at)
        ranks = {instant: rank for rank, instant in enumerate(sorted({one for one in instants if one is not None}))}
        for instant in instants:
            if instant is None:
                yield None
                continue
            place = bisect(bounds, instant)
            yield ranks[instant], place if place % 2 == 0 else instant

    def bounds(self, countries: tuple[str, ...], *, at: datetime) -> list[datetime]:
        """Give where the stretches begin and end, one after the other, in which an instant of a history comes near the
        clock for the rules of any of these countries.
        """
        known = self._bounds.get((countries, at))
        if known is None:
            stretches: list[list[datetime]] = []
            for least, most in sorted(self._added(countries), key=lambda days: -days[1]):
                begin, end = at - (most + 1) * _DAY, at + AHEAD - least * _DAY
                if stretches and begin <= stretches[-1][1]:
                    stretches[-1][1] = max(end, stretches[-1][1])
                else:
                    stretches.append([begin, end])
            known = [bound for stretch in stretches for bound in stretch]
            self._bounds[countries, at] = known
        return known

    def _added(self, countries: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        yield 0, 0
        for rule in self._ruleset.binding(*countries):
            for params in (rule.params, getattr(rule.params, "terms", None)):
                for name, (least, most) in _ADDED.items():
                    if (count := getattr(params, name, None)) is not None:
                        yield least * count, most * count + 1


def _consents(consents: tuple[ConsentEvent, ...]) -> Iterator[Hashable]:
    """Give what the events say: of the files they came in, only which of them came in the same one."""
    files: dict[str, int] = {}
    for one in consents:
        yield (
            one.action,
            one.purposes,
            one.voice_modes,
            one.product_categories,
            one.origin,
            one.evidence,
            one.call_times,
            None if one.file is None else files.setdefault(one.file, len(files)),
            one.row if len(consents) > 1 else None,
        )


def _is_compared_with_more(facts: Facts) -> bool:
    """Tell whether some rule may compare the instants with others than those of the clock and each other."""
    return (
        bool(facts.attempts)
        or any(one.call_times is not None for one in facts.consents or ())
        or any(one.status is ListStatus.LISTED or one.listed_on is not None for one in facts.registers or ())
    )
