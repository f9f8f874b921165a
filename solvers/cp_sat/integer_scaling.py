"""Real numbers as integers, with the error stated: CP-SAT computes in integers only.

Factors are powers of two, so that multiplying by them is exact and only the rounding that follows has an error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray

LongArray = NDArray[np.int64]

COST_STEPS = 2.0**40
"""Integer steps between the cheapest and the dearest assignment: a resolution near 1e-12 of that span."""

COARSE_COST_STEPS = 2.0**30
"""The same where costs share a sum with breaches at a price that outweighs them."""

MOST_STEPS = 2.0**50
"""Largest sum of scaled activities; far enough below 2^63 for sums of them."""


@dataclass(frozen=True)
class IntegerScale:
    """A power of two that turns real numbers into integers.

    Parameters
    ----------
    factor
        Integer steps per unit of the real number, a power of two.
    """

    factor: float

    def down(self, values: FloatArray) -> LongArray:
        """Return the largest integers not above the scaled `values`."""
        return np.floor(np.asarray(values) * self.factor).astype(np.int64)

    def up(self, values: FloatArray) -> LongArray:
        """Return the smallest integers not below the scaled `values`."""
        return np.ceil(np.asarray(values) * self.factor).astype(np.int64)

    def real(self, steps: float) -> float:
        """Return the real number that `steps` integer steps stand for."""
        return steps / self.factor

    def error(self, n_terms: int) -> float:
        """Return a bound on the error of a sum of `n_terms` numbers, each rounded in one direction."""
        return n_terms / self.factor


def cost_scale(span: float, steps: float = COST_STEPS) -> IntegerScale:
    """Return the scale that divides costs, whose sum above the least possible one is at most `span`, in `steps`."""
    return IntegerScale(_power_of_two(steps / span) if span > 0 else 1.0)


def load_scale(total: float, n_terms: int, tolerance: float) -> IntegerScale:
    """Return the scale for loads that are compared with limits up to `tolerance`.

    Rounding `n_terms` activities in one direction then moves a load by no more than `tolerance`, so that no
    assignment inside the limits is lost. Where `total`, the sum of all activities, is too large for that, the scale
    is as fine as integers allow.
    """
    most = MOST_STEPS / total if total > 0 else MOST_STEPS
    wanted = 2.0 * max(n_terms, 1) / tolerance if tolerance > 0 else most
    return IntegerScale(_power_of_two(min(wanted, most)))


def _power_of_two(value: float) -> float:
    """Return the largest power of two that is not above `value`."""
    return float(2.0 ** np.floor(np.log2(value)))
