"""What becomes of each row of a call list: the same decision a single check would get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.facts import Call, countries_of, facts_for
from app.db.list_rows import ListRow
from app.db.register_files import RegisterFiles
from app.domain.campaign import Campaign
from app.domain.decision import Verdict, decide, decide_ahead
from app.domain.phone import SHORT_LINES, InvalidNumber, Phone, e164_of, parse
from app.domain.ruleset import Ruleset
from app.policies.holidays import free_days
from app.services.answers import rfc3339
from app.services.spreadsheets import SourceRow

MAX_CELLS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """How a list is checked: for which campaign, by which rules, at which instant (`at` None: the earliest
    within seven days at which all windows are open), and until when its report may be used.
    """

    campaign: Campaign
    ruleset: Ruleset
    rules_until: datetime | None
    now: datetime
    at: datetime | None
    valid_until: datetime
    erasure_keys: tuple[bytes, ...] = field(repr=False)
    registers: RegisterFiles = field(repr=False)

    @property
    def instant(self) -> datetime:
        """Give the instant to decide at, or to look ahead from; one that has passed is now."""
        return self.now if self.at is None else max(self.at, self.now)


def row_phone(source: SourceRow, *, column: int, region: str) -> Phone | str:
    """Read the phone cell of a row; where it is not one callable number, give the reason code.

    A short or emergency number in a list is a slip, not a subscriber: it is invalid there.
    """
    if source.fault is not None:
        return source.fault.value
    try:
        phone = parse(source.cells[column] if column < len(source.cells) else "", region=region)
    except InvalidNumber as fault:
        return fault.fault.value
    return phone.line_type.value if phone.line_type in SHORT_LINES else phone


def decide_rows(
    session: Session, *, sources: Sequence[SourceRow], phones: Mapping[int, Phone], scrub: Scrub
) -> list[ListRow]:
    """Decide rows whose phone cell is a number that comes first; `phones` by row. Nothing is written."""
    at = scrub.instant
    calls = [_call(phones[source.row], scrub) for source in sources]
    asked: dict[str, Any] = {
        "ruleset": scrub.ruleset,
        "rules_until": scrub.rules_until,
        "erasure_keys": scrub.erasure_keys,
        "registers": scrub.registers,
    }
    facts = facts_for(session, calls=calls, **asked) if calls else []
    rows = []
    for source, known in zip(sources, facts, strict=True):
        if scrub.at is None:
            decision, instant = decide_ahead(known, scrub.ruleset)
        else:
            decision, instant = decide(known, scrub.ruleset), at
        is_later = decision.verdict is Verdict.ALLOW and instant > scrub.now
        ends = [scrub.valid_until] + ([decision.stands_until] if decision.stands_until else [])
        rows.append(
            ListRow(
                row=source.row,
                number=phones[source.row].key,
                decision=decision.verdict.value,
                reasons=tuple(dict.fromkeys(str(finding.reason) for finding in decision.reasons)),
                not_before=rfc3339(instant if is_later else decision.not_before),
                checked_at=rfc3339(scrub.now) or "",
                valid_until=rfc3339(min(ends)),
                cells=source.cells,
            )
        )
    return rows


def undecided_row(source: SourceRow, *, decision: str, reason: str, number: int | None, now: datetime) -> ListRow:
    """Give an invalid or duplicate row."""
    return ListRow(
        row=source.row,
        number=number,
        decision=decision,
        reasons=(reason,),
        not_before=None,
        checked_at=rfc3339(now) or "",
        valid_until=None,
        cells=source.cells[:MAX_CELLS],
    )


def decide_anew(session: Session, *, rows: Sequence[ListRow], scrub: Scrub) -> list[ListRow]:
    """Decide stored rows again, as things stand now."""
    sources = [SourceRow(row=row.row, cells=row.cells, fault=None) for row in rows]
    phones = {row.row: parse(e164_of(row.number), region=None) for row in rows if row.number is not None}
    return decide_rows(session, sources=sources, phones=phones, scrub=scrub)


def _call(phone: Phone, scrub: Scrub) -> Call:
    free = free_days(countries_of(phone.region, None), scrub.instant.date())
    return Call(
        phone=phone,
        campaign=scrub.campaign,
        at=scrub.instant,
        caller_id=scrub.campaign.caller_id,
        holidays=free.public,
        half_holidays=free.half,
    )
