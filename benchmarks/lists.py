"""How fast lists are scrubbed: `python -m benchmarks.lists [--rows 1000000] [--long 10000000] [--registry 1000000]`.

Contenders take turns in one run, on one PostgreSQL with one registry: the scrub, and the loop that everybody writes
first, which reads each number with `phonenumbers`, asks the registry for it through an ORM, stores what became of it and
commits, row by row. The loop is timed on a slice, and its rate told as if the whole list went so. Lists are CP1250, from
a seed, messy in every way the acceptance data is; half of their numbers are in the registry. Each scrub is a process of
its own: its peak memory is that process's. `--xlsx` reads a workbook of so many rows against openpyxl, if that is there.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import phonenumbers
from sqlalchemy import insert, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.db.consents import consent_events
from app.db.engine import WRITES, make_engine
from app.db.suppressions import suppressions
from app.services.spreadsheets import open_spreadsheet
from tests.call_lists import shown
from tests.databases import postgres_template, postgres_url
from tests.gate import WEDNESDAY, Gate, make_gate

SEED = 20261126
PREFIXES = ("601", "602", "603", "604", "605", "606", "607", "608", "702", "703", "720", "721", "730", "731", "733", "777")
SPACE = len(PREFIXES) * 10**6
STEP = 6_180_339
"""No divisor in common with the space: multiples of it are all its numbers in no order, each once."""
NAMES = ("Jana Nováková", "Petr Dvořák", "Žofie Šťastná", "Jiří Černý", "Eva Malá", "Ľubomír Kráľ", "Łukasz Żak")
TOWNS = ("Brno", "Ústí nad Labem", "Plzeň", "Žďár nad Sázavou", "Praha 4", "")
JUNK = ("", "neuvedeno", "-", "601 123 456 / 602 123 456", "4,20601E+11", "15.03.2023", "12345", "abc", "60112345")
def national(place: int) -> str:
    """Give the number at a place of the shuffled space."""
    prefix, line = divmod(place * STEP % SPACE, 10**6)
    return f"{PREFIXES[prefix]}{line:06}"


def written(random: random.Random, number: str) -> str:
    """Write a number as somebody did."""
    a, b, c = number[:3], number[3:6], number[6:]
    form = random.random()
    if form < 0.25:
        return f"+420{number}"
    if form < 0.5:
        return f"{a} {b} {c}"
    if form < 0.7:
        return f"+420 {a} {b} {c}"
    if form < 0.85:
        return number
    return random.choice((f"00420{number}", f"420{number}", f"{a}-{b}-{c}", f"+420.{a}.{b}.{c}", f"(+420) {a} {b} {c}"))


def messy_rows(rows: int, *, registry: int, known: float) -> Iterator[tuple[str, str, str, str]]:
    """Give rows: a share of the numbers is in the registry, 3 in 100 come again, 4 in 100 cells are no number."""
    chance = random.Random(SEED)
    inside, outside = 0, registry
    for place in range(rows):
        draw = chance.random()
        if draw < 0.04:
            number = chance.choice(JUNK)
        elif draw < 0.07:
            number = written(chance, national(registry + chance.randrange(outside - registry + 1)))
        elif chance.random() < known:
            number, inside = written(chance, national(inside % registry)), inside + 1
        else:
            number, outside = written(chance, national(outside)), outside + 1
        yield number, chance.choice(NAMES), chance.choice(TOWNS), f"smlouva {place}"


def write_list(path: Path, *, rows: int, registry: int, known: float) -> None:
    """Write a list as a spreadsheet program of the country saves it."""
    with path.open("w", encoding="cp1250", newline="") as target:
        target.write("Telefon;Jméno;Město;Poznámka\r\n")
        for row in messy_rows(rows, registry=registry, known=known):
            target.write(";".join(row) + "\r\n")


FILL = f"""
INSERT INTO {{table}} SELECT {{columns}} FROM (
  SELECT place, ('420' || (ARRAY[{",".join(PREFIXES)}])[number / 1000000 + 1] || lpad((number % 1000000)::text, 6, '0'))::bigint
  AS number FROM (SELECT place, place * {STEP} % {SPACE} AS number FROM generate_series(0, {{last}}) AS place) AS numbered
) AS drawn
"""


def fill(engine: Any, *, registry: int) -> None:
    """Put consents on record, each obtained at its own second of the last two years; 1 in 20 was withdrawn, 1 in 50
    objected. Without entries in the log, which a list never reads.
    """
    given = "place * 60 % 63000000 * interval '1 second'"
    id = "md5(place::text || '{0}')::uuid"
    consent = (
        f"{id}, 1, number, '{{action}}', '[\"marketing\"]', '[\"live\"]', '[\"energy\"]', 'web_form', "
        f"timestamptz '2024-11-10' + {given} + interval '{{later}}', timestamptz '2024-11-10' + {given} + interval '{{later}}', "
        f"NULL, '[\"{'ab' * 32}\"]', NULL, NULL, NULL, NULL, NULL, '{{action}}', NULL"
    )
    names = ("given", "0 days"), ("withdrawn", "5 days")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
        for table in (consent_events, suppressions):
            connection.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT {table.name}_id_fkey"))
