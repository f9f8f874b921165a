"""Which lower bound a problem gets, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray
from planner.objective import Compactness
from planner.stop import Stop
from solvers.bounds import fixed_centre_bound, nearest_mass_bound
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.centres import certify_centres
from solvers.bounds.free_centres import free_centre_lagrangian
from solvers.diameter.bound import diameter_bound
from solvers.local_search.annealing import TOLERANCE, Found
from solvers.model import SearchModel

MOST_UNITS_AS_CENTRES = 6_000
"""Units up to which every one is looked at as a centre; the table of costs grows with the square."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A proven lower bound.

    Parameters
    ----------
    value
        Scaled cost that no alignment can go below.
    kind
        Which bound it is, for people.
    territory
        A better alignment that was found on the way, shape ``(n_units,)``; None where none was.
    """

    value: float
    kind: str
    territory: IntArray | None = None


def prove_bound(model: SearchModel, best: Found | None, stop: Stop) -> Bound | None:
    """Return the best lower bound there is a method for, None where there is none.

    Parameters
    ----------
    model
        The scaled problem.
    best
        Best alignment known; None where there is none.
    stop
        Asked throughout; what is proved by then is returned.
    """
    if model.compactness is Compactness.DIAMETER:
        return Bound(diameter_bound(model, stop), "reach that a territory needs to hold its least activity")
    if model.fixed_centre:
        value, _ = fixed_centre_bound(model, stop)
        return Bound(value, "dual of the balanced assignment to the seats' homes")
    if model.unit_centre:
        return _around_units(model, best, stop)
    bounds = []
    simple = nearest_mass_bound(model, stop)
    if simple is not None:
        bounds.append(
            Bound(simple, "nearest-mass bound for free centres (loose: about half for round territories)")
        )
    enough = stop.seconds_left() > SECONDS_PER_UNIT * model.n_units
    lagrangian = free_centre_lagrangian(model, stop) if enough else None
    if lagrangian is not None:
        bounds.append(
            Bound(lagrangian[0], "Lagrangian over all places that a centre may have, contiguity left out")
        )
    return max(bounds, key=lambda bound: bound.value, default=None)


def _around_units(model: SearchModel, best: Found | None, stop: Stop) -> Bound | None:
    """Return the bound around centre units, with contiguity where that is within reach."""
    if model.n_units > MOST_UNITS_AS_CENTRES:
        return None
    allowed = best is not None and best.breach <= TOLERANCE and not best.surplus_pieces
    known = best.cost if best is not None and allowed else np.inf
    left = stop.seconds_left()
    proof = certify_centres(
        centre_problem(model),
        known,
        links=_links(model),
        stop=stop,
        seconds=left if np.isfinite(left) else SECONDS_WITHOUT_LIMIT,
        iterations=ITERATIONS,
    )
    kind = "Lagrangian and integer programme over all units as centres"
    territory = None
    if proof.centre is not None:
        territory = np.unique(proof.centre, return_inverse=True)[1].astype(np.int32)
    return Bound(max(proof.bound, 0.0), kind, territory)


SECONDS_PER_UNIT = 1e-5
"""Time per unit below which the Lagrangian over all places is not begun: what it claims in the end takes as long."""

SECONDS_WITHOUT_LIMIT = 60.0
"""Time for a proof where the run has no time limit."""

ITERATIONS = 600
"""Evaluations of the Lagrangian at most."""


def centre_problem(model: SearchModel) -> CentreProblem:
    """Return the choice of centre units as arrays, with the loosest limits of any territory.

    Locks, exclusions and move costs are left out: they only make alignments dearer.
    """
    everyone = np.arange(model.n_units, dtype=np.int32)
    pairs = model.separation.pairs(model.xy, everyone, model.xy, everyone)
    cost: FloatArray = model.weight[:, None] * pairs
    lower = np.maximum((model.lower - model.fixed).min(axis=0), 0.0)
    upper = np.minimum((model.upper - model.fixed).max(axis=0), model.activity.sum(axis=0))
    return CentreProblem.from_units(cost, model.activity, lower, upper, model.n_territories)


def _links(model: SearchModel) -> csr_array | None:
    """Return the neighbours of each unit, None where territories need not hang together."""
    if not model.contiguous:
        return None
    ones = np.ones(len(model.graph_indices))
    return csr_array((ones, model.graph_indices, model.graph_indptr), shape=(model.n_units, model.n_units))
