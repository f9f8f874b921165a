"""Worlds of accounts whose sales walk at random: the truth about errors of expectations is known."""

import numpy as np

from planner.quota.known import Known


def world(seed, *, n_territories=40, n_years=8, shock=0.04, account=0.25, wild=0.0):
    """Simulate accounts whose sales walk at random, a few of them wildly, under a common yearly shock.

    Returns
    -------
    What is known before the last year, and what each territory sold in it.
    """
    rng = np.random.default_rng(seed)
    counts = rng.integers(3, 60, n_territories)
    territory = np.repeat(np.arange(n_territories), counts).astype(np.int32)
    n = len(territory)
    steps = rng.normal(0, account, (n, n_years))
    steps[rng.random((n, n_years)) < wild] *= 4
    steps += rng.normal(0.03, shock, n_years)
    sold = np.exp(rng.normal(12, 1, (n, 1)) + np.cumsum(steps, 1)).astype(np.int64)
    years = tuple(str(2015 + y) for y in range(n_years))
    known = Known(2015 + n_years - 1, years[:-1], sold[:, :-1], territory, n_territories)
    return known, np.bincount(territory, sold[:, -1], n_territories)
