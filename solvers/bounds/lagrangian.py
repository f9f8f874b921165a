r"""A lower bound for problems with candidate centres: the Lagrangian of "every unit belongs to one territory".

With a multiplier :math:`\alpha_i` for every unit,

.. math::

    D(\alpha) = \sum_i \alpha_i + \min_{|S| = k} \sum_{u \in S} F_u(\alpha), \qquad
    F_u(\alpha) = \min_{x} \sum_i (c_{iu} - \alpha_i) x_i \quad\text{s.t.}\quad L_u \le \sum_i a_i x_i \le U_u

is a lower bound on every plan, contiguous or not (Geoffrion 1974, https://doi.org/10.1007/BFb0120690; for territories
Validi, Buchanan, Lykhovyd 2022, https://doi.org/10.1287/opre.2021.2141). With divisible units its best value is that of
the linear relaxation. Where units are heavy that is weak, and the contents :math:`F_u` are looked for with heavy
units whole or out, which no linear relaxation of the model does.

The multipliers rise by a bundle method, at first on a few that the others follow by interpolation, which brings most
of the way in few evaluations where territories have many units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.bounds.bundle import ascend
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.content import all_contents

UNITS_PER_TERRITORY_COARSE = 30
"""From this many on multipliers are first found for a few units."""
COARSE = ((30, 100), (120, 150))
"""Multipliers, and evaluations spent on them, of the coarse steps."""
LIGHT = 0.02
"""Share of a territory's upper limit up to which a unit counts as divisible at first."""
FEW_CASES, MANY_CASES = 200, 3_000
"""Cases of whole units looked at per content, at first and at last."""
WHOLENESS = ((np.inf, 1, 0.5), (LIGHT, FEW_CASES, 0.6), (0.0, MANY_CASES, 1.0))
"""Per stage: load over the upper limit up to which units are divisible, cases, and part of the evaluations left."""
WORTH = 1e-5
"""Relative gain of whole units over divisible ones below which they are not pursued."""


@dataclass(frozen=True, eq=False)
class LagrangianBound:
    """A lower bound and the multipliers that prove it.

    Parameters
    ----------
    value
        Lower bound on the cost of every plan; inf where there is none within the limits.
    alpha
        Multiplier of each unit, shape ``(n_units,)``.
    price
        Prices of the further measures at each candidate, shape ``(n_candidates, n_measures − 1)``.
    content
        Least reduced cost of each candidate's territory, or a lower bound on it, shape ``(n_candidates,)``.
    chosen
        Candidates whose contents make up the value, −1 where fewer than `k` pay, shape ``(k,)``.
    iterations
        Evaluations of the Lagrangian.
    """

    value: float
    alpha: FloatArray
    price: FloatArray
    content: FloatArray
    chosen: IntArray
    iterations: int


def least_beside(value: float, content: FloatArray, chosen: IntArray, k: int) -> FloatArray:
    """Return what all else costs at least where a candidate is opened, shape ``(n_candidates,)``.

    Parameters
    ----------
    value, content, chosen
        A lower bound on every plan, the contents' lower bounds, and the candidates whose contents make up the value.
    k
        Number of centres; where fewer are chosen, another one may be opened beside them all.
    """
    rest = np.full(len(content), value)
    if not np.isfinite(value):
        return rest
    rest[chosen] -= content[chosen]
    if len(chosen) == k:
        other = np.ones(len(content), bool)
        other[chosen] = False
        rest[other] -= content[chosen].max()
    return rest


