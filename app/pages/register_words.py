"""What is said of registers' files: what may be the matter with a line."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.services.register_formats import LineFault

_FAULTS: Mapping[str, Any] = {
    LineFault.BLANK_LINE: _l("it is blank"),
    LineFault.LINE_TOO_LONG: _l("it is too long"),
    LineFault.UNENDED_LINE: _l("it is cut off"),
    LineFault.UNDECODABLE: _l("it is not text of the format's encoding"),
    LineFault.BAD_RECORD: _l("it is no record of the format"),
    LineFault.AMBIGUOUS_NUMBER: _l("its number may be of several countries"),
    LineFault.UNCLOSED_QUOTE: _l("a quotation mark is not closed"),
    LineFault.WRONG_CELLS: _l("it has not as many cells as the head"),
    LineFault.NO_CATEGORY: _l("it names no category"),
    LineFault.UNKNOWN_CATEGORY: _l("it names a category that the register does not have"),
    LineFault.BAD_DATE: _l("its day is none, or still to come"),
    LineFault.UNKNOWN_WORD: _l("it holds a word that the format does not have"),
    LineFault.NOT_SUBMITTED: _l("its number was not asked about"),
}
_NUMBER = _l("its number is not one of the register's country")


def line_fault(code: str) -> str:
    """Say why a line is none of the format."""
    return str(_FAULTS.get(code, _NUMBER))
