"""The method that users get: prove, cluster, search, solve exactly, and say what was done and why.

1. Contradictions that counting can prove are found first; the best possible plan is then sought under limits loosened
   just where they were proved impossible.
2. Many cheap starts (`solvers.starts`) get a short search each; the best few are polished by a long one.
3. CP-SAT re-solves neighbouring territories exactly, and small problems with a linear objective as a whole.
4. The bound is proved independently of the search (`solvers.bounds`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from planner.alignment import Alignment
from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.scorecard import Scorecard, scorecard
from planner.solving import SILENT, Observer, Progress, SolveReport, SolveResult, Status
from planner.stop import AnyOf, MaxSeconds, Stop, Termination
from solvers.bounds import fixed_centre_bound, free_centre_bound
from solvers.conflicts import Conflict, best_possible, find_conflicts
from solvers.exact import ExactParams, polish_exactly
from solvers.local_search.annealing import TOLERANCE, AnnealParams, Found, anneal, found
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel, build_model
from solvers.starts import draw_start, obey
from solvers.transport import cheapest_candidates

PROVED_GAP = 1e-6
"""Relative gap at which an alignment counts as optimal."""


REFINE, RESCUE = -1, -2
"""Ways of a long search besides the numbered ones."""


@dataclass(frozen=True)
class PipelineParams:
    """Tuning of the pipeline.

    Parameters
    ----------
    most_starts, most_polished
        Starts drawn and long searches run where time allows.
    start_share, polish_share, rescue_share
        Shares of the time limit after which starts are no longer drawn, long searches no longer begun, and long
        searches of an alignment that still breaches a band no longer begun.
    long_share
        Share of the time limit that one long search of a large problem may take.
    short
        Annealing of a start.
    long
        Annealings of a polish, tried in turn: firm prices find a way into narrow bands, soft ones shape better
        where bands are wide.
    refine
        Annealing of the best so far, again and again while it helps.
    rescue
        Annealing of an alignment that breaches a band, with prices that rise until they outweigh any detour.
    large_pairs
        Pairs of unit and territory above which a single start is drawn.
    settle
        Annealing that follows where a polish still breaches a band.
    workers
        Searches side by side.
    exact
        Tuning of the CP-SAT part.
    """

    most_starts: int = 24
    most_polished: int = 4
    start_share: float = 0.3
    polish_share: float = 0.7
    rescue_share: float = 0.93
    long_share: float = 0.12
    short: AnnealParams = AnnealParams(
        proposals_per_unit=800, most_proposals=30_000_000, steps=12, hot=1.0, price=0.5, rise=1.3
    )
    long: tuple[AnnealParams, ...] = (
        AnnealParams(hot=5.0, price=12.0),
        AnnealParams(proposals_per_unit=6_000, steps=24, hot=1.0, price=0.25, rise=1.3),
        AnnealParams(hot=5.0, price=12.0),
        AnnealParams(),
    )
    refine: AnnealParams = AnnealParams(hot=0.5, price=12.0)
    rescue: AnnealParams = AnnealParams(hot=1.0, price=12.0, rise=1.2)
    settle: AnnealParams = AnnealParams(proposals_per_unit=8_000, steps=24, hot=0.3, cold=0.002, price=30.0)
    workers: int = 2
    large_pairs: int = 10_000_000
    exact: ExactParams = ExactParams()


@dataclass(frozen=True)
class Pipeline:
    """Solver `auto`. See the module for what it does."""

    params: PipelineParams = PipelineParams()
    name: str = "auto"

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return None: it takes every problem."""
        return None

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
        conflicts = find_conflicts(problem)
        notes: list[str] = []
        if any(conflict.kind in ("too_few_units", "nowhere_allowed") for conflict in conflicts):
            return _impossible(self.name, conflicts, began)
        solvable = problem
        if conflicts:
            solvable = best_possible(problem, conflicts)
            notes.append("limits proved impossible were loosened to the best possible before optimising")
        run = _Run(self.params, solvable, stop, observer, seed, notes)
        if problem.n_territories == 1:
            run.take_all()
        else:
            run.take(start)
            # One large start uses all cores in its matrix products; many small searches share them instead.
            with (
                threadpool_limits(limits=self.params.workers if run.large else 1),
                ThreadPoolExecutor(self.params.workers) as pool,
            ):
                run.draw_and_polish(pool)
                run.prove_bound()
                run.solve_exactly()
        bound, bound_kind = run.bound()
        return _result(self.name, problem, run, conflicts, bound, bound_kind, time.monotonic() - began)


