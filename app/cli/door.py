"""What every command shares: who acts, how an answer is printed, and trouble in one line."""

import os
import pwd
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec
from flask.cli import with_appcontext

from app.context import current
from app.domain.access import Actor, operator
from app.domain.errors import InvalidInput, Trouble
from app.services.uploads import Upload, digest_of, plain_name
from app.work.sequencer import integrate

P = ParamSpec("P")
R = TypeVar("R")


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Run inside the app; trouble, of ours or of the system's, becomes one line on standard error and exit code 1.

    What the command wrote is sequenced before it ends: there may be no server to do it.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Trouble as fault:
            sentence = fault.title if fault.detail in ("", fault.title) else f"{fault.title} ({fault.detail})"
            raise click.ClickException(f"{fault.code}: {sentence}") from None
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough
        except OSError as fault:
            raise click.ClickException(f"{fault.filename}: {fault.strerror}") from None
        finally:
            with suppress(Trouble):
                integrate(current())

    return with_appcontext(run)


def the_operator() -> Actor:
    """Give the actor of the command line, under the name of the system's user."""
    return operator(system_login())


def system_login() -> str:
    """Give the name of the system's user; the environment, which anybody sets, is not asked."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def show(answer: Any) -> None:
    """Print an answer as JSON, readable by people and programs."""
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def given_file(path: str) -> Upload:
    """Take a file on this machine as an upload; it stays where it is."""
    place = Path(path)
    return Upload(path=place, name=plain_name(place.name), sha256=digest_of(place), size=place.stat().st_size)


class Time(click.ParamType[datetime]):
    """An instant with its offset, as in 2026-03-01T10:00:00Z."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail("not a time like 2026-03-01T10:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail("a time needs its offset, as in 2026-03-01T10:00:00Z", param, ctx)
        return instant


def from_stdin(text: str) -> str:
    """Read a number given as `-` from standard input, so that it stands in no shell history.

    :raises InvalidInput: when nothing is there.
    """
    if text != "-":
        return text
    line = sys.stdin.readline().strip()
    if not line:
        raise InvalidInput("no number on standard input")
    return line
