"""The number plans' own tables say what `phonenumbers` says, or nothing."""

from random import Random

import pytest

from app.domain.number_placing import placed
from app.domain.number_plan import phone_by_library
from app.domain.phone import InvalidNumber, NumberFault, Phone, digits_of, parse
from tests.number_texts import number_texts


def _asked(text: str, region: str | None) -> Phone | NumberFault:
    try:
        return parse(text, region=region)
    except InvalidNumber as refusal:
        return refusal.fault


def _by_library(text: str, region: str | None) -> Phone | NumberFault:
    """Read a text without any of the shortcuts: a blank before it is removed, and makes it anything but plain."""
    try:
        digits = digits_of(f" {text}") if len(text) < 64 else digits_of(text)
        return phone_by_library.__wrapped__(digits, region.upper() if region else None)
    except InvalidNumber as refusal:
        return refusal.fault


@pytest.mark.parametrize("count", [6_000, pytest.param(240_000, marks=pytest.mark.soak)], ids=["slice", "whole"])
def test_a_number_is_what_the_library_says_whatever_is_written(count: int) -> None:
    told = 0
    for text, region in number_texts(Random(20261126), count=count):
        found = _asked(text, region)
        assert found == _by_library(text, region), (text, region)
        told += isinstance(found, Phone)
    assert told > count / 5


@pytest.mark.parametrize(
    ("digits", "region", "why"),
    [
        ("112", "CZ", "a short number"),
        ("+420112", None, "a short number behind its country code"),
        ("+999601123456", "CZ", "no such country code"),
        ("+354588552", None, "six digits behind its country code, which may be short"),
        ("588552", "IS", "six digits at home"),
        ("601123456", "XX", "no such region"),
        ("601123456", None, "no region"),
        ("0011420601123456", "AU", "a prefix for calls abroad"),
        ("0111512345678", "AR", "a national prefix that is rewritten"),
    ],
)
def test_what_takes_more_than_a_pattern_is_left_to_the_library(digits: str, region: str | None, why: str) -> None:
    assert placed(digits, region) is None, why


@pytest.mark.parametrize(
    ("digits", "region", "e164"),
    [
        ("+420601123456", None, "+420601123456"),
        ("601123456", "CZ", "+420601123456"),
        ("420601123456", "CZ", "+420601123456"),
        ("0905232461", "SK", "+421905232461"),
        ("+4210905232461", "CZ", "+421905232461"),
        ("12025550143", "US", "+12025550143"),
        ("+3545885522", None, "+3545885522"),
        ("5885522", "IS", "+3545885522"),
    ],
)
def test_what_a_list_is_full_of_is_told_by_the_tables(digits: str, region: str | None, e164: str) -> None:
    found = placed(digits, region)
    assert found is not None
    assert found.e164 == e164
