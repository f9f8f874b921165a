"""Judges labels on instances and data sets from their definitions alone: nothing of the product is asked.

Whatever a solver says about its result is ignored here; objective and rules are computed anew from the file and the
labels, so that a fault of the product cannot hide itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tests.bench.instances import Instance, Kind

ROWS_AT_ONCE = 1_000
"""Rows of a table of distances that are held at the same time."""
DECIMALS = {Kind.HESS: 2, Kind.DIAMETER: 4, Kind.MEDIAN: 2}
"""Decimals to which published objectives are stated."""
SLACK = {Kind.HESS: 0.0, Kind.DIAMETER: 1e-12, Kind.MEDIAN: 1e-9}
"""By how much a limit may be passed: relative to the limit's mean for diameters, else in units of the measure."""


@dataclass(frozen=True)
class Verdict:
    """What labels are worth.

    Parameters
    ----------
    objective
        Value of the objective, rounded as published; None where the labels mean nothing.
    faults
        Every rule that is broken, in words; empty where the labels are feasible.
    """

    objective: float | None
    faults: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether every rule holds."""
        return not self.faults


def judge(instance: Instance, label: NDArray[np.integer]) -> Verdict:
    """Judge one label per unit: its territory, or the point that serves it where medians are wanted."""
    label = np.asarray(label)
    if label.shape != (instance.n_units,):
        return Verdict(None, (f"{label.size} labels for {instance.n_units} units",))
    if instance.kind is Kind.MEDIAN and (label.min() < 0 or label.max() >= instance.n_units):
        return Verdict(None, ("a label is no point of the instance",))
    if instance.kind is Kind.MEDIAN:
        objective, faults = _judge_medians(instance, label)
    else:
        objective, faults = _judge_territories(instance, label)
    return Verdict(round(objective, DECIMALS[instance.kind]), tuple(faults))


def _judge_territories(instance: Instance, label: NDArray[np.integer]) -> tuple[float, list[str]]:
    names, territory = np.unique(label, return_inverse=True)
    faults = []
    if len(names) != instance.n_territories:
        faults.append(f"{len(names)} territories, wanted {instance.n_territories}")
    slack = SLACK[instance.kind] * instance.activity.sum(axis=0) / instance.n_territories
    for measure, amount in enumerate(instance.activity.T):
        load = np.bincount(territory, amount)
        short = int((load < instance.lower[measure] - slack[measure]).sum())
        over = int((load > instance.upper[measure] + slack[measure]).sum())
        if short or over:
            faults.append(f"measure {measure + 1}: {short} territories below the limit, {over} above")
    surplus = count_pieces(territory, instance.edges) - _least_pieces(territory, instance.edges)
    if surplus:
        faults.append(f"{surplus} pieces too many")
    worth = _about_best_unit if instance.kind is Kind.HESS else _diameter
    each = [worth(instance, np.flatnonzero(territory == t)) for t in range(len(names))]
    return float(sum(each) if instance.kind is Kind.HESS else max(each)), faults


def _about_best_unit(instance: Instance, member: NDArray[np.intp]) -> float:
    """Return the moment of inertia about the best member; whole kilometres, population · (1000 km)²."""
    population, place = instance.activity[member, 0], instance.xy[member]
    cost = np.zeros(len(member))
    for rows in _blocks(len(member)):
        thousand_km = np.rint(_distances(place[rows], place)) / 1000
        cost += population[rows] @ thousand_km**2
    return float(cost.min())


def _diameter(instance: Instance, member: NDArray[np.intp]) -> float:
    place = instance.xy[member]
    return max(float(_distances(place[rows], place).max()) for rows in _blocks(len(member)))


def _judge_medians(instance: Instance, serving: NDArray[np.integer]) -> tuple[float, list[str]]:
    median = np.unique(serving)
    faults = []
    if len(median) > instance.n_territories:
        faults.append(f"{len(median)} medians, at most {instance.n_territories} allowed")
    load = np.bincount(serving, instance.activity[:, 0], instance.n_units)
    over = int((load > instance.capacity + SLACK[Kind.MEDIAN])[median].sum())
    if over:
        faults.append(f"{over} medians beyond their capacity")
    elsewhere = int((serving[median] != median).sum())
    if elsewhere:
        faults.append(f"{elsewhere} medians served by another one")
    apart = instance.xy - instance.xy[serving]
    return float(np.hypot(apart[:, 0], apart[:, 1]).sum()), faults


def count_pieces(territory: NDArray[np.integer], edges: NDArray[np.integer]) -> int:
    """Return the connected pieces that remain when only borders inside a territory are kept."""
    kept = edges[territory[edges[:, 0]] == territory[edges[:, 1]]]
    n = len(territory)
    links = csr_array((np.ones(len(kept), np.int8), (kept[:, 0], kept[:, 1])), shape=(n, n))
    n_pieces, _ = connected_components(links, directed=False)
    return int(n_pieces)


def _least_pieces(territory: NDArray[np.integer], edges: NDArray[np.integer]) -> int:
    """Return one piece for each part of the instance's own graph that a territory reaches into.

    Some published graphs fall apart by themselves (islands): a territory that holds units of two parts cannot be one
    piece, whoever drew it. Where the graph hangs together, this is the number of territories.
    """
    n = len(territory)
    links = csr_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, part = connected_components(links, directed=False)
    return len(np.unique(np.column_stack([territory, part]), axis=0))


def _blocks(n: int) -> list[slice]:
    return [slice(first, first + ROWS_AT_ONCE) for first in range(0, n, ROWS_AT_ONCE)]


def _distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hypot(one[:, None, 0] - other[None, :, 0], one[:, None, 1] - other[None, :, 1])


@dataclass(frozen=True)
class Standing:
    """What an alignment of a data set is worth.

    Parameters
    ----------
    inertia_km2
        ``Σ weight · km²`` about the weighted centroid of each territory.
    deviation
        Largest absolute deviation of a territory from the mean, per measure, shape ``(n_measures,)``, a fraction.
    rest_deviation
        The same without territories that are forced out, those that hold a unit which alone is above the band, from
        the mean of the others.
    pieces
        Connected pieces; 0 where there is no graph.
    """

    inertia_km2: float
    deviation: tuple[float, ...]
    rest_deviation: tuple[float, ...]
    pieces: int

    @property
    def worst(self) -> float:
        """Largest deviation on any measure."""
        return max(self.deviation)


def stand(
    xy_m: NDArray[np.float64],
    activity: NDArray[np.float64],
    edges: NDArray[np.integer],
    territory: NDArray[np.integer],
    k: int,
    band: float,
) -> Standing:
    """Measure an alignment of a data set; the first measure weighs distance. Empty territories count as such."""
    weight, km = activity[:, 0], xy_m / 1000
    mass = np.maximum(np.bincount(territory, weight, k), 1e-300)
    centre = np.array([np.bincount(territory, weight * axis, k) / mass for axis in km.T]).T
    inertia = float(weight @ ((km - centre[territory]) ** 2).sum(axis=1))
    worst, rest = [], []
    for amount in activity.T:
        mean = amount.sum() / k
        load = np.bincount(territory, amount, k)
        free = np.ones(k, bool)
        free[territory[amount > mean * (1 + band)]] = False
        worst.append(float(np.abs(load / mean - 1).max()))
        share = load[free].mean() if free.any() else mean
        rest.append(float(np.abs(load[free] / share - 1).max(initial=0.0)))
    pieces = count_pieces(territory, edges) if len(edges) else 0
    return Standing(inertia, tuple(worst), tuple(rest), pieces)
