"""Copies of checkpoints, carried outside on a schedule; and the comparison, again and again, of what came back."""

import threading
from collections.abc import Sequence
from datetime import datetime

import structlog

from app.context import Context
from app.db.checkpoints import newest_checkpoints
from app.db.publications import declared_epochs
from app.domain.note import BadNote
from app.domain.outside import Published
from app.jobs.couriers import Courier
from app.metrics import OUTSIDE_CURRENT, OUTSIDE_FAILURES, OUTSIDE_SUSPECT, ROLLED_BACK
from app.services.outside import LogRolledBack
from app.services.outside_files import held_size, only_one, write_copy

_log = structlog.get_logger()


class OutsideCopies:
    """One thread in every process that does jobs; at each place one process writes at a time."""

    def __init__(self, context: Context, *, couriers: Sequence[Courier], seconds: int) -> None:
        self._context = context
        self._couriers = couriers
        self._seconds = seconds
        self._stop = threading.Event()
        self._sent: dict[str, datetime] = {}

    def start(self) -> None:
        """Begin in the background, with a first round at once."""
        threading.Thread(target=self.run, name="outside", daemon=True).start()

    def stop(self) -> None:
        """Ask the thread to end after the present round."""
        self._stop.set()

    def run(self) -> None:
        """Go round until told to stop. No failure ends it, and none of a place stops the gate."""
        while True:
            try:
                self.go_round()
            except Exception as fault:  # noqa: BLE001  the loop must outlive whatever a place or the database does
                _log.error("copying checkpoints failed", error=type(fault).__name__)
            if self._stop.wait(self._seconds):
                return

    def go_round(self) -> None:
        """Compare the database with what stands outside, and bring every place what it has not got.

        :raises Unavailable: when the database fails. That it lost entries is logged, counted, and from then on
            every use of it is refused.
        """
        try:
            with self._context.reading() as reading:
                self._context.outside.require_own_history(reading.session)
        except LogRolledBack as fault:
            ROLLED_BACK.set(1)
            _log.error("nothing is served: the database lost published entries", what=fault.detail)
            self._save_remembered()
            return
        ROLLED_BACK.set(0)
        self._report_suspects()
        for courier in self._couriers:
            try:
                self._serve(courier)
            except (OSError, BadNote) as fault:
                OUTSIDE_FAILURES.labels(courier.name).inc()
                _log.error("a place outside took no copy", place=courier.name, error=f"{type(fault).__name__}: {fault}")

    def _save_remembered(self) -> None:
        """Write down what only this process knows was signed, so that it is known after a restart as well."""
        context = self._context
        for copy in context.outside.remembered(now=context.now()):
            try:
                write_copy(self._couriers[0].folder, copy, keys=context.log_keys)
            except (OSError, BadNote) as fault:
                _log.error("a checkpoint could not be saved", log=copy.log_id, error=type(fault).__name__)

    def _report_suspects(self) -> None:
        found = self._context.outside.found()
        OUTSIDE_SUSPECT.set(len(found.unsigned) + len(found.unreadable))
        for file in found.unsigned:
            _log.error("a copy outside is not signed by this gate", file=str(file))
        for file in found.unreadable:
            _log.error("a copy outside cannot be read", file=str(file))

    def _serve(self, courier: Courier) -> None:
        now = self._context.now()
        last = self._sent.get(courier.name)
        if last is not None and last <= now < last + courier.pause:
            return
        with only_one(courier.folder) as is_ours:
            if not is_ours:  # another process is at it
                return
            newer = self._newer(courier)
            if newer:
                courier.send(newer)
                self._sent[courier.name] = now
                for copy in newer:
                    write_copy(courier.folder, copy, keys=self._context.log_keys)
                _log.info("checkpoints were copied outside", place=courier.name, logs=len(newer))
        OUTSIDE_CURRENT.labels(courier.name).set(now.timestamp())

    def _newer(self, courier: Courier) -> list[Published]:
        """Read the newest checkpoints, now that nobody else writes here, and give those the place has not got."""
        keys = self._context.log_keys
        with self._context.reading() as reading:
            rows = newest_checkpoints(reading.session)
            ended = {(row["log_id"], row["shard"]) for row in declared_epochs(reading.session)}
        copies = [
            Published(log_id=row["log_id"], shard=row["shard"], size=row["size"], root=row["root"], note=row["note"])
            for row in rows
            if (row["log_id"], row["shard"]) not in ended
        ]
        return [copy for copy in copies if copy.size > (held_size(courier.folder, copy, keys=keys) or 0)]
