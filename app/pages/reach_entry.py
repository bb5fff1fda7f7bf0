"""The part of a form that says for which controllers somebody, or a key, may act: silence is never all of them."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.db.controllers import Controller
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, choices

ALL, THESE = "all", "these"
REACHES = {ALL: _l("All controllers, later ones too"), THESE: _l("These controllers only")}


def reach_field() -> Any:
    """Make the field that says whether it is all of them. Fields are told of in the order in which they are made."""
    listed = choices(REACHES, REACHES)
    return RadioField(_l("Controllers"), [NEEDED], choices=listed, invalid_choice_message=ONE_OF_THESE)


def controllers_field() -> Any:
    """Make the field that names them."""
    ticked: dict[str, Any] = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}
    return SelectMultipleField(_l("These controllers"), coerce=int, **ticked)


class ReachEntry(Entry):
    """For which controllers: `reach` and `controllers` are made by whoever is one."""

    reach: Any
    controllers: Any

    def among(self, controllers: Sequence[Controller]) -> None:
        """Offer these controllers."""
        names = {one.id: one.name for one in controllers}
        self.controllers.choices = choices(names, names)

    def validate_controllers(self, field: Field) -> None:
        """Refuse what does not say for which controllers: nobody gets all of them because none is ticked."""
        if self.reach.data == THESE and not field.data:
            raise ValidationError(_l("Choose one at least."))
        if self.reach.data == ALL and field.data:
            raise ValidationError(
                _l("All controllers are chosen above. Untick these, or choose these controllers only.")
            )

    @property
    def controller_ids(self) -> Sequence[int] | None:
        """Give the controllers that were chosen; None is all of them, later ones too."""
        return None if self.reach.data == ALL else self.controllers.data
