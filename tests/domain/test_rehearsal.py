"""The tally of a rehearsal: what it counts adds up, and what cannot be derived is never taken for unchanged."""

import json
from typing import Any

import pytest

from app.domain.decision import decide
from app.domain.entry import check_body, consent_body
from app.domain.facts import Facts
from app.domain.leaf import LeafKind, leaf_bytes
from app.domain.reason import Reason
from app.domain.recorded import events_named, facts_of
from app.domain.rehearsal import EXAMPLES, Tally
from tests.builders import NOW, basis_table, facts, grant, guarded, withdrawal

RULES = guarded(basis_table())
BAN = guarded(basis_table(params={"any_of": []}))
HASH = "A" * 43
CAMPAIGN = "01a1ee19-5500-7000-8934-5dc7859c5344"


def checked(known: Facts, place: int = 0) -> dict[str, Any]:
    """Give the leaf of a check decided under RULES."""
    request = {"campaign": CAMPAIGN, "binding": True}
    body = check_body(known, decide(known, RULES), request=request)
    id = f"01a1ee19-5500-7000-8934-{place:012}"
    found: dict[str, Any] = json.loads(leaf_bytes(LeafKind.CHECK, log="0" * 32, id=id, at=NOW, body=body))
    return found


def event() -> dict[str, Any]:
    """Give the leaf of the consent that the builders' facts rest on."""
    body = consent_body(grant(), evidence=("sha256:" + "0" * 64,), notice=None)
    at = grant().recorded_at
    found: dict[str, Any] = json.loads(leaf_bytes(LeafKind.CONSENT, log="0" * 32, id="grant", at=at, body=body))
    return found


ALLOWED = facts(consents=(grant(leaf_hash=HASH),))


def test_a_leaf_names_the_events_that_its_facts_need() -> None:
    leaf = checked(ALLOWED)
    assert events_named(leaf) == (HASH,)
    assert facts_of(leaf, events={HASH: event()}) == ALLOWED


@pytest.mark.parametrize("spoil", [{}, {HASH: {}}, {HASH: {"id": "grant", "action": "nodded"}}])
def test_a_decision_whose_event_is_missing_or_strange_is_no_flip_and_not_the_same(spoil: dict[str, Any]) -> None:
    tally = Tally()
    tally.add(checked(ALLOWED, 7), events=spoil, ruleset=RULES)
    assert (tally.decisions, tally.same, tally.unreadable, tally.flips.total()) == (1, 0, 1, 0)
    assert tally.unreadable_examples == ["01a1ee19-5500-7000-8934-000000000007"]


@pytest.mark.parametrize(
    "changes", [{"verdict": "perhaps"}, {"facts": {}}, {"reasons": None}, {"reasons": [["no_consent"]]}]
)
def test_a_leaf_that_is_not_understood_is_counted_as_such(changes: dict[str, Any]) -> None:
    tally = Tally()
    tally.add(checked(ALLOWED) | changes, events={HASH: event()}, ruleset=RULES)
    assert (tally.unreadable, tally.same) == (1, 0)


def test_tallies_add_up_whatever_the_order() -> None:
    leaves = [checked(ALLOWED, place) for place in range(EXAMPLES + 5)]
    leaves += [checked(facts(consents=(withdrawal(leaf_hash=HASH),)), place) for place in range(20, 23)]
    whole, parts = Tally(), [Tally() for _ in range(3)]
    for place, leaf in enumerate(leaves):
        whole.add(leaf, events={HASH: event()}, ruleset=BAN)
        parts[place % 3].add(leaf, events={HASH: event()}, ruleset=BAN)
    for order in (parts, parts[::-1]):
        merged = Tally()
        for part in order:
            merged.merge(part)
        assert merged == whole
    assert whole.decisions == whole.same + whole.flips.total() + whole.unreadable == len(leaves)
    assert whole.examples["allow", "deny"] == sorted((leaf["id"] for leaf in leaves[:15]), reverse=True)[:EXAMPLES]
    assert whole.other_reasons == 3


def test_a_flip_is_due_to_what_came_where_it_grew_stricter_and_to_what_fell_away_where_it_did_not() -> None:
    tally = Tally()
    tally.add(checked(ALLOWED), events={HASH: event()}, ruleset=BAN)
    (((reason, rule), _), count) = next(iter(tally.by_ground.items()))
    assert (count, rule in {one.id for one in BAN.rules}, reason in {str(one) for one in Reason}) == (1, True, True)
    back = Tally()
    body = check_body(ALLOWED, decide(ALLOWED, BAN), request={"campaign": CAMPAIGN, "binding": True})
    leaf = json.loads(
        leaf_bytes(LeafKind.CHECK, log="0" * 32, id="01a1ee19-5500-7000-8934-000000000001", at=NOW, body=body)
    )
    back.add(leaf, events={HASH: event()}, ruleset=RULES)
    assert list(back.by_ground) == [((reason, rule), ("deny", "allow"))]
