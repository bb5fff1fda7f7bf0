"""Fixtures of pages."""

import pytest

from tests.gate import Gate
from tests.users import Browser


@pytest.fixture
def browser(gate: Gate) -> Browser:
    """Give a browser of a gate that asks for no code, on each kind of database."""
    gate.context.require_totp = False
    return Browser(gate)
