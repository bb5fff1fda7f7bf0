"""The readable page of a defence pack: one HTML file, without script and without anything fetched."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any

from app.db.types import Row
from app.domain.leaf import written
from app.domain.phone import e164_of
from app.services.pack_words import Language, words_of
from app.services.packs import Pack, PackedDecision, leaf_of

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #bbb}h3{margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;
border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{width:11rem;font-weight:600}thead th{width:auto}
code{font-size:.85em}.allow{color:#0a6b2d}.deny{color:#a40000}.defer{color:#8a5a00}@media print{body{margin:0}}
"""


class Markup(str):
    """Text that is HTML already; everything else is escaped."""

    __slots__ = ()


def pack_page(
    pack: Pack, *, integrated: frozenset[str], evidence: Mapping[str, str], language: Language, made_at: datetime
) -> str:
    """Write the page. Everything that came from anywhere is escaped; links lead into the pack alone."""
    page = _Page(words_of(language), integrated, evidence)
    number = page.words["erased"] if pack.number is None else e164_of(pack.number)
    head = {"made_at": written(made_at), "controller": pack.controller, "number": number, "log": _code(pack.log_id)}
    parts = [
        f"<h1>{escape(page.words['title'])}</h1><p>{escape(page.words['about'])}</p>",
        page.facts(head),
        page.heading("decisions"),
        *([page.decision(pack, one) for one in pack.decisions] or [page.nothing()]),
        page.heading("events"),
        page.events(pack),
        page.heading("rules"),
        page.rules(pack),
        page.heading("lookups"),
        page.lookups(pack),
        f'<h2>{escape(page.words["proof"])}</h2><p><a href="verify.txt">{escape(page.words["verify"])}</a></p>',
    ]
    return (
        f'<!doctype html>\n<html lang="{language.value}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(page.words['title'])}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


class _Page:
    def __init__(self, words: Mapping[str, str], integrated: frozenset[str], evidence: Mapping[str, str]) -> None:
        self.words = words
        self._files = evidence
        self._integrated = integrated

    def heading(self, name: str) -> str:
        return f"<h2>{escape(self.words[name])}</h2>"

    def nothing(self) -> str:
        return f"<p>{escape(self.words['none'])}</p>"

    def facts(self, values: Mapping[str, str]) -> str:
        rows = (
            f"<tr><th>{escape(self.words[name])}</th><td>{_safe(value)}</td></tr>" for name, value in values.items()
        )
        return f"<table>{''.join(rows)}</table>"

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
        lines = ["<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        if not lines:
            return self.nothing()
        head = "".join(f"<th>{escape(self.words.get(name, name))}</th>" for name in columns)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"

    def proof(self, id: str) -> Markup:
        leaf = _link(f"leaves/{id}.json", "leaf")
        if id not in self._integrated:
            return Markup(f"{leaf} · {escape(self.words['pending'])}")
        return Markup(f"{leaf} · {_link(f'proofs/{id}.tlog-proof', self.words['proof'])}")

    def decision(self, pack: Pack, one: PackedDecision) -> str:
        told, id = one.told(), one.row["id"]
        verdict = told["decision"]
        shown = f'<strong class="{escape(verdict)}">{escape(self.words[verdict])}</strong>'
        if not told["binding"]:
            shown += f" ({escape(self.words['planning'])})"
        values: dict[str, str] = {
            "asked_at": told["checked_at"],
            "campaign": told["campaign"],
            "verdict": Markup(shown),
            "reasons": _lines(
                f"{one['code']}: {one['legal_ref'] or '–'} ({one['rule'] or '–'})" for one in told["reasons"]
            ),
            "basis": self._basis(told["basis"]),
            "obligations": _lines(f"{one['code']}: {one['legal_ref'] or '–'}" for one in told["obligations"]),
            "registers": _lines(f"{one['register']}: {self.words[one['status']]}" for one in told["coverage"]),
            "outcome": _lines(
                f"{one['attempted_at']} {one['result']}" for one in pack.outcomes_told() if one["decision_id"] == id
            ),
            "replay": self._replay(one),
            "proof": self.proof(id),
        }
        return f'<h3 id="{escape(id)}"><code>{escape(id)}</code></h3>' + self.facts(values)

    def _basis(self, basis: Mapping[str, Any] | None) -> str:
        if basis is None:
            return "–"
        event = basis["consent_id"]
        return basis["code"] if event is None else Markup(f"{escape(basis['code'])} {_link(f'#{event}', event)}")

    def _replay(self, one: PackedDecision) -> str:
        if one.replayed is None:
            return f"{self.words['impossible']}: {one.fault}"
        if one.replayed.differences:
            return f"{self.words['differs']}: {', '.join(one.replayed.differences)}"
        return self.words["equal"]

    def events(self, pack: Pack) -> str:
        columns = ("recorded_at", "said_at", "what", "scope", "origin", "notice", "evidence", "person", "proof")
        return self.table(columns, (self._event(pack.entries[id]) for id in pack.events))

    def _event(self, row: Row) -> list[str]:
        leaf, fields = leaf_of(row), row["fields"] or {}
        notice = leaf.get("notice") or {}
        scope = [*leaf.get("purposes", ()), *leaf.get("voice_modes", ()), *leaf.get("product_categories", ())]
        told = fields.get("person") or {}
        person = [str(value) for value in (*told.values(), fields.get("ref")) if value]
        id = escape(row["id"])
        return [
            Markup(f'<span id="{id}">{escape(leaf["at"])}</span>'),
            " – ".join(str(leaf[name]) for name in ("obtained_at", "since", "until") if leaf.get(name)),
            str(leaf.get("action", leaf.get("reason", leaf.get("relationship", leaf.get("act", ""))))),
            ", ".join(scope),
            str(leaf.get("origin", "")),
            _lines(str(value) for value in notice.values() if value),
            Markup("<br>".join(map(self._artefact, leaf.get("evidence", ()))) or "–"),
            self.words["erased"] if row["salt"] is None else _lines(person),
            Markup(f"{_link(f'events/{id}.json', 'event')} · {self.proof(row['id'])}"),
        ]

    def _artefact(self, digest: str) -> str:
        return _link(self._files[digest], digest) if digest in self._files else escape(digest)

    def rules(self, pack: Pack) -> str:
        asked = {str(rule["id"]): rule for one in pack.decisions for rule in one.rules_asked()}
        columns = ("rules", "citation", "strength", "in_force", "what")
        return self.table(columns, ([*_rule(rule)] for _, rule in sorted(asked.items())))

    def lookups(self, pack: Pack) -> str:
        rows = ((row, leaf_of(row)) for row in (pack.entries[id] for id in pack.lookups))
        return self.table(
            ("recorded_at", "person", "what", "proof"),
            ([leaf["at"], leaf["actor"], leaf["act"], self.proof(row["id"])] for row, leaf in rows),
        )


def _rule(rule: Mapping[str, Any]) -> Iterable[str]:
    yield _code(str(rule["id"]))
    yield str(rule["citation"])
    yield str(rule["strength"])
    yield f"{rule['effective_from']} – {rule.get('effective_to', '')}"
    yield f"{rule['kind']} {rule.get('params', {})}"


def _reason(one: Mapping[str, Any]) -> str:
    return f"{one['code']}: {one['legal_ref'] or '–'} ({one['rule'] or '–'})"


def _safe(text: str) -> str:
    return text if isinstance(text, Markup) else escape(text)


def _code(text: str) -> Markup:
    return Markup(f"<code>{escape(text)}</code>")


def _link(target: str, text: str) -> Markup:
    return Markup(f'<a href="{escape(target)}">{escape(text)}</a>')


def _lines(texts: Iterable[str]) -> Markup:
    return Markup("<br>".join(escape(text) for text in texts) or "–")
