"""`flask policies`: the rules."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.door import command, show
from app.context import current
from app.domain.ruleset import Ruleset
from app.policies.load import load

group = AppGroup("policies", help="The law and the house rules.")


@group.command("show")
@click.argument("jurisdiction", required=False)
@command
def show_policies(jurisdiction: str | None) -> None:
    """Show the rules in force, of one JURISDICTION or of all."""
    context = current()
    with context.reading() as reading:
        ruleset: Ruleset = context.ruleset(reading.session)
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
