"""Fills a registry of millions in seconds: what the service recorded once is copied by set, with new ids and leaves.

One person's records are made through the service (`prepared`), so whatever it stores, the copies store. Ids, numbers,
leaves and their hashes are each row's own, and entries have the times of an import; all else (other times, salts,
commitments) is the original's. The copies have no place in the tree: no check and no export asks for one. The numbers
are +420 720 000 000 and those that follow, in no order; what each has depends on the number alone, see `PARTS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from app.db.consents import consent_events
from app.db.decisions import decisions, reservations
from app.db.log import entries, openings
from app.db.suppressions import objections_to_all, suppressions
from benchmarks.contenders import naive
from benchmarks.filling import filling, is_postgres
from tests.server import Server

COPIED = (entries, openings, consent_events, suppressions, objections_to_all, decisions, reservations)
FIRST = 420_720_000_000
TEMPLATE = "+420601000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Records that some numbers have: those whose place leaves `rest` when divided by `each`, `times` each."""

    name: str
    each: int
    rest: int
    times: int = 1


PARTS = (
    Part(name="given", each=1, rest=0),
    Part(name="withdrawn", each=20, rest=0),
    Part(name="objected", each=20, rest=1),
    Part(name="objected_all", each=50, rest=2),
    Part(name="attempted", each=10, rest=3),
    Part(name="exhausted", each=100, rest=4, times=4),
)
"""Everybody consented; 5 % withdrew, 5 % objected, 2 % to all; 10 % were called once, 1 % as often as may be."""


def prepared(server: Server) -> dict[str, str]:
    """Make controller, campaign, and one of each record; gives the ids of those records by their part's name."""
    server.flask("controllers", "add", "energo", "--name", "Energo", "--country", "CZ")
    campaign: dict[str, object] = {
        "slug": "winter",
        "controller": "energo",
        "name": "Winter",
        "call_class": "marketing",
    }
    campaign |= {"voice_mode": "live", "product_category": "energy", "house_hours": False}
    _made(server, "/v1/campaigns", campaign)
    event: dict[str, object] = {
        "controller": "energo",
        "number": TEMPLATE,
        "action": "given",
        "purposes": ["marketing"],
    }
    event |= {"voice_modes": ["live"], "product_categories": ["energy"], "origin": "paper"}
    event |= {"obtained_at": "2026-01-01T10:00:00Z", "evidence": ["sha256:" + "ab" * 32]}
    ids = {"given": _made(server, "/v1/consents", event)}
    place = _made(server, "/v1/checks", {"number": TEMPLATE, "campaign": "winter"})
    ids |= {"attempted": place, "exhausted": place}
    withdrawal = {"controller": "energo", "number": TEMPLATE, "action": "withdrawn", "origin": "inbound_call"}
    ids["withdrawn"] = _made(server, "/v1/consents", withdrawal | {"obtained_at": "2026-02-01T10:00:00Z"})
    objection = {"number": TEMPLATE, "reason": "objection", "since": "2026-02-01T10:00:00Z", "scope": "controller"}
    ids["objected"] = _made(server, "/v1/suppressions", objection | {"controller": "energo"})
    ids["objected_all"] = _made(server, "/v1/suppressions", objection | {"scope": "all"})
    return ids


def _made(server: Server, path: str, body: Mapping[str, object]) -> str:
    answer = server.call("POST", path, body)
    if answer.status not in (200, 201):
        raise SystemExit(f"POST {path}: {answer.status} {answer.text}")
    id: str = answer.json.get("decision_id") or answer.json.get("id") or ""
    return id


def fill(engine: Engine, templates: dict[str, str], *, numbers: int) -> None:
    """Copy the records onto so many numbers. The engine is the owner's: the service itself may not do this."""
    with filling(engine, numbers=numbers, tables=[table.name for table in COPIED]) as connection:
        for place, part in enumerate(PARTS):
            _copy(connection, part, prefix=f"019a{place:04x}-0000-7000-8000-", template=templates[part.name])


def _copy(connection: Connection, part: Part, *, prefix: str, template: str) -> None:
    """Copy a template's rows of every table onto the numbers of a part."""
    id = f"bench_id('{prefix}', i)"
    leaf = f"bench_leaf(e.leaf, '{template}', '{prefix}', i)"
    own = {"id": id, "entry_id": id, "decision_id": id, "number": f"{FIRST} + place"}
    extra = {decisions: {"reservation_id": id}, entries: {"at": "bench_at(t.at, i)"}}
    held = f"SELECT i * {part.times} + n AS i, place FROM bench_places, ({_range(part.times)}) AS times"  # noqa: S608
    wanted = f"({held} WHERE place % {part.each} = {part.rest}) AS p"
    for table in COPIED:
        key = {openings: "entry_id", reservations: "decision_id"}.get(table, "id")
        hashes = {"leaf": leaf, "leaf_hash": f"bench_hash({leaf})" if table is entries else f"bench_text({leaf})"}
        made = own | hashes | extra.get(table, {})
        columns = ", ".join(column.name for column in table.c)
        values = ", ".join(made.get(column.name, f"t.{column.name}") for column in table.c)
        source = f"{wanted}, {table.name} AS t, entries AS e"
        here = f"t.{key} = {_literal(connection, template)} AND e.id = {_literal(connection, template)}"
        connection.execute(text(f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {source} WHERE {here}"))  # noqa: S608


def _range(times: int) -> str:
    return " UNION ALL ".join(f"SELECT {n} AS n" for n in range(times))


def _literal(connection: Connection, id: str) -> str:
    return f"'{id}'::uuid" if is_postgres(connection.engine) else f"'{id.replace('-', '')}'"


def fill_naive(engine: Engine, *, numbers: int) -> None:
    """Give the naive service the same numbers with the same records, in tables of its own."""
    naive.Base.metadata.create_all(engine)
    then = "'2026-01-01 10:00:00'"
    now = "now() AT TIME ZONE 'UTC'" if is_postgres(engine) else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    number = f"'+' || ({FIRST} + place)"
    said = "INSERT INTO consents (number, controller, purpose, action, obtained_at)"
    blocked = "INSERT INTO suppressions (number, controller)"
    called = "INSERT INTO check_log (number, campaign, decision, created_at)"
    acts = {
        "given": f"{said} SELECT {number}, 'energo', 'marketing', 'given', {then}",
        "withdrawn": f"{said} SELECT {number}, 'energo', 'marketing', 'withdrawn', '2026-02-01 10:00:00'",
        "objected": f"{blocked} SELECT {number}, 'energo'",
        "objected_all": f"{blocked} SELECT {number}, NULL",
        "attempted": f"{called} SELECT {number}, 'winter', 'allow', {now}",
        "exhausted": f"{called} SELECT {number}, 'winter', 'allow', {now}",
    }
    with filling(engine, numbers=numbers, tables=list(naive.Base.metadata.tables)) as connection:
        for part in PARTS:
            source = f"bench_places, ({_range(part.times)}) AS times WHERE place % {part.each} = {part.rest}"
            connection.execute(text(f"{acts[part.name]} FROM {source}"))


def count_waiting(engine: Engine) -> int:
    """Count the entries that have no place in the tree yet."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pending")).scalar_one())