class _Run:
    """One run of the pipeline: the best so far, how far it is, and what was done."""

    def __init__(
        self,
        params: PipelineParams,
        problem: AlignmentProblem,
        stop: Stop,
        observer: Observer,
        seed: int,
        notes: list[str],
    ) -> None:
        self.params, self.problem, self.stop, self.observer, self.seed = params, problem, stop, observer, seed
        self.model = build_model(problem)
        self.current: IntArray = problem.current
        self.notes = notes
        self.best: Found | None = None
        self.iterations = 0
        self.termination: Termination | None = None
        self.proved = False
        self._exact_bound: float | None = None
        self._proposals_per_second = 0.0
        self._bounds: list[tuple[float, str]] = []
        self._whole = stop.seconds_left()
        self._allowed = stop.iterations_left(0)

    @property
    def large(self) -> bool:
        """Whether one start takes a good part of a minute."""
        return self.model.n_units * self.model.n_territories > self.params.large_pairs

    def take(self, start: Alignment | None) -> None:
        """Begin with a given alignment, and with the one in force where it is complete."""
        if start is not None:
            self.consider(start.territory, "start that was given")
        if (self.current >= 0).all():
            self.consider(self.current, "current alignment")

    def take_all(self) -> None:
        """Give every unit to the only territory."""
        self.consider(np.zeros(self.problem.n_units, np.int32), "only one territory")
        self.notes.append("there is one territory only: every unit belongs to it")
        self.proved = True
        if self.best is not None:
            self._bounds.append((self.best.cost, "the only alignment there is"))

    def consider(self, territory: IntArray, phase: str) -> None:
        """Keep an alignment where it obeys locks, exclusions and contiguity and is the best so far."""
        candidate = _found_if_obedient(self.problem, self.model, territory)
        if candidate is not None:
            self._keep(candidate, phase)

    def _keep(self, candidate: Found, phase: str, fraction: float | None = None) -> None:
        if candidate.better_than(self.best):
            self.best = candidate
        if self.best is not None:
            self.observer(
                Progress(
                    phase,
                    self._fraction() if fraction is None else fraction,
                    self.best.cost * self.model.cost_unit,
                    None,
                    self.best.breach,
                    self.iterations,
                    Alignment(self.best.territory),
                )
            )

    def _fraction(self) -> float | None:
        if np.isfinite(self._whole):
            return float(min(1.0, 1.0 - self.stop.seconds_left() / max(self._whole, 1e-9)))
        if np.isfinite(self._allowed):
            return float(min(1.0, self.iterations / max(self._allowed, 1)))
        return None

    def _stopped(self) -> bool:
        self.termination = self.termination or self.stop.reason(self.iterations)
        return self.termination is not None

    def _until(self, share: float) -> Stop:
        """Return a rule that stops when `share` of the time is spent, or with the run."""
        left = self.stop.seconds_left() - (1.0 - share) * self._whole if np.isfinite(self._whole) else np.inf
        return AnyOf((self.stop, MaxSeconds(max(left, 0.0)))) if np.isfinite(left) else self.stop

    def draw_and_polish(self, pool: ThreadPoolExecutor) -> None:
        """Draw starts, search each a little, then polish the best ones."""
        iterations = self._allowed
        most_starts = int(min(self.params.most_starts, max(1.0, iterations / 3)))
        if self.model.fixed_centre or self.large:
            # Centres are given, and every start would be the same; or one start takes long enough.
            most_starts = 1
        most_polished = int(min(self.params.most_polished, max(1.0, iterations / 3)))
        ranked: list[Found] = [] if self.best is None else [self.best]
        until = self._until(self.params.start_share)
        for result in self._side_by_side(pool, range(most_starts), self._short_search, until):
            ranked.append(result)
            self._keep(result, "clustering and short searches")
        self.notes.append(f"{len(ranked)} starts were balanced around centres and searched briefly")
        ranked.sort(key=lambda one: (one.surplus_pieces, one.breach > TOLERANCE, one.breach + one.cost))
        until = self._until(self.params.polish_share)
        # Few starts (seat homes fix the centres, say) are polished several times over, from other random streams.
        begins = [ranked[b % len(ranked)] for b in range(most_polished)]
        work = [(begin, way) for begin in begins for way in range(len(self.params.long))]
        if self.large:
            work = [(begins[0], RESCUE), (begins[0], 0)]
        if np.isfinite(iterations):
            work = work[: int(max(2, iterations / 3))]
        polished = self._polish(pool, work, until, 0, "search on borders")
        # Shape can wait: as long as a band is breached, the time goes into finding a way inside.
        late = self._until(self.params.rescue_share)
        while self._breached() and polished < most_polished * 4 and late.reason(self.iterations) is None:
            again = [(ranked[0], 0), (self.best, RESCUE)]
            polished += self._polish(pool, again, late, polished, "search for a way into the bands")
        stale = 0
        while polished < most_polished * 4 and stale < 2 and until.reason(self.iterations) is None:
            before = self.best
            polished += self._polish(pool, [(before, REFINE)] * 2, until, polished, "search on borders")
            stale = stale + 1 if self.best is before else 0
        self.notes.append(f"{polished} long searches on their borders polished the best of them")

    def _polish(
        self, pool: ThreadPoolExecutor, work: Sequence[Any], until: Stop, first_index: int, phase: str
    ) -> int:
        """Run long searches, keep what is better, and return how many were run."""
        done = 0
        for result in self._side_by_side(pool, work, self._long_search, until, first_index=first_index):
            done += 1
            self._keep(result, phase)
        return done

    def _side_by_side(
        self,
        pool: ThreadPoolExecutor,
        work: Sequence[Any],
        search: Callable[[Any, int, Stop], Found],
        until: Stop,
        first_index: int = 0,
    ) -> Iterator[Found]:
        """Run `search` over `work`, as many at once as there are workers, in order; stop beginning new ones late."""
        items = list(work)
        for first in range(0, len(items), self.params.workers):
            if first and (until.reason(self.iterations) is not None or self._stopped()):
                return
            batch = items[first : first + self.params.workers]
            futures = [
                pool.submit(search, item, first_index + first + b, until) for b, item in enumerate(batch)
            ]
            for future in futures:
                self.iterations += 1
                yield future.result()

    def _breached(self) -> bool:
        return self.best is None or self.best.breach > TOLERANCE

    def _short_search(self, index: int, _: int, until: Stop) -> Found:
        territory = draw_start(self.model, self.current, index, self.seed, self.stop)
        return self._anneal(territory, self.params.short, (self.seed, 1, index), self.stop)

    def _long_search(self, work: tuple[Found, int], index: int, until: Stop) -> Found:
        begin, way = work
        special = {RESCUE: self.params.rescue, REFINE: self.params.refine}
        params = special.get(way) or self.params.long[way]
        result = self._anneal(begin.territory, self._fitted(params), (self.seed, 2, index), until)
        if result.breach > TOLERANCE:
            settled = self._anneal(result.territory, self.params.settle, (self.seed, 3, index), until)
            result = settled if settled.better_than(result) else result
        return result

    def _anneal(self, territory: IntArray, params: AnnealParams, seed: tuple[int, ...], stop: Stop) -> Found:
        number = int(np.random.default_rng(list(seed)).integers(2**31))
        began = time.monotonic()
        state = SearchState(self.model, territory, number, self._candidates(territory))
        result = anneal(state, params, stop)
        if params is self.params.short:
            self._proposals_per_second = params.proposals(self.model.n_units) / max(
                time.monotonic() - began, 1e-3
            )
        return result

    def _fitted(self, params: AnnealParams) -> AnnealParams:
        """Return `params` with as many proposals as a part of the time limit has room for, if that is more.

        A million units need more than the fixed number that is plenty for a thousand.
        """
        room = self._proposals_per_second * self.params.long_share * self._whole
        if not np.isfinite(room) or room <= params.most_proposals:
            return params
        return replace(params, most_proposals=int(room))

    def _candidates(self, territory: IntArray) -> IntArray | None:
        if self.model.contiguous:
            return None
        state = SearchState(self.model, territory, 0)
        centre: FloatArray = state.moment[:, 1:3] / np.maximum(state.moment[:, :1], 1e-12)
        return cheapest_candidates(self.model, centre, np.zeros(self.model.lower.shape), 8)

    def solve_exactly(self) -> None:
        """Let CP-SAT work on neighbouring territories, or on everything where that is small enough."""
        if self.best is None or self._stopped():
            return
        outcome = polish_exactly(
            self.model,
            self.best,
            self.params.exact,
            stop=self.stop,
            iterations=self.iterations,
            seed=self.seed,
            on_better=lambda better: self._keep(better, "exact re-solve of neighbouring territories"),
        )
        self._keep(outcome.best, "exact re-solve of neighbouring territories")
        self.iterations = outcome.iterations
        self.proved = outcome.proved
        self._exact_bound = outcome.bound
        self.notes.append(outcome.note)
        self.termination = self.termination or outcome.termination

    def prove_bound(self) -> None:
        """Find a lower bound that does not depend on the search."""
        if self.model.fixed_centre:
            value, _ = fixed_centre_bound(self.model, self.stop)
            self._bounds.append((value, "dual of the balanced assignment to the seats' homes"))
            return
        free = free_centre_bound(self.model, self.stop)
        if free is not None:
            kind = "nearest-mass bound for free centres (loose: about half for round territories)"
            self._bounds.append((free, kind))

    def bound(self) -> tuple[float | None, str]:
        """Return the best proven lower bound in activity · m², and which it is."""
        options = list(self._bounds)
        if self._exact_bound is not None:
            options.append((self._exact_bound, "CP-SAT over all units and territories"))
        if not options:
            return None, ""
        value, kind = max(options)
        return value * self.model.cost_unit, kind


