"""Fixtures of pages."""

import pytest

from app.domain.access import Role
from tests.gate import Gate
from tests.pages.listed import AGREED, WITHDRAWN
from tests.users import Browser, user


@pytest.fixture
def browser(gate: Gate) -> Browser:
    """Give a browser of a gate that asks for no code, on each kind of database."""
    gate.context.require_totp = False
    return Browser(gate)


@pytest.fixture
def manager(energo: Gate) -> Browser:
    """Give the manager of a campaign in which one number agreed, and one took that back."""
    energo.context.require_totp = False
    energo.consent(AGREED)
    energo.consent(WITHDRAWN)
    energo.withdraw(WITHDRAWN)
    browser = Browser(energo)
    browser.sign_in(user(energo, Role.MANAGER))
    return browser


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
