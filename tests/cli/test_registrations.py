"""`flask registrations`: the same as through the door."""

from tests.cli.test_commands import refused, told
from tests.gate import Gate


def test_registrations_are_added_listed_and_ended_by_commands(energo: Gate) -> None:
    own = told(energo, "registrations", "add", "acs", "--name", "12/2026", "--from", "2026-01-01")
    theirs = told(
        energo, *("registrations", "add", "uke", "--controller", "energo", "--name", "7"),
        *("--from", "2026-01-01", "--to", "2027-01-01"),
    )  # fmt: skip
    assert [(one["holder"], one["controller"]) for one in (own, theirs)] == [("caller", None), ("controller", "energo")]
    ended = told(energo, "registrations", "end", own["id"], "--on", "2026-12-01")
    assert (ended["valid_to"], ended["replaces"]) == ("2026-12-01", own["id"])
    assert told(energo, "registrations", "list") == [theirs, ended]
    line = refused(energo, "registrations", "end", own["id"], "--on", "2026-12-01")
    assert line.startswith("unknown_registration: ")
