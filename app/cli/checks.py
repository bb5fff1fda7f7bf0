"""`flask checks`: asking the gate from the command line, and deriving its decisions again."""

from datetime import datetime
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, from_stdin, show, the_operator
from app.context import current
from app.domain.campaign import CheckKind
from app.domain.errors import Trouble
from app.services.check_requests import CheckRequest
from app.services.replay import replay_answer
from app.work.checking import answer_checks
from app.work.decision_reading import replay_recorded

group = AppGroup("checks", help="Ask the gate.")


@group.command("run")
@click.argument("number")
@click.option("--campaign", required=True)
@click.option("--controller", help="Whose, where several have a campaign of this slug.")
@click.option("--kind", type=click.Choice([k.value for k in CheckKind]), default="test", show_default=True)
@click.option("--at", type=Time(), help="Ask about a later instant.")
@command
def run(number: str, campaign: str, controller: str | None, kind: str, at: datetime | None) -> None:
    """Ask whether NUMBER (- for standard input) may be dialled. Exit code 0 allow, 3 deny or defer.

    The decision goes on record like any other. A check of kind test is no permission to dial.
    """
    request = CheckRequest(
        number=from_stdin(number), campaign=campaign, controller=controller, kind=CheckKind(kind), at=at
    )
    (answer,) = answer_checks(current(), requests=[request], actor=the_operator())
    if isinstance(answer, Trouble):
        raise answer
    show(answer)
    raise SystemExit(0 if answer["decision"] == "allow" else 3)


@group.command("replay")
@click.argument("id", type=click.UUID)
@command
def replay_command(id: UUID) -> None:
    """Derive the decision with this ID again, and compare. Exit code 0 if it is equal, 3 if not."""
    replayed = replay_recorded(current(), id=str(id), actor=the_operator())
    show(replay_answer(replayed))
    raise SystemExit(3 if replayed.differences else 0)
