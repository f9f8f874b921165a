"""Few units that stand for many, spread evenly over the map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from solvers.model import SearchModel

BITS = 16
"""Bits of each coordinate on the curve that visits all places."""


def along_a_curve(xy: FloatArray) -> NDArray[np.intp]:
    """Return positions in an order in which neighbours on the map are mostly close (Morton 1966).

    Shape ``(len(xy),)``.
    """
    low = xy.min(axis=0)
    size = max(float((xy.max(axis=0) - low).max()), 1e-300)
    cell = ((xy - low) / size * ((1 << BITS) - 1)).astype(np.uint64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cell = (cell | (cell << np.uint64(shift))) & np.uint64(mask)
    return np.argsort(cell[:, 0] | (cell[:, 1] << np.uint64(1)), kind="stable")


def spread_sample(
    model: SearchModel, count: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], FloatArray]:
    """Draw about `count` units that stand for all, and how many units' worth each stands for.

    Busy units are more likely. The draw is systematic along a curve over the map, so that every area gets its share:
    its noise is far below that of independent draws.
    """
    n = model.n_units
    if count >= n:
        return np.arange(n), np.ones(n)
    chance = model.activity.mean(axis=1) if model.activity.shape[1] else np.zeros(n)
    chance = chance + model.weight + 1e-12
    order = along_a_curve(model.xy)
    share = chance[order] * (count / chance.sum())
    ticks = np.floor(np.cumsum(share) + random.random()).astype(np.int64)
    times = np.diff(ticks, prepend=0)
    taken = np.flatnonzero(times)
    pick = order[taken]
    back = np.argsort(pick)
    return pick[back], (times[taken] / share[taken])[back]
