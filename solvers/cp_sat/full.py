"""Prove an alignment optimal, or better it, by an exact search over everything that could still be better.

With homes as centres the objective is linear, and prices of activity give a lower bound :math:`D` on it. A pair whose
reduced cost exceeds the distance between the best known cost :math:`U` and :math:`D` is in no better alignment
(reduced cost fixing; Dantzig, Fulkerson, Johnson 1954, https://doi.org/10.1287/opre.2.4.393): what is left is often
a small part of all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.solving import Status
from planner.stop import Stop
from solvers.centres import Centres, held_centres
from solvers.cp_sat.assignment import reassign
from solvers.cp_sat.linear_costs import allowed_pairs, linear_cost, pair_costs
from solvers.model import SearchModel
from solvers.transport import dual_value


@dataclass(frozen=True, eq=False)
class Proof:
    """What an exact search found out about the whole problem.

    Parameters
    ----------
    label
        Best alignment known, shape ``(n_units,)``; None where none keeps the rules so far.
    bound
        Proven lower bound on the cost of every alignment that keeps the rules, scaled; inf where there is none.
    proved
        Whether `label` is optimal, up to the resolution of the integers.
    status
        The same in words; `Status.INFEASIBLE` is a proof that no alignment keeps the rules.
    pairs_left
        Pairs of unit and territory that could not be ruled out by prices.
    """

    label: IntArray | None
    bound: float
    proved: bool
    status: Status
    pairs_left: int


def prove(
    model: SearchModel,
    label: IntArray,
    centre: FloatArray,
    multiplier: FloatArray,
    *,
    deterministic_time: float,
    seconds: float,
    seed: int,
    keeps_rules: bool = True,
    stop: Stop | None = None,
) -> Proof:
    """Search all alignments that could be better than `label`.

    Parameters
    ----------
    model
        The scaled problem, with homes as centres.
    label
        Best alignment known, shape ``(n_units,)``.
    centre
        Centres of the prices, scaled: the homes.
    multiplier
        Price of activity per territory and limited measure, scaled; any prices are valid, good ones rule out more.
    deterministic_time, seconds, seed, stop
        As in `solvers.cp_sat.assignment.reassign`.
    keeps_rules
        Whether `label` keeps bands, budget and contiguity; where it does not, no pair is ruled out.

    Raises
    ------
    ValueError
        Where the objective is about centroids: then the cost of a pair depends on all others.
    """
    if not model.fixed_centre:
        raise ValueError("a proof needs a linear objective: homes as centres")
    units = np.arange(model.n_units, dtype=np.int32)
    territories = np.arange(model.n_territories, dtype=np.int32)
    centres = held_centres(model, label)
    dual = dual_value(model, centre, multiplier)
    known = linear_cost(model, centres, label, units) if keeps_rules else np.inf
    pairs = _open_pairs(model, centres, multiplier, known - dual)
    if keeps_rules:
        pairs[units, label] = True
    result = reassign(
        model,
        label,
        units,
        territories,
        deterministic_time=deterministic_time,
        seconds=seconds,
        seed=seed,
        pairs=pairs,
        stop=stop,
    )
    best = min(known, result.objective)
    # Whatever uses a pair that was ruled out costs at least what was known before.
    bound = max(dual, min(result.bound, known))
    if keeps_rules and result.status is Status.INFEASIBLE:
        # Nothing better is left; the label itself may lie within the tolerance of a limit, which is finer here.
        return Proof(label, known, True, Status.OPTIMAL, int(pairs.sum()))
    if result.label is None:
        return Proof(label if keeps_rules else None, bound, False, result.status, int(pairs.sum()))
    return Proof(result.label, min(bound, best), result.proved, result.status, int(pairs.sum()))


def _open_pairs(model: SearchModel, centres: Centres, multiplier: FloatArray, gap: float) -> MaskArray:
    """Return the allowed pairs whose reduced cost is at most `gap`, shape ``(n_units, n_territories)``."""
    units = np.arange(model.n_units, dtype=np.int32)
    territories = np.arange(model.n_territories, dtype=np.int32)
    allowed = allowed_pairs(model, units, territories)
    priced = pair_costs(model, centres, units, territories) + model.activity @ multiplier.T
    priced = np.where(allowed, priced, np.inf)
    reduced = priced - np.where(allowed.any(axis=1), priced.min(axis=1), 0.0)[:, None]
    return np.asarray(allowed & (reduced <= gap + 1e-9 * max(1.0, abs(gap))), dtype=bool)
