"""Why a row may not be dialled, and what would change that; what may be wrong with a file."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.phone import SHORT_LINES, LineType, NumberFault
from app.domain.reason import Reason
from app.pages.languages import language
from app.services.pack_words import Language
from app.services.reason_words import reason_sentences
from app.services.spreadsheets import RowFault

INVALID = frozenset({one.value for one in (*NumberFault, *RowFault, *SHORT_LINES)})
"""The reasons for which a cell is no number that could be dialled."""
_PLACE = re.compile("column [0-9]+$")
_CELLS: Mapping[str, Any] = {
    NumberFault.BLANK: _l("The cell is empty."),
    NumberFault.TOO_LONG: _l("The cell holds more than a number."),
    NumberFault.SEVERAL_NUMBERS: _l("The cell holds several numbers."),
    NumberFault.SPREADSHEET_ERROR: _l("The cell holds an error of the spreadsheet."),
    NumberFault.SCIENTIFIC_NOTATION: _l("The spreadsheet has rounded the number (6.01E+08): its last digits are lost."),
    NumberFault.DECIMAL_FRACTION: _l("The cell holds a decimal fraction."),
    NumberFault.DATE: _l("The cell holds a date."),
    NumberFault.FORMULA: _l("The cell holds a formula."),
    NumberFault.PLACEHOLDER: _l("The cell holds a placeholder in place of a number."),
    NumberFault.NOT_A_NUMBER: _l("The cell holds no telephone number."),
    NumberFault.UNKNOWN_COUNTRY: _l("The number belongs to no known country."),
    NumberFault.NO_SUCH_NUMBER: _l("There is no such number in its country: too short, too long, or an unused range."),
    LineType.EMERGENCY: _l("This is an emergency number."),
    LineType.SHORT_CODE: _l("This is a short number of a service."),
    RowFault.LINE_TOO_LONG: _l("The row is too long to be read."),
    RowFault.UNCLOSED_QUOTE: _l("A quotation mark is opened and never closed."),
    RowFault.NUL_BYTE: _l("The row holds bytes that are no text."),
    RowFault.UNDECODABLE: _l("The row holds characters of another encoding."),
    "duplicate": _l("The number stands further up in the file already."),
}
_MEND = _l("Mend the cell in your file, and upload it again.")
_CONSENT = _l("A consent to such calls, recorded with its proof.")
_OWN_WILL = _l("Only the person: a newer consent of their own, recorded with its proof.")
_COPY = _l("A fresh copy of the register: ask your compliance officer.")
_TIME = _l("Time: the row may say from when on.")
_CAMPAIGN = _l("Nothing in this campaign; another campaign, if its choices fit the truth.")
_KNOWN = _l("Say it in the campaign: create another one that does.")
_NOTHING = _l("Nothing.")
_OFFICER = _l("Ask your compliance officer.")
_LIFTS: Mapping[str, Any] = {
    **dict.fromkeys(INVALID, _MEND),
    LineType.EMERGENCY: _NOTHING,
    LineType.SHORT_CODE: _NOTHING,
    "duplicate": _l("Nothing is missing: the first row with the number counts."),
    **{one: _CONSENT for one in Reason if one.value.startswith(("consent_", "no_consent"))},
    Reason.CUSTOMER_WINDOW_PASSED: _CONSENT,
    Reason.PRODUCT_NOT_SIMILAR: _CONSENT,
    Reason.CONSENT_WITHDRAWN: _OWN_WILL,
    Reason.OBJECTED_CONTROLLER: _OWN_WILL,
    Reason.OBJECTED_ALL: _OWN_WILL,
    Reason.CONSENT_EVIDENCE_MISSING: _l("The proof of the consent: recording, form, or the text that was shown."),
    Reason.CONSENT_REQUEST_CALL_BANNED: _CAMPAIGN,
    Reason.REGISTER_LISTED: _l("The number must leave the register, or the law must accept a consent."),
    Reason.REGISTER_LISTED_CATEGORY: _l("The number must leave the register, or the law must accept a consent."),
    Reason.REGISTER_STALE: _COPY,
    Reason.REGISTER_UNAVAILABLE: _COPY,
    **dict.fromkeys([Reason.OUTSIDE_HOURS, Reason.HOLIDAY, Reason.FREQUENCY_CAP], _TIME),
    **dict.fromkeys([Reason.COOLDOWN_REFUSAL, Reason.COOLDOWN_CONTACT, Reason.CONSENT_NOT_YET_VALID], _TIME),
    Reason.CLI_MISSING: _l("A caller ID: create a campaign that has one."),
    Reason.CLI_PREFIX_REQUIRED: _l("Another caller ID: create a campaign that has it."),
    Reason.CLI_PREFIX_BANNED: _l("Another caller ID: create a campaign that has it."),
    **dict.fromkeys([Reason.VOICE_MODE_BANNED, Reason.CATEGORY_BANNED, Reason.NUMBER_SOURCE_BANNED], _CAMPAIGN),
    **dict.fromkeys([Reason.CALL_CLASS_MISSING, Reason.PARTY_TYPE_UNKNOWN], _KNOWN),
    **dict.fromkeys([Reason.LINE_TYPE_BANNED, Reason.NUMBER_INACTIVE, Reason.NUMBER_REASSIGNED], _NOTHING),
    Reason.ERASED_SUBJECT_SUPPRESSED: _NOTHING,
    Reason.POLICY_CHANGED_RECHECK: _l("Check the list again."),
    Reason.DECISION_EXPIRED: _l("Check the list again."),
}


def why(reason: str) -> str:
    """Say a reason of a row in one sentence."""
    if reason in _CELLS:
        return str(_CELLS[reason])
    sentences = reason_sentences(Language(language()))
    return sentences[Reason(reason)] if reason in set(Reason) else reason


def what_lifts(reason: str) -> str:
    """Say what would have to change for such a row to be dialled."""
    return str(_LIFTS.get(reason, _OFFICER))


FILE_TROUBLE: Mapping[str, tuple[str, Any]] = {
    "no_file": ("file", _l("Choose a file.")),
    "several_files": ("file", _l("Choose one file; upload the others after it.")),
    "content_too_large": ("file", _l("The file is too large. Split it into several.")),
    "empty_file": ("file", _l("The file has no rows.")),
    "unreadable_file": ("file", _l("The file is damaged, protected by a password, or not what its name says.")),
    "unsupported_file": ("file", _l("Files of this kind are not read. Save it as XLSX or CSV.")),
    "not_text": ("file", _l("This is neither a workbook nor text. Save it as XLSX or CSV.")),
    "unknown_encoding": ("encoding", _l("Text of this encoding is not read. Choose another one.")),
    "unknown_delimiter": ("delimiter", _l("Columns cannot be separated by this. Choose another one.")),
    "unknown_sheet": ("sheet", _l("The workbook has no such sheet.")),
    "several_sheets": ("sheet", _l("Several sheets hold telephone numbers. Write the name of the one you mean.")),
    "unknown_column": ("column", _l("The file has no such column.")),
    "no_phone_column": (
        "column",
        _l("No column holds telephone numbers. Write the name or the place of the right one."),
    ),
    "source_erased": ("file", _l("The file was deleted here, because a person in it was erased or its time was over.")),
    "gave_up": (
        "file",
        _l("It was tried several times and never ended. Try again; if it stays so, ask your operator."),
    ),
}
"""What may be wrong with a file: the field it belongs to, and a sentence."""


def seen_there(detail: str) -> str:
    """Say which columns or sheets a reader saw, whose own words are for the API: `columns seen: Name, column 2`."""
    names = [] if detail.endswith(": none") else detail.partition(": ")[2].split(", ")
    told = [gettext("column %(place)s", place=one[7:]) if _PLACE.match(one) else one for one in names]
    return gettext("Seen there: %(names)s", names=", ".join(told)) if told else ""
