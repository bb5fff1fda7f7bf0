"""The service every team writes first: Flask, the ORM, `phonenumbers`, a few ifs, and a commit for every check."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from flask import Flask, jsonify, request
from sqlalchemy import Index, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

MAX_ATTEMPTS, WITHIN = 4, timedelta(days=30)


class Base(DeclarativeBase):
    """The naive service's tables."""


class Consent(Base):
    """What a person said."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_number", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    controller: Mapped[str] = mapped_column(String(63))
    purpose: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(16))
    obtained_at: Mapped[datetime]


class Suppression(Base):
    """A number not to be called; of no controller: by nobody."""

    __tablename__ = "suppressions"
    __table_args__ = (Index("ix_suppressions_number", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    controller: Mapped[str | None] = mapped_column(String(63))


class CheckLog(Base):
    """One answer."""

    __tablename__ = "check_log"
    __table_args__ = (Index("ix_check_log_number", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    campaign: Mapped[str] = mapped_column(String(63))
    decision: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]


def make_app(url: str) -> Flask:
    """Make the service on a database that has its tables."""
    app = Flask(__name__)
    waits = {"connect_args": {"timeout": 30}} if url.startswith("sqlite") else {"pool_size": 16}
    sessions = sessionmaker(create_engine(url, **waits))

    @app.post("/v1/checks")
    def check() -> Any:
        body = request.get_json()
        with sessions() as session:
            return jsonify(answer(session, number=body["number"], campaign=body["campaign"]))

    @app.post("/v1/checks/batch")
    def check_batch() -> Any:
        with sessions() as session:
            return jsonify([answer(session, **item) for item in request.get_json()["items"]])

    return app


def answer(session: Session, *, number: str, campaign: str) -> dict[str, Any]:
    """Look everything up, decide, write a row, commit."""
    parsed = phonenumbers.parse(number, "CZ")
    if not phonenumbers.is_valid_number(parsed):
        return {"decision": "deny", "reason": "bad_number"}
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    now, reason = datetime.now(UTC).replace(tzinfo=None), None
    blocks = session.scalars(select(Suppression).where(Suppression.number == e164)).all()
    consent = session.scalars(
        select(Consent)
        .where(Consent.number == e164, Consent.controller == "energo", Consent.purpose == "marketing")
        .order_by(Consent.obtained_at.desc(), Consent.id.desc())
    ).first()
    calls = session.scalar(
        select(func.count())
        .select_from(CheckLog)
        .where(CheckLog.number == e164, CheckLog.decision == "allow", CheckLog.created_at > now - WITHIN)
    )
    if any(block.controller in (None, "energo") for block in blocks):
        reason = "objected"
    elif consent is None:
        reason = "no_consent"
    elif consent.action != "given":
        reason = "consent_withdrawn"
    elif (calls or 0) >= MAX_ATTEMPTS:
        reason = "frequency_cap"
    log = CheckLog(
        number=e164, campaign=campaign, decision="deny" if reason else "allow", reason=reason, created_at=now
    )
    session.add(log)
    session.commit()
    return {"id": log.id, "decision": log.decision, "reason": log.reason, "number": log.number}


if "NAIVE_DATABASE_URL" in os.environ:
    app = make_app(os.environ["NAIVE_DATABASE_URL"])
