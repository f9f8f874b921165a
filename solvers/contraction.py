"""Solve problems with units that must stay together: each group as one unit, by another solver."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.alignment import Alignment
from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, Progress, Solver, SolveResult
from planner.stop import Stop
from solvers.compound import Compounds, contract, has_groups
from solvers.outcome import rejudged


@dataclass(frozen=True)
class Contraction:
    """A solver for groups that must stay together, around one that knows none.

    Parameters
    ----------
    inner
        Solver of the problem whose groups are single units; it gets the whole problem where there are no groups.
    """

    inner: Solver

    @property
    def name(self) -> str:
        """Name of the inner solver: to users it is the same."""
        return self.inner.name

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return what the inner solver says of the problem without groups."""
        return self.inner.supports(problem.replace(together=None))

    def solve(
        self,
        problem: AlignmentProblem,
        *,
        start: Alignment | None = None,
        stop: Stop,
        observer: Observer = SILENT,
        seed: int = 0,
    ) -> SolveResult:
        """Return the best alignment found until `stop` says so; see `planner.solving.Solver`."""
        if not has_groups(problem):
            return self.inner.solve(problem, start=start, stop=stop, observer=observer, seed=seed)
        began = time.monotonic()
        compounds = contract(problem)
        retold = _Retold(problem, compounds, observer)
        begin = None
        if start is not None:
            if scorecard(problem, start.territory).feasible:
                retold.consider(start.territory)
            begin = Alignment(compounds.contracted(start.territory))
        found = self.inner.solve(compounds.problem, start=begin, stop=stop, observer=retold, seed=seed)
        if found.alignment is not None:
            retold.consider(compounds.expanded(found.alignment.territory))
        bound = found.report.bound if compounds.bounded else None
        grouped = len(compounds.of_unit) - compounds.problem.n_units
        note = f"groups that must stay together were joined: {grouped:,} units fewer"
        report = found.report.replace(
            seconds=time.monotonic() - began, notes=(note, *compounds.notes, *found.report.notes)
        )
        return rejudged(
            problem,
            found.replace(report=report),
            retold.best,
            bound=None if bound is None else bound + compounds.constant,
            same_rules=compounds.complete,
            same_cost=compounds.exact,
            reasons=compounds.faults,
        )


class _Retold:
    """Tells an observer of the whole problem what happens to the contracted one, and keeps the best of it."""

    def __init__(self, problem: AlignmentProblem, compounds: Compounds, observer: Observer) -> None:
        self._problem, self._compounds, self._observer = problem, compounds, observer
        self.best: IntArray | None = None
        self._broken, self._worst, self._cost = True, np.inf, np.inf
        self._seen: Alignment | None = None

    def consider(self, territory: IntArray) -> None:
        """Keep an alignment of the units where it is the best so far; of broken ones the last is the best."""
        measured = scorecard(self._problem, territory)
        rank = not measured.feasible, measured.objective if measured.feasible else np.inf
        if self.best is None or rank <= (self._broken, np.inf if self._broken else self._cost):
            self.best, self._broken, self._cost = territory, not measured.feasible, measured.objective
            self._worst = float(measured.violation.max(initial=0.0))

    def __call__(self, progress: Progress) -> None:
        """Tell of progress in terms of the whole problem."""
        compounds = self._compounds
        bound = None
        if progress.bound is not None and compounds.bounded:
            bound = progress.bound + compounds.constant
        if progress.alignment is None:
            self._observer(replace(progress, objective=None, bound=bound))
            return
        if compounds.exact and compounds.complete:
            cost = None if progress.objective is None else progress.objective + compounds.constant
            territory = compounds.expanded(progress.alignment.territory)
            self._observer(replace(progress, objective=cost, bound=bound, alignment=Alignment(territory)))
            return
        # What is better of compounds need not be better of units: each new alignment is measured.
        if progress.alignment is not self._seen and progress.alignment != self._seen:
            self.consider(compounds.expanded(progress.alignment.territory))
            self._seen = progress.alignment
        best = None if self.best is None else Alignment(self.best)
        violation = max(self._worst, progress.violation or 0.0) if self._broken else 0.0
        bound = None if bound is None else min(bound, self._cost)
        told = replace(progress, objective=self._cost, bound=bound, violation=violation, alignment=best)
        self._observer(told)
