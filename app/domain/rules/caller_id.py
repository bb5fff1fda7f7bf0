"""`caller_id`: the number shown to the person called: whether one is, and from which range."""

import re
from dataclasses import dataclass

from app.domain.facts import PREFIX_DIGITS, Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.permission import NO_TERMS, Accepted, Terms, find_permission, read_terms
from app.domain.rules.rule import Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdParams:
    """Prefixes are E.164, `+421888`. `unless` are permissions under which the prefix does not matter; a number must be
    shown all the same where `must_present` says so.
    """

    must_present: bool = False
    require_prefix: tuple[str, ...] = ()
    forbid_prefix: tuple[str, ...] = ()
    unless: tuple[Accepted, ...] = ()
    terms: Terms = NO_TERMS


def read_caller_id(fields: Fields) -> CallerIdParams:
    """Read the parameters of a caller-ID rule."""
    unless = fields.words("unless", Accepted)
    params = CallerIdParams(
        must_present=fields.flag("must_present"),
        require_prefix=tuple(fields.list_of("require_prefix", str)),
        forbid_prefix=tuple(fields.list_of("forbid_prefix", str)),
        unless=unless,
        terms=read_terms(fields, unless),
    )
    for prefix in params.require_prefix + params.forbid_prefix:
        if re.fullmatch(rf"\+[1-9][0-9]{{0,{PREFIX_DIGITS - 1}}}", prefix) is None:
            fields.fault(f"{prefix!r} is no prefix of + and 1 to {PREFIX_DIGITS} digits")
    if Accepted.NONE_REQUIRED in unless:
        fields.fault("unless: none_required would switch the rule off")
    if not (params.must_present or params.require_prefix or params.forbid_prefix):
        fields.fault("must_present, require_prefix or forbid_prefix must be there")
    return params


def find_caller_id(rule: Rule, params: CallerIdParams, facts: Facts) -> Finding:
    """Look at the number that is shown."""
    shown = facts.caller_prefix
    if shown is None and params.must_present:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.CLI_MISSING)
    if not (params.require_prefix or params.forbid_prefix):
        return Finding(rule=rule, outcome=Outcome.PASS)
    permission = find_permission(params.unless, params.terms, facts)
    if permission is not None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=permission.until)
    if shown is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.CLI_MISSING)
    if shown.startswith(params.forbid_prefix):
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.CLI_PREFIX_BANNED)
    if params.require_prefix and not shown.startswith(params.require_prefix):
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.CLI_PREFIX_REQUIRED)
    return Finding(rule=rule, outcome=Outcome.PASS)
