"""Rounding keeps sums and stays within one unit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import milp

from planner.quota.rounding import controlled_rounding, fitting_unit, largest_remainder, split_exactly
from planner.quota.table import fit_margins, period_table

UNITS = st.sampled_from([1, 7, 10, 100, 1000, 100_000])


@st.composite
def tables(draw, biggest=10**7):
    """Draw integer margins with the same sum and a table of positive weights."""
    n, p = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    rows = np.array(draw(st.lists(st.integers(0, biggest), min_size=n, max_size=n)), np.int64)
    shares = draw(st.lists(st.integers(0, 50), min_size=p, max_size=p))
    columns = largest_remainder(np.array(shares), int(rows.sum()))
    seed = draw(st.integers(0, 2**32 - 1))
    weights = np.random.default_rng(seed).uniform(0.1, 1, (n, p))
    return weights, rows, columns


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(0, 10**15), UNITS)
def test_largest_remainder_adds_up_in_units(weights, total, unit):
    parts = largest_remainder(weights, total, unit)
    assert int(parts.sum()) == total
    assert (parts >= 0).all()
    assert (parts % unit != 0).sum() <= 1


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40), st.integers(0, 10**9))
def test_largest_remainder_is_within_one_of_each_share(weights, total):
    parts = largest_remainder(weights, total)
    for part, weight in zip(parts.tolist(), weights, strict=True):
        assert abs(Fraction(total * weight, sum(weights)) - part) < 1 + Fraction(1, 10**6)


def test_largest_remainder_without_weights_is_even():
    assert largest_remainder([0, 0, 0], 10).tolist() == [4, 3, 3]


def test_nothing_goes_to_a_weight_of_zero():
    assert largest_remainder([0.0, 1e-9, 5.0], 3)[0] == 0


@given(st.lists(st.fractions(0, 1000), min_size=1, max_size=20))
def test_split_exactly_rounds_each_up_or_down(amounts):
    total = round(sum(amounts))
    parts = split_exactly(amounts, total)
    assert sum(parts) == total
    assert all(abs(part - amount) < 1 for part, amount in zip(parts, amounts, strict=True))


@pytest.mark.parametrize(
    ("total", "cells", "unit", "fits"), [(500, 4, 100, 100), (399, 4, 100, 10), (3, 4, 100, 1), (0, 3, 25, 1)]
)
def test_a_unit_too_big_for_the_amounts_shrinks(total, cells, unit, fits):
    assert fitting_unit(total, cells, unit) == fits


@given(tables(), UNITS)
def test_both_margins_hold_exactly_and_cells_stay_within_one_unit(table, unit):
    weights, rows, columns = table
    values = fit_margins(weights, rows, columns)
    cells, used = controlled_rounding(values, rows, columns, unit)
    assert (cells.sum(1) == rows).all()
    assert (cells.sum(0) == columns).all()
    assert (cells >= 0).all()
    assert np.abs(cells - values).max() <= used * (1 + 1e-6)
    assert used <= unit


@given(tables(biggest=10**4), st.sampled_from([10, 100]))
def test_multiples_where_the_margins_are_multiples(table, unit):
    weights, rows, _ = table
    rows = rows * unit
    columns = largest_remainder(weights.sum(0), int(rows.sum()), unit)
    cells, used = controlled_rounding(fit_margins(weights, rows, columns), rows, columns, unit)
    assert used == unit
    assert not (cells % unit).any()


@given(tables(biggest=10**6))
def test_what_is_beyond_multiples_sits_in_one_row(table):
    weights, rows, _ = table
    rows = (rows + 10**6) // 100 * 100
    rows[0] += 37
    columns = largest_remainder(weights.sum(0), int(rows.sum()))
    cells, used = controlled_rounding(fit_margins(weights, rows, columns), rows, columns, 100)
    assert used == 100
    assert (cells % 100).any(axis=1).nonzero()[0].tolist() == [0]


def test_margins_that_differ_are_refused():
    with pytest.raises(ValueError, match="rows add up to 3, columns to 4"):
        controlled_rounding(np.ones((1, 2)), np.array([3]), np.array([2, 2]))


def test_rows_with_the_same_season_do_not_all_go_up_in_the_same_column():
    values = np.full((5, 5), 0.2) * 3
    cells, _ = controlled_rounding(values, np.full(5, 3), np.full(5, 3))
    assert cells.max() == 1
    assert (cells.sum(0) == 3).all()


def test_every_rounding_is_reached_by_network_flow():
    """A table whose only roundings need units moved across several rows, checked against an integer programme."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        n, p = rng.integers(2, 6, 2)
        whole = rng.integers(0, 3, (n, p))
        loop = np.zeros((n, p))
        for _ in range(4):
            i, j = rng.choice(n, 2, False), rng.choice(p, 2, False)
            loop[np.ix_(i, j)] += rng.choice([0.25, 0.5]) * np.array([[1, -1], [-1, 1]])
        values = whole + loop + 3
        rows, columns = np.rint(values.sum(1)).astype(int), np.rint(values.sum(0)).astype(int)
        cells, _ = controlled_rounding(values, rows, columns)
        margins = np.vstack([np.kron(np.eye(n), np.ones(p)), np.kron(np.ones(n), np.eye(p))])
        up = milp(
            np.zeros(n * p),
            integrality=np.ones(n * p),
            bounds=(np.floor(values).ravel(), np.ceil(values).ravel()),
            constraints=(margins, np.r_[rows, columns], np.r_[rows, columns]),
        )
        assert up.success
        assert ((cells == np.floor(values)) | (cells == np.ceil(values))).all()


@given(tables())
def test_periods_that_follow_from_the_rows(table):
    weights, rows, _ = table
    cells, columns, unit = period_table(weights, rows, None, 100)
    assert (cells.sum(1) == rows).all()
    assert (cells.sum(0) == columns).all()
    shares = weights / weights.sum(1, keepdims=True)
    assert np.abs(columns - rows @ shares).max() <= 2 * unit
    assert np.abs(cells - rows[:, None] * shares).max() <= 4 * unit + 1e-6 * rows.max(initial=1)


def test_periods_are_as_near_as_the_unit_that_cells_need():
    rows = np.array([6, 6, 8, 523, 1364])
    weights = np.random.default_rng(625).uniform(0.1, 1, (5, 6))
    _, columns, unit = period_table(weights, rows, None, 100)
    wanted = rows @ (weights / weights.sum(1, keepdims=True))
    assert unit < 100
    assert np.abs(columns - wanted).max() <= 2 * unit


def test_a_row_without_season_follows_the_others():
    cells, _, _ = period_table(np.array([[3.0, 1.0], [0.0, 0.0]]), np.array([400, 400]))
    assert cells.tolist() == [[300, 100], [300, 100]]


def test_fitting_margins_against_zeros_still_meets_them():
    weights = np.array([[1.0, 0.0], [1.0, 0.0]])
    table = fit_margins(weights, np.array([10, 10]), np.array([5, 15]))
    assert table.sum(0) == pytest.approx([5, 15])
    assert table.sum(1) == pytest.approx([10, 10])


def test_amounts_of_ten_trillion_tie_out():
    rng = np.random.default_rng(3)
    rows = rng.integers(1, 10**13, 100)
    weights = rng.uniform(0.5, 1, (100, 12))
    cells, columns, _ = period_table(weights, rows, None, 1)
    assert (cells.sum(1) == rows).all()
    assert (cells.sum(0) == columns).all()
