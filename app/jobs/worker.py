"""The worker: takes a leased job, does it, and leaves it to others when it dies."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog

from app.context import Context
from app.db.engine import SimultaneousChange
from app.db.jobs import Job, end_job, hand_back_job, is_job_free, lease_job, postpone_job, renew_lease
from app.domain.access import Actor, operator
from app.domain.errors import Unavailable
from app.services.challenges import forget_old_challenges
from app.services.erasure_proposals import forget_expired_proposals
from app.services.erasures import FILES_JOB
from app.services.idempotency import forget_old_answers
from app.services.lists import SCRUB_JOB
from app.services.messages import forget_old_messages
from app.services.register_folders import registers_folder
from app.services.register_submissions import SUBMISSIONS_KEPT, forget_submissions
from app.services.sign_in_limits import forget_stale_attempts
from app.services.uploads import UPLOADS_KEPT, forget_uploads
from app.services.user_sessions import forget_old_user_sessions
from app.work.list_erasure import erase_files
from app.work.retaining import retain
from app.work.scrub import Progress, give_up, scrub_list

LEASE = timedelta(seconds=15)
GIVES_WAY = timedelta(seconds=5)
"""How long a worker that gives way leaves a job to others: where checks are answered, long work holds them up."""
IDLE_SECONDS = 0.5
MAX_ATTEMPTS = 5
HOURLY = timedelta(hours=1)

_log = structlog.get_logger()


class LeaseLost(Unavailable):
    """Somebody else works on this job now."""

    code = "lease_lost"


class Stopped(Unavailable):
    """This worker was told to stop."""

    code = "stopped"


class Worker:
    """One thread that works off the queue until it is told to stop.

    One that `gives_way` takes only what nobody has begun for some seconds: what another died of is not for it.
    """

    def __init__(self, context: Context, *, gives_way: bool = False) -> None:
        self._context = context
        self._gives_way = gives_way
        self._after = GIVES_WAY if gives_way else timedelta(0)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self._stop = threading.Event()
        self._tidied_at = context.now() - HOURLY

    def start(self) -> None:
        """Begin working in the background."""
        threading.Thread(target=self.run, name="jobs", daemon=True).start()

    def stop(self) -> None:
        """Ask the worker to end after the present chunk; it leaves its job to whoever comes next."""
        self._stop.set()

    def run(self) -> None:
        """Work until told to stop. A failing job is logged and tried again when its lease runs out."""
        while not self._stop.is_set():
            try:
                self._tidy_or_tell()
                if not self.work_once():
                    self._stop.wait(IDLE_SECONDS)
            except Exception as fault:  # noqa: BLE001  the loop must outlive whatever a job does
                _log.error("a job failed", error=type(fault).__name__)
                self._stop.wait(IDLE_SECONDS)

    def work_once(self, *, only: str | None = None, told: Progress | None = None) -> bool:
        """Do one job (`only` that of this id), if there is one that nobody holds; tell whether there was."""
        with self._context.reading() as reading:
            if not is_job_free(reading.session, at=reading.now - self._after, only_new=self._gives_way):
                return False
        with self._context.transaction() as tx:
            at, until = tx.now - self._after, tx.now + LEASE
            job = lease_job(tx.session, worker=self._name, at=at, until=until, id=only, only_new=self._gives_way)
        if job is None:
            return False
        if self._gives_way:
            _log.warning("nobody else takes up jobs: one is done where checks are answered", job=job.id)
        try:
            with self._kept(job):
                is_done = self._do(job, told)
        except (LeaseLost, SimultaneousChange):
            _log.warning("a job went to another worker", job=job.id)
            return True
        except Stopped:
            with self._context.transaction() as tx:
                hand_back_job(tx.session, id=job.id, worker=self._name)
            return True
        with self._context.transaction() as tx:
            if is_done:
                end_job(tx.session, id=job.id, worker=self._name)
            else:
                postpone_job(tx.session, id=job.id, worker=self._name, until=tx.now + LEASE)
        return True

    def _do(self, job: Job, told: Progress | None) -> bool:
        """Do a job; tell whether it is done, or must wait for something else."""
        if job.kind == FILES_JOB:
            return erase_files(self._context, told=lambda: self._renew(job))
        if job.kind != SCRUB_JOB:
            _log.error("a job of an unknown kind", job=job.id, kind=job.kind)
            return True
        actor: Actor = operator("worker")
        if job.attempts > MAX_ATTEMPTS:
            give_up(self._context, id=job.subject_id, actor=actor)
            return True

        def progress(done: int, total: int) -> None:
            self._renew(job)
            if told is not None:
                told(done, total)

        scrub_list(self._context, id=job.subject_id, actor=actor, progress=progress)
        _log.info("a list was scrubbed", list=job.subject_id, attempts=job.attempts)
        return True

    @contextmanager
    def _kept(self, job: Job) -> Iterator[None]:
        """Keep the lease while the process lives: opening a large workbook gives no sign of life for a while."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(LEASE.total_seconds() / 3):
                with suppress(Unavailable), self._context.transaction() as tx:
                    renew_lease(tx.session, id=job.id, worker=self._name, until=tx.now + LEASE, advanced=False)

        heart = threading.Thread(target=beat, name="lease", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()

    def _renew(self, job: Job) -> None:
        with self._context.transaction() as tx:
            is_held = renew_lease(tx.session, id=job.id, worker=self._name, until=tx.now + LEASE, advanced=True)
        if not is_held:
            raise LeaseLost()
        if self._stop.is_set():
            raise Stopped()

    def _tidy_or_tell(self) -> None:
        try:
            self.tidy()
        except Exception as fault:  # noqa: BLE001  lists and erasures must not wait for what retention cannot do
            _log.error("tidying failed", error=type(fault).__name__)

    def tidy(self) -> None:
        """Once an hour, forget what need not be kept any longer."""
        if self._context.now() - self._tidied_at < HOURLY:
            return
        self._tidied_at = self._context.now()  # first: what fails is tried again in an hour, and stops no job
        with self._context.transaction() as tx:
            forget_old_answers(tx.session, now=tx.now)
            forget_expired_proposals(tx.session, now=tx.now)
            forget_stale_attempts(tx.session, now=tx.now)
            forget_old_challenges(tx.session, now=tx.now)
            forget_old_messages(tx.session, now=tx.now)
            forget_old_user_sessions(tx.session, limits=self._context.session_limits, now=tx.now)
        forget_uploads(self._context.data_dir, before=self._tidied_at - UPLOADS_KEPT)
        forget_submissions(registers_folder(self._context.data_dir), before=self._tidied_at - SUBMISSIONS_KEPT)
        retain(self._context)
