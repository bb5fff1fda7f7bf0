"""The language, time zone and spelling of a page: the user's own, else the one chosen, else the browser's."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request
from flask_babel import Babel, format_datetime, get_locale, get_timezone
from flask_babel import lazy_gettext as _l

from app.domain.access import Role
from app.domain.user import OWN_NAMES, UserLanguage
from app.pages.people import somebody

COOKIE = "dialgate_language"
_ZONES = {UserLanguage.SK: "Europe/Bratislava", UserLanguage.PL: "Europe/Warsaw"}
ROLE_NAMES = {
    Role.DIALER: _l("Dialer"),
    Role.MANAGER: _l("Campaign manager"),
    Role.COMPLIANCE: _l("Compliance officer"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMIN: _l("Administrator"),
}


def install(app: Flask) -> None:
    """Give the app its translations."""
    Babel(
        app,
        default_locale="en",
        default_timezone="Europe/Prague",
        default_translation_directories="translations",
        locale_selector=language,
        timezone_selector=lambda: _ZONES.get(UserLanguage(language()), "Europe/Prague"),
    )
    app.add_template_filter(moment, "moment")


def language() -> str:
    """Choose the language of this request's answer."""
    if not has_request_context():
        return UserLanguage.EN.value
    visitor = somebody()
    for wanted in (None if visitor is None else visitor.user.language, request.cookies.get(COOKIE)):
        if wanted in set(UserLanguage):
            return str(wanted)
    # an answer to a browser that asks for none of ours is English, which more people read than Czech
    return request.accept_languages.best_match([one.value for one in UserLanguage], UserLanguage.EN.value)


def moment(instant: datetime | None) -> str:
    """Write an instant as the reader's language and zone do, to the minute; a dash where there is none."""
    if instant is None:
        return "–"
    return str(format_datetime(instant, "d. M. yyyy H:mm" if _is_slavic() else "d MMM y, HH:mm"))


def zone() -> ZoneInfo:
    """Give the reader's time zone."""
    return ZoneInfo(str(get_timezone()))


def own_names() -> dict[str, str]:
    """Give the languages by their own names."""
    return {one.value: name for one, name in OWN_NAMES.items()}


def _is_slavic() -> bool:
    locale = get_locale()
    return locale is not None and locale.language != "en"
