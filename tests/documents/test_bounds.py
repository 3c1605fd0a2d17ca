"""The table in SECURITY.md names every bound on what a stranger can cause, as the code has it."""

from __future__ import annotations

import pytest

from tests.documents.bounds import SECURITY, Bound, bounds

BOUNDS = list(bounds())


def test_the_table_is_read() -> None:
    assert len(BOUNDS) > 100
    assert len({bound.constant for bound in BOUNDS}) == len(BOUNDS), "a constant is listed twice"


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.constant)
def test_a_bound_has_the_value_in_the_table_and_a_test(bound: Bound) -> None:
    assert bound.current == bound.value, "`python -m tests.documents.bounds` writes the code's values into the table"
    for test in bound.tests:
        assert (SECURITY.parent / test).is_file(), test
