"""Consent events by column: what is said of thousands of numbers, without an object for each."""

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy.orm import Session

_SAID = ("action", "origin", "purposes", "voice_modes", "product_categories", "call_times")
_TYPES = {
    "number": pa.int64(),
    "said": pa.string(),
    "is_proved": pa.int8(),
    "has_hours": pa.int8(),
    "obtained_at": pa.int64(),
    "recorded_at": pa.int64(),
    "expires_at": pa.int64(),
}
# one text for all: a message a row would take longer than the rest; JSON is written without a tab or a line's end
_POSTGRESQL = (
    "SELECT string_agg(concat_ws(E'\\t', number, concat_ws(' ', {said}), (evidence <> '[]')::int, "
    "(call_times IS NOT NULL)::int, {instants}), E'\\n') FROM consent_events "
    "WHERE controller_id = {controller} AND number = ANY('{{{numbers}}}'::bigint[])"
)
_SQLITE = (
    "SELECT number, {said}, evidence <> '[]', call_times IS NOT NULL, {instants} FROM consent_events "
    "WHERE controller_id = {controller} AND number IN ({numbers})"
)
_INSTANTS = ("obtained_at", "recorded_at", "expires_at")


def consent_columns(session: Session, *, numbers: Sequence[int], controller_id: int) -> Any:
    """Give the events of these numbers with a controller as a table, in no order.

    `said` holds everything an event says but its instants, its evidence and its file; `is_proved` tells whether it
    names evidence, `has_hours` whether it names hours. Instants are microseconds since 1970, `expires_at` may be null.
    """
    given = {"controller": int(controller_id), "numbers": ",".join(map(str, numbers))}
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        query = _SQLITE.format(said=_joined_by_sqlite(), instants=", ".join(map(_by_sqlite, _INSTANTS)), **given)
        columns = list(zip(*connection.exec_driver_sql(query), strict=True)) or [()] * len(_TYPES)
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, _TYPES.values(), strict=True)]
        return pa.table(arrays, names=list(_TYPES))
    instants = ", ".join(f"coalesce((extract(epoch FROM {name}) * 1000000)::bigint::text, '')" for name in _INSTANTS)
    query = _POSTGRESQL.format(said=", ".join(_SAID), instants=instants, **given)
    found = connection.exec_driver_sql(query).scalar_one()
    if found is None:
        return pa.table({name: pa.array([], type_) for name, type_ in _TYPES.items()})
    return csv.read_csv(
        io.BytesIO(found.encode()),
        read_options=csv.ReadOptions(column_names=list(_TYPES), use_threads=False),
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=csv.ConvertOptions(column_types=_TYPES, strings_can_be_null=False),
    )


def _joined_by_sqlite() -> str:
    return " || ' ' || ".join(f"coalesce({name}, '')" for name in _SAID)


def _by_sqlite(name: str) -> str:
    return f"CAST(strftime('%s', {name}) AS INTEGER) * 1000000 + CAST(substr({name}, 21, 6) AS INTEGER)"
