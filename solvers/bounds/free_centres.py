r"""A lower bound on the moment of inertia where centres may lie anywhere.

The Lagrangian of "every unit belongs to one territory" is

.. math:: D(\alpha) = \sum_i \alpha_i + k \min_p F_p(\alpha),

with :math:`F_p` the cheapest content of a territory around the place *p* (`solvers.bounds.places`). Any multipliers
give a lower bound. They are sought on places as dense as the current multipliers call for, with the minimum over
places replaced by a softmin of falling temperature (Nesterov 2005, https://doi.org/10.1007/s10107-004-0552-5), which
lets a quasi-Newton method apply. What is claimed is computed at the end over squares that cover the whole plane
region, refined where the bound is least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.stop import Stop, Termination
from solvers.bounds.centre_problem import ROUNDING
from solvers.bounds.places import lay_ground, place_values, settle_lowest, soft_least
from solvers.model import SearchModel


@dataclass(frozen=True)
class FreeCentreParams:
    """Tuning of the bound for free centres.

    Parameters
    ----------
    stages
        Temperature, how far above the least a square is refined, both over a territory's moment, and quasi-Newton
        steps, of each stage.
    most_coarse
        Units up to which multipliers are found on the units themselves; larger problems begin on groups of them.
    coarse, fine
        The stages on groups, and those on all units after them.
    light
        Share of the upper limit up to which a unit counts as divisible.
    close
        Precision of the least content at the end, over a territory's moment.
    most_places
        Squares looked at, at the end and (a tenth of it) in a stage.
    most_units
        Above this no bound is tried.
    """

    stages: tuple[tuple[float, float, int], ...] = (
        (0.05, 0.1, 30), (0.02, 0.05, 30), (0.01, 0.02, 40), (0.007, 0.01, 30), (0.005, 0.006, 50),
    )  # fmt: skip
    most_coarse: int = 4_000
    coarse: tuple[tuple[float, float, int], ...] = (
        (0.1, 0.2, 50), (0.05, 0.1, 60), (0.02, 0.05, 60), (0.01, 0.02, 80), (0.01, 0.02, 80), (0.006, 0.01, 80),
    )  # fmt: skip
    fine: tuple[tuple[float, float, int], ...] = ((0.005, 0.05, 6),)
    light: float = 0.05
    close: float = 0.003
    most_places: int = 50_000
    most_units: int = 100_000


def free_centre_lagrangian(
    model: SearchModel, stop: Stop, params: FreeCentreParams | None = None
) -> tuple[float, FloatArray] | None:
    """Return a lower bound on the moment of inertia about centroids, scaled, and the multipliers that prove it.

    Parameters
    ----------
    model
        The scaled problem; limits that differ by territory are taken at their loosest, all other rules left out.
    stop
        Asked at each step of the search for multipliers, and for cancellation until the end.
    params
        Tuning.

    Returns
    -------
    None where nothing is limited from above, the problem is too big, or the run was cancelled.
    """
    params = params or FreeCentreParams()
    limits = _one_measure(model)
    if limits is None or model.n_units > params.most_units:
        return None
    load, floor, ceiling = limits
    search = _Search(model.xy, model.weight, load, floor, ceiling, model.n_territories, params, stop)
    if model.n_units <= params.most_coarse:
        alpha = search.ascend(search.start(), params.stages)
    else:
        alpha = search.ascend(_from_groups(model, load, floor, ceiling, params, stop), params.fine)
    value = search.certified(alpha)
    return None if value is None else (value, alpha)


def _one_measure(model: SearchModel) -> tuple[FloatArray, float, float] | None:
    """Return one load per unit with what every territory holds of it at least and at most.

    Several measures are added up: their mean is kept between the means of their limits.
    """
    if not model.activity.shape[1]:
        return None
    floor = float((model.lower - model.fixed).mean(axis=1).min())
    ceiling = float((model.upper - model.fixed).mean(axis=1).max())
    if not np.isfinite(ceiling) or ceiling <= 0:
        return None
    # A load that is on a limit must not fall outside by rounding.
    floor = max(floor, 0.0) * (1 - ROUNDING) if np.isfinite(floor) else 0.0
    return model.activity.mean(axis=1), floor, ceiling * (1 + ROUNDING)


def _from_groups(
    model: SearchModel, load: FloatArray, floor: float, ceiling: float, params: FreeCentreParams, stop: Stop
) -> FloatArray:
    """Return multipliers for all units from those of groups of near units."""
    group = _groups(model.xy, params.most_coarse)
    count = int(group.max()) + 1
    mass = model.weight + 1e-12 * model.weight.mean()
    whole = np.bincount(group, mass, count)
    place = np.stack([np.bincount(group, mass * model.xy[:, axis], count) / whole for axis in (0, 1)], axis=1)
    weight, held = sum_by(group, model.weight, count), sum_by(group, load, count)
    search = _Search(place, weight, held, floor, ceiling, model.n_territories, params, stop)
    alpha = search.ascend(search.start(), params.coarse)
    potential = alpha / np.maximum(weight, 1e-300)
    distance, near = cKDTree(place).query(model.xy, k=min(4, count))
    nearness = 1.0 / (np.asarray(distance) ** 2 + 1e-6)
    mixed = (nearness * potential[near]).sum(axis=1) / nearness.sum(axis=1)
    return np.asarray(model.weight * mixed)


def _groups(xy: FloatArray, most: int) -> IntArray:
    """Return the group of each unit: halves of halves at the median of the longer side, at most `most` of them."""
    parts = [np.arange(len(xy))]
    while 2 * len(parts) <= most:
        halves = []
        for part in parts:
            axis = int(np.ptp(xy[part], axis=0).argmax())
            order = part[np.argsort(xy[part, axis], kind="stable")]
            halves += [order[: len(order) // 2], order[len(order) // 2 :]]
        parts = halves
    group = np.empty(len(xy), np.int32)
    for number, part in enumerate(parts):
        group[part] = number
    return group


class _Search:
    """The search for multipliers on one set of units."""

    def __init__(
        self, xy: FloatArray, weight: FloatArray, load: FloatArray, floor: float, ceiling: float, k: int,
        params: FreeCentreParams, stop: Stop,
    ) -> None:  # fmt: skip
        self._k, self._params, self._stop = k, params, stop
        self._ground, self._order = lay_ground(xy, weight, load, floor, ceiling, params.light * ceiling)
        self._reach = _squared_reach(xy, weight, weight.sum() / k)
        moment = 0.5 * float((weight * self._reach).sum()) / k
        self._moment = moment if moment > 0 else 1.0
        self._steps = 0
        # Curvature is alike for all units while multipliers go with weight: a geometric mean serves both.
        level = self._reach + float(np.median(self._reach))
        self._scale = (np.sqrt(weight * weight.mean()) * level)[self._order]
        self._start = weight * level

    def start(self) -> FloatArray:
        """Return first multipliers: the squared radius within which a territory's mass lies, by weight."""
        return self._start

    def ascend(self, alpha: FloatArray, stages: tuple[tuple[float, float, int], ...]) -> FloatArray:
        """Return better multipliers, by unit."""
        point = alpha[self._order]
        for heat, depth, steps in stages:
            if self._stop.reason(self._steps) is not None:
                break
            place = self._places(point, depth * self._moment)
            point = self._stage(point, place, heat * self._moment, steps)
        back = np.empty_like(point)
        back[self._order] = point
        return back

    def _stage(self, point: FloatArray, place: FloatArray, heat: float, steps: int) -> FloatArray:
        """Return the multipliers after some quasi-Newton steps at one temperature."""
        ground, none, scale = self._ground, np.zeros(len(place)), self._scale

        def cost(change: FloatArray) -> tuple[float, FloatArray]:
            alpha = point + scale * change
            value, settled = np.empty(len(place)), np.empty(len(place), np.int32)
            place_values(place, none, ground, alpha, value, settled)
            covered = np.empty(len(point))
            reached = alpha.sum() + self._k * soft_least(place, ground, alpha, heat, value, covered)
            return -float(reached), (self._k * covered - 1.0) * scale

        def asked(_: FloatArray) -> None:
            self._steps += 1
            if self._stop.reason(self._steps) is not None:
                raise StopIteration

        found = minimize(  # type: ignore[call-overload] # the stubs know no callback with jac=True
            cost, np.zeros(len(point)), jac=True, method="L-BFGS-B", callback=asked,
            options={"maxiter": steps, "maxfun": steps + steps // 2, "maxcor": 20},
        )  # fmt: skip
        return np.asarray(point + scale * found.x)

    def _places(self, point: FloatArray, above: float) -> FloatArray:
        """Return centres of squares, small where contents are cheap."""
        place, half = self._squares()
        kept, best, looked = [], np.inf, 0
        most = self._params.most_places // 10
        while len(place):
            fall = self._ground.ceiling * self._weight_per_load() * 2 * half**2
            value, _ = self._settled(place, 0.0, point, fall)
            best = min(best, float(value.min()))
            looked += len(place)
            split = value - fall < best - above
            kept.append(place[~split])
            if looked + 4 * int(split.sum()) > most:
                kept.append(place[split])
                break
            half /= 2
            place = _quarters(place[split], half)
        return np.ascontiguousarray(np.concatenate(kept))

    def _weight_per_load(self) -> float:
        return float(self._ground.weight.sum() / max(float(self._ground.load.sum()), 1e-300))

    def _squares(self) -> tuple[FloatArray, float]:
        """Return the centres of squares that cover all units, and half their side."""
        x, y = self._ground.x, self._ground.y
        half = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9) / 16
        columns, rows = (int(np.ptp(v) // (2 * half)) + 1 for v in (x, y))
        left = x.min() + half * (1 + 2 * np.arange(columns))
        bottom = y.min() + half * (1 + 2 * np.arange(rows))
        return np.stack(np.meshgrid(left, bottom), axis=-1).reshape(-1, 2), half

    def certified(self, alpha: FloatArray) -> float | None:
        """Return the Lagrangian over all places, refined until the least is known well; None where cancelled."""
        point = alpha[self._order]
        tolerance = self._params.close * self._moment
        place, half = self._squares()
        best, least, looked = np.inf, np.inf, 0
        while len(place):
            if self._stop.reason(self._steps) is Termination.CANCELLED:
                return None
            value, _ = self._settled(place, 0.0, point, 0.0)
            best = min(best, float(value.min()))
            value, settled = self._settled(place, 2 * half**2, point, 0.0)
            low = value < best - tolerance
            value[low], settled[low] = self._settled(place[low], 2 * half**2, point, np.inf)
            low &= value < best - tolerance
            looked += 2 * len(place)
            done: MaskArray = ~low if looked + 8 * int(low.sum()) <= self._params.most_places else low | ~low
            least = min(least, float(value[done].min(initial=np.inf)))
            half /= 2
            place = _quarters(place[~done], half)
        return float(point.sum()) + self._k * least

    def _settled(
        self, place: FloatArray, squared: float, point: FloatArray, above: float
    ) -> tuple[FloatArray, IntArray]:
        """Return the values of places, those within `above` of the least settled."""
        value, settled = np.empty(len(place)), np.empty(len(place), np.int32)
        off = np.full(len(place), squared)
        place_values(place, off, self._ground, point, value, settled)
        settle_lowest(place, off, self._ground, point, above, value, settled)
        return value, settled


def _quarters(place: FloatArray, half: float) -> FloatArray:
    """Return the centres of the four squares of half-side `half` that make up each square."""
    corner = half * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    return np.ascontiguousarray((place[:, None] + corner).reshape(-1, 2))


def _squared_reach(xy: FloatArray, weight: FloatArray, mass: float) -> FloatArray:
    """Return the squared radius around each unit within which about `mass` lies, shape ``(n_units,)``."""
    n = len(xy)
    sample = np.arange(n) if n <= 2_000 else np.linspace(0, n - 1, 2_000).astype(np.int64)
    stands_for = weight[sample] * (weight.sum() / max(float(weight[sample].sum()), 1e-300))
    squared = ((xy[sample][:, None] - xy[sample][None]) ** 2).sum(axis=2)
    order = np.argsort(squared, axis=1)
    inside = (np.cumsum(stands_for[order], axis=1) < mass).sum(axis=1)
    rank = np.take_along_axis(order, np.minimum(inside, len(sample) - 1)[:, None], axis=1)
    reach = np.take_along_axis(squared, rank, axis=1)[:, 0]
    return reach if len(sample) == n else reach[cKDTree(xy[sample]).query(xy)[1]]
