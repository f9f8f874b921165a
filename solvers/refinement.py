"""Improve a plan that is there, without starting afresh: what rules cost, and plans between others, are found by it.

A few short searches on the borders go out from the plan, the best of them is recombined group by group. All rules are
those of the problem: where they are tighter than the plan, prices on breaches lead it inside; where they are looser,
the result is never worse than the plan.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from threadpoolctl import threadpool_limits

from planner.alignment import Alignment
from planner.objective import Compactness
from planner.problem import AlignmentProblem
from planner.solving import SILENT, Observer, Solver, SolveResult
from planner.stop import Stop
from solvers.by_region import ByRegion
from solvers.contraction import Contraction
from solvers.local_search.annealing import AnnealParams, Found, found
from solvers.local_search.search_state import SearchState
from solvers.median.search import MedianParams
from solvers.model import build_model
from solvers.narrow import narrow
from solvers.outcome import Outcome
from solvers.pipeline import Pipeline
from solvers.polish import Polisher, PolishParams
from solvers.recombine import Recombination, RecombineParams
from solvers.repair import fill_empty, make_contiguous
from solvers.run import Run
from solvers.starts import draw_start, obey

GENTLE = AnnealParams(
    proposals_per_unit=600, most_proposals=8_000_000, steps=16, hot=0.5, price=4.0, rise=1.3
)
FIRM = AnnealParams(proposals_per_unit=600, most_proposals=8_000_000, steps=16, hot=0.3, price=30.0, rise=1.2)
ABOUT_UNITS = MedianParams(proposals_per_unit=1_500, steps=16, hot=0.2, price=4.0)


@dataclass(frozen=True)
class RefinementParams:
    """Tuning of the refinement.

    Parameters
    ----------
    passes
        Searches on the borders, from one random stream each.
    workers
        Searches side by side.
    polish, recombine
        Tuning of the searches, and of the recombination that follows.
    """

    passes: int = 2
    workers: int = 2
    polish: PolishParams = field(
        default_factory=lambda: PolishParams(
            long=(GENTLE,), settle=FIRM, about_units=(ABOUT_UNITS,), least_about_units=200_000
        )
    )
    recombine: RecombineParams = field(default_factory=lambda: RecombineParams(patience=2, least_patience=12))


@dataclass(frozen=True)
class Refinement:
    """Solver that improves its start; see the module. Groups and regions are for solvers around it."""

    params: RefinementParams = field(default_factory=RefinementParams)
    name: str = "refine"

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return what the pipeline says: it searches by the same means."""
        return Pipeline().supports(problem)

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
        began = time.monotonic()
        model = build_model(problem)
        run = Run(problem, model, stop, observer, self.params.workers)
        if start is None:
            drawn = draw_start(model, problem.current, 0, seed, stop)
            run.keep(found(SearchState(model, drawn, 0)), "balanced start")
        else:
            run.consider(start.territory, "start that was given")
            if run.best is None:
                mended = fill_empty(model, make_contiguous(model, obey(model, start.territory)))
                # Pieces that cannot be joined (a lock far away) are for the search to mend.
                run.keep(found(SearchState(model, mended, 0)), "start that was given, mended")
        if run.best is not None and model.n_territories > 1:
            self._search(run, seed)
        territory = None if run.best is None else run.best.territory
        seconds = time.monotonic() - began
        notes = tuple(run.notes)
        return Outcome(
            self.name, territory, run.ending, False, None, "", (), notes, seconds, run.iterations
        ).result(problem)

    def _search(self, run: Run, seed: int) -> None:
        """Search on the borders, then recombine."""
        params, polisher = self.params, Polisher(run.model, seed, self.params.polish)
        with threadpool_limits(limits=1), ThreadPoolExecutor(run.workers) as pool:
            if run.model.compactness is Compactness.DIAMETER:
                narrow(run, pool, polisher, seed, 1.0)
                return
            assert run.best is not None
            begin = run.best

            def search(number: int, _: int, clock: Stop) -> Found:
                if run.model.unit_centre:
                    return polisher.about_units(begin.territory, number, clock)
                return polisher.long(begin, number, number, clock)

            for result in run.side_by_side(pool, range(params.passes), search, 0.5):
                run.keep(result, "search around the plan")
            recombination = Recombination(run.model, run.best, seed, params.recombine)
            while not run.over(1.0) and not recombination.exhausted:
                tried = recombination.tried
                recombination.round(pool, run.workers, run.clock(1.0))
                run.iterations += recombination.tried - tried
                run.keep(recombination.best, "groups of neighbouring territories solved anew")
                if recombination.tried == tried:
                    break


def refiner(params: RefinementParams | None = None) -> Solver:
    """Return the refinement, with groups that must stay together and regions taken care of around it."""
    return Contraction(ByRegion(Refinement(params or RefinementParams())))
