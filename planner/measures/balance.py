"""How even the territories are."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray


def deviation(loads: FloatArray, ideal: FloatArray) -> FloatArray:
    """Return ``(load − ideal) / ideal`` as fractions, same shape as `loads`; 0 where both are 0, else inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (loads - ideal) / ideal
    relative = np.where((ideal == 0) & (loads == 0), 0.0, relative)
    return np.where((ideal == 0) & (loads > 0), np.inf, relative)


def band_violation(loads: FloatArray, lower: FloatArray, upper: FloatArray, ideal: FloatArray) -> FloatArray:
    """Return by how much each load leaves its hard limits, as a fraction of its ideal; 0 inside.

    A load counts as inside up to a relative 1e-9, the precision to which sums of floats can be compared.
    """
    slack = 1e-9 * np.abs(ideal)
    outside = np.maximum(lower - slack - loads, loads - upper - slack)
    scale = np.where(ideal > 0, ideal, 1.0)
    return np.where(outside > 0, (outside + slack) / scale, 0.0)


def gini(loads: FloatArray) -> float:
    """Return the Gini coefficient of `loads` in [0, 1): 0 where all are equal."""
    value = np.sort(loads)
    total = value.sum()
    if total <= 0:
        return 0.0
    n = len(value)
    return float((2 * np.arange(1, n + 1) - n - 1) @ value / (n * total))
