"""A list as one cleans it with pandas and `phonenumbers`: read whole, a function a cell, sets of numbers, written.

Its rules are consent and objection alone; nothing is on record.
"""

import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import phonenumbers
from sqlalchemy import Engine

_OBJECTED = "SELECT number FROM suppressions WHERE controller_id = 1"
_SAID = (
    "SELECT DISTINCT ON (number) number, action FROM consent_events WHERE controller_id = 1 "
    "ORDER BY number, obtained_at DESC"
)


def cleaned(engine: Engine, path: Path, *, rows: int) -> float:
    """Check so many rows; gives the seconds a row, what is known of numbers read before.

    :raises ImportError: where there is no pandas.
    """
    pandas: Any = import_module("pandas")
    objected = set(pandas.read_sql(_OBJECTED, engine)["number"])
    said = dict(pandas.read_sql(_SAID, engine).itertuples(index=False))
    began = time.perf_counter()
    found = pandas.read_csv(path, sep=";", encoding="cp1250", dtype=str, keep_default_na=False, nrows=rows)
    found["number"] = found["Telefon"].map(_number)
    found["duplicate"] = found["number"].duplicated() & found["number"].notna()
    is_given = found["number"].map(lambda number: said.get(number) == "given")
    found["verdict"] = (is_given & ~found["number"].isin(objected) & ~found["duplicate"]).map(
        {True: "allow", False: "deny"}
    )
    found.to_csv(path.with_suffix(".cleaned"), index=False)
    return (time.perf_counter() - began) / rows


def _number(text: str) -> int | None:
    with suppress(phonenumbers.NumberParseException):
        parsed = phonenumbers.parse(text, "CZ")
        if phonenumbers.is_valid_number(parsed):
            return int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:])
    return None
