"""What each gate would compile anew is compiled once for all of them: rules of URLs, templates, statements.

Nothing of it depends on which gate asks. Putting a gate together, and the first page or statement of each kind, cost
many a test more than what it asked.
"""

from types import CodeType
from typing import Any

import sqlalchemy
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app.db import engine as engines

_compile = Rule.compile
_rules: dict[tuple[Any, ...], tuple[Any, ...]] = {}
_dialects: dict[type[Dialect], Dialect] = {}
_statements: LRUCache[Any, Any] = LRUCache(5_000)


class Templates(BytecodeCache):
    """Keeps compiled templates in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same text."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = Templates()


def share() -> None:
    """Have rules of URLs and the service's statements compiled once."""
    Rule.compile = _compiled_once  # type: ignore[assignment,method-assign]
    engines.create_engine = _with_shared_statements  # type: ignore[assignment,attr-defined]


def _compiled_once(rule: Rule) -> None:
    key = rule.rule, rule.strict_slashes, rule.merge_slashes, rule.subdomain, rule.host, repr(rule.defaults)
    if key not in _rules:
        _compile(rule)
        build, build_unknown = rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]
        _rules[key] = rule._parts, rule._trace, rule._converters, frozenset(rule.arguments), build, build_unknown
        return
    rule._parts, rule._trace, rule._converters, arguments, build, build_unknown = _rules[key]
    rule.arguments |= arguments
    rule._build, rule._build_unknown = build.__get__(rule, None), build_unknown.__get__(rule, None)


def _with_shared_statements(url: str, **options: Any) -> Engine:
    """Open a database whose dialect, and what was compiled for it, is that of all others of its kind.

    What a dialect asks of its first connection is asked once, for no test has servers of two versions.
    """
    engine = sqlalchemy.create_engine(url, **options)
    own = engine.dialect
    shared = _dialects.setdefault(type(own), own)

    def initialize(connection: Connection) -> None:
        if shared.server_version_info is None:
            shared.initialize(connection)

    if own is not shared:
        own.initialize = initialize  # type: ignore[method-assign]
        engine.dialect = engine.pool._dialect = shared
    engine._compiled_cache = _statements
    return engine
