"""Adapt an alignment to seats that came or went, with as little disturbance as possible.

What must move moves; everybody else stays as long as the rules can hold so. The search widens in circles::

    only what has no rep moves (and what overloaded territories give to new ones)
    territories around it may exchange units as well
    so may the territories around those, ring by ring
    everybody may

and stops with the first circle in which every hard rule holds. What lies outside the circle is not part of the problem
that is solved, so nothing can change there. Inside, the price of a move in the objective keeps changes few.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.alignment import NOBODY, Alignment
from planner.arrays import IntArray, MaskArray
from planner.graph import Graph
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination
from solvers import solve
from solvers.absorbing import first_alignment, links, with_ownerless
from solvers.portion import portion
from solvers.restriction import Positions, restricted

NAME = "seats"
MOST_RINGS = 4
"""Rings of territories around the change that are tried before all territories are."""


@dataclass(frozen=True, eq=False)
class Circle:
    """Who may change.

    Parameters
    ----------
    name
        In words.
    territories
        Territories that may gain or lose anything, shape ``(n_territories,)``.
    free
        Units that may move, shape ``(n_units,)``.
    """

    name: str
    territories: MaskArray
    free: MaskArray


def adapt(
    problem: AlignmentProblem,
    *,
    stop: Stop,
    observer: Observer = SILENT,
    seed: int = 0,
    method: str = "auto",
    keep_together: bool = False,
) -> SolveResult:
    """Return an alignment of the changed seats that moves as little as possible.

    Parameters
    ----------
    problem
        Problem with the seats as they will be; ``current`` is `GONE` where the rep leaves, and territories that hold
        nothing today are new. The price of a move is its own.
    stop, observer, seed, method
        As for `solvers.solve`.
    keep_together
        Whether territories that hang together today have to go on doing so where the problem does not ask for it.

    Returns
    -------
    The alignment with what is known about it: FEASIBLE from the first circle in which every hard rule holds, else the
    best of the widest, with the reasons. There is no bound: the aim is little change, not the best of all plans.
    """
    began = time.monotonic()
    whole = problem
    if problem.graph is not None and (problem.contiguous or keep_together):
        whole = hanging_together(problem).replace(contiguous=True)
    graph, owner = links(whole), with_ownerless(problem)
    moving = must_move(problem) | (owner < 0)
    first = first_alignment(whole, graph, owner, moving)
    best, done, notes = first.territory, 0, []
    effort = (stop.seconds_left(), stop.iterations_left(0))
    circles = list(_circles(graph, owner, moving, best, first.donors))
    reasons: tuple[str, ...] = ()
    status, ending = Status.UNKNOWN, Termination.NO_IMPROVEMENT
    for number, circle in enumerate(circles):
        last = number == len(circles) - 1
        if not last and not _has_room(whole, circle, best):
            notes.append(f"Not enough room: {circle.name}.")
            continue
        part = portion(stop, done, effort, 1.0, 1.0 / (len(circles) - number))
        found = _solved(whole, circle, owner, best, part, observer, seed, method)
        done += found.report.iterations
        reasons, ending = found.report.reasons, found.termination
        if found.alignment is not None:
            best = found.alignment.territory
        if scorecard(whole, best).feasible:
            status, reasons = Status.FEASIBLE, ()
            notes.append(f"As little as possible was changed: {circle.name}.")
            break
        notes.append(f"Not enough: {circle.name}.")
        if ending is Termination.CANCELLED:
            break
    else:
        status = found.status if circle.free.all() else Status.UNKNOWN
    report = SolveReport(
        solver=NAME,
        objective=scorecard(problem, best).objective,
        seconds=time.monotonic() - began,
        iterations=done,
        notes=tuple(notes),
        reasons=reasons,
    )
    return SolveResult(Alignment(best), status, ending, report)


def must_move(problem: AlignmentProblem) -> MaskArray:
    """Return which units have a rep and cannot stay with it, shape ``(n_units,)``.

    The rep is gone, or the unit is locked elsewhere, excluded there, or of another region.
    """
    current = problem.current
    owned = current != NOBODY
    moving: MaskArray = owned & ((current < 0) | ((problem.locked >= 0) & (problem.locked != current)))
    here = np.flatnonzero(owned & ~moving)
    if problem.excluded is not None and len(here):
        moving[here] |= np.asarray(problem.excluded[here, current[here]], dtype=bool).ravel()
    region = problem.region_of_unit[here]
    strayed = (region >= 0) & (problem.region_of_territory[current[here]] != region)
    moving[here] |= strayed
    return moving


def hanging_together(problem: AlignmentProblem) -> AlignmentProblem:
    """Return the problem with links between the pieces of territories that are in several today.

    So what is torn today need not be mended now, and nothing else may be torn.
    """
    assert problem.graph is not None
    graph, current = problem.graph, problem.current
    _, piece = graph.pieces(current)
    held = np.flatnonzero(current >= 0)
    # One unit stands for each piece.
    _, first = np.unique(piece[held], return_index=True)
    standing = held[first]
    several = np.bincount(current[standing], minlength=problem.n_territories)[current[standing]] > 1
    group = np.full(problem.n_units, -1, np.int32)
    group[standing[several]] = current[standing[several]]
    return problem.replace(graph=graph.linked(group)) if several.any() else problem


def _circles(
    graph: Graph, owner: IntArray, moving: MaskArray, start: IntArray, donors: MaskArray
) -> Iterator[Circle]:
    """Give the circles from the narrowest to all, each wider than the one before."""
    k = len(donors)
    last = np.where(owner >= 0, owner, k)
    inner = donors | (np.bincount(last, minlength=k + 1)[:k] == 0)
    inner[start[moving]] = True
    inner |= _around(graph, moving, owner, k)
    free = moving | np.append(donors, False)[last]
    who = "what has no rep was taken over by its neighbours"
    if donors.any():
        who = "what has no rep, and what overloaded territories gave to new ones, changed hands"
    yield Circle(f"{who}; {int(inner.sum())} of {k} territories may have changed", inner.copy(), free)
    before = free
    for ring in range(1, MOST_RINGS + 1):
        free = moving | np.append(inner, False)[last]
        if free.all():
            break
        if (free != before).any():
            told = f"territories up to ring {ring} around exchanged units as well; {int(inner.sum())} of {k}"
            told += " territories may have changed"
            yield Circle(told, inner.copy(), free)
        before = free
        inner |= _around(graph, free, owner, k)
    yield Circle(f"all {k} territories may have changed", np.ones(k, np.bool_), np.ones(len(owner), np.bool_))


def _around(graph: Graph, units: MaskArray, owner: IntArray, n_territories: int) -> MaskArray:
    """Return the territories that touch any of `units` today, shape ``(n_territories,)``."""
    touched = owner[graph.indices[units[graph.rows]]]
    found = np.zeros(n_territories, dtype=np.bool_)
    found[touched[touched >= 0]] = True
    return found


def _solved(
    problem: AlignmentProblem,
    circle: Circle,
    owner: IntArray,
    start: IntArray,
    stop: Stop,
    observer: Observer,
    seed: int,
    method: str,
) -> SolveResult:
    """Solve what lies in a circle and return the result for the whole, everything outside as in `start`."""
    units, territories = _inside(problem, circle, start)
    number = np.full(problem.n_territories, -1)
    number[territories] = np.arange(len(territories))
    held = np.where(circle.free | (problem.locked >= 0), problem.locked, owner)
    part = restricted(problem.replace(locked=held), units, territories).replace(
        region_of_unit=problem.region_of_unit[units],
        region_of_territory=problem.region_of_territory[territories],
        region_name=problem.region_name,
    )
    result = solve(
        part,
        method=method,
        start=Alignment(number[start[units]]),
        stop=stop,
        observer=observer,
        seed=seed,
    )
    if result.alignment is None:
        return result
    territory = start.copy()
    territory[units] = territories[result.alignment.territory]
    return result.replace(alignment=Alignment(territory))


def _has_room(problem: AlignmentProblem, circle: Circle, start: IntArray) -> bool:
    """Return whether what lies in a circle fits between the sums of the limits of its territories."""
    _, territories = _inside(problem, circle, start)
    lower, upper = (limit[territories].sum(axis=0) for limit in problem.limits())
    held = problem.loads(start)[territories].sum(axis=0)
    slack = 1e-9 * np.abs(held)
    return bool(((held >= lower - slack) & (held <= upper + slack)).all())


def _inside(problem: AlignmentProblem, circle: Circle, start: IntArray) -> tuple[Positions, Positions]:
    """Return the units and territories of a circle: territories whole, groups that stay together whole."""
    members = circle.territories.copy()
    members[start[circle.free]] = True
    while True:
        inside = members[start]
        groups = np.unique(problem.together[inside & (problem.together >= 0)])
        reached = start[np.isin(problem.together, groups)]
        if members[reached].all():
            return np.flatnonzero(inside), np.flatnonzero(members)
        members[reached] = True
