"""Registers: the external lists."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.fields import Country, Strict, Text
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain import register as domain
from app.domain.access import Scope
from app.domain.register import (
    LONGEST_AGE,
    MAX_CATEGORIES,
    MAX_CHANGE_PERCENT,
    SLOVAK_AREAS,
    Coverage,
    Register,
    RegisterFormat,
)
from app.services.register_answers import register_answer, registers_answer
from app.services.registers import add_register

_END = r"(?![\s\S])"
RegisterSlug = Annotated[str, Meta(pattern=f"^{domain.SLUG.pattern}{_END}", examples=["tps"])]
RegisterCategory = Annotated[str, Meta(pattern=f"^{domain.CATEGORY.pattern}{_END}", examples=["energy"])]


class RegisterBody(Strict):
    """An external list. `categories` are its own words; the Slovak list has 1 to 14 without being told.

    `max_change_percent`: a snapshot whose count differs by more from the one before waits for a second person.
    `max_age_days`: of a register of coverage `asked`, how long an answer is used.
    """

    slug: RegisterSlug
    name: Text
    format: RegisterFormat
    coverage: Coverage = Coverage.FULL
    region: Country | None = None
    categories: Annotated[list[RegisterCategory], Meta(max_length=MAX_CATEGORIES)] = []
    max_change_percent: Annotated[int, Meta(ge=1, le=100)] = MAX_CHANGE_PERCENT
    max_age_days: Annotated[int, Meta(ge=1, le=LONGEST_AGE)] | None = None


class StandingSnapshot(msgspec.Struct):
    """A snapshot that stands: it answers for its register."""

    id: str
    as_of: datetime
    count: int


class RegisterAnswer(msgspec.Struct, kw_only=True):
    """A register, and what stands of it, the newest first; nothing, while it cannot answer."""

    slug: str
    name: str
    coverage: Literal["full", "asked"]
    format: RegisterFormat
    region: str | None
    categories: list[str]
    max_change_percent: int
    max_age_days: int | None
    created_at: datetime
    standing: list[StandingSnapshot]


class RegistersAnswer(msgspec.Struct):
    """All registers, by slug."""

    items: list[RegisterAnswer]


@operation(api, "GET", "/v1/registers", scope=Scope.REGISTERS_WRITE, summary="List registers", answer=RegistersAnswer)
def list_registers(call: Call) -> dict[str, Any]:
    """List the registers; all controllers share them, but for the answers to what one of them had asked."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        return {"items": registers_answer(reading.session, controller_ids=call.actor.controllers)}


@operation(
    api,
    "POST",
    "/v1/registers",
    scope=Scope.REGISTERS_WRITE,
    summary="Add a register",
    body=RegisterBody,
    answer=RegisterAnswer,
    status=201,
)
def create_register(call: Call) -> Response:
    """Add a register; needs a key for all controllers."""
    body: RegisterBody = call.body
    is_slovak = body.format is RegisterFormat.SK_LIST
    register = Register(
        slug=body.slug,
        name=body.name,
        coverage=body.coverage,
        format=body.format,
        region=body.region or domain.REGION_OF.get(body.format),
        categories=tuple(body.categories) or (SLOVAK_AREAS if is_slovak else ()),
        max_change_percent=body.max_change_percent,
        max_age_days=body.max_age_days,
    )

    def add(tx: Transaction) -> dict[str, Any]:
        add_register(tx.session, register=register, actor=call.actor, now=tx.now)
        return register_answer(tx.session, slug=register.slug)

    return committed(call, add, status=201)
