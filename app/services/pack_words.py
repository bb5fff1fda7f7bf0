"""The words of a defence pack's page in four languages. Codes stay codes: they are what the law and the log name."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """The language of the page."""

    EN = "en"
    CS = "cs"
    SK = "sk"
    PL = "pl"


_ROWS = {
    "title": ("Defence pack", "Dokumentace k volání", "Dokumentácia k volaniu", "Dokumentacja połączeń"),
    "about": (
        "What is on record about these calls: who agreed to what, what was decided, by which rules, and the proof.",
        "Co je o těchto voláních zaznamenáno: kdo s čím souhlasil, jak a podle čeho bylo rozhodnuto, a důkaz.",
        "Čo je o týchto volaniach zaznamenané: kto s čím súhlasil, ako a podľa čoho sa rozhodlo, a dôkaz.",
        "Co zapisano o tych połączeniach: kto na co się zgodził, jak i według czego zdecydowano, oraz dowód.",
    ),
    "made_at": ("Made", "Vytvořeno", "Vytvorené", "Utworzono"),
    "controller": ("Controller", "Správce", "Prevádzkovateľ", "Administrator"),
    "number": ("Number", "Číslo", "Číslo", "Numer"),
    "erased": ("erased", "vymazáno", "vymazané", "usunięto"),
    "log": ("Log", "Záznam (log)", "Záznam (log)", "Rejestr (log)"),
    "decisions": ("Decisions", "Rozhodnutí", "Rozhodnutia", "Decyzje"),
    "none": ("Nothing is on record.", "Nic není zaznamenáno.", "Nič nie je zaznamenané.", "Nic nie zapisano."),
    "asked_at": ("Asked", "Dotaz", "Dopyt", "Zapytano"),
    "campaign": ("Campaign", "Kampaň", "Kampaň", "Kampania"),
    "verdict": ("Verdict", "Výsledek", "Výsledok", "Wynik"),
    "allow": ("allowed", "povoleno", "povolené", "dozwolone"),
    "deny": ("denied", "zamítnuto", "zamietnuté", "odmówiono"),
    "defer": ("not now", "ne nyní", "nie teraz", "nie teraz"),
    "planning": (
        "a question only, no permission to dial",
        "jen dotaz, nikoli povolení volat",
        "len dopyt, nie povolenie volať",
        "tylko zapytanie, nie pozwolenie na połączenie",
    ),
    "basis": ("Basis", "Právní základ", "Právny základ", "Podstawa"),
    "reasons": ("Reasons", "Důvody", "Dôvody", "Przyczyny"),
    "obligations": ("Obligations", "Povinnosti", "Povinnosti", "Obowiązki"),
    "registers": ("Registers", "Seznamy", "Zoznamy", "Rejestry zewnętrzne"),
    "checked": ("checked", "ověřeno", "overené", "sprawdzono"),
    "stale": ("too old", "příliš staré", "príliš staré", "zbyt stare"),
    "unasked": ("not asked about", "na číslo se nikdo neptal", "na číslo sa nikto nepýtal", "nie pytano o numer"),
    "unavailable": ("not available", "není k dispozici", "nie je k dispozícii", "niedostępne"),
    "not_checked": ("not checked", "neověřeno", "neoverené", "nie sprawdzono"),
    "outcome": ("Outcome", "Průběh volání", "Priebeh volania", "Przebieg połączenia"),
    "replay": ("Derived again", "Znovu odvozeno", "Znovu odvodené", "Wyprowadzono ponownie"),
    "equal": ("equal", "shodné", "zhodné", "zgodne"),
    "differs": ("DIFFERS", "LIŠÍ SE", "LÍŠI SA", "RÓŻNI SIĘ"),
    "impossible": ("not possible", "není možné", "nie je možné", "niemożliwe"),
    "proof": ("Proof", "Důkaz", "Dôkaz", "Dowód"),
    "pending": (
        "not integrated in the log's tree yet",
        "dosud nezařazeno do stromu záznamu",
        "zatiaľ nezaradené do stromu záznamu",
        "jeszcze niewłączone do drzewa rejestru",
    ),
    "events": (
        "Consent events and objections",
        "Souhlasy, odvolání a námitky",
        "Súhlasy, odvolania a námietky",
        "Zgody, odwołania i sprzeciwy",
    ),
    "recorded_at": ("Recorded", "Zapsáno", "Zapísané", "Zapisano"),
    "said_at": ("Said", "Projeveno", "Prejavené", "Wyrażono"),
    "what": ("What", "Co", "Čo", "Co"),
    "scope": ("For what", "K čemu", "Na čo", "Do czego"),
    "origin": ("How", "Jak", "Ako", "Jak"),
    "notice": ("Notice", "Poučení", "Poučenie", "Informacja"),
    "evidence": ("Evidence (SHA-256)", "Důkaz (SHA-256)", "Dôkaz (SHA-256)", "Dowód (SHA-256)"),
    "person": ("Person", "Osoba", "Osoba", "Osoba"),
    "rules": (
        "Rules that were asked",
        "Pravidla, která byla použita",
        "Pravidlá, ktoré boli použité",
        "Zastosowane reguły",
    ),
    "citation": ("Legal reference", "Právní předpis", "Právny predpis", "Podstawa prawna"),
    "strength": ("Strength", "Povaha", "Povaha", "Charakter"),
    "in_force": ("In force", "Účinnost", "Účinnosť", "Obowiązuje"),
    "lookups": ("Who read this", "Kdo do toho nahlížel", "Kto do toho nahliadal", "Kto to przeglądał"),
    "verify": (
        "How to verify all this without trusting whoever made it: verify.txt.",
        "Jak vše ověřit bez důvěry v toho, kdo to vytvořil: verify.txt (anglicky).",
        "Ako všetko overiť bez dôvery v toho, kto to vytvoril: verify.txt (anglicky).",
        "Jak wszystko zweryfikować bez zaufania do twórcy: verify.txt (po angielsku).",
    ),
}  # fmt: skip


def words_of(language: Language) -> Mapping[str, str]:
    """Give every word of the page in a language."""
    place = list(Language).index(language)
    return {name: row[place] for name, row in _ROWS.items()}
