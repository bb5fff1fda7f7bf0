"""The readable page of what is held on a person: plain HTML without script, style or anything fetched."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from app.services.access_words import access_words
from app.services.pack_words import Language

_SECTIONS = (
    ("events", ("recorded_at", "obtained_at", "action", "purposes", "voice_modes", "product_categories", "origin",
                "call_times", "person", "notice", "evidence", "file", "ref", "id")),
    ("relationships", ("recorded_at", "since", "until", "kind", "product_categories", "counts", "evidence", "file",
                       "ref", "id")),
    ("evidence", ("sha256", "held", "received_at", "media_type", "size")),
    ("suppressions", ("recorded_at", "since", "reason", "lifted_at", "ref", "id")),
    ("decisions", ("checked_at", "campaign", "decision", "reasons", "basis", "decision_id")),
    ("outcomes", ("attempted_at", "result", "opt_out", "decision_id")),
    ("lists", ("received_at", "file_name", "campaign", "row", "decision", "reasons", "cells")),
    ("lookups", ("at", "act", "actor", "entry")),
    ("recipients", ("name", "role", "id")),
    ("retention", ("until", "years", "clock", "legal_ref", "rule")),
)  # fmt: skip


def access_page(answer: Mapping[str, Any], *, language: Language) -> str:
    """Write the page of an answer to a request for access; whatever came from anywhere is escaped."""
    words = access_words(language)
    objected = words["yes" if answer["objected_all"] else "no"]
    facts = (("controller", answer["controller"]), ("number", answer["number"]), ("made_at", answer["made_at"]))
    head = "".join(f"<tr><th>{escape(words[name])}</th><td>{escape(str(value))}</td></tr>" for name, value in facts)
    head += f"<tr><th>{escape(words['objected_all'])}</th><td>{escape(objected)}</td></tr>"
    parts = [f"<h1>{escape(words['title'])}</h1><p>{escape(words['about'])}</p><table>{head}</table>"]
    for name, columns in _SECTIONS:
        parts.append(f"<section><h2>{escape(words[name])}</h2>{_table(answer[name], columns, words)}</section>")
    parts.append(f"<section><h2>{escape(words['entries'])}</h2>{_proofs(answer['entries'], words)}</section>")
    title = escape(words["title"])
    return (
        f'<!doctype html>\n<html lang="{language.value}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main>\n{chr(10).join(parts)}\n</main></body></html>\n"
    )


def _table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], words: Mapping[str, str]) -> str:
    if not rows:
        return f"<p>{escape(words['none'])}</p>"
    names = tuple(columns)
    head = "".join(f"<th>{escape(words.get(name, name.replace('_', ' ')))}</th>" for name in names)
    lines = ("".join(f"<td>{escape(_shown(row[name], words))}</td>" for name in names) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _proofs(entries: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """Write what proves each entry in boxes that keep to the page, and from which it can be copied exactly."""
    parts = []
    for entry in entries:
        opening = {name: entry[name] for name in ("leaf_hash", "salt", "fields")}
        boxes = (
            (words["leaf"], entry["leaf"]),
            (words["opening"], json.dumps(opening, ensure_ascii=False)),
            (words["proof"], entry["proof"] or words["pending"]),
        )
        shown = "".join(
            f'<p>{escape(name)}<br><textarea readonly rows="5" cols="90">{escape(text)}</textarea></p>'
            for name, text in boxes
        )
        parts.append(f"<details><summary>{escape(entry['at'])} {escape(entry['kind'])}</summary>{shown}</details>")
    return "".join(parts) or f"<p>{escape(words['none'])}</p>"


def _shown(value: Any, words: Mapping[str, str]) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return words["yes" if value else "no"]
        case Mapping():
            told = {name: item for name, item in value.items() if item is not None}
            return "; ".join(f"{name.replace('_', ' ')}: {_shown(item, words)}" for name, item in told.items())
        case list() | tuple():
            return ", ".join(_shown(item, words) for item in value) or "–"
        case _:
            return words.get(str(value), str(value))
