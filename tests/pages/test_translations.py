"""Translations: every sentence in every language, with every form of number, and the compiled files are of these."""

import re
from datetime import UTC, datetime

import pytest
from flask_babel import force_locale, ngettext

from app.domain.user import UserLanguage
from app.pages.languages import moment
from tests.gate import Gate
from tests.pages.sentences import TRANSLATED, collected, compiled, path_of, translated, written

PLACE = re.compile(r"%\((\w+)\)[sd]")


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_missing_fuzzy_or_left_over(language: UserLanguage) -> None:
    catalog = translated(language)
    wanted = {message.id for message in collected() if message.id}
    assert len(wanted) > 100
    assert {message.id for message in catalog if message.id} == wanted
    for message in catalog:
        if not message.id:
            continue
        texts = (message.string,) if isinstance(message.string, str) else message.string or ()
        assert not message.fuzzy, message.id
        assert all(text.strip() for text in texts), message.id
        assert len(texts) == (1 if isinstance(message.id, str) else 3), message.id
        source = message.id if isinstance(message.id, str) else message.id[1]
        assert all(set(PLACE.findall(text)) == set(PLACE.findall(source)) for text in texts), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: UserLanguage) -> None:
    catalog = translated(language)
    assert written(catalog) == path_of(language).read_bytes(), "run: make translations"
    assert compiled(catalog) == path_of(language).with_suffix(".mo").read_bytes(), "run: make translations"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("cs", ["1 uživatel", "2 uživatelé", "4 uživatelé", "5 uživatelů", "22 uživatelů", "0 uživatelů"]),
        ("sk", ["1 používateľ", "2 používatelia", "4 používatelia", "5 používateľov", "22 používateľov"]),
        ("pl", ["1 użytkownik", "2 użytkownicy", "4 użytkownicy", "5 użytkowników", "22 użytkownicy"]),
        ("en", ["1 user", "2 users", "4 users", "5 users", "22 users"]),
    ],
)
def test_numbers_have_the_forms_of_the_language(plain_gate: Gate, language: str, forms: list[str]) -> None:
    with plain_gate.app.test_request_context("/"), force_locale(language):
        for form, count in zip(forms, (1, 2, 4, 5, 22, 0), strict=False):
            assert ngettext("%(num)d user", "%(num)d users", count) == form


def test_an_instant_is_told_in_the_zone_and_spelling_of_the_reader(plain_gate: Gate) -> None:
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    for language, text in (("cs", "2. 7. 2026 0:30"), ("en", "2 Jul 2026, 00:30")):
        with plain_gate.app.test_request_context("/", headers={"Accept-Language": language}):
            assert moment(summer) == text
            assert moment(None) == "–"
