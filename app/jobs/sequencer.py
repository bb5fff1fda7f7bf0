"""The sequencer: a thread that integrates waiting entries into the trees, within a fraction of a second."""

import threading

import structlog

from app.context import Context
from app.work.sequencer import integrate

PAUSE_SECONDS = 0.5

_log = structlog.get_logger()


class Sequencer:
    """One thread in every process that does jobs; of several, one at a time works on a log."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin in the background."""
        threading.Thread(target=self.run, name="sequencer", daemon=True).start()

    def stop(self) -> None:
        """Ask the sequencer to end after the present batch."""
        self._stop.set()

    def run(self) -> None:
        """Integrate until told to stop. A failure is logged and tried again: the queue stays where it is."""
        while not self._stop.wait(PAUSE_SECONDS):
            try:
                integrate(self._context)
            except Exception as fault:  # noqa: BLE001  the loop must outlive whatever the database does
                _log.error("sequencing failed", error=type(fault).__name__)
