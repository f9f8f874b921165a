"""Plans to choose from: what each is on balance, travel and disruption, and which few of many are worth showing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planner.alignment import Alignment
from planner.arrays import FloatArray, MaskArray
from planner.objective import Compactness
from planner.problem import AlignmentProblem
from planner.scorecard import Scorecard
from planner.solving import SolveResult

MOST, FEWEST = 7, 5
"""Plans that are shown at most, and that are looked for at least."""

SAME = 1e-3
"""Difference on an axis, as a share of its spread, up to which two plans are equally good on it."""

TRAVEL = {
    Compactness.INERTIA: ("typical distance (root mean square)", "km"),
    Compactness.DISTANCE: ("mean distance", "km"),
    Compactness.HOURS: ("mean travel time", "h"),
    Compactness.DIAMETER: ("largest diameter", "km"),
}
"""What travel means under each objective, and its unit: it falls where compactness does."""


class Axes(NamedTuple):
    """One plan on the three axes; less is better on each.

    Parameters
    ----------
    balance
        Largest deviation of any territory in a balanced measure (in any measure where none is), a fraction.
    travel
        What `TRAVEL` says, in km or hours.
    disruption
        Share of the first balanced measure that changes hands, a fraction.
    """

    balance: float
    travel: float
    disruption: float


@dataclass(frozen=True, eq=False)
class Proposal:
    """One plan among several.

    Parameters
    ----------
    name
        What it is best at, in two or three words.
    how
        How it was found: what was asked for besides the rules.
    axes
        Where it is on the three axes.
    result
        Alignment, status and report, judged by the problem that was asked about.
    card
        Its scorecard.
    """

    name: str
    how: str
    axes: Axes
    result: SolveResult
    card: Scorecard

    @property
    def alignment(self) -> Alignment:
        """Who gets what."""
        assert self.result.alignment is not None
        return self.result.alignment


def axes(problem: AlignmentProblem, card: Scorecard) -> Axes:
    """Return where a plan is on the three axes."""
    balanced = problem.limited if len(problem.limited) else np.arange(len(problem.measures))
    worst = float(card.worst_deviation[balanced].max(initial=0.0))
    moved = float(card.moved_share[balanced[0]]) if len(balanced) else 0.0
    return Axes(worst, travel(problem, card.compactness_cost), moved)


def travel(problem: AlignmentProblem, compactness_cost: float) -> float:
    """Return what a compactness cost means for a typical account, as `TRAVEL` says."""
    kind, mass = problem.objective.compactness, float(problem.objective.weight.sum())
    if kind is Compactness.DIAMETER:
        return compactness_cost / 1000.0
    mean = compactness_cost / mass if mass > 0 else 0.0
    if kind is Compactness.INERTIA:
        return float(np.sqrt(max(mean, 0.0))) / 1000.0
    return mean if kind is Compactness.HOURS else mean / 1000.0


def non_dominated(points: FloatArray) -> MaskArray:
    """Return which plans no other dominates: none is as good on every axis and better on one.

    Parameters
    ----------
    points
        One row per plan, less is better, shape ``(n_plans, n_axes)``. Of equal plans the first one stays.
    """
    slack = SAME * np.ptp(points, axis=0) if len(points) else np.zeros(points.shape[1])
    kept = np.ones(len(points), bool)
    for p, point in enumerate(points):
        no_worse = (points <= point + slack).all(axis=1)
        better = (points < point - slack).any(axis=1)
        equal = no_worse & ~better & (np.arange(len(points)) < p)
        kept[p] = not ((no_worse & better) | (equal & kept)).any()
    return kept


def choose(points: FloatArray, most: int = MOST) -> list[int]:
    """Return positions of at most `most` plans that show what can be had, the most even compromise first.

    Those that none dominates: the compromise nearest to the best on all axes, the best on each axis, then whichever is
    farthest from those chosen.

    Parameters
    ----------
    points
        One row per plan, less is better, shape ``(n_plans, n_axes)``.
    most
        How many.
    """
    front = np.flatnonzero(non_dominated(points))
    if not len(front):
        return []
    held = points[front]
    spread = np.ptp(held, axis=0)
    scaled = (held - held.min(axis=0)) / np.where(spread > 0, spread, 1.0)
    order = [int((scaled**2).sum(axis=1).argmin())]
    order += [int(np.lexsort((scaled.sum(axis=1), scaled[:, a]))[0]) for a in range(points.shape[1])]
    order = list(dict.fromkeys(order))
    while len(order) < min(most, len(front)):
        away = ((scaled[:, None] - scaled[order]) ** 2).sum(axis=2).min(axis=1)
        away[order] = -1.0
        order.append(int(away.argmax()))
    return [int(front[position]) for position in order[:most]]


def names(points: FloatArray) -> list[str]:
    """Return what each of the chosen plans is best at; `points` in the order of `choose`."""
    said = [""] * len(points)
    if not len(points):
        return said
    for axis, words in enumerate(("most even", "least travel", "fewest changes")):
        best = int(points[:, axis].argmin())
        said[best] = f"{said[best]}, {words}" if said[best] else words
    said[0] = said[0] or "even compromise"
    number = 0
    for position, words in enumerate(said):
        if not words:
            number += 1
            said[position] = f"in between {number}"
    return said