class Lagrangian:
    """The Lagrangian of one problem, as a function of multipliers and prices in one vector.

    Parameters
    ----------
    problem
        What is bounded.

    Attributes
    ----------
    scale
        Natural size of a change of each variable, shape ``(n_variables,)``.
    light, most
        How whole the units are in contents: see `solvers.bounds.branching.branched`.
    """

    def __init__(self, problem: CentreProblem) -> None:
        self.problem = problem
        n, p = problem.n_units, problem.n_candidates
        self._load = np.ascontiguousarray(problem.activity[:, 0])
        self._shape = (p, problem.activity.shape[1] - 1)
        unit_scale = _unit_scale(problem)
        self._per_scale = 1.0 / unit_scale
        order = np.argsort(problem.cost * self._per_scale, axis=1, kind="stable")
        self._near = order.astype(np.int32)
        per_activity = np.zeros(self._shape)
        if self._shape[1]:
            whole = np.maximum(problem.activity[:, 1:].sum(axis=0), 1e-300)
            per_activity[:] = unit_scale.sum() / whole
        self.scale: FloatArray = np.r_[unit_scale, per_activity.ravel()]
        self.content: FloatArray = np.empty(p)
        self.chosen: IntArray = np.empty(problem.k, np.int32)
        self.n_units = n
        self.light, self.most = np.inf, 1

    def __call__(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return value and slope; fills `content` and `chosen`."""
        problem = self.problem
        alpha, price = self.split(point)
        slope, price_slope = np.empty(self.n_units), np.empty(self._shape)
        value: float = all_contents(
            problem.cost, self._near, self._per_scale, alpha, self._load, problem.activity, problem.lower,
            problem.upper, price, problem.member, problem.k, problem.exactly, self.light, self.most,
            self.content, self.chosen, slope, price_slope,
        )  # fmt: skip
        return value, np.r_[slope, price_slope.ravel()]

    def with_wholeness(self, stage: tuple[float, int, float]) -> Lagrangian:
        """Return itself with the share of the upper limit that is divisible, and the cases, of a stage."""
        light, cases, _ = stage
        self.light = light * float(self.problem.upper[:, 0].max()) if light else 0.0
        self.most = cases
        return self

    def split(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return multipliers and prices."""
        return point[: self.n_units], np.ascontiguousarray(point[self.n_units :]).reshape(self._shape)


def _unit_scale(problem: CentreProblem) -> FloatArray:
    """Return what a unit costs at the last of the candidates that one in `k` of them is nearer to."""
    rank = min(problem.n_candidates - 1, max(1, problem.n_candidates // problem.k))
    cost = np.partition(problem.cost, rank, axis=0)[rank]
    known = np.isfinite(cost) & (cost > 0)
    middle = float(np.median(cost[known])) if known.any() else 1.0
    return np.maximum(np.where(np.isfinite(cost), cost, middle), 1e-2 * middle)


def lagrangian_bound(
    problem: CentreProblem,
    *,
    stop: Stop,
    upper_bound: float | None = None,
    start: FloatArray | None = None,
    iterations: int = 600,
    close: float = 1e-6,
) -> LagrangianBound:
    """Return a lower bound on `problem`.

    Parameters
    ----------
    problem
        What is bounded.
    stop
        Asked before each evaluation. One evaluation is made in any case, so that there is a bound.
    upper_bound
        Cost of a known plan; sets the first step, and the search ends where the bound reaches it.
    start
        Multipliers to begin with, shape ``(n_units,)``.
    iterations
        Most evaluations.
    close
        Relative gain that is not worth another step.
    """
    function = Lagrangian(problem)
    point = np.zeros(len(function.scale))
    point[: problem.n_units] = 0.5 * function.scale[: problem.n_units] if start is None else start
    value, done = function(point)[0], 1
    if not np.isfinite(value):
        return _bound(function, point, value, done)
    if start is None and problem.n_units > UNITS_PER_TERRITORY_COARSE * problem.k:
        for count, most in COARSE:
            if 4 * count > problem.n_units:
                break
            point, value, used = _coarse_ascent(
                function, point, value, count, upper_bound, stop, min(most, iterations // 4), done
            )
            done += used
    first = 0
    if start is not None:
        # Multipliers that were given may be those of whole units, which divisible ones would lead away from.
        values = [function.with_wholeness(stage)(point)[0] for stage in WHOLENESS]
        first, value, done = int(np.argmax(values)), -np.inf, done + len(WHOLENESS)
    for light, cases, part in WHOLENESS[first:]:
        before = function.light, function.most
        finer = function.with_wholeness((light, cases, part))(point)[0]
        done += 1
        if cases > 1 and finer <= value + WORTH * abs(value):
            function.light, function.most = before
            break
        value = finer
        left = int(part * (iterations - done))
        if left > 1:
            ascent = ascend(
                function, point, function.scale, stop=stop, iterations=left, close=close, counted=done,
                step=_first_step(value, upper_bound),
            )  # fmt: skip
            point, value, done = ascent.point, ascent.value, done + ascent.iterations
        if stop.reason(done) is not None or (upper_bound is not None and value >= upper_bound):
            break
    return _bound(function, point, *function(point)[:1], done + 1)


def _bound(function: Lagrangian, point: FloatArray, value: float, done: int) -> LagrangianBound:
    alpha, price = function.split(point)
    return LagrangianBound(value, alpha, price, function.content, function.chosen, done)


def _first_step(value: float, upper_bound: float | None) -> float:
    """Return the gain to aim at: a part of the gap where that is known."""
    gap = abs(value) if upper_bound is None else max(upper_bound - value, 1e-4 * abs(upper_bound))
    return max(0.1 * gap, 1e-300)


def _coarse_ascent(
    function: Lagrangian, point: FloatArray, value: float, count: int, upper_bound: float | None, stop: Stop,
    iterations: int, counted: int,
) -> tuple[FloatArray, float, int]:  # fmt: skip
    """Raise the multipliers by what `count` of them say, and return point, value and evaluations used."""
    spread = _interpolation(function.problem, function.scale[: function.n_units], count)
    rest = len(point) - function.n_units

    def coarse(few: FloatArray) -> tuple[float, FloatArray]:
        value, slope = function(point + np.r_[spread @ few, np.zeros(rest)])
        return value, slope[: function.n_units] @ spread

    ascent = ascend(
        coarse, np.zeros(count), np.ones(count), stop=stop, iterations=iterations, counted=counted,
        step=_first_step(value, upper_bound),
    )  # fmt: skip
    return point + np.r_[spread @ ascent.point, np.zeros(rest)], ascent.value, ascent.iterations


def _interpolation(problem: CentreProblem, scale: FloatArray, count: int) -> FloatArray:
    """Return how the multipliers follow those of candidates far from each other, ``(n_units, count)``.

    Multipliers over scale are interpolated between the four candidates at which a unit costs least.
    """
    relative = np.where(np.isfinite(problem.cost), problem.cost, np.nan) / scale
    relative = np.nan_to_num(relative, nan=float(np.nanmax(relative)))
    picked = [int(relative.sum(axis=1).argmin())]
    nearest = relative[picked[0]].copy()
    while len(picked) < count:
        unit = int(nearest.argmax())
        candidate = int(relative[:, unit].argmin())
        picked.append(candidate)
        nearest = np.minimum(nearest, relative[candidate])
        nearest[unit] = -1.0
    cost = relative[picked].T
    best = np.argsort(cost, axis=1, kind="stable")[:, :4]
    near = np.take_along_axis(cost, best, axis=1)
    weight = 1.0 / (near + 1e-3 * near.max(axis=1, keepdims=True) + 1e-12)
    weight /= weight.sum(axis=1, keepdims=True)
    spread = np.zeros((problem.n_units, count))
    np.put_along_axis(spread, best, weight, axis=1)
    return spread * scale[:, None]
