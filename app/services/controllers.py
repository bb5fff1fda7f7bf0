"""Controllers: adding and finding the client brands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.controllers import Controller, all_controllers, controller_by_slug
from app.db.controllers import add_controller as store_controller
from app.db.log import add_log
from app.domain.access import Actor, UnknownController
from app.domain.errors import Conflict
from app.domain.form import COUNTRY, SLUG, TEXT, require_form
from app.domain.leaf import LeafKind
from app.services.log import record_act


class ControllerExists(Conflict):
    """A controller of this slug is here already."""

    code = "controller_exists"


def add_controller(session: Session, *, slug: str, name: str, country: str, actor: Actor, now: datetime) -> Controller:
    """Add a controller and begin its log.

    :raises ControllerExists: when the slug is taken.
    :raises NeedsAllControllers: for an actor of named controllers.
    :raises Malformed: when a field does not have its form.
    """
    actor.require_all_controllers()
    require_form(SLUG, slug=slug)
    require_form(TEXT, name=name)
    require_form(COUNTRY, country=country)
    if controller_by_slug(session, slug=slug) is not None:
        raise ControllerExists()
    controller = store_controller(session, slug=slug, name=name, country=country, now=now)
    log = add_log(session, controller_id=controller.id, now=now)
    record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=None,
        actor=actor,
        now=now,
        body={
            "act": "controller_added",
            "controller": controller.id,
            "country": country,
            "log_added": log.id,
        },
        fields={"slug": slug, "name": name},
    )
    return controller


def controller_for(session: Session, *, slug: str, actor: Actor) -> Controller:
    """Give a controller the actor reaches.

    :raises UnknownController: when there is none, or it is not the actor's: the answers are equal.
    """
    controller = controller_by_slug(session, slug=slug)
    if controller is None or not actor.reaches(controller.id):
        raise UnknownController()
    return controller


def controllers_for(session: Session, *, actor: Actor) -> Sequence[Controller]:
    """List the controllers the actor reaches, by slug."""
    return [one for one in all_controllers(session) if actor.reaches(one.id)]
