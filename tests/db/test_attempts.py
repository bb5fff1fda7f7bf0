"""What every check looks up of a number's calls: one statement, served by the indexes of numbers and of ids."""

from datetime import timedelta

from app.db.attempts import attempts_of
from tests.caps import called, report
from tests.gate import WEDNESDAY, Gate
from tests.plans import plan_of, statements_to

JANA, PETR = 420601123456, 420602123456
INDEX = "ix_reservations_number_controller_id"


def test_attempts_are_found_by_the_number_whatever_else_its_controller_has(energo: Gate) -> None:
    for number in (JANA, PETR):
        energo.consent(f"+{number}")
    reported = called(energo, f"+{JANA}")["decision_id"]
    assert report(energo, reported, "busy").status == 200
    called(energo, f"+{PETR}")
    engine = energo.context.engine
    with energo.context.reading() as reading, statements_to(engine) as seen:
        rows = attempts_of(reading.session, numbers=[JANA, PETR], controller_ids=[1], since=WEDNESDAY)
    assert [(row["number"], row["result"], row["outcome_hash"] is None) for row in rows] == [
        (JANA, "busy", False),
        (PETR, None, True),
    ]
    ((statement, parameters),) = seen
    told = plan_of(engine, statement, parameters)
    assert INDEX in told, told
    assert "SCAN" not in told.replace("Index Scan", "").replace("Bitmap", "").replace("SCAN json_each", ""), told
    assert "Seq Scan" not in told, told


def test_a_wrong_party_is_never_too_long_ago_to_be_seen(energo: Gate) -> None:
    """A consent older than it stays somebody else's, however many years go by."""
    numbers = {JANA: "wrong_party", PETR: "refused"}
    for number, result in numbers.items():
        energo.consent(f"+{number}")
        assert report(energo, called(energo, f"+{number}")["decision_id"], result).status == 200
    later = WEDNESDAY + timedelta(days=5000)
    with energo.context.reading() as reading:
        rows = attempts_of(reading.session, numbers=list(numbers), controller_ids=[1], since=later)
    assert [(row["number"], row["result"]) for row in rows] == [(JANA, "wrong_party")]
