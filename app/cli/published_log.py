"""`flask log`: who may read which log, its keys, checkpoints and proofs; and the epoch after a loss."""

from collections.abc import Callable
from typing import Any

import click

from app.cli.door import command, show, the_operator
from app.cli.log import group
from app.context import current
from app.db.controllers import all_controllers
from app.domain.checkpoint import origin_of
from app.services.epochs import EpochReason, declare_epoch
from app.services.publication import entry_proof, named_log, publish_log, published_state, signed_tree
from app.work.erasure_replay import replay_erasures


def _which(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the ways to name a log."""
    function = click.option("--operator", "is_operators", is_flag=True, help="The operator's log.")(function)
    function = click.option("--controller", metavar="SLUG", help="A controller's log.")(function)
    return click.argument("log_id", required=False)(function)


def _one_of(log_id: str | None, controller: str | None, is_operators: bool) -> dict[str, Any]:
    if (log_id is not None) + (controller is not None) + is_operators != 1:
        raise click.UsageError("name one log: its id, --controller SLUG, or --operator")
    return {"log_id": log_id, "controller": controller, "actor": the_operator()}


@group.command("list")
@command
def list_logs() -> None:
    """List every tree: its size, how much of it is signed, and whether anybody may read it."""
    with current().reading(any_history=True) as reading:
        slugs = {one.id: one.slug for one in all_controllers(reading.session)}
        trees = published_state(reading.session)
    show([{**tree, "controller": slugs.get(tree["controller_id"])} for tree in trees])


@group.command("publish")
@_which
@command
def publish(log_id: str | None, controller: str | None, is_operators: bool) -> None:
    """Let anybody read a log's tree: leaves, which name nobody, checkpoints and proofs; never an opening."""
    _publish(_one_of(log_id, controller, is_operators), is_open=True)


@group.command("unpublish")
@_which
@command
def unpublish(log_id: str | None, controller: str | None, is_operators: bool) -> None:
    """Ask for a key again. What anybody has already read stays with them."""
    _publish(_one_of(log_id, controller, is_operators), is_open=False)


def _publish(which: dict[str, Any], *, is_open: bool) -> None:
    with current().transaction() as tx:
        log = named_log(tx.session, **which)
        is_new = publish_log(tx.session, log=log, is_open=is_open, actor=the_operator(), now=tx.now)
    click.echo(f"{log.id} {'published' if is_open else 'not published'}{'' if is_new else ' (as before)'}")


@group.command("vkey")
@_which
@click.option("--shard", help="Default: the newest one that is signed.")
@command
def vkey(log_id: str | None, controller: str | None, is_operators: bool, shard: str | None) -> None:
    """Print the key that verifies a log's checkpoints, as C2SP signed notes write it."""
    which, context = _one_of(log_id, controller, is_operators), current()
    with context.reading(any_history=True) as reading:
        tree = signed_tree(reading.session, log_id=named_log(reading.session, **which).id, shard=shard)
    click.echo(context.log_keys.verifier(origin_of(tree.log_id, tree.shard)).vkey)


@group.command("checkpoint")
@_which
@click.option("--shard", help="Default: the newest one that is signed.")
@command
def checkpoint(log_id: str | None, controller: str | None, is_operators: bool, shard: str | None) -> None:
    """Print a log's newest signed checkpoint."""
    which = _one_of(log_id, controller, is_operators)
    with current().reading(any_history=True) as reading:
        tree = signed_tree(reading.session, log_id=named_log(reading.session, **which).id, shard=shard)
    click.echo(tree.note, nl=False)


@group.command("proof")
@click.argument("id", type=click.UUID)
@command
def proof(id: object) -> None:
    """Prove that the entry of this ID (of a decision, a consent, an act…) stands in its log (C2SP tlog-proof)."""
    with current().reading(any_history=True) as reading:
        click.echo(entry_proof(reading.session, entry_id=str(id)), nl=False)


@group.command("epoch")
@click.option("--reason", required=True, type=click.Choice([reason.value for reason in EpochReason]))
@click.option("--lost", type=int, help="The number of lost entries, to confirm without being asked.")
@command
def epoch(reason: str, lost: int | None) -> None:
    """Declare that the database lost entries: every tree that did ends, and a new one begins that says so.

    Before that, look for the newer database: what was lost, withdrawals and objections among it, is gone for good.
    """
    context = current()
    with context.reading(any_history=True) as reading:
        losses = context.outside.losses(reading.session, in_full=True)
    if not losses:
        click.echo("the database has all that was published: there is nothing to declare")
        return
    for loss in losses:
        click.echo(loss.sentence, err=True)
    count = sum(loss.lost for loss in losses)
    if lost is None:
        lost = click.prompt(f"{count} entries are lost for good. Type that number to declare it", type=int, err=True)
    if lost != count:
        raise click.ClickException(f"{count} entries are lost, not {lost}: nothing was declared")
    with context.transaction(any_history=True) as tx:
        again = context.outside.losses(tx.session)
        if [loss.sentence for loss in again] != [loss.sentence for loss in losses]:
            raise click.ClickException("what was lost changed meanwhile: look again")
        begun = declare_epoch(tx.session, losses=losses, reason=EpochReason(reason), actor=the_operator(), now=tx.now)
    for log_id, label in begun:
        click.echo(f"log {log_id}: shard {label} begins")
    replayed = replay_erasures(context, actor=the_operator())  # before anything serves: a backup knows the erased again
    click.echo(f"declared; erasures done again: {replayed['erased']}, blocks: {replayed['blocked']}")
