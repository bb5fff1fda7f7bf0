"""The messenger: sends what waits, after the commit that queued it, so that nobody who asks learns how that went."""

import threading

import structlog

from app.context import Context
from app.jobs.senders import Sender
from app.services.messages import end_message, has_message_due, take_messages

IDLE_SECONDS = 0.5

_log = structlog.get_logger()


class Messenger:
    """One thread in every process that does jobs; a message is sent by whoever takes it first."""

    def __init__(self, context: Context, *, sender: Sender) -> None:
        self._context = context
        self._sender = sender
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin in the background."""
        threading.Thread(target=self.run, name="messages", daemon=True).start()

    def stop(self) -> None:
        """Ask the thread to end after the present message."""
        self._stop.set()

    def run(self) -> None:
        """Send until told to stop. No failure ends it."""
        while not self._stop.is_set():
            try:
                if self.send_waiting():
                    continue
            except Exception as fault:  # noqa: BLE001  the loop must outlive whatever the gateway or the database does
                _log.error("sending messages failed", error=type(fault).__name__)
            self._stop.wait(IDLE_SECONDS)

    def send_waiting(self) -> int:
        """Send what waits; gives how many were sent. One that the gateway did not take is tried again in a while."""
        with self._context.reading(reach=()) as reading:
            if not has_message_due(reading.session, now=reading.now):
                return 0
        with self._context.transaction(reach=()) as tx:
            taken = take_messages(tx.session, pepper=self._context.api_key_pepper, now=tx.now)
        count = 0
        for message in taken:
            try:
                self._sender.send(message)
            except OSError as fault:
                # the type and our own words alone: what a gateway says may repeat the number
                _log.error("a message was not taken", message=message.id, error=type(fault).__name__)
                continue
            with self._context.transaction(reach=()) as tx:
                end_message(tx.session, id=message.id)
            count += 1
        return count
