"""Instances as problems of the product, and its results as the labels that a judge reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.graph import Graph
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units
from tests.bench.instances import DIAMETER_BAND, Instance, Kind

METRES_PER_KM = 1000.0
PRODUCT_SLACK = 1e-9
"""By how much, relative to the ideal, the product lets a load pass a limit; the judge of diameters does not."""
COST_OF_ONE = {Kind.HESS: 1e12, Kind.DIAMETER: 1.0, Kind.MEDIAN: 1.0}
"""Cost as the product counts it that is 1 in an instance's objective: (1000 km)² = 1e12 m² for `HESS`."""


class NotSupported(ValueError):
    """An instance that the product cannot state; the message says why."""


def problem_of(instance: Instance) -> AlignmentProblem:
    """Return the problem that an instance states.

    Raises
    ------
    NotSupported
        Where the medians have capacities so different that no one limit stands for all.
    """
    build = {Kind.HESS: _hess, Kind.DIAMETER: _diameter, Kind.MEDIAN: _median}
    return build[instance.kind](instance)


def bound_holds(instance: Instance) -> bool:
    """Return whether a bound of `problem_of` is one of the instance; not so where its limits are tighter."""
    return instance.kind is not Kind.MEDIAN or bool((instance.capacity == instance.capacity[0]).all())


def labels_of(instance: Instance, territory: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the label of each unit as the judge reads it: its territory, or its best median."""
    if instance.kind is not Kind.MEDIAN:
        return np.asarray(territory, np.int64)
    label = np.empty(instance.n_units, np.int64)
    for name in np.unique(territory):
        member = np.flatnonzero(territory == name)
        place = instance.xy[member]
        cost = np.zeros(len(member))
        for unit in place:
            cost += np.hypot(*(place - unit).T)
        label[member] = member[int(np.argmin(cost))]
    return label


def _hess(instance: Instance) -> AlignmentProblem:
    xy = instance.xy
    km = np.rint(np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1]))
    n, k = instance.n_units, instance.n_territories
    population = instance.activity[:, 0]
    objective = Objective(
        population,
        np.zeros(n),
        centre=Centre.UNIT,
        compactness=Compactness.INERTIA,
        between=km * METRES_PER_KM,
    )
    limits = [np.full(k, limit[0]) for limit in (instance.lower, instance.upper)]
    measure = Measure("population", np.full(k, population.sum() / k), *limits)
    return _problem(instance, xy * METRES_PER_KM, (measure,), objective)


def _diameter(instance: Instance) -> AlignmentProblem:
    n, k = instance.n_units, instance.n_territories
    band = DIAMETER_BAND - PRODUCT_SLACK
    share = np.full(k, 1 / k)
    measures = tuple(
        Measure.banded(f"activity {m + 1}", float(amount.sum()), share, band, band)
        for m, amount in enumerate(instance.activity.T)
    )
    objective = Objective(np.ones(n), np.zeros(n), compactness=Compactness.DIAMETER)
    return _problem(instance, instance.xy, measures, objective)


def _median(instance: Instance) -> AlignmentProblem:
    n, k = instance.n_units, instance.n_territories
    demand = instance.activity[:, 0]
    # A territory takes the capacity of its median, which the product cannot say; the smallest is safe for every one.
    capacity = float(instance.capacity.min())
    if demand.sum() > k * capacity:
        raise NotSupported(
            f"capacities differ from point to point ({capacity:g} to {instance.capacity.max():g}) and "
            f"{k} times the smallest cannot serve the demand of {demand.sum():g}"
        )
    ideal = np.full(k, demand.sum() / k)
    measure = Measure("demand", ideal, np.full(k, -np.inf), np.full(k, capacity))
    objective = Objective(np.ones(n), np.zeros(n), centre=Centre.UNIT, compactness=Compactness.DISTANCE)
    return _problem(instance, instance.xy, (measure,), objective)


def _problem(
    instance: Instance, xy_m: NDArray[np.float64], measures: tuple[Measure, ...], objective: Objective
) -> AlignmentProblem:
    contiguous = instance.kind is not Kind.MEDIAN
    n = instance.n_units
    return AlignmentProblem(
        units=Units.points(np.arange(n), xy_m),
        territories=Territories.unnamed(instance.n_territories, len(measures)),
        measures=measures,
        activity=instance.activity,
        objective=objective,
        graph=Graph.from_edges(n, instance.edges) if contiguous else None,
        contiguous=contiguous,
    )
