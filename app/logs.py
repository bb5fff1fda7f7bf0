"""Log lines: JSON on standard error, constant sentences with fields, never a number or a secret."""

import logging
import sys

import structlog


def configure() -> None:
    """Set up the log of this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def mask(e164: str) -> str:
    """Write a number so that a log line tells numbers apart without giving them away: `+42060•••456`."""
    return f"{e164[:6]}•••{e164[-3:]}" if len(e164) > 9 else "•••"
