"""Read-only arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.arrays import ids, read_only, sum_by


def test_a_read_only_array_cannot_be_written_and_leaves_the_given_one_writable() -> None:
    given_array = np.arange(3.0)
    array = read_only(given_array, np.float64)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 9.0
    given_array[0] = 9.0
    assert array.tolist() == [0.0, 1.0, 2.0]


def test_a_view_does_not_let_the_owner_write_through() -> None:
    whole = np.arange(4.0)
    array = read_only(whole[:2], np.float64)
    whole[0] = 9.0
    assert array.tolist() == [0.0, 1.0]


@given(st.lists(st.text()))
def test_ids_come_back_exactly_as_they_came_in(texts: list[str]) -> None:
    assert ids(texts).tolist() == texts


def test_ids_keep_trailing_zero_characters_and_leading_zeros() -> None:
    assert ids(["007", "a\x00", ""]).tolist() == ["007", "a\x00", ""]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-9, 9))))
def test_sums_by_label_are_the_sums_of_the_entries(entries: list[tuple[int, int]]) -> None:
    label = np.array([label for label, _ in entries], np.int32)
    values = np.array([value for _, value in entries], np.float64)
    expected = [sum(value for label, value in entries if label == wanted) for wanted in range(5)]
    assert sum_by(label, values, 5).tolist() == expected
