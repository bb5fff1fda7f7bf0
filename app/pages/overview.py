"""The first page: one's controllers and campaigns, and what was decided today."""

from flask import render_template
from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l

from app.pages.access import Door, Visit, page
from app.services.overview import campaign_days


@page("/", to=Door.STAFF, nav=_l("Overview"))
def overview_page(visit: Visit) -> str:
    """Show every campaign one reaches, with today's decisions."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        today = reading.now.astimezone(get_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
        days = campaign_days(reading.session, actor=visit.actor, since=today)
    return render_template("overview.html", days=days, today=today)
