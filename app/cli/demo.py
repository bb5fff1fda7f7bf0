"""`flask demo`: the demonstration's data and keys."""

import click
from flask.cli import AppGroup

from app.cli.door import command
from app.context import current
from app.demo.data import load_demo
from app.demo.keys import demo_keys

group = AppGroup("demo", help="The demonstration (only where the data directory says so).")


@group.command("load")
@command
def load() -> None:
    """Load the demonstration data and keys unless they are there."""
    context = current()
    if not context.demo:
        raise click.ClickException("this is no demonstration instance (python config.py --demo makes one)")
    is_new = load_demo(context)
    demo_keys(context)
    click.echo("demonstration data loaded" if is_new else "demonstration data is there")
