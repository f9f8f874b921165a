"""How much changes hands."""

from __future__ import annotations

import numpy as np

from planner.alignment import NOBODY
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by

EXPECTED_LOSS = 0.15
"""Share of a customer's annual sales lost after a change of rep (13.2-17.6 %, Journal of Marketing 2017)."""


def gained_and_lost(
    activity: FloatArray, current: IntArray, territory: IntArray, n_territories: int
) -> tuple[FloatArray, FloatArray]:
    """Return what each territory gains and loses, two arrays of shape ``(n_territories, n_measures)``.

    `activity` has shape ``(n_entities, n_measures)``. What nobody owned before is gained by someone and lost by
    nobody; it does not count as moved.
    """
    changed = territory != current
    gains, losses = changed & (territory >= 0), changed & (current >= 0)

    def total(of: IntArray, rows: MaskArray) -> FloatArray:
        columns = [sum_by(of[rows], column[rows], n_territories) for column in activity.T]
        return np.array(columns).reshape(activity.shape[1], n_territories).T

    return total(territory, gains), total(current, losses)


def moved(current: IntArray, territory: IntArray) -> MaskArray:
    """Return which entities had an owner and get another one, shape ``(n_entities,)``."""
    changed: MaskArray = (current != NOBODY) & (territory >= 0) & (territory != current)
    return changed
