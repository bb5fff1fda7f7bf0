"""All the rules as a table of Markdown, written from the rules themselves."""

from app.domain.rules.rule import EVERYWHERE, TESTABLE, Rule, Status
from app.domain.ruleset import Ruleset
from app.policies.words import demand_of

_HEADER = "| rule | binds | demands | whose | since | citation |\n|---|---|---|---|---|---|"


def rules_table(ruleset: Ruleset) -> str:
    """Write every rule, one table a jurisdiction; what binds everywhere comes last."""
    places = sorted({rule.jurisdiction for rule in ruleset.rules}, key=lambda place: (place == EVERYWHERE, place))
    parts = []
    for place in places:
        rules = [rule for rule in ruleset.rules if rule.jurisdiction == place]
        title = "Every country, or several" if place == EVERYWHERE else place
        parts.append("\n".join([f"### {title}", "", _HEADER, *map(_row, rules)]))
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> str:
    whose = f"{rule.strength}, unconfirmed" if rule.status is Status.UNCONFIRMED else str(rule.strength)
    since = rule.effective_from.isoformat()
    if rule.effective_to is not None:
        since += f", until {rule.effective_to.isoformat()}"
    cells = (f"`{rule.id}`", _binds(rule), demand_of(rule), whose, since, rule.citation)
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _binds(rule: Rule) -> str:
    """Say which calls; a fact of which every value is named says nothing."""
    told = []
    for fact, values in rule.applies_when.items():
        if fact in TESTABLE and values == frozenset(TESTABLE[fact]):
            continue
        if values == {True}:
            told.append(f"{fact} on")
        else:
            order = [value for value in TESTABLE.get(fact, sorted(map(str, values))) if value in values]
            told.append(", ".join(map(str, order)))
    return "; ".join(told) or "all calls"
