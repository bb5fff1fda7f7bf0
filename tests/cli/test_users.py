"""`flask users`: invited, reset and disabled at the command line, which prints the one-time link alone."""

import json
import re

from tests.api.exported import every_entry
from tests.cli.test_commands import refused, run, told
from tests.gate import Gate
from tests.users import PASSWORD, Browser

INVITE = ("users", "invite", "Jana@energo.cz", "--name", "Jana Nováková", "--role", "manager", "--controller", "energo")
LINK = re.compile(r"http://127\.0\.0\.1:8000(/welcome/[\w-]{43})\n")


def link(gate: Gate, *words: str) -> str:
    """Run a command that prints a link alone, and give the link's path."""
    done = run(gate, *words)
    found = LINK.fullmatch(done.stdout)
    assert found is not None, done.output
    return found[1]


def test_a_user_is_invited_reset_and_disabled(energo: Gate) -> None:
    energo.context.require_totp = False
    browser = Browser(energo)
    first = link(energo, *INVITE, "--language", "cs", "--hide-numbers")
    assert "user_exists" in refused(energo, *INVITE)
    (jana,) = told(energo, "users", "list")
    assert (jana["email"], jana["role"], jana["controllers"]) == ("jana@energo.cz", "manager", [1])
    assert (jana["language"], jana["sees_numbers"], jana["has_password"]) == ("cs", False, False)
    browser.send(first, password=PASSWORD)
    browser.send("/sign-in", email="jana@energo.cz", password=PASSWORD)
    assert browser.page.request.path == "/"
    second = link(energo, "users", "reset", "jana@energo.cz")
    browser.open("/")
    assert browser.page.request.path == "/sign-in", "whoever was signed in no longer is"
    assert run(energo, "users", "disable", "jana@energo.cz").exit_code == 0
    browser.open(second)
    assert browser.page.status_code == 404
    assert told(energo, "users", "list")[0]["disabled_at"] is not None
    for verb in ("reset", "disable"):
        assert "user_disabled" in refused(energo, "users", verb, "jana@energo.cz")
        assert "unknown_user" in refused(energo, "users", verb, "nobody@energo.cz")


def test_a_dialer_does_not_sign_in(gate: Gate) -> None:
    words = ["dialer" if word == "manager" else "all" if word == "energo" else word for word in INVITE]
    assert run(gate, *words).exit_code == 2


def test_the_log_says_who_invited_and_never_whom_by_name(energo: Gate) -> None:
    link(energo, *INVITE)
    (leaf,) = [entry["leaf"] for entry in every_entry(energo) if "user_invited" in entry["leaf"]]
    assert json.loads(leaf)["actor"] == "cli"
    assert "jana" not in leaf.lower()
