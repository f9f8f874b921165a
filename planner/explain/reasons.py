"""Why units and accounts are where they are, in one short sentence each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.alignment import GONE, NOBODY
from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem

KEPT = "kept with its current owner"
NEW = "new: had no owner"
LOCKED = "locked"
LOCKED_ELSEWHERE = "locked to this territory by a rule"


def reasons(
    problem: AlignmentProblem,
    centre_m: FloatArray,
    unit: NDArray[np.integer],
    current: IntArray,
    territory: IntArray,
) -> list[str]:
    """Return why each entity is where it is: locked, kept, new, or moved, and then why or how much nearer it is.

    Parameters
    ----------
    problem
        What the plan is judged by.
    centre_m
        Centroids of the territories in the plan, shape ``(n_territories, 2)``.
    unit
        Unit that each entity (account or unit) lies in, −1 where it has no place, shape ``(n_entities,)``.
    current, territory
        Territory of each entity today and in the plan, shape ``(n_entities,)``.
    """
    home = problem.territories.home_xy_m
    start = np.where(problem.territories.have_home[:, None], home, centre_m)
    point = "home of its seat" if problem.territories.have_home.all() else "centre of its territory"
    said = np.where(current == NOBODY, NEW, KEPT).astype(object)
    moved = (current != NOBODY) & (territory >= 0) & (territory != current)
    said[moved] = "moved: its former territory is not among the territories to fill"
    known = np.flatnonzero(moved & (current != GONE) & (unit >= 0))
    xy = problem.units.xy_m[unit[known]]
    nearer_m = np.hypot(*(xy - start[current[known]]).T) - np.hypot(*(xy - start[territory[known]]).T)
    banned = np.zeros(len(known), bool)
    if problem.excluded is not None and len(known):
        banned = np.asarray(problem.excluded[unit[known], current[known]], dtype=bool).ravel()
    region = problem.region_of_unit[unit[known]]
    abroad = (region >= 0) & (problem.region_of_territory[current[known]] != region)
    for entity, metres, out, outside in zip(known, nearer_m, banned, abroad, strict=True):
        if out:
            said[entity] = "moved: a rule keeps it out of its former territory"
        elif outside:
            said[entity] = "moved: its former territory is not of its region"
        elif not np.isfinite(metres):
            said[entity] = "moved: so that the limits of all territories hold"
        elif metres > 0:
            said[entity] = f"moved: {metres / 1000:.1f} km nearer to the {point}"
        else:
            said[entity] = f"moved: for the plan as a whole, {-metres / 1000:.1f} km farther from the {point}"
    placed = np.flatnonzero((unit >= 0) & (territory >= 0))
    for entity in placed[problem.locked[unit[placed]] >= 0]:
        said[entity] = LOCKED if current[entity] == territory[entity] else LOCKED_ELSEWHERE
    return [str(reason) for reason in said]
