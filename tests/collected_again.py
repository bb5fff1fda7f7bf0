"""A plugin for runs of pytest that collect the same tests again in one process, as mutation does."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have the names of rows made anew: pytest escapes what is not ASCII in those it keeps once more each time."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        kept = getattr(mark, "_param_ids_from", None) or mark
        object.__setattr__(kept, "_param_ids_generated", None)
