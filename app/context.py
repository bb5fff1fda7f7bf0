"""What the running app lends the interfaces: transactions, the clock, the ruleset, the signing key."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.committing import commit
from app.db.engine import WRITES, trouble_of
from app.db.locks import KEPT_PLANS, enter, oldest_open_transaction
from app.db.migrations import is_current
from app.db.reach import reach_setting, set_reach
from app.db.register_files import RegisterFiles
from app.db.running import connection_of
from app.domain.errors import Trouble, Unavailable
from app.domain.ruleset import Ruleset
from app.domain.user import SessionLimits
from app.services.api_keys import KnownKeys
from app.services.campaigns import KnownCampaigns
from app.services.evidence import MAX_EVIDENCE
from app.services.limits import Bucket, RateLimit
from app.services.log_keys import LogKeys
from app.services.outside import Outside
from app.services.overview import KnownCounts
from app.services.receipts import ReceiptKey
from app.services.register_folders import registers_folder
from app.services.rulesets import RulesInForce, read_recorded, rules_in_force
from app.services.sequencing import Backlog
from app.services.sequencing import backlog as look_at_backlog

Clock = Callable[[], datetime]
BACKLOG_AGE = timedelta(seconds=1)
_COMPARED = "compared with what was published"
"""In a connection's own memory: at which generation. The memory ends with the connection."""


class NotReady(Unavailable):
    """Dialgate is not ready to decide."""

    code = "not_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An open transaction and the instant it happens at, read once its locks are held."""

    session: Session
    now: datetime


