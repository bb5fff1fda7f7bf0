"""The words of the page that answers a request for access, in four languages. Codes of the law stay codes."""

from collections.abc import Mapping

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
    "relationships": ("Relationships", "Vztahy", "Vzťahy", "Relacje"),
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
    "recorded_at": ("Recorded", "Zapsáno", "Zapísané", "Zapisano"),
    "obtained_at": ("Said", "Vysloveno", "Vyslovené", "Wyrażono"),
    "action": ("What", "Co", "Čo", "Co"),
    "purposes": ("Purposes", "Účely", "Účely", "Cele"),
    "voice_modes": ("Voice", "Hlas", "Hlas", "Głos"),
    "product_categories": ("About", "Čeho se týká", "Čoho sa týka", "Czego dotyczy"),
    "call_times": ("Hours agreed to", "Sjednané hodiny", "Dohodnuté hodiny", "Uzgodnione godziny"),
    "file": ("From file", "Ze souboru", "Zo súboru", "Z pliku"),
    "ref": ("Reference", "Odkaz", "Odkaz", "Odsyłacz"),
    "id": ("Id", "Označení", "Označenie", "Oznaczenie"),
    "since": ("Since", "Od", "Od", "Od"),
    "reason": ("Why", "Proč", "Prečo", "Dlaczego"),
    "lifted_at": ("Ended", "Ukončeno", "Ukončené", "Zakończono"),
    "checked_at": ("When", "Kdy", "Kedy", "Kiedy"),
    "decision": ("Answer", "Odpověď", "Odpoveď", "Odpowiedź"),
    "decision_id": ("Id", "Označení", "Označenie", "Oznaczenie"),
    "attempted_at": ("When", "Kdy", "Kedy", "Kiedy"),
    "result": ("Result", "Výsledek", "Výsledok", "Wynik"),
    "opt_out": ("Said no", "Odmítnuto", "Odmietnuté", "Odmówiono"),
    "received_at": ("When", "Kdy", "Kedy", "Kiedy"),
    "file_name": ("File", "Soubor", "Súbor", "Plik"),
    "row": ("Row", "Řádek", "Riadok", "Wiersz"),
    "cells": ("What it said", "Co v něm stálo", "Čo v ňom stálo", "Co zawierał"),
    "at": ("When", "Kdy", "Kedy", "Kiedy"),
    "act": ("What", "Co", "Čo", "Co"),
    "actor": ("Who", "Kdo", "Kto", "Kto"),
    "entry": ("Entry", "Zápis", "Zápis", "Wpis"),
    "name": ("Name", "Název", "Názov", "Nazwa"),
    "role": ("Role", "Role", "Rola", "Rola"),
    "until": ("Until", "Do", "Do", "Do"),
    "years": ("Years", "Let", "Rokov", "Lata"),
    "clock": ("Counted from", "Počítá se od", "Počíta sa od", "Liczone od"),
    "legal_ref": ("Legal reference", "Právní předpis", "Právny predpis", "Podstawa prawna"),
    "rule": ("Rule", "Pravidlo", "Pravidlo", "Reguła"),
    "given": ("given", "dán", "daný", "udzielona"),
    "kind": ("Kind", "Druh", "Druh", "Rodzaj"),
    "counts": ("In force", "Platí", "Platí", "Obowiązuje"),
    "customer": ("customer", "zákazník", "zákazník", "klient"),
    "contract": ("contract", "smlouva", "zmluva", "umowa"),
    "inquiry": ("inquiry", "poptávka", "dopyt", "zapytanie"),
    "sha256": ("SHA-256", "SHA-256", "SHA-256", "SHA-256"),
    "held": ("Kept here", "Uloženo zde", "Uložené tu", "Przechowywane tu"),
    "media_type": ("Type", "Typ", "Typ", "Typ"),
    "size": ("Bytes", "Bajtů", "Bajtov", "Bajtów"),
    "refused": ("refused", "odmítnut", "odmietnutý", "odmówiona"),
    "withdrawn": ("withdrawn", "odvolán", "odvolaný", "wycofana"),
    "live": ("a person", "člověk", "človek", "człowiek"),
    "prerecorded": ("a recording", "nahrávka", "nahrávka", "nagranie"),
    "ai": ("an AI voice", "hlas umělé inteligence", "hlas umelej inteligencie", "głos sztucznej inteligencji"),
    "last_used": ("the last use", "posledního použití", "posledného použitia", "ostatniego użycia"),
    "leaf": ("Leaf (exact bytes)", "List (přesné bajty)", "List (presné bajty)", "Liść (dokładne bajty)"),
    "opening": ("Opening", "Otevření", "Otvorenie", "Otwarcie"),
}  # fmt: skip


def access_words(language: Language) -> Mapping[str, str]:
    """Give the words of one language by their names."""
    place = list(Language).index(language)
    return {**words_of(language), **{name: row[place] for name, row in _ROWS.items()}}
