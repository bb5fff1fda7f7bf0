"""What the benchmark of lists scrubs: messy lists from a seed, as text and as a workbook, and a registry to meet."""

import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from xml.sax.saxutils import escape

from sqlalchemy import Engine, text

SEED = 20261126
PREFIXES = (
    "601",
    "602",
    "603",
    "604",
    "605",
    "606",
    "607",
    "608",
    "702",
    "703",
    "720",
    "721",
    "730",
    "731",
    "733",
    "777",
)
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


# what is put in are constants of this file
GIVEN = """
INSERT INTO consent_events (id, controller_id, number, action, purposes, voice_modes, product_categories, origin,
  obtained_at, recorded_at, evidence, leaf_hash)
SELECT md5(place || :action)::uuid, 1, {number}, :action, {words}, :origin, at + {later}, at + {later}, {evidence}, 'l'
FROM (SELECT place, place * {shuffle} AS drawn,
  timestamptz '2024-11-20 08:00Z' + (place * 7919 % 62000000) * interval '1 second' AS at
  FROM generate_series(CAST(0 AS bigint), :last, :step) AS place) AS people
"""
NUMBER = f"((ARRAY[{','.join(PREFIXES)}])[(drawn / 1000000 + 1)::int] + 420000::bigint) * 1000000 + drawn % 1000000"
YES = """'["marketing"]', '["live"]', '["energy"]'"""
OBJECTED = """
INSERT INTO suppressions (id, controller_id, number, reason, since, recorded_at, leaf_hash)
SELECT md5(id || 'no')::uuid, 1, number, 'objection', at, at, 'l'
FROM (SELECT id, number, action, obtained_at + interval '9 days' AS at FROM consent_events) AS said
WHERE action = 'given' AND get_byte(decode(md5(number::text), 'hex'), 0) < 5
"""


def fill(engine: Engine, *, registry: int) -> None:
    """Put consents on record, each given at a second of its own within two years; 1 in 20 was withdrawn, and about 1 in
    50 objected later. Their entries in the log are left out: no list reads them.
    """
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for action, step, words, evidence in (
            ("given", 1, YES, f"""'["{"ab" * 32}"]'"""),
            ("withdrawn", 20, "'[]', '[]', '[]'", "'[]'"),
        ):
            later = "interval '0 days'" if step == 1 else "interval '5 days'"
            query = GIVEN.format(
                shuffle=f"{STEP} % {SPACE}", number=NUMBER, words=words, evidence=evidence, later=later
            )
            given = {"action": action, "step": step, "last": registry - 1, "origin": "web_form"}
            connection.execute(text(query), given)
        connection.execute(text(OBJECTED))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def write_workbook(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write the least that is a workbook, its texts in the cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = '<sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{main}"><sheetData>'.encode())
            for place, row in enumerate(chain([("Telefon", "Jméno", "Město", "Poznámka")], rows), start=1):
                cells = "".join(
                    f'<c r="{letter}{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
                    for letter, cell in zip("ABCD", row, strict=True)
                )
                sheet.write(f'<row r="{place}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