@dataclass(slots=True, kw_only=True)
class Context:
    """One per process. `clock` None is the real one: PostgreSQL's own, so that processes agree.

    `serves_persons` is that called persons are served: codes can be sent, so many an hour in all; `calls_persons` that
    a code can be read out in a call too.
    """

    engine: Engine
    data_dir: Path
    api_key_pepper: bytes = field(repr=False)
    receipt_key: ReceiptKey
    log_keys: LogKeys = field(repr=False)
    erasure_keys: tuple[bytes, ...] = field(repr=False)
    demo: bool
    max_upload: int
    require_totp: bool = True
    session_limits: SessionLimits = field(default_factory=SessionLimits)
    serves_persons: bool = False
    calls_persons: bool = False
    codes_an_hour: int = 500
    max_evidence: int = MAX_EVIDENCE
    buckets: Mapping[RateLimit, Bucket] = field(default_factory=dict)
    clock: Clock | None = None
    checks: Any = None
    registers: RegisterFiles = field(init=False)
    known_keys: KnownKeys = field(init=False)
    known_campaigns: KnownCampaigns = field(default_factory=KnownCampaigns)
    known_counts: KnownCounts = field(default_factory=KnownCounts)
    outside: Outside = field(default_factory=Outside)
    _writing: threading.RLock = field(default_factory=threading.RLock)
    _engines: Mapping[str, Engine] = field(init=False)
    _is_current: bool = False
    _rulesets: dict[str, Ruleset] = field(default_factory=dict)
    _backlog: tuple[datetime, Backlog] = (datetime.min.replace(tzinfo=UTC), Backlog(oldest={}))

    def __post_init__(self) -> None:
        """Say where the numbers of registers are, and by which pepper keys are known again."""
        self.registers = RegisterFiles(registers_folder(self.data_dir))
        self.known_keys = KnownKeys(self.api_key_pepper)
        steady = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._engines = {
            "writes": self.engine.execution_options(**{WRITES: True}),
            "reads": self.engine.execution_options(postgresql_readonly=True),
            "reads steadily": self.engine.execution_options(postgresql_readonly=True, **steady),
        }

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the one-process database is in use."""
        return self.engine.dialect.name == "sqlite"

    def now(self) -> datetime:
        """Read this process's clock; nothing that is decided hangs on it."""
        return self.clock() if self.clock is not None else datetime.now(UTC)

    @contextmanager
    def transaction(
        self,
        *,
        reach: Collection[int] | None = None,
        shared: Collection[int] = (),
        exclusive: Collection[int] = (),
        is_repeated: bool = False,
        any_history: bool = False,
    ) -> Iterator[Transaction]:
        """Open a transaction that changes something; it is committed when the block ends well.

        `shared` and `exclusive` are numbers to lock first; `reach` the controllers whose rows it may touch
        (None: all). `is_repeated` is one that runs the same statements many times a second: plans are then kept,
        for planning one anew costs PostgreSQL more than running it. `any_history` is for commands that bring a
        database in order which lost entries. On SQLite one thread of this process writes at a time.

        :raises Unavailable: when the database fails, or lost entries that were published. `OutcomeUnknown` when it
            fails at the commit: then the change may be stored or not, and nothing may rely on either.
        """
        with self._sqlite_writer(), Session(self._engines["writes"]) as session:
            try:
                connection_of(session)  # begins now: on SQLite that takes the write lock, which the clock must follow
                if not any_history:
                    self._require_own_history(session)
                settings = reach_setting(reach) | (KEPT_PLANS if is_repeated else {})
                held_at = enter(session, shared=shared, exclusive=exclusive, settings=settings)
                yield Transaction(session=session, now=self._transaction_time(held_at))
                session.flush()
            except SQLAlchemyError as fault:
                raise trouble_of(fault) from fault
            commit(session)

    @contextmanager
    def reading(
        self, *, reach: Collection[int] | None = None, is_steady: bool = False, any_history: bool = False
    ) -> Iterator[Transaction]:
        """Open a transaction that changes nothing: one snapshot on SQLite, the newest rows on PostgreSQL, where it is
        one snapshot too if it shall be `is_steady`: for statements that must not contradict each other.

        PostgreSQL itself refuses any change, so it can end as a commit: after a rollback the driver would forget
        every statement it has prepared, and the next group of checks would have all of its plans made anew.

        :raises Unavailable: when the database fails, or lost entries that were published.
        """
        with Session(self._engines["reads steadily" if is_steady else "reads"]) as session:
            try:
                if not any_history:
                    self._require_own_history(session)
                told = enter(session, settings=reach_setting(reach))
                yield Transaction(session=session, now=self._transaction_time(told))
                session.rollback() if self.is_sqlite else session.commit()
            except SQLAlchemyError as fault:
                raise trouble_of(fault) from fault

    def settled_before(self) -> datetime:
        """Give an instant before which no entry can come any more: what lies before it can be exported whole.

        An entry's time is read before its commit, so the present is not settled. On SQLite the write lock
        tells; on PostgreSQL the oldest transaction still open.
        """
        if self.is_sqlite:
            with self.transaction() as tx:
                return tx.now
        with self.reading() as reading:
            return oldest_open_transaction(reading.session) or reading.now

    def require_own_history(self) -> None:
        """Refuse a database that lost entries of which checkpoints were published; every root is computed anew.

        :raises LogRolledBack: naming logs, shards and sizes.
        :raises Unavailable: when the database fails.
        """
        with self.reading(any_history=True) as reading:
            self.outside.require_own_history(reading.session, in_full=True)

    def require_current_schema(self) -> None:
        """Refuse a database that was not migrated to this version.

        :raises NotReady: when it was not.
        :raises Unavailable: when the database fails.
        """
        try:
            self._is_current = self._is_current or is_current(self.engine)
        except SQLAlchemyError as fault:
            raise trouble_of(fault) from fault
        if not self._is_current:
            raise NotReady("the database has another schema; run: flask db upgrade")

    def rules(self, session: Session, *, now: datetime) -> RulesInForce:
        """Give the ruleset in force at `now` and until when it is, as this transaction sees it.

        Read rulesets are kept by digest; which one is in force is never kept.

        :raises NotReady: when none is in force, or this version cannot read it.
        """
        try:
            return rules_in_force(session, now=now, known=self._rulesets, read=read_recorded)
        except Trouble as fault:
            raise NotReady(fault.detail or fault.title) from fault

    def ruleset(self, session: Session, *, now: datetime) -> Ruleset:
        """Give the ruleset in force at `now`, the transaction's own instant.

        :raises NotReady: when none is in force, or this version cannot read it.
        """
        return self.rules(session, now=now).ruleset

    def backlog(self, tx: Transaction) -> Backlog:
        """Tell how long entries wait for the trees, as it was at most a second ago."""
        looked_at, seen = self._backlog
        if not looked_at <= tx.now < looked_at + BACKLOG_AGE:
            looked_at, seen = self._backlog = tx.now, look_at_backlog(tx.session)
        return seen

    def _require_own_history(self, session: Session) -> None:
        """Compare a connection's database with what was published, before the connection is first used."""
        info, generation = connection_of(session).info, self.outside.generation
        if info.get(_COMPARED) != generation:
            set_reach(session, controller_ids=None)
            self.outside.require_own_history(session)
            info[_COMPARED] = generation

    def _transaction_time(self, told: datetime | None) -> datetime:
        return self.now() if self.clock is not None or told is None else told

    @contextmanager
    def _sqlite_writer(self) -> Iterator[None]:
        with self._writing if self.is_sqlite else nullcontext():
            yield


def current() -> Context:
    """Give the context of the running app."""
    context: Context = current_app.extensions["dialgate"]
    return context
