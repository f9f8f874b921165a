"""Small problems proved infeasible by trying everything, and the least widening that makes them feasible."""

from __future__ import annotations

import threading

import numpy as np
from ortools.sat.python import cp_model

from planner.arrays import IntArray, MaskArray
from planner.problem import AlignmentProblem
from planner.stop import Stop
from solvers.conflicts.band import Band
from solvers.conflicts.conflict import Conflict
from solvers.conflicts.division import Division
from solvers.conflicts.loosening import bands
from solvers.cp_sat.contiguity import Cut, Surroundings
from solvers.cp_sat.engine import new_solver
from solvers.cp_sat.linear_costs import allowed_pairs
from solvers.model import build_model

MOST_PAIRS = 4_000
"""Pairs of unit and territory up to which a proof is tried."""

IMPOSSIBLE = "impossible"
"""There is no plan; that none was found is None."""

MOST_ROUNDS = 300
"""Rounds of adding inequalities of contiguity, at most."""

HARD_SHARE = 0.6
"""Share of the effort for the question whether there is a plan at all."""

PRECISION = 1e-6
"""Deviation to which the narrowest band is found."""

CLOSE = 0.02
"""Uncertainty of the deviation from which on the best plan is asked to be proved the best."""

LEAST_SPENT = 0.005
"""Deterministic time counted for a round besides that of the search: building the model takes time as well."""

SECONDS_BETWEEN_LOOKS = 0.1


def prove_infeasible(
    problem: AlignmentProblem,
    *,
    stop: Stop,
    deterministic_time: float = 2.0,
    seed: int = 0,
    most_pairs: int = MOST_PAIRS,
) -> Conflict | None:
    """Return the proof that no plan keeps all hard rules; None where there is a plan, or no proof within the effort.

    Parameters
    ----------
    problem
        The problem; larger ones than `most_pairs` are not tried.
    stop
        Asked ten times a second; nothing is proved once it says so.
    deterministic_time
        Effort, in CP-SAT's units of deterministic time (about a second each).
    seed
        Seed of the search.
    most_pairs
        Pairs of unit and territory up to which it is tried.

    Returns
    -------
    A conflict ``exhausted`` with the narrowest band that is not ruled out, about one measure where one is limited,
    else about all of them together (measure −1).
    """
    if problem.n_units * problem.n_territories > most_pairs:
        return None
    search = _Exhaustion(problem, stop, deterministic_time, seed)
    if not search.pairs.any(axis=1).all():
        return None
    if search.plan(0.0, HARD_SHARE * deterministic_time) is not IMPOSSIBLE:
        return None
    return search.told(deterministic_time)


