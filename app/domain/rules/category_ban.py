"""`category_ban`: products that may not be offered by telephone at all, or only under named permissions."""

from dataclasses import dataclass

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.permission import NO_TERMS, Accepted, Terms, find_permission, read_terms
from app.domain.rules.rule import Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryBanParams:
    """`categories` are product categories of campaigns; `unless` the permissions that lift the ban."""

    categories: frozenset[str]
    unless: tuple[Accepted, ...] = ()
    terms: Terms = NO_TERMS


def read_category_ban(fields: Fields) -> CategoryBanParams:
    """Read the parameters of a category ban."""
    unless = fields.words("unless", Accepted)
    categories = frozenset(fields.list_of("categories", str))
    if not categories:
        fields.fault("categories is missing")
    if Accepted.NONE_REQUIRED in unless:
        fields.fault("unless: none_required would switch the ban off")
    return CategoryBanParams(categories=categories, unless=unless, terms=read_terms(fields, unless))


def find_category_ban(rule: Rule, params: CategoryBanParams, facts: Facts) -> Finding:
    """Look whether the product is banned; one that is not known may be."""
    if facts.product_category is not None and facts.product_category not in params.categories:
        return Finding(rule=rule, outcome=Outcome.PASS)
    permission = find_permission(params.unless, params.terms, facts)
    if permission is not None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=permission.until)
    outcome = Outcome.UNKNOWN if facts.product_category is None else Outcome.BLOCK
    return Finding(rule=rule, outcome=outcome, reason=Reason.CATEGORY_BANNED)
