"""Enter the number, then the code: the same for every number, whatever is known of it."""

from typing import Any

from babel import Locale
from flask import flash, g, redirect, render_template, request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from phonenumbers import country_code_for_region
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, StringField, TelField

from app.domain.challenge import CHALLENGE_LIFETIME, CODE_DIGITS, Channel, Proof
from app.domain.errors import InvalidInput
from app.domain.phone import ORDINARY_LINES, InvalidNumber, Phone, parse
from app.self_service.access import RECORD, SEE_OTHER, START, Caller, drop_token, keep_token, person_page, unbroken
from app.services.challenges import Asked, ask_code, end_person_session, number_challenged, prove
from app.services.messages import Words
from app.web.fields import NEEDED, ONE_OF_THESE, Fields

_COUNTRY_OF = {"cs": "CZ", "sk": "SK", "pl": "PL"}
_NEAR = ("CZ", "SK", "PL")
_FAR = ("AT", "CA", "DE", "ES", "FR", "GB", "IN", "IT", "US")


class NotReachable(InvalidInput):
    """No code can be sent to such a number."""

    code = "not_reachable"


WORDS = {
    "bad_number": _l("This is not a telephone number. Check the digits and the country."),
    "not_reachable": _l("No code can be sent to such a number. Enter the number that was called."),
    "wrong_code": _l("This code is not right. Look at the message again: the newest one counts."),
}


class PersonFields(Fields):
    """A form of a called person. One that was open for too long is shown again, as it was filled in."""

    words = WORDS

    def is_sent(self) -> bool:
        if g.is_stale:
            self.notice = gettext(
                "Nothing was sent yet, because the page was open for too long. Press the button again."
            )
            return False
        return super().is_sent()


class NumberFields(PersonFields):
    """Whose calls."""

    country = SelectField(_l("Country of the number"), invalid_choice_message=ONE_OF_THESE)
    number = TelField(
        _l("Your telephone number"),
        [NEEDED],
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 40, "data-first": "yes"},
    )
    channel = RadioField(
        _l("How the code comes"),
        choices=[
            SelectChoice(Channel.SMS.value, _l("as a text message")),
            SelectChoice(Channel.CALL.value, _l("in a call that reads it out, for a fixed line too")),
        ],
    )


class CodeFields(PersonFields):
    """The code that was sent."""

    code = StringField(
        _l("Six-digit code"),
        [NEEDED],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12, "data-first": "yes"},
    )


@person_page(START, methods=("GET", "POST"))
def number_page(caller: Caller) -> str | Response | tuple[str, int]:
    """Ask for the number, and send it a code."""
    language = str(get_locale())
    fields = NumberFields(data={"country": _COUNTRY_OF.get(language, "CZ"), "channel": Channel.SMS.value})
    fields.country.choices = _countries(language)
    if not caller.context.calls_persons:
        del fields.channel
    if fields.is_sent():
        try:
            phone = _reachable(fields.number.data, fields.country.data)
        except (InvalidNumber, NotReachable) as wrong:
            fields.refuse(wrong, field="number")
        else:
            asked = Asked(
                number=phone.key,
                network=request.remote_addr or "",
                most_an_hour=caller.context.codes_an_hour,
                wording=_spoken if _chosen(fields) is Channel.CALL else _written,
                pepper=caller.context.api_key_pepper,
            )
            with caller.context.transaction(reach=()) as tx:
                token = ask_code(tx.session, asked=asked, now=tx.now)
            return keep_token(redirect("/who/code", SEE_OTHER), token, lasts=CHALLENGE_LIFETIME)
    return _shown("self_service/number.html", fields)


@person_page("/who/<letter>")
def letter_page(caller: Caller, letter: str) -> Response:
    """Lead from the address in a client's letter to where everybody begins: no such address tells anything."""
    return redirect(START, SEE_OTHER)


@person_page("/who/code", methods=("GET", "POST"))
def code_page(caller: Caller) -> str | Response | tuple[str, int]:
    """Ask for the code."""
    with caller.context.reading(reach=()) as reading:
        number = number_challenged(reading.session, **caller.known, now=reading.now)
    if number is None:
        flash(gettext("Enter your number first. A code is valid for 10 minutes."))
        return redirect(START, SEE_OTHER)
    fields = CodeFields()
    if fields.is_sent():
        code = "".join(fields.code.data.split())
        with caller.context.transaction(reach=()) as tx:
            proof, token = prove(tx.session, **caller.known, code=code, now=tx.now)
        if proof is Proof.RIGHT and token is not None:
            return keep_token(redirect(RECORD, SEE_OTHER), token)
        if proof is Proof.OVER:
            flash(gettext("This code cannot be used any more. Ask for a new one."))
            return drop_token(redirect(START, SEE_OTHER))
        fields.code.errors = [WORDS["wrong_code"]]
        fields.code.data = ""
    told = {"number": unbroken(number), "digits": CODE_DIGITS, "calls": caller.context.calls_persons}
    return _shown("self_service/code.html", fields, **told)


@person_page("/who/end", methods=("POST",))
def end_page(caller: Caller) -> Response:
    """Close the record, here and on the server."""
    with caller.context.transaction(reach=()) as tx:
        end_person_session(tx.session, token=caller.token)
    flash(gettext("Your record is closed."))
    return drop_token(redirect(START, SEE_OTHER))


def _shown(template: str, fields: PersonFields, **more: Any) -> str | tuple[str, int]:
    text = render_template(template, entry=fields, **more)
    return (text, 422) if fields.errors else text


def _reachable(text: str, country: str) -> Phone:
    """Read the number. What kind of line it is stands in the number plan, and says nothing of what is known here."""
    phone = parse(text, region=country)
    if phone.line_type not in ORDINARY_LINES:
        raise NotReachable()
    return phone


def _countries(language: str) -> list[SelectChoice]:
    names = Locale.parse(language).territories
    far = sorted(_FAR, key=lambda country: names[country])
    return [SelectChoice(one, f"{names[one]} (+{country_code_for_region(one)})") for one in (*_NEAR, *far)]


def _chosen(fields: NumberFields) -> Channel:
    return Channel(fields.channel.data) if "channel" in fields else Channel.SMS


def _written(code: str) -> Words:
    """Put a code into words that fit one message: in the languages of marks above letters, without them."""
    words = gettext(
        "%(code)s is the code for your record of calls. Valid for 10 minutes. Tell it to nobody.", code=code
    )
    return Words(text=str(words), language=str(get_locale()))


def _spoken(code: str) -> Words:
    """Put a code into words that are heard: digit by digit, and twice."""
    words = gettext(
        "The code for your record of calls is: %(digits)s. Once more: %(digits)s. Tell it to nobody.",
        digits=", ".join(code),
    )
    return Words(text=str(words), channel=Channel.CALL, language=str(get_locale()))
