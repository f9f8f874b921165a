"""Give some units to some territories as well as possible while the rest of the alignment stays."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray, MaskArray
from planner.solving import Status
from planner.stop import Stop
from solvers.cp_sat.assignment_model import AssignmentModel
from solvers.cp_sat.linear_costs import allowed_pairs
from solvers.cp_sat.rounds import Best, Effort, search
from solvers.model import SearchModel

HARD_SHARE = 0.4
"""Share of the effort for keeping all bands, before the least breach of them is looked for."""


@dataclass(frozen=True, eq=False)
class Reassignment:
    """The best assignment found and what is known about it.

    Parameters
    ----------
    label
        Territory of every unit, shape ``(n_units,)``: contiguous, inside bands and budget (or as near as was found
        where the least breach was asked for); None where none was found. The start where nothing better was.
    proved
        Whether no better one exists for these units and territories, up to the resolution of the integers.
    bound
        Proven lower bound on `objective`, scaled; −inf where nothing is known.
    objective
        Scaled cost of all units of these territories about the homes, else about the centroids before; inf where
        there is none.
    breach
        Sum of band and budget breaches among these territories, scaled; 0 where all hold.
    status
        What is known; `Status.INFEASIBLE` says that these units cannot keep the rules with the rest as it is.
    deterministic_time
        Effort spent, in the unit of the limit.
    """

    label: IntArray | None
    proved: bool
    bound: float
    objective: float
    breach: float
    status: Status
    deterministic_time: float


def reassign(
    model: SearchModel,
    label: IntArray,
    units: IntArray,
    territories: IntArray,
    *,
    deterministic_time: float,
    seconds: float,
    seed: int,
    pairs: MaskArray | None = None,
    minimise_breach: bool = False,
    stop: Stop | None = None,
) -> Reassignment:
    """Reassign `units` among `territories`, never worse than `label`.

    Where the objective is about centroids, distance is taken from the centroids under `label`. The centroid is the
    point of least inertia, so the true cost of the result is at most the cost found: every gain is a real one, while
    optimality and bound are about the held centroids only.

    Parameters
    ----------
    model
        The scaled problem.
    label
        Alignment to start from, shape ``(n_units,)``, every unit placed.
    units
        Units that may change, ascending; all of them belong to `territories` under `label`.
    territories
        Territories that they may belong to, ascending.
    deterministic_time
        Effort, in CP-SAT's units of deterministic time (about a second each): the same inputs with the same effort
        give the same result.
    seconds
        A guard on top; a search that it ends is not reproducible.
    seed
        Seed of the search.
    pairs
        Pairs of `units` and `territories` to choose from, shape ``(len(units), len(territories))``; None for all
        that locks and exclusions allow. Status, bound and proof are about these.
    minimise_breach
        Where no assignment that keeps bands and budget is found, look for the least breach of them, and among
        equals (up to a millionth of an ideal) for the least cost.
    stop
        Asked ten times a second; what was found by then counts.

    Raises
    ------
    ValueError
        Where a free unit does not belong to one of `territories` under `label`.
    """
    units, territories = np.asarray(units, np.int32), np.asarray(territories, np.int32)
    if not np.isin(label[units], territories).all():
        raise ValueError("every free unit must belong to one of the territories")
    usable = allowed_pairs(model, units, territories)
    if pairs is not None:
        usable &= pairs
    effort = Effort(deterministic_time, time.monotonic() + seconds, seed, stop)
    if len(units) == 0 or not usable.any(axis=1).all():
        impossible = len(units) > 0
        return Reassignment(
            None, False, np.inf if impossible else -np.inf, np.inf, np.inf,
            Status.INFEASIBLE if impossible else Status.UNKNOWN, 0.0,
        )  # fmt: skip
    hard = Effort(deterministic_time * (HARD_SHARE if minimise_breach else 1.0), effort.ends, seed, stop)
    found = _solve(model, label, units, territories, usable, hard, with_slack=False)
    if not minimise_breach or found.label is not None:
        return found
    effort.spent = hard.spent
    return _solve(model, label, units, territories, usable, effort, with_slack=True)


def _solve(
    model: SearchModel,
    label: IntArray,
    units: IntArray,
    territories: IntArray,
    usable: MaskArray,
    effort: Effort,
    with_slack: bool,
) -> Reassignment:
    """Build one model, search it, and keep the start where that is no worse."""
    built = AssignmentModel(model, label, units, territories, usable, with_slack)
    start = np.searchsorted(territories, label[units]).astype(np.int32)
    valid = built.permits(start) and not built.cuts(start) and (with_slack or not built.breach_steps(start))
    best = search(built, start if valid else None, start, effort)
    if valid and best.choice is not None:
        # Integers may see a gain where the real values are level.
        level = built.breach_steps(best.choice) >= built.breach_steps(start)
        if level and built.cost_of_choice(best.choice) >= built.cost_of_choice(start):
            best = Best(start, best.value, best.bound)
    return _told(built, label, best, effort)


def _told(built: AssignmentModel, label: IntArray, best: Best, effort: Effort) -> Reassignment:
    if best.choice is None:
        status = Status.INFEASIBLE if best.infeasible else Status.UNKNOWN
        bound = (
            np.inf if best.infeasible else built.cost_of_steps(best.bound) if built.keeps_limits else -np.inf
        )
        return Reassignment(None, False, bound, np.inf, np.inf, status, effort.spent)
    result = label.copy()
    result[built.units] = built.territories[best.choice]
    objective = built.cost_of_choice(best.choice)
    breach = built.load_scale.real(built.breach_steps(best.choice))
    # The bound of a search that weighs breaches as well is one on the cost only where it found none.
    knows = np.isfinite(best.bound) and breach == 0.0
    bound = min(built.cost_of_steps(best.bound), objective) if knows else -np.inf
    status = Status.OPTIMAL if best.proved else Status.FEASIBLE
    return Reassignment(result, best.proved, bound, objective, breach, status, effort.spent)
