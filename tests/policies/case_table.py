"""Tables of decision cases: Markdown that reads as a document, one row a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain.decision import Decision, Verdict, decide, obligations_of
from app.domain.facts import Facts
from app.domain.rules.rule import Finding, Rule, Status
from app.domain.ruleset import Ruleset
from tests.policies.case_notation import BadNotation, read_facts, read_pairs, read_when

FOLDER = Path(__file__).parent / "cases"
HEADER = ["Situation", "Differs", "Local time", "Verdict", "Why", "Rule (strength)", "Not before"]
NO_RULE = "—"
_DEFAULT = "Default: `"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table that is not its header, with the default call of its file."""

    table: str
    line: int
    text: str
    default: str

    def __str__(self) -> str:
        return f"{self.table}-{self.line}: {_cells(self.text)[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one row says. `why` are the reasons of a refusal, in order; of an allow its basis, then what it obliges to
    (`retain 5 years last_used`), does not (`not disclose_ai`), and how long it stands (`until …`). `rules` name the
    rules of the reasons in the same order, then those without which the decision would be another.
    """

    facts: Facts
    verdict: Verdict
    why: tuple[str, ...]
    rules: tuple[str, ...]
    strengths: tuple[str, ...]
    not_before: datetime | None
    until: datetime | None


def rows(folder: Path = FOLDER) -> Iterator[Row]:
    """Give every row of every table of a folder, well-formed or not."""
    for path in sorted(folder.glob("*.md")):
        default = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.startswith(_DEFAULT):
                default = line.removeprefix(_DEFAULT).rstrip("`")
            is_frame = _cells(line) == HEADER or set(line) <= set("|-: ")
            if line.lstrip().startswith("|") and not is_frame:
                yield Row(table=path.stem, line=number, text=line, default=default)


def read_case(row: Row) -> Case:
    """Read a row.

    :raises ValueError: when any part of it is not understood.
    """
    cells = _cells(row.text)
    if len(cells) != len(HEADER):
        raise BadNotation(f"{row}: {len(cells)} cells, not {len(HEADER)}")
    situation, differs, when, verdict, why, rules, not_before = cells
    pairs = read_pairs(row.default) | read_pairs(differs.strip("`"))
    default_time = pairs.pop("when", "")
    zone = pairs.get("zones", "UTC").split("+")[0].strip()
    if zone in ("unknown", "none"):
        zone = read_pairs(row.default)["zones"].split("+")[0].strip()
    facts = read_facts(pairs, at=read_when(when or default_time, zone))
    named = [_named(text) for text in _parts(rules)]
    reasons = _parts(why)
    ends = [text.removeprefix("until ") for text in reasons if text.startswith("until ")]
    told = Verdict(verdict)
    if not situation or not reasons or not named or (told is Verdict.DEFER) is not bool(not_before):
        raise BadNotation(f"{row}: an empty cell, or a time too many")
    return Case(
        facts=facts,
        verdict=told,
        why=tuple(text for text in reasons if not text.startswith("until ")),
        rules=tuple(id for id, _ in named),
        strengths=tuple(strength for _, strength in named),
        not_before=None if not_before in ("", "never") else read_when(not_before, zone),
        until=read_when(ends[0], zone) if ends else None,
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _named(text: str) -> tuple[str, str]:
    """Read `cz-marketing-basis (statute)`."""
    if text == NO_RULE:
        return NO_RULE, ""
    id, opened, rest = text.partition(" (")
    if not opened or not rest.endswith(")"):
        raise BadNotation(f"{text!r} is no rule with its strength")
    return id, rest.removesuffix(")")


def strength_of(rule: Rule) -> str:
    """Give the words for who demands it, and whether that was confirmed."""
    return f"{rule.strength}, unconfirmed" if rule.status is Status.UNCONFIRMED else str(rule.strength)


def rules_of(decision: Decision) -> tuple[str, ...]:
    """Name the rule of each reason, in order; a gate that is no rule has a dash."""
    return tuple(NO_RULE if finding.rule is None else finding.rule.id for finding in decision.reasons)


def obliged(decision: Decision) -> set[str]:
    """Give the words for what an allowed call obliges to."""
    return {o.code if o.years is None else f"{o.code} {o.years} years {o.clock}" for _, o in obligations_of(decision)}


def without(ruleset: Ruleset, id: str) -> Ruleset:
    """Take one rule out of a ruleset, and forget what was asked of it before."""
    return Ruleset(
        rules=tuple(rule for rule in ruleset.rules if rule.id != id),
        by_place={place: tuple(r for r in rules if r.id != id) for place, rules in ruleset.by_place.items()},
        not_checked=ruleset.not_checked,
        digest=ruleset.digest,
        content=ruleset.content,
    )


def depends_on(facts: Facts, id: str, ruleset: Ruleset) -> bool:
    """Tell whether the decision would be another without the rule."""
    return _told(decide(facts, ruleset)) != _told(decide(facts, without(ruleset, id)))


def _told(decision: Decision) -> tuple[object, ...]:
    return (
        decision.verdict,
        [_said(finding) for finding in decision.reasons],
        decision.basis,
        [_said(finding) for finding in decision.obligations],
        decision.stands_until,
        decision.not_before,
    )


def _said(finding: Finding) -> tuple[object, ...]:
    return finding.rule and finding.rule.id, finding.outcome, finding.reason, finding.obligations
