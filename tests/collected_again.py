"""A plugin for runs of pytest that collect the same tests again in one process, as mutation does."""

import resource
import sys
from typing import Any

import pytest
from hypothesis import Phase, settings

from app.domain.ruleset import Ruleset

EXAMPLES = 60
"""Examples of a law that a mutant must pass: whoever survives passes them all, and there are thousands of mutants."""
MEMORY = 3 * 1024**3
"""Bytes that a run may take: a mutant whose loop never ends may grow faster than any time limit."""


def pytest_sessionstart() -> None:
    """Bound what a run takes, and forget what is kept: it was made before the mutant was born."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    for name, module in list(sys.modules.items()):
        if name.startswith(("app.domain", "app.policies", "tests.")):
            for value in list(vars(module).values()):
                _forget(value, is_kept=not name.startswith("tests."))


def _forget(value: object, *, is_kept: bool) -> None:
    """Forget what a function was asked before, and a ruleset that a module of tests holds."""
    if isinstance(value, Ruleset):
        for answers in (value.daily, value.gated, value.turning, value.named):
            answers.clear()
    elif is_kept and hasattr(value, "cache_clear"):
        value.cache_clear()


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have the names of rows made anew: pytest escapes what is not ASCII in those it keeps once more each time."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        kept = getattr(mark, "_param_ids_from", None) or mark
        object.__setattr__(kept, "_param_ids_generated", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have a law try few examples, and stop at the first that breaks it instead of looking for the smallest."""
    for item in items:
        test: Any = getattr(item, "obj", None)
        if getattr(test, "is_hypothesis_test", False):
            said = test._hypothesis_internal_use_settings
            few = min(said.max_examples, EXAMPLES)
            found = settings(said, max_examples=few, phases=(Phase.explicit, Phase.generate))
            test._hypothesis_internal_use_settings = found
