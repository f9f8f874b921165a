"""Tiers of accounts by clustering: groups of like size, found in the data instead of stated."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from planner.arrays import FloatArray, IntArray

STARTS = 10


def by_clusters(value: FloatArray, n_tiers: int, seed: int = 0) -> IntArray:
    """Return the tier of each account: one of `n_tiers` groups of like value, the largest first.

    k-means on ``log(1 + value)``: what counts is how many times larger one account is than another, not by how much.

    Parameters
    ----------
    value
        What tiers follow, shape ``(n_accounts,)``, ≥ 0; NaN where unknown.
    n_tiers
        Number of groups wanted; fewer come back where fewer values differ.
    seed
        Random seed.

    Returns
    -------
    Positions of tiers, shape ``(n_accounts,)``; −1 where the value is unknown.
    """
    tier = np.full(len(value), -1, np.int32)
    known = np.flatnonzero(np.isfinite(value))
    size = np.log1p(np.maximum(value[known], 0.0))
    n_groups = min(n_tiers, len(np.unique(size)))
    if n_groups == 0:
        return tier
    with threadpool_limits(1):
        found = KMeans(n_groups, n_init=STARTS, random_state=seed).fit(size[:, None])
    rank = np.argsort(np.argsort(-found.cluster_centers_[:, 0], kind="stable"), kind="stable")
    tier[known] = rank[found.labels_]
    return tier
