"""Tables that are fitted together come out as those that are fitted alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.table import fit_margins, fit_tables


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 6))
def test_tables_fitted_together_are_those_fitted_alone(seed, n_tables, width):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, n_tables)
    whole = rng.integers(0, 10_000, (int(sizes.sum()), width))
    weights = rng.uniform(0.1, 3.0, whole.shape)
    first = np.cumsum([0, *sizes[:-1]])
    parts = np.split(whole, first[1:])
    columns = np.array([part.sum(0) for part in parts])
    values, met = fit_tables(weights, whole.sum(1), columns, first, 200)
    assert met.all()
    for table, weight, part in zip(
        np.split(values, first[1:]), np.split(weights, first[1:]), parts, strict=True
    ):
        alone = fit_margins(weight, part.sum(1), part.sum(0))
        np.testing.assert_allclose(table, alone, rtol=1e-6, atol=1e-6 * max(1, part.sum()))


def test_zeros_that_leave_no_table_are_told_and_spare_the_others():
    weights = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    columns = np.array([[5, 5], [6, 4]])
    values, met = fit_tables(weights, np.array([5, 5, 5, 5]), columns, np.array([0, 2]), 50)
    assert met.tolist() == [False, True]
    np.testing.assert_allclose(values[2:].sum(0), [6, 4])
