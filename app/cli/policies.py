"""`flask policies`: the rules."""

from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.domain.ruleset import Ruleset
from app.policies.load import load
from app.policies.table import rules_table
from app.services.explanations import explanation_lines
from app.services.pack_words import Language
from app.work.replaying import replay_recorded

group = AppGroup("policies", help="The law and the house rules.")


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
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@command
def check(folder: str | None) -> None:
    """Check rule files, of this version or of a FOLDER, and print their digest."""
    ruleset = load() if folder is None else load(Path(folder))
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
