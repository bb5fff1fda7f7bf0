"""Fixtures of pages."""

import pytest

from tests.gate import Gate
from tests.users import Browser


@pytest.fixture
def browser(gate: Gate) -> Browser:
    """Give a browser of a gate that asks for no code, on each kind of database."""
    gate.context.require_totp = False
    return Browser(gate)


@pytest.fixture
def plain_energo(plain_gate: Gate) -> Gate:
    """Give what `energo` is, for what no database has a part in."""
    plain_gate.controller()
    plain_gate.campaign(house_caps=False)
    return plain_gate


@pytest.fixture
def plain_browser(plain_gate: Gate) -> Browser:
    """Give a browser of the plain gate."""
    return Browser(plain_gate)
