"""The sentences of the pages: collected from code and templates, and their translations.

Run as a command (`make translations`) it brings the catalogues up to date: new sentences come in untranslated, which
fails a test, those that are gone leave, and the rest is compiled.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.domain.user import UserLanguage

APP = Path(__file__).parents[2] / "app"
TRANSLATED = [one for one in UserLanguage if one is not UserLanguage.EN]
_METHODS = [
    ("pages/**.py", "python"),
    ("self_service/**.py", "python"),
    ("web/**.py", "python"),
    ("templates/**.html", "jinja2"),
]
_KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def collected() -> Catalog:
    """Collect every sentence that a page may show."""
    catalog = Catalog()
    for _, _, message, _, _ in extract_from_dir(APP, _METHODS, keywords=_KEYWORDS):
        catalog.add(message)
    return catalog


def path_of(language: UserLanguage) -> Path:
    """Say where a language's catalogue is."""
    return APP / "translations" / language.value / "LC_MESSAGES" / "messages.po"


def translated(language: UserLanguage) -> Catalog:
    """Read a language's catalogue."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language.value)


def compiled(catalog: Catalog) -> bytes:
    """Compile a catalogue, which says nothing of when that was."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 11, 1, tzinfo=UTC)
    data = io.BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def written(catalog: Catalog) -> bytes:
    """Write a catalogue as it is kept: sorted, and without anything that changes from one day to the next."""
    data = io.BytesIO()
    write_po(data, catalog, sort_output=True, no_location=True, width=0, omit_header=True, ignore_obsolete=True)
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    head = f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {plural}\\n"\n'
    head += '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    return head.encode() + data.getvalue().strip() + b"\n"


def main() -> None:
    """Bring every catalogue up to date."""
    for language in TRANSLATED:
        catalog = translated(language)
        catalog.update(collected(), no_fuzzy_matching=True)
        path_of(language).write_bytes(written(catalog))
        path_of(language).with_suffix(".mo").write_bytes(compiled(translated(language)))
        missing = [message.id for message in translated(language) if message.id and not any(message.string or ())]
        print(f"{language}: {len(catalog)} sentences, {len(missing)} to translate")


if __name__ == "__main__":
    main()
