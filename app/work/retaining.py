"""Drives retention: erases what served its time, controller by controller, where that is switched on."""

from shutil import rmtree

from app.context import Context
from app.db.lists import change_list, lists_before
from app.db.retention import controllers_with_retention
from app.domain.access import Actor, operator
from app.services.erasure_journal import append_erasure
from app.services.erasures import Act, Erasure, erase_number, journal_line
from app.services.lists import ENDED, list_folder
from app.services.retention import LISTS_KEPT, is_due, latest_no, perhaps_due, record_deleted_lists
from app.work.erasing import journals

_PAGE = 500
MOST = 200
"""Persons erased for one controller in one run, so that checks never wait long for it; the next run goes on."""


def retain(context: Context) -> int:
    """Erase the persons whose records all served their time, and delete the files of old lists. Gives how many
    persons. What must stay, or may have to, stays.
    """
    actor = operator("retention")
    with context.reading() as reading:
        owners = controllers_with_retention(reading.session)
    count = 0
    for owner in owners:
        count += _erase_due(context, owner, actor)
        _delete_lists(context, owner, actor)
    return count


def _erase_due(context: Context, owner: int, actor: Actor) -> int:
    after = count = 0
    while count < MOST:
        with context.reading(reach=[owner]) as reading:
            ruleset = context.ruleset(reading.session, now=reading.now)
            page = perhaps_due(
                reading.session, controller_id=owner, ruleset=ruleset, after=after, limit=_PAGE, now=reading.now
            )
            due = [
                number
                for number in page
                if is_due(reading.session, number=number, controller_id=owner, ruleset=ruleset, now=reading.now)
            ]
        if not page:
            break
        after = page[-1]
        for number in due[: MOST - count]:
            count += _erase(context, owner, number, actor)
    return count


def _erase(context: Context, owner: int, number: int, actor: Actor) -> bool:
    """Erase one number, unless something arrived for it meanwhile.

    It leaves a block only where the person had said no: to be old is no objection, but a withdrawal stays one.
    """
    with context.transaction(reach=[owner], exclusive=[number]) as tx:
        ruleset = context.ruleset(tx.session, now=tx.now)
        if not is_due(tx.session, number=number, controller_id=owner, ruleset=ruleset, now=tx.now):
            return False
        key = context.erasure_keys[0]
        since = latest_no(tx.session, number=number, controller_id=owner)
        erasure = Erasure(number=number, controller_id=owner, act=Act.RETAINED_OUT, key=key, since=since)
        done = erase_number(tx.session, erasure=erasure, actor=actor, now=tx.now)
        append_erasure(journals(context), journal_line(erasure, done, now=tx.now))
    return True


def _delete_lists(context: Context, owner: int, actor: Actor) -> None:
    with context.reading(reach=[owner]) as reading:
        found = lists_before(reading.session, until=reading.now - LISTS_KEPT)
        old = [
            row
            for row in found
            if row["controller_id"] == owner
            and row["state"] in ENDED
            and (row["checked_at"] or row["created_at"]) <= reading.now - LISTS_KEPT
            and list_folder(context.data_dir, row["id"]).exists()
        ]
    if not old:
        return
    with context.transaction(reach=[owner]) as tx:
        for row in old:
            marked = {"source_erased_at": row["source_erased_at"] or tx.now}
            change_list(tx.session, id=row["id"], run=row["run"], states=ENDED, values=marked)
        record_deleted_lists(tx.session, controller_id=owner, count=len(old), actor=actor, now=tx.now)
    for row in old:
        rmtree(list_folder(context.data_dir, row["id"]), ignore_errors=True)
