"""Who carries messages to called persons: a gateway on the web, or a file, for development and demonstrations."""

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.errors import Unavailable
from app.services.messages import Message

TIMEOUT_SECONDS = 10
FILE = "file"
"""In place of a gateway's address: messages are appended to a file in the data directory."""


class NotSent(OSError):
    """The gateway did not take a message."""


class BadMessageBody(Unavailable):
    """The body that the gateway shall get cannot be used."""

    code = "bad_message_body"


class Sender(Protocol):
    """One way of sending. What it raises says nothing of the number, or of the text."""

    @property
    def calls(self) -> bool:
        """Tell whether it can have a text read out in a call too."""

    def send(self, message: Message) -> None:
        """Send a message.

        :raises OSError: when it was not taken.
        """


@dataclass(frozen=True, slots=True)
class FileSender:
    """Appends each message as a line of a file that the owner alone reads."""

    path: Path

    @property
    def calls(self) -> bool:
        """Anything can be written down."""
        return True

    def send(self, message: Message) -> None:
        """Append the message."""
        told = {"to": message.to, "channel": message.channel.value, "text": message.text}
        line = json.dumps(told, ensure_ascii=False) + "\n"
        with os.fdopen(
            os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        ) as file:
            file.write(line)


@dataclass(frozen=True, slots=True)
class GatewaySender:
    """A gateway that takes JSON by POST. In `body` each text may hold `{to}` (E.164), `{text}`, `{channel}` (`sms` or
    `call`) and `{language}` (`cs`).
    """

    url: str
    body: Mapping[str, Any]
    authorization: str = field(default="", repr=False)

    @property
    def calls(self) -> bool:
        """It can, where it is told which of both it shall do."""
        return "{channel}" in json.dumps(self.body)

    def send(self, message: Message) -> None:
        """Post the message; any answer but 2xx is a failure, and a redirect is not followed."""
        data = json.dumps(_filled(self.body, message)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "dialgate"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        asked = urllib.request.Request(self.url, data=data, headers=headers, method="POST")
        try:
            with urllib.request.build_opener(_NoRedirect).open(asked, timeout=TIMEOUT_SECONDS):
                pass
        except urllib.error.HTTPError as fault:
            with fault:
                raise NotSent(f"status {fault.code}") from None
        except http.client.HTTPException as fault:
            raise NotSent(type(fault).__name__) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow none: numbers go where the operator said, and nowhere else."""


def sender_for(url: str, *, body: str, authorization: str, data_dir: Path) -> Sender | None:
    """Give the configured sender; None where called persons are not served.

    :raises BadMessageBody: when the body that the gateway shall get is none.
    """
    if url == FILE:
        return FileSender(data_dir / "messages.jsonl")
    if not url:
        return None
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if not isinstance(read, dict) or "{to}" not in body or "{text}" not in body:
        raise BadMessageBody("DIALGATE_SMS_BODY: not a JSON object with {to} and {text} in it")
    return GatewaySender(url, read, authorization)


def _filled(value: Any, message: Message) -> Any:
    match value:
        case str():
            given = {"to": message.to, "channel": message.channel.value, "language": message.language}
            for name, told in (*given.items(), ("text", message.text)):
                value = value.replace(f"{{{name}}}", told)
            return value
        case dict():
            return {name: _filled(item, message) for name, item in value.items()}
        case list():
            return [_filled(item, message) for item in value]
        case _:
            return value