class _Exhaustion:
    def __init__(self, problem: AlignmentProblem, stop: Stop, effort: float, seed: int) -> None:
        self._problem, self._stop, self._seed = problem, stop, seed
        self.spent = 0.0
        self._bands: list[Band] = bands(problem, problem, ())
        model = build_model(problem)
        every = np.arange(problem.n_units, dtype=np.int32)
        territories = np.arange(problem.n_territories, dtype=np.int32)
        self.pairs: MaskArray = allowed_pairs(model, every, territories)
        self._cuts: dict[Cut, None] = {}
        self._surroundings: Surroundings | None = None
        if problem.contiguous:
            home = np.where(np.isfinite(model.home), model.home, model.xy.mean(axis=0))
            self._surroundings = Surroundings(
                model, every.astype(np.intp), self.pairs, model.locked < 0, home
            )

    def plan(self, deviation: float, ends: float) -> IntArray | str | None:
        """Return a plan within `deviation`, `IMPOSSIBLE`, or None where the effort until `ends` does not tell.

        Solve, rule out what falls apart, and solve again until nothing does.
        """
        division = Division(self._problem, self.pairs, self._bands, deviation)
        for cut in self._cuts:
            division.add_cut(cut.territory, cut.stray, cut.root, cut.separator)
        for _ in range(MOST_ROUNDS):
            if self.spent >= ends or self._stop.reason(0) is not None:
                break
            solver = new_solver(self._seed)
            solver.parameters.max_deterministic_time = ends - self.spent
            left = self._stop.seconds_left()
            if np.isfinite(left):
                solver.parameters.max_time_in_seconds = max(left, 1e-3)
            status = watched_solve(solver, division.cp, self._stop)
            self.spent += solver.response_proto.deterministic_time + LEAST_SPENT
            if status == cp_model.INFEASIBLE:
                return IMPOSSIBLE
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                break
            taken = np.array([solver.boolean_value(v) for v in division.chosen])
            label: IntArray = np.full(self._problem.n_units, -1, np.int32)
            label[division.row[taken]] = division.column[taken]
            fresh = [] if self._surroundings is None else self._surroundings.cuts(label)
            if not fresh:
                return label
            for cut in fresh:
                self._cuts[cut] = None
                division.add_cut(cut.territory, cut.stray, cut.root, cut.separator)
        return None

    def narrowest(self, ends: float) -> tuple[float, float]:
        """Return the deviation that is proved to be needed, and the least of a plan; inf where none was found."""
        needed, found = 0.0, self.plan(np.inf, ends)
        if found is IMPOSSIBLE:
            return np.inf, np.inf
        if found is None or any((band.ideal <= 0).any() for band in self._bands):
            return needed, np.inf
        most = self._deviation(found)
        asked = np.inf
        while most - needed > 1.5 * PRECISION:
            # Now and then the question is whether anything beats the best one: bisection alone would never settle it.
            close = most - needed < CLOSE and most < asked
            tried = most - PRECISION if close else 0.5 * (needed + most)
            asked = most if close else asked
            found = self.plan(tried, ends)
            if found is None:
                break
            if found is IMPOSSIBLE:
                needed = tried
            else:
                most = min(tried, self._deviation(found))
        return needed, most

    def _deviation(self, label: IntArray | str) -> float:
        """Return the largest deviation from an ideal of territories that leave their limits."""
        loads = self._problem.loads(np.asarray(label, np.int32))
        worst = 0.0
        for band in self._bands:
            load = loads[:, band.measure]
            outside = (load < band.lower - band.slack) | (load > band.upper + band.slack)
            worst = max(worst, float(np.where(outside, np.abs(load / band.ideal - 1.0), 0.0).max()))
        return worst

    def told(self, ends: float) -> Conflict:
        """Put the proof, and the best that is possible as far as the effort until `ends` tells, in words."""
        rules = [
            *(["bands"] if self._bands else []),
            *(["contiguity"] if self._problem.contiguous else []),
            *(["locks"] if (self._problem.locked >= 0).any() else []),
            *(["exclusions"] if self._problem.excluded is not None else []),
            *(["the disruption budget"] if self._problem.budgets else []),
            *(["mixes"] if self._problem.mixes else []),
            *(["pairs that must stay apart"] if len(self._problem.apart) else []),
        ]
        size = f"{self._problem.n_units} units and {self._problem.n_territories} territories"
        text = f"all divisions of {size} were ruled out: none keeps {_listed(rules)}"
        measure = self._bands[0].measure if len(self._bands) == 1 else -1
        needed, most = self.narrowest(ends)
        if np.isinf(needed):
            return Conflict("exhausted", f"{text}, not even with the bands as wide as you like", measure)
        if needed <= 0:
            return Conflict("exhausted", text, measure)
        of = self._problem.measures[measure].name if measure >= 0 else "all measures"
        text += f". The narrowest band of {of} that can hold is ±{100 * needed:.2f} %"
        text += (
            ", and there is a plan that keeps it" if most - needed <= 2 * PRECISION else ", or a wider one"
        )
        return Conflict("exhausted", text, measure, (), needed)


def _listed(rules: list[str]) -> str:
    return rules[0] if len(rules) == 1 else f"{', '.join(rules[:-1])} and {rules[-1]} together"


def watched_solve(solver: cp_model.CpSolver, model: cp_model.CpModel, stop: Stop) -> int:
    """Return the status of a search that ends soon after `stop` says so; unknown where that cut it short."""
    over, cut_short = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            if stop.reason(0) is not None:
                cut_short.set()
                solver.stop_search()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        status = int(solver.solve(model))
    finally:
        over.set()
        watcher.join()
    return int(cp_model.UNKNOWN) if cut_short.is_set() else status
