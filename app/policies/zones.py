"""The time zones of countries, by the table that comes with the zones themselves."""

from functools import cache
from importlib.resources import files


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    """Read `zone.tab`: a line a zone, with its country (ISO 3166-1) first and the zone's name third."""
    found: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            found.setdefault(country, []).append(name)
    return {country: tuple(sorted(names)) for country, names in found.items()}


def zones_of(country: str) -> tuple[str, ...] | None:
    """Give every zone of a country; None where it is not known."""
    return _zones_by_country().get(country)
