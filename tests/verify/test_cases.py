"""The decision cases of the policies, decided by the verifier: as the application does."""

import pytest

from app.policies.load import shipped
from tests.policies.case_table import Row, read_case, rows
from tests.verify.test_derivation import assert_same

STRIDE = 8


def slice_of(all_rows: tuple[Row, ...]) -> list[Row]:
    """Take every eighth row, and every row in which a relationship meets a register."""
    return [
        row
        for number, row in enumerate(all_rows)
        if number % STRIDE == 0 or ("register=" in row.text and "relationship=" in row.text)
    ]


@pytest.mark.parametrize("row", slice_of(tuple(rows())), ids=str)
def test_a_case_is_derived_as_it_was_decided(row: Row) -> None:
    assert_same(read_case(row).facts, shipped())
