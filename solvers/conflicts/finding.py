"""All proofs together."""

from __future__ import annotations

from planner.problem import AlignmentProblem
from solvers.conflicts.conflict import Conflict
from solvers.conflicts.counting import counted
from solvers.conflicts.dead_ends import dead_ends
from solvers.conflicts.loosening import bands, best_possible
from solvers.conflicts.packing import sizes_that_do_not_fit
from solvers.conflicts.reachability import out_of_reach

HOPELESS = ("too_few_units", "nowhere_allowed")
"""Kinds after which there is no plan of any quality."""


def find_conflicts(problem: AlignmentProblem) -> tuple[Conflict, ...]:
    """Return every contradiction that is proved; empty where none is found (which proves nothing).

    Plain counting comes first. Where it finds something, the rest is looked at as loosened by that: what comes on
    top of it is a proof for the plans that keep what is left of the rules.
    """
    found = [*counted(problem), *out_of_reach(problem)]
    if any(one.kind in HOPELESS for one in found):
        return tuple(found)
    left = best_possible(problem, tuple(found)) if found else problem
    limits = bands(problem, left, found)
    return (*found, *sizes_that_do_not_fit(left, limits), *dead_ends(left, limits))
