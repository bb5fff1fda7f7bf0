"""The readable page of what is held on a person: plain HTML without script, style or anything fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from app.services.pack_words import Language, words_of

_ROWS = {
    "title": ("Your data", "Vaše údaje", "Vaše údaje", "Twoje dane"),
    "about": (
        ("Everything that this controller keeps here about the number, where it came from, who saw it, and how long it "
        "is kept. You may withdraw your consent, object to calls, or ask for the data to be erased at any time."),
        ("Vše, co zde tento správce o čísle vede, odkud to pochází, kdo to viděl a jak dlouho se to uchovává. Souhlas "
        "můžete kdykoli odvolat, volání odmítnout nebo žádat o výmaz údajů."),
        ("Všetko, čo tu tento prevádzkovateľ o čísle vedie, odkiaľ to pochádza, kto to videl a ako dlho sa to "
        "uchováva. Súhlas môžete kedykoľvek odvolať, volania odmietnuť alebo žiadať o výmaz údajov."),
        ("Wszystko, co ten administrator przechowuje tu o numerze, skąd to pochodzi, kto to widział i jak długo jest "
        "przechowywane. Zgodę można w każdej chwili wycofać, sprzeciwić się połączeniom lub zażądać usunięcia danych."),
    ),
    "events": ("Consents and withdrawals", "Souhlasy a odvolání", "Súhlasy a odvolania", "Zgody i wycofania"),
    "suppressions": ("Objections", "Námitky", "Námietky", "Sprzeciwy"),
    "decisions": ("When we were asked", "Kdy jsme byli dotázáni", "Kedy sme boli opýtaní", "Kiedy nas zapytano"),
    "outcomes": ("Calls", "Volání", "Volania", "Połączenia"),
    "lists": ("Call lists", "Seznamy k volání", "Zoznamy na volanie", "Listy połączeń"),
    "lookups": ("Who read this", "Kdo do toho nahlížel", "Kto do toho nahliadal", "Kto to przeglądał"),
    "recipients": ("Who received it", "Komu to bylo předáno", "Komu to bolo odovzdané", "Komu przekazano"),
    "retention": (
        "How long it is kept",
        "Jak dlouho se uchovává",
        "Ako dlho sa uchováva",
        "Jak długo jest przechowywane",
    ),
    "entries": ("Proofs", "Důkazy", "Dôkazy", "Dowody"),
    "yes": ("yes", "ano", "áno", "tak"),
    "no": ("no", "ne", "nie", "nie"),
    "objected_all": (
        "Objected to all callers",
        "Námitka proti všem volajícím",
        "Námietka proti všetkým volajúcim",
        "Sprzeciw wobec wszystkich",
    ),
}  # fmt: skip
_SECTIONS = (
    ("events", ("recorded_at", "obtained_at", "action", "purposes", "voice_modes", "product_categories", "origin",
                "person", "notice", "evidence", "file", "ref", "id")),
    ("suppressions", ("recorded_at", "since", "reason", "ref", "id")),
    ("decisions", ("checked_at", "campaign", "decision", "reasons", "basis", "decision_id")),
    ("outcomes", ("attempted_at", "result", "opt_out", "decision_id")),
    ("lists", ("received_at", "file_name", "campaign", "row", "decision", "reasons", "cells")),
    ("lookups", ("at", "act", "actor", "entry")),
    ("recipients", ("name", "role", "id")),
    ("retention", ("until", "years", "clock", "legal_ref", "rule")),
    ("entries", ("at", "kind", "id", "leaf_hash", "salt", "fields", "leaf", "proof")),
)  # fmt: skip


def access_page(answer: Mapping[str, Any], *, language: Language) -> str:
    """Write the page of an answer to a request for access; whatever came from anywhere is escaped."""
    place = list(Language).index(language)
    words = {**words_of(language), **{name: row[place] for name, row in _ROWS.items()}}
    objected = words["yes" if answer["objected_all"] else "no"]
    facts = (("controller", answer["controller"]), ("number", answer["number"]), ("made_at", answer["made_at"]))
    head = "".join(f"<tr><th>{escape(words[name])}</th><td>{escape(str(value))}</td></tr>" for name, value in facts)
    head += f"<tr><th>{escape(words['objected_all'])}</th><td>{escape(objected)}</td></tr>"
    parts = [f"<h1>{escape(words['title'])}</h1><p>{escape(words['about'])}</p><table>{head}</table>"]
    for name, columns in _SECTIONS:
        parts.append(f"<section><h2>{escape(words[name])}</h2>{_table(answer[name], columns, words)}</section>")
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
