"""Instants on record follow the order of the changes, whatever waits for whom."""

import threading
import time
from datetime import UTC, datetime

from app.context import Context
from app.db.engine import make_engine
from tests.gate import Gate

NUMBER = 420601123456


def test_an_instant_is_read_once_its_transaction_excludes_the_others(gate: Gate) -> None:
    """Two processes change one number: who waited is later on record, so that its no beats the other's yes."""
    one, other = _process(gate), _process(gate)
    waiting = threading.Event()
    instants: list[datetime] = []

    def wait_and_read() -> None:
        waiting.set()
        with other.transaction(exclusive=[NUMBER]) as tx:
            instants.append(tx.now)

    waiter = threading.Thread(target=wait_and_read)
    with one.transaction(exclusive=[NUMBER]):
        waiter.start()
        waiting.wait()
        time.sleep(0.3)
        released_at = datetime.now(UTC)
    waiter.join()
    assert instants
    assert instants[0] > released_at
    one.engine.dispose()
    other.engine.dispose()


def _process(gate: Gate) -> Context:
    """Give what another process on the same database would have, with the real clock."""
    own = gate.context
    return Context(
        engine=make_engine(own.engine.url.render_as_string(hide_password=False)),
        data_dir=own.data_dir,
        api_key_pepper=own.api_key_pepper,
        receipt_key=own.receipt_key,
        log_keys=own.log_keys,
        erasure_keys=own.erasure_keys,
        demo=False,
        max_upload=own.max_upload,
    )
