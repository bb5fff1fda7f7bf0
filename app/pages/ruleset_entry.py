"""Proposing rules: files are sent or pasted, checked, compared in words with what is in force, and then proposed."""

import re
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import MultipleFileField, RadioField, StringField

from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import InvalidInput, Trouble
from app.domain.rules.kinds import BadRule
from app.domain.ruleset import Ruleset
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, Entry, choices
from app.pages.ruleset_words import told_changes
from app.pages.sending import sent_once
from app.policies.load import read_files, read_over
from app.services.ruleset_proposals import AlreadyInForce, AlreadyProposed, propose_ruleset
from app.services.rulesets import NoRuleset, active_digest, ruleset_of

NAME = re.compile(r"[a-z0-9_-]{1,40}\.toml")
PASTED = "pasted.toml"
MOST = 400_000
"""Characters of all files together."""
HOLDS = {
    "over": _l("the rules of these countries: those of all others stay as they are in force"),
    "all": _l("all the rules: what is not in the files is removed"),
}


class NoRules(InvalidInput):
    """There is no rule file in the form."""

    code = "no_rules"


class BadRuleFile(InvalidInput):
    """A rule file is UTF-8 text, is not huge, and has a name like `cz.toml`."""

    code = "bad_rule_file"


class ProposalEntry(Entry):
    """Rule files, and why they are proposed."""

    reason = StringField(
        _l("Why"),
        [NEEDED],
        description=_l("It stands over the proposal, and in the log."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    file = MultipleFileField(
        _l("Rule files"),
        description=_l("One or several, as in cz.toml. They are checked first; nothing is proposed by sending them."),
        render_kw={"accept": ".toml"},
    )
    holds = RadioField(_l("The files hold"), choices=choices(HOLDS, HOLDS), default="over")


@page("/rulesets/new", to=Scope.RULES_WRITE, methods=("GET", "POST"), takes_file=True)
def propose_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Check rule files, say what they would change, and propose what was seen."""
    visit.actor.require_all_controllers()
    entry = ProposalEntry()
    texts: Mapping[str, str] = {}
    shown: dict[str, Any] = {"faults": (), "changes": None, "digest": ""}
    if entry.is_sent():
        try:
            texts = _texts()
            with visit.context.reading() as reading:
                base = ruleset_of(reading.session, digest=_in_force(active_digest(reading.session, now=reading.now)))
            read = read_over(texts, base=base) if entry.holds.data == "over" else read_files(texts)
            if request.form.get("seen") == read.digest and request.form.get("act") == "propose":
                return _proposed(visit, read, entry.reason.data)
            shown |= {"changes": told_changes(base, read), "digest": read.digest}
        except BadRule as wrong:
            shown["faults"] = _faults(wrong)
            entry.refuse(wrong, field="file", words=gettext("The rules cannot be taken. What is wrong stands below."))
        except Trouble as wrong:
            if wrong.code not in _WORDS:
                raise
            entry.refuse(wrong, field="file", words=_WORDS[wrong.code])
    elif request.method == "POST":
        texts = _pasted()
    text = render_template("ruleset_new.html", entry=entry, texts=texts, pasted=PASTED, **shown)
    return (text, 422) if entry.errors else text


def _proposed(visit: Visit, ruleset: Ruleset, reason: str) -> Response:
    def propose(tx: Transaction) -> str:
        row = propose_ruleset(tx.session, ruleset=ruleset, reason=reason, actor=visit.actor, now=tx.now)
        return f"/rulesets/{row['id']}"

    answer = sent_once(visit, propose)
    flash(gettext("It is proposed. Nothing changes until a second person approves it."))
    return answer


def _in_force(digest: str | None) -> str:
    if digest is None:
        raise NoRuleset()
    return digest


def _texts() -> Mapping[str, str]:
    """Give the rule files of the form by name: what was sent as a file takes the place of what stood in the form.

    :raises NoRules, BadRuleFile: when there is none, or one that is none.
    """
    found = dict(_pasted())
    for file in request.files.getlist("file"):
        if file.filename:
            try:
                found[file.filename.lower()] = file.stream.read(MOST + 1).decode()
            except UnicodeDecodeError:
                raise BadRuleFile() from None
    if not found:
        raise NoRules()
    if any(NAME.fullmatch(name) is None for name in found) or sum(map(len, found.values())) > MOST:
        raise BadRuleFile()
    return found


def _pasted() -> Mapping[str, str]:
    """Give what stands in the form itself, by name."""
    names, texts = request.form.getlist("name"), request.form.getlist("text")
    return {name.strip().lower() or PASTED: text for name, text in zip(names, texts, strict=False) if text.strip()}


def _faults(wrong: BadRule) -> list[str]:
    return [line for fault in wrong.faults for line in fault.splitlines() if line.strip()]


_WORDS: Mapping[str, Any] = {
    NoRules.code: _l("Choose a rule file, or paste one."),
    BadRuleFile.code: _l(
        "A rule file is UTF-8 text with a name like cz.toml; all together at most 400,000 characters."
    ),
    AlreadyInForce.code: _l("These very rules are in force, and nothing else is scheduled."),
    AlreadyProposed.code: _l("These very rules wait for a second person already."),
    "malformed_field": _l("This does not have the form it must have."),
}
