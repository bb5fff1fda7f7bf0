"""Checkpoints: the signed states of the logs, the keys that sign them, and bundles that anybody can verify."""

from functools import partial

from flask import Response, render_template, request

from app.domain.access import Scope
from app.pages.access import Visit, page
from app.pages.downloads import sent_file, take_bulk
from app.services.bundles import log_to_bundle
from app.services.checkpoint_list import tree_states
from app.work.bundling import make_bundle


@page("/entries/checkpoints", to=Scope.AUDIT_READ)
def checkpoints_page(visit: Visit) -> str:
    """Show the newest checkpoint of every tree, and the key that signs it."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        trees = tree_states(reading.session, actor=visit.actor, verifier_of=visit.context.log_keys.verifier)
        now = reading.now
    return render_template("checkpoints.html", trees=trees, now=now)


@page("/entries/checkpoints/bundle", to=Scope.AUDIT_READ)
def bundle_file(visit: Visit) -> Response:
    """Give a log as a bundle that anybody can verify: the operator's, or that of `controller`, a slug. Nothing personal
    is in it. That it was made goes on record.
    """
    take_bulk(visit)
    controller = request.args.get("controller") or None
    with visit.context.transaction(reach=visit.actor.controllers) as tx:
        log = log_to_bundle(
            tx.session, controller=controller, actor=visit.actor, openings=False, period=(None, None), now=tx.now
        )
    make = partial(make_bundle, visit.context, log=log, since=None, before=None, with_openings=False, previous=())
    return sent_file(visit, lambda target: make(target=target), name=f"dialgate-{log.id}.zip")