def _found_if_obedient(problem: AlignmentProblem, model: SearchModel, territory: IntArray) -> Found | None:
    """Return `territory` with its breach, or None where it breaks a rule that the search never breaks."""
    measured = scorecard(problem, obey(model, territory))
    if measured.unassigned or measured.exclusion_breaches or measured.surplus_pieces.any():
        return None
    if not measured.n_units.all() and problem.n_units >= problem.n_territories:
        return None
    return found(SearchState(model, obey(model, territory), 0))


def _impossible(name: str, conflicts: tuple[Conflict, ...], began: float) -> SolveResult:
    report = SolveReport(
        name, seconds=time.monotonic() - began, reasons=tuple(conflict.message for conflict in conflicts)
    )
    return SolveResult(None, Status.INFEASIBLE, Termination.PROVED, report)


def _result(
    name: str,
    problem: AlignmentProblem,
    run: _Run,
    conflicts: tuple[Conflict, ...],
    bound: float | None,
    bound_kind: str,
    seconds: float,
) -> SolveResult:
    termination = run.termination or Termination.NO_IMPROVEMENT
    report = SolveReport(
        name,
        None,
        bound,
        bound_kind,
        seconds,
        run.iterations,
        tuple(run.notes),
        tuple(c.message for c in conflicts),
    )
    if run.best is None:
        report = report.replace(
            reasons=(*report.reasons, "no complete alignment was found before the run ended")
        )
        return SolveResult(None, Status.UNKNOWN, termination, report)
    measured = scorecard(problem, run.best.territory)
    report = replace(report, objective=measured.objective)
    if conflicts:
        report = report.replace(reasons=(*report.reasons, *breaches(problem, measured)))
        return SolveResult(Alignment(run.best.territory), Status.INFEASIBLE, termination, report)
    if not measured.feasible:
        report = report.replace(reasons=breaches(problem, measured))
        return SolveResult(Alignment(run.best.territory), Status.UNKNOWN, termination, report)
    if bound is not None:
        report = report.replace(bound=min(bound, measured.objective))
    optimal = run.proved or (report.gap is not None and report.gap <= PROVED_GAP)
    status = Status.OPTIMAL if optimal else Status.FEASIBLE
    return SolveResult(
        Alignment(run.best.territory), status, Termination.PROVED if optimal else termination, report
    )


