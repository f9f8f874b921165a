"""Balanced k-means as it is commonly built on OR-Tools: weight flows to centres at least cost, centres follow.

The flow may split a unit among centres; it goes to the one that gets most of it. Only the nearest centres of a unit
are candidates, and more of them where the flow would not fit, which is what makes it bearable beyond some thousands.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.spatial import cKDTree
from sklearn.cluster import KMeans

ITERATIONS = 10
CANDIDATES = 12
PARTS = 1_000_000
"""Parts into which an average territory's weight is cut where weights are no whole numbers."""
SETTLED_KM = 1.0
"""Centres that move less than this, on average, have settled."""


def cluster(path: Path, *, k: int, seed: int, budget_s: float) -> dict[str, Any]:
    """Start from KMeans, then assign and average in turn until centres settle or `budget_s` are spent.

    The last assignment counts. One that would end after the limit may still be waited for.
    """
    stated = np.load(path)
    km, weight = stated["xy_m"] / 1000, stated["activity"][:, 0]
    began = time.monotonic()
    centre = KMeans(n_clusters=k, n_init=1, random_state=seed).fit(km, sample_weight=weight).cluster_centers_
    mass = _whole(weight, k)
    label = np.zeros(len(km), np.int32)
    done = 0
    for _ in range(ITERATIONS):
        label = _assign(km, mass, centre)
        done += 1
        held = np.maximum(np.bincount(label, weight, k), 1e-300)
        after = np.array([np.bincount(label, weight * axis, k) / held for axis in km.T]).T
        moved = float(np.linalg.norm(after - centre, axis=1).mean())
        centre = after
        if moved < SETTLED_KM or time.monotonic() - began > budget_s:
            break
    return {"label": label, "seconds": time.monotonic() - began, "note": f"{done} rounds"}


def _whole(weight: np.ndarray, k: int) -> np.ndarray:
    if np.array_equal(weight, np.rint(weight)):
        return weight.astype(np.int64)
    return np.rint(weight / weight.sum() * k * PARTS).astype(np.int64)


def _assign(km: np.ndarray, mass: np.ndarray, centre: np.ndarray) -> np.ndarray:
    n, k = len(km), len(centre)
    wanted = np.full(k, mass.sum() // k)
    wanted[: mass.sum() % k] += 1
    count = min(CANDIDATES, k)
    while True:
        distance, near = cKDTree(centre).query(km, k=count)
        distance, near = distance.reshape(n, count), near.reshape(n, count)
        flow = SimpleMinCostFlow()
        unit = np.repeat(np.arange(n), count)
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            unit, n + near.ravel(), np.repeat(mass, count), np.rint(distance.ravel() ** 2).astype(np.int64)
        )
        flow.set_nodes_supplies(np.arange(n + k), np.r_[mass, -wanted])
        if flow.solve() == flow.OPTIMAL:
            carried = flow.flows(arcs).reshape(n, count)
            return near[np.arange(n), carried.argmax(axis=1)].astype(np.int32)
        if count == k:
            raise RuntimeError("the flow does not fit")
        count = min(2 * count, k)
