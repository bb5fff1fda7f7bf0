"""Nothing tells whether a number is known: not status, headers or size of an answer, nor what the database is asked."""

from app.db.challenges import challenges
from tests.called import NUMBER, ask, caller, sent, statements
from tests.gate import Gate
from tests.persons import erased
from tests.users import Browser, hidden_fields

UNKNOWN, ERASED, OBJECTED, OBJECTED_ALL = "+420601123450", "+420601123451", "+420601123452", "+420601123453"


def furnish(gate: Gate) -> None:
    """Have a number of every kind."""
    for number in (NUMBER, ERASED, OBJECTED, OBJECTED_ALL):
        gate.consent(number)
        gate.check(number)
    erased(gate, ERASED)
    objection = {"reason": "objection", "since": gate.now.isoformat()}
    for number, scope in (
        (OBJECTED, {"scope": "controller", "controller": "energo"}),
        (OBJECTED_ALL, {"scope": "all"}),
    ):
        assert gate.post("/v1/suppressions", objection | scope | {"number": number}).status == 201


def seen(gate: Gate, number: str) -> list[object]:
    """Ask for a code as a stranger would, enter a wrong one, and give what can be seen, and what was asked."""
    browser: Browser = caller(gate)
    fields = hidden_fields(browser.open("/who")) | {"country": "CZ", "number": number}
    told: list[object] = []
    with statements(gate) as asked:
        for method, path, form in (
            ("POST", "/who", fields),
            ("GET", "/who/code", {}),
            ("POST", "/who/code", fields | {"code": "00000x"}),
            ("GET", "/who", {}),
        ):
            answer = browser.client.open(path, method=method, data=form or None)
            headers = [(name, len(value)) for name, value in answer.headers.items()]
            told.append((path, answer.status_code, headers, len(answer.data), answer.headers.get("Location")))
    return [*told, asked]


def test_known_unknown_erased_and_objecting_numbers_look_alike(energo: Gate) -> None:
    furnish(energo)
    seen(energo, UNKNOWN)  # compiles templates, reads what is read once
    known = seen(energo, NUMBER)
    assert [part[1] for part in known[:4] if isinstance(part, tuple)] == [303, 200, 422, 200]
    for number in (UNKNOWN, ERASED, OBJECTED, OBJECTED_ALL):
        assert seen(energo, number) == known, number


def test_what_is_beyond_a_limit_looks_like_what_is_not(energo: Gate) -> None:
    seen(energo, NUMBER)
    within = seen(energo, NUMBER)
    beyond = [seen(energo, NUMBER) for _ in range(4)]
    assert all(one == within for one in beyond)


def test_no_more_is_asked_of_the_record_than_of_a_stranger(energo: Gate) -> None:
    furnish(energo)
    browser = caller(energo)
    with statements(energo) as asked:
        ask(browser)
    told = " ".join(asked)
    assert challenges.name in told
    for table in ("consent_events", "suppressions", "objections_to_all", "decisions", "relationships", "entries"):
        assert table not in told
    assert len(sent(energo)) == 1