def breaches(problem: AlignmentProblem, measured: Scorecard) -> tuple[str, ...]:
    """Return the hard rules that an alignment breaks, worst first, in plain words with names and numbers."""
    said: list[tuple[float, str]] = []
    for j, m in np.argwhere(measured.violation > 0):
        measure, name = problem.measures[m], problem.territories.territory_id[j]
        said.append(
            (
                float(measured.violation[j, m]),
                (
                    f"territory {name} holds {measured.loads[j, m]:,.2f} of {measure.name}; allowed are "
                    f"{measure.lower[j]:,.2f} to {measure.upper[j]:,.2f} "
                    f"({measured.deviation[j, m]:+.1%} from its ideal)"
                ),
            )
        )
    for j in np.flatnonzero(measured.surplus_pieces):
        name = problem.territories.territory_id[j]
        said.append(
            (float(measured.surplus_pieces[j]), f"territory {name} is in {measured.pieces[j]} pieces")
        )
    if measured.disruption_used > measured.disruption_budget * (1 + 1e-9):
        said.append(
            (
                1.0,
                f"{measured.disruption_used:,.2f} change hands; the budget is {measured.disruption_budget:,.2f}",
            )
        )
    said.sort(key=lambda pair: -pair[0])
    shown = [text for _, text in said[:20]]
    return (*shown, f"and {len(said) - 20} more") if len(said) > 20 else tuple(shown)
