"""`flask relationships`: customers, contracts and inquiries."""

from datetime import datetime

import click
from flask.cli import AppGroup

from app.cli.consents import import_for
from app.cli.door import Time, command, from_stdin, show, the_operator
from app.context import current
from app.domain.phone import parse
from app.domain.relationship import RelationshipKind
from app.services.controllers import controller_for
from app.services.imports import ImportKind
from app.services.lookups import LookupAct, record_lookup
from app.services.relationships import (
    NewRelationship,
    append_relationships,
    relationship_answers,
    relationship_history,
)

group = AppGroup("relationships", help="Customers, contracts and inquiries: import, add, search.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--controller", required=True)
@command
def import_command(file: str, controller: str) -> None:
    """Import a CSV or XLSX of relationships; the same FILE again changes nothing. Exit code 2 if rows were refused."""
    import_for(file, controller, ImportKind.RELATIONSHIPS)


@group.command("add")
@click.argument("number")
@click.option("--controller", required=True)
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in RelationshipKind]))
@click.option("--category", "categories", multiple=True, help="What it is about, as in energy.")
@click.option("--since", required=True, type=Time(), help="The purchase, the contract's beginning, or the inquiry.")
@click.option("--until", type=Time(), help="When it ended; a contract may end in the future.")
@click.option("--ref", help="Your reference; a contract in force needs one, so that its end can be recorded.")
@click.option("--evidence", multiple=True, help="sha256:<64 hexadecimal digits> of the artefact.")
@command
def add(
    number: str,
    controller: str,
    kind: str,
    categories: tuple[str, ...],
    since: datetime,
    until: datetime | None,
    ref: str | None,
    evidence: tuple[str, ...],
) -> None:
    """Record a relationship of NUMBER (- for standard input); it replaces the one of the same kind and reference."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=owner.country)
    new = NewRelationship(
        number=phone.key,
        kind=RelationshipKind(kind),
        product_categories=categories,
        began_at=since,
        ended_at=until,
        ref=ref,
        evidence=evidence,
    )
    with context.transaction(reach=[owner.id], exclusive=[phone.key]) as tx:
        (id,) = append_relationships(tx.session, controller_id=owner.id, new=[new], actor=actor, now=tx.now)
    show({"id": id, "kind": kind})


@group.command("search")
@click.argument("number")
@click.option("--controller", required=True)
@command
def search(number: str, controller: str) -> None:
    """Show the relationships of NUMBER with a controller. Who asked goes on record."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
        phone = parse(from_stdin(number), region=owner.country)
        rows = relationship_history(reading.session, controller_id=owner.id, number=phone.key)
    with context.transaction() as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.RELATIONSHIPS_SHOWN,
            shown={owner.id: len(rows)},
            number=phone.key,
            now=tx.now,
        )
    show({"number": phone.e164, "relationships": relationship_answers(rows, owner.slug)})
