"""Who carries checkpoints outside: into a folder, to a webhook, by e-mail."""

import hashlib
import smtplib
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from app.domain.outside import Published

TIMEOUT_SECONDS = 10
MAIL_PAUSE = timedelta(hours=1)


class NotDelivered(OSError):
    """A place did not take a checkpoint."""


class Courier(Protocol):
    """One place. `folder` holds what it has, or what was sent there; `name` is safe to be shown: it holds no secret."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    @property
    def pause(self) -> timedelta:
        """Wait at least as long between two deliveries."""

    def send(self, copies: Sequence[Published]) -> None:
        """Deliver what is newer than what the place has.

        :raises OSError: when it does not take it.
        """


@dataclass(frozen=True, slots=True)
class FolderCourier:
    """A folder on this machine, or one that is mounted: writing the copy is the delivery."""

    name: str
    folder: Path
    pause: timedelta = timedelta()

    def send(self, copies: Sequence[Published]) -> None:
        """Do nothing: whoever calls writes the copies."""


@dataclass(frozen=True, slots=True)
class WebhookCourier:
    """A web address that gets each checkpoint as the body of a POST."""

    name: str
    folder: Path
    url: str
    pause: timedelta = timedelta()

    def send(self, copies: Sequence[Published]) -> None:
        """Post every note by itself; any answer but 2xx is a failure, and a redirect is not followed."""
        opener = urllib.request.build_opener(_NoRedirect)
        for copy in copies:
            headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "dialgate"}
            asked = urllib.request.Request(self.url, data=copy.note.encode(), headers=headers, method="POST")
            try:
                with opener.open(asked, timeout=TIMEOUT_SECONDS):
                    pass
            except urllib.error.HTTPError as fault:
                with fault:
                    raise NotDelivered(f"status {fault.code}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow none: the notes go where the operator said, and nowhere else."""


@dataclass(frozen=True, slots=True)
class MailCourier:
    """An address that gets the newest checkpoints in one message, at most once an hour."""

    name: str
    folder: Path
    address: str
    smtp: str
    sender: str
    pause: timedelta = MAIL_PAUSE

    def send(self, copies: Sequence[Published]) -> None:
        """Send one message with every note; TLS is used where the server offers it."""
        message = EmailMessage()
        message["From"], message["To"] = self.sender, self.address
        message["Subject"] = f"Dialgate: checkpoints of {len(copies)} logs"
        message.set_content("\n".join(copy.note for copy in copies), charset="utf-8", cte="base64")
        host, _, port = self.smtp.rpartition(":")
        try:
            with smtplib.SMTP(host.strip("[]"), int(port), timeout=TIMEOUT_SECONDS) as server:
                with suppress(smtplib.SMTPNotSupportedError):
                    server.starttls()
                server.send_message(message)
        except smtplib.SMTPException as fault:
            raise NotDelivered(type(fault).__name__) from None


def couriers_for(places: Sequence[str], *, local: Path, smtp: str, sender: str) -> list[Courier]:
    """Give a courier for each configured place, the gate's own folder first."""
    found: list[Courier] = [FolderCourier("local", local)]
    for count, place in enumerate(places, start=1):
        sent = local / "sent" / hashlib.sha256(place.encode()).hexdigest()[:16]
        if place.startswith("mailto:"):
            address = place.removeprefix("mailto:")
            found.append(MailCourier(f"{count} mail", sent, address, smtp, sender or address))
        elif place.startswith("/"):
            found.append(FolderCourier(f"{count} folder", Path(place)))
        else:
            found.append(WebhookCourier(f"{count} webhook {urlsplit(place).hostname}", sent, place))
    return found
