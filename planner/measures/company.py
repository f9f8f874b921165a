"""Which units share a territory with whom, and whether they may: pairs kept apart, groups kept together, regions."""

from __future__ import annotations

import numpy as np

from planner.arrays import IntArray, MaskArray


def sharing(pairs: IntArray, territory: IntArray) -> MaskArray:
    """Return which pairs of units share a territory, shape ``(n_pairs,)``.

    Parameters
    ----------
    pairs
        Positions of two units each, shape ``(n_pairs, 2)``.
    territory
        Territory of each unit, shape ``(n_units,)``; what has a negative one shares none.
    """
    one, other = territory[pairs[:, 0]], territory[pairs[:, 1]]
    return np.asarray((one == other) & (one >= 0), dtype=bool)


def torn(group: IntArray, territory: IntArray) -> IntArray:
    """Return the groups that lie in several territories, ascending.

    Parameters
    ----------
    group
        Group of each unit, shape ``(n_units,)``; −1 for none.
    territory
        Territory of each unit; what has a negative one is left out.
    """
    placed = (group >= 0) & (territory >= 0)
    pairs = np.unique(np.c_[group[placed], territory[placed]], axis=0)
    found, count = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(found[count > 1], dtype=np.int32)


def strayed(region_of_unit: IntArray, region_of_territory: IntArray, territory: IntArray) -> MaskArray:
    """Return which units lie in a territory that is not of their region, shape ``(n_units,)``.

    Units without a region (−1) may lie anywhere; units with a negative `territory` lie nowhere.
    """
    bound = (region_of_unit >= 0) & (territory >= 0)
    away = np.zeros(len(territory), bool)
    away[bound] = region_of_territory[territory[bound]] != region_of_unit[bound]
    return away
