"""`flask policies`: the rules, and changing them by two people."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, show, the_operator
from app.context import Transaction, current
from app.domain.form import SHA256
from app.domain.ruleset import Ruleset
from app.policies.load import load, load_path, shipped
from app.policies.table import rules_table
from app.services.explanations import explanation_lines
from app.services.pack_words import Language
from app.services.ruleset_answers import changes_answer, compared_proposal, rulesets_answer
from app.services.ruleset_proposals import (
    approve_ruleset,
    proposal_answer,
    proposals_for,
    propose_ruleset,
    reject_ruleset,
    waiting_proposal,
)
from app.services.rulesets import ruleset_of
from app.services.shipped_rules import REASON
from app.work.decision_reading import replay_recorded
from app.work.rehearsing import rehearsed

group = AppGroup("policies", help="The law and the house rules; changing them takes two people.")
_MOST = 1000
_DAY = click.DateTime(formats=["%Y-%m-%d"])


def ruleset_named(tx: Transaction, word: str) -> Ruleset:
    """Give the ruleset that a DIGEST on record, or a PATH to rule files, names."""
    return ruleset_of(tx.session, digest=word) if SHA256.fullmatch(word) else load_path(Path(word))


@group.command("show")
@click.argument("jurisdiction", required=False)
@command
def show_policies(jurisdiction: str | None) -> None:
    """Show the rules in force, of one JURISDICTION or of all."""
    context = current()
    with context.reading() as reading:
        ruleset: Ruleset = context.ruleset(reading.session, now=reading.now)
    wanted = None if jurisdiction is None else {jurisdiction.upper(), "*"}
    rules = [dict(rule.source) for rule in ruleset.rules if wanted is None or rule.jurisdiction in wanted]
    show({"digest": ruleset.digest, "not_checked": ruleset.not_checked, "rules": rules})


@group.command("check")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@command
def check(path: Path | None) -> None:
    """Check rule files and print their digest, or every fault: of this version, of a folder, or of one file.

    PATH is a folder of *.toml, one such file, or the whole content of a ruleset as *.json.
    """
    ruleset = load() if path is None else load_path(path)
    click.echo(f"{len(ruleset.rules)} rules, {ruleset.digest}")


@group.command("explain")
@click.argument("id", type=click.UUID)
@click.option("--language", type=click.Choice([one.value for one in Language]), default="en", show_default=True)
@command
def explain(id: UUID, language: str) -> None:
    """Derive the decision with this ID again, and print every rule with the facts it saw. Exit code 0 if it is equal
    to what was answered, 3 if not.
    """
    replayed = replay_recorded(current(), id=str(id), actor=the_operator())
    for line in explanation_lines(replayed, language=Language(language)):
        click.echo(line)
    raise SystemExit(3 if replayed.differences else 0)


@group.command("table")
@command
def table() -> None:
    """Print every rule of this version as a table of Markdown: what it demands, of which calls, by which clause."""
    click.echo(rules_table(load()), nl=False)


@group.command("diff")
@click.argument("old", required=False)
@click.argument("new", required=False)
@command
def diff(old: str | None, new: str | None) -> None:
    """Say in words what differs: between OLD and NEW, the rules in force and OLD, or those and this version's.

    Each is a DIGEST on record, or a PATH as `check` takes it.
    """
    context = current()
    with context.reading() as reading:
        named = [ruleset_named(reading, word) for word in (old, new) if word is not None]
        if len(named) < 2:
            named = [context.ruleset(reading.session, now=reading.now), *(named or [shipped()])]
    for line in changes_answer(*named)["words"]:
        click.echo(line)


@group.command("rehearse")
@click.argument("ruleset")
@click.option("--days", type=int, default=30, show_default=True, help="How far back.")
@click.option("--as-on", type=_DAY, help="Rehearse the rules that bind on this day, as if they always did.")
@command
def rehearse(ruleset: str, days: int, as_on: datetime | None) -> None:
    """Tell which decisions of the last days would flip under RULESET (a DIGEST or a PATH). Nothing is written."""
    context = current()
    with context.reading() as reading:
        proposed = ruleset_named(reading, ruleset)
    day: date | None = None if as_on is None else as_on.date()
    show(rehearsed(context, ruleset=proposed, days=days, as_on=day, actor=the_operator()))


@group.command("propose")
@click.argument("ruleset", required=False)
@click.option("--reason", help="Why; no name, no number. Needed but for this version's rules.")
@command
def propose(ruleset: str | None, reason: str | None) -> None:
    """Propose RULESET (a DIGEST or a PATH; default: this version's rules). Nothing changes until another login, or an
    API key, approves it.
    """
    if ruleset is not None and reason is None:
        raise click.UsageError("--reason is missing")
    actor = the_operator()
    with current().transaction() as tx:
        proposed = shipped() if ruleset is None else ruleset_named(tx, ruleset)
        row = propose_ruleset(tx.session, ruleset=proposed, reason=reason or REASON, actor=actor, now=tx.now)
        answer = compared_proposal(tx.session, id=row["id"], actor=actor, now=tx.now)
    show(answer)


@group.command("list")
@command
def list_command() -> None:
    """Show what is in force, what is scheduled, every change there was, and the proposals."""
    with current().reading() as reading:
        rows = proposals_for(reading.session, actor=the_operator(), before=None, limit=_MOST)
        proposals = [proposal_answer(reading.session, row, now=reading.now) for row in rows]
        show({**rulesets_answer(reading.session, now=reading.now), "proposals": proposals})


@group.command("activate")
@click.argument("proposal")
@click.option("--at", type=Time(), help="From when on; default: from now. At most 366 days ahead.")
@command
def activate(proposal: str, at: datetime | None) -> None:
    """Approve PROPOSAL (its id, or the DIGEST proposed), which another person made: it decides from that time on."""
    with current().transaction() as tx:
        id = _proposal(tx, proposal)
        row = approve_ruleset(tx.session, id=id, effective_at=at, actor=the_operator(), now=tx.now)
        answer = proposal_answer(tx.session, row, now=tx.now)
    show(answer)


@group.command("reject")
@click.argument("proposal")
@command
def reject(proposal: str) -> None:
    """Reject PROPOSAL (its id, or the DIGEST proposed), or take your own back."""
    with current().transaction() as tx:
        row = reject_ruleset(tx.session, id=_proposal(tx, proposal), actor=the_operator(), now=tx.now)
        answer: dict[str, Any] = proposal_answer(tx.session, row, now=tx.now)
    show(answer)


def _proposal(tx: Transaction, word: str) -> str:
    """Give the id of a proposal that is named by itself, or by the digest that waits."""
    if SHA256.fullmatch(word):
        id: str = waiting_proposal(tx.session, digest=word, actor=the_operator(), now=tx.now)["id"]
        return id
    return str(click.UUID.convert(word, None, None))
