"""Balanced starts by cutting the plane in two, again and again, so that both sides get their share of every measure.

By the ham-sandwich theorem two measures in the plane can be halved by one straight line; with unequal shares or more
measures a line that nearly does it is found in practice. Cells are convex and balanced on all measures at once,
which is what clustering around centres cannot promise where the mix of measures differs from place to place.
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.model import SearchModel

ANGLES = 24
"""Directions tried for each cut."""
SAMPLE = 4_000
"""Units that stand for all when directions are compared."""
MISMATCH_PRICE = 4.0
"""Weight of unequal shares of the measures against the moment of inertia of the two sides, both relative."""


def bisect(model: SearchModel, random: np.random.Generator) -> IntArray:
    """Cut the units into one part per territory.

    Every cut gives both sides their share of the mean of the limited measures; its direction is the one, among
    randomly turned candidates, with the least mismatch of the single measures and the most compact sides.

    Returns
    -------
    Part of each unit, shape ``(n_units,)``, in ``[0, n_territories)``; parts may be empty where there are fewer
    units than territories.
    """
    measures = np.c_[model.activity, model.weight] if not model.activity.shape[1] else model.activity
    scaled = measures / np.maximum(measures.sum(axis=0), 1e-300)
    label = np.zeros(model.n_units, np.int32)
    open_parts = [(np.arange(model.n_units), 0, model.n_territories)]
    while open_parts:
        unit, first, parts = open_parts.pop()
        label[unit] = first
        if parts == 1 or len(unit) < 2:
            continue
        left = parts // 2
        direction = _direction(model.xy[unit], scaled[unit], left / parts, random)
        order = np.argsort(model.xy[unit] @ direction, kind="stable")
        cut = _cut(scaled[unit][order], left / parts)
        open_parts.append((unit[order[:cut]], first, left))
        open_parts.append((unit[order[cut:]], first + left, parts - left))
    return label


def _cut(measures: FloatArray, share: float) -> int:
    """Return how many of the ordered units hold `share` of the mean of the measures; at least one on each side."""
    whole = measures.sum(axis=0)
    mean = (measures / np.where(whole > 0, whole, 1.0)).mean(axis=1)
    if mean.sum() <= 0:
        return max(1, min(len(mean) - 1, round(len(mean) * share)))
    cut = int(np.searchsorted(np.cumsum(mean), share * mean.sum()))
    return max(1, min(len(mean) - 1, cut))


def _direction(xy: FloatArray, measures: FloatArray, share: float, random: np.random.Generator) -> FloatArray:
    """Return the unit vector across which to cut."""
    if len(xy) > SAMPLE:
        pick = random.choice(len(xy), SAMPLE, replace=False)
        xy, measures = xy[pick], measures[pick]
    angles = (np.arange(ANGLES) + random.random()) * np.pi / ANGLES
    worth = [_worth(xy, measures, share, angle) for angle in angles]
    best = int(np.argmin(worth))
    step = np.pi / ANGLES
    angle = angles[best]
    # Golden-section-like refinement around the best direction: the mismatch crosses zero somewhere near.
    for _ in range(5):
        step /= 2
        around = [angle - step, angle, angle + step]
        angle = around[int(np.argmin([_worth(xy, measures, share, a) for a in around]))]
    return np.array([np.cos(angle), np.sin(angle)])


def _worth(xy: FloatArray, measures: FloatArray, share: float, angle: float) -> float:
    order = np.argsort(xy @ np.array([np.cos(angle), np.sin(angle)]), kind="stable")
    ordered = measures[order]
    cut = _cut(ordered, share)
    whole = ordered.sum(axis=0)
    held = ordered[:cut].sum(axis=0) / np.where(whole > 0, whole, 1.0)
    mismatch = np.abs(held[whole > 0] - share).max(initial=0.0) / min(share, 1 - share)
    place, by = xy[order], ordered.sum(axis=1) + 1e-12
    total = _inertia(place, by)
    sides = _inertia(place[:cut], by[:cut]) + _inertia(place[cut:], by[cut:])
    return float(MISMATCH_PRICE * mismatch + sides / max(total, 1e-300))


def _inertia(place: FloatArray, by: FloatArray) -> float:
    return float(by @ ((place - by @ place / by.sum()) ** 2).sum(axis=1))
