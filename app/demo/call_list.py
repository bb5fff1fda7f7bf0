"""A messy call list and a file of consents for the tour, from a seed, with what they must come to."""

import csv
import io
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from app.demo.data import SEED

ROWS = 4000
AGREED = 2000
"""How many of the people on the list agreed, by the file of consents."""

JUNK = ("", "112", "neuvedeno", "6.01123E+08", "601123456;602123456", "#N/A", "+420 12", "abcdefghi")
FORMS = ("+420{}", "00420{}", "{}", "'+420{}", "tel: +420 {}", " +420 {} ", "(+420) {}")
NAMES = ("Šimon", "Kateřina", "Ďuro", "Zdeněk", "Růžena", "Žofie")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoList:
    """The file's bytes, and the totals its scrub must come to."""

    data: bytes
    totals: Mapping[str, int]


def _numbers() -> list[str]:
    """Give the national numbers of the people on the list, all different."""
    rng = random.Random(f"{SEED}:list")
    numbers: dict[str, None] = {}
    while len(numbers) < ROWS:
        numbers[f"{rng.choice((606, 608, 721, 730, 770))}{rng.randrange(10**6):06}"] = None
    return list(numbers)


def consent_file(now: datetime) -> bytes:
    """Write the consents of the first people on the list, given a month before `now`."""
    out = io.StringIO()
    columns = ["number", "action", "purposes", "voice_modes", "product_categories", "origin", "obtained_at"]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, "evidence_sha256", "ref"])
    at = (now - timedelta(days=30)).isoformat()
    for number in _numbers()[:AGREED]:
        evidence = sha256(f"{SEED}:{number}".encode()).hexdigest()
        writer.writerow([f"+420{number}", "given", "marketing", "live", "energy", "web_form", at, evidence, "demo"])
    return out.getvalue().encode()


def demo_call_list() -> DemoList:
    """Write the list: most rows are people, some are junk, some come twice."""
    rng = random.Random(f"{SEED}:rows")
    fresh = iter(enumerate(_numbers()))
    listed: list[str] = []
    totals: Counter[str] = Counter({"rows": ROWS})
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Jméno", "Telefon", "Poznámka"])
    for row in range(ROWS):
        draw = rng.random()
        if draw < 0.08:
            cell = rng.choice(JUNK)
            totals["invalid"] += 1
        elif draw < 0.14 and listed:
            cell = rng.choice(FORMS).format(rng.choice(listed))
            totals["duplicate"] += 1
        else:
            place, number = next(fresh)
            listed.append(number)
            cell = rng.choice(FORMS).format(number)
            totals["allow" if place < AGREED else "deny"] += 1
        writer.writerow([rng.choice(NAMES), cell, f'poznámka "{row}"\nna dva řádky' if row % 50 == 0 else ""])
    return DemoList(data=out.getvalue().encode("cp1250"), totals=dict(totals))
