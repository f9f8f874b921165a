"""The method that users get: prove, cluster, search, recombine, solve exactly, and say what was done and why.

1. Contradictions that can be proved before any search are found first; the best possible plan is then sought under
   limits loosened just where they were proved impossible.
2. Starts balance the territories around centres (`solvers.starts`); each gets a short search on its borders, the best
   few a long one.
3. Groups of neighbouring territories are taken out and solved anew (`solvers.recombine`), from several of the best
   alignments first, then from the one that came furthest.
4. A bound is proved independently of the search (`solvers.bounds`), and CP-SAT ends the run: on groups until none can
   gain, on everything where that is small enough.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from planner.alignment import Alignment
from planner.objective import Compactness
from planner.problem import AlignmentProblem
from planner.solving import SILENT, Observer, SolveResult
from planner.stop import Stop, Termination
from solvers.bounding import prove_bound
from solvers.compound import has_groups
from solvers.conflicts import best_possible, find_conflicts, prove_infeasible
from solvers.exact import ExactParams, polish_exactly
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.local_search.search_state import SearchState
from solvers.median.part import solve_part
from solvers.median.search import drawn_around_units
from solvers.model import SearchModel, build_model
from solvers.narrow import narrow
from solvers.outcome import PROVED_GAP, Outcome
from solvers.polish import FIRM, MEND, RESCUE, SETTLE, Polisher, PolishParams
from solvers.portion import portion
from solvers.recombine import Recombination, RecombineParams
from solvers.regions import has_regions
from solvers.run import Run
from solvers.starts import draw_start, keeps_to_a_budget

BREACH_PRICE, MENDING_SHARE = 10.0, 0.003
"""What mending a breach may cost, while alignments are chosen from: scaled cost per ideal, share of the cost at all."""

BALANCED_EVERY = 4
"""Every so many starts around centre units are balanced by transport; the others are drawn around units."""

NEARLY = 0.003
"""Breach per territory, in ideals, up to which a large problem is nearly inside its bands."""

HOPELESS = ("too_few_units", "nowhere_allowed")
"""Kinds of conflict that leave no alignment at all."""


@dataclass(frozen=True)
class PipelineParams:
    """Tuning of the pipeline.

    Parameters
    ----------
    most_starts, most_unit_starts, most_polished
        Starts drawn, in general and around centre units, and long searches run, where time allows.
    start_share, unit_start_share, polish_share
        Shares of the search for starts and for starts with their polish; recombination takes the rest.
    most_provable, first_proof_share
        Units up to which a proof around centre units comes before the search, and the share of the effort it may take.
    first_share
        Share of the search that the first starts may take.
    rescue_share
        Share of what is left for recombination that goes into whole searches while a band is still broken.
    search_share, unit_search_share, large_search_share, bound_share
        Shares of the effort after which the search ends, in general, around centre units and for large problems; and
        after which the bound ends.
    provable_legs, exact_part
        The same two, search and bound in turn, around centre units where a proof is within reach, and the part of the
        second that CP-SAT may take before the proof.
    finalists, groups_per_territory
        Alignments that recombination begins with, at most, and groups that each must have room for.
    patience
        Times in a row that new starts may bring nothing better before the search ends.
    most_whole_units
        Units up to which centre units and assignment are chosen by one integer programme.
    large_pairs
        Pairs of unit and territory above which a single start is drawn.
    workers
        Searches side by side.
    polish, recombine, exact
        Tuning of the steps.
    """

    most_starts: int = 24
    most_unit_starts: int = 200
    most_polished: int = 6
    start_share: float = 0.1
    unit_start_share: float = 0.5
    polish_share: float = 0.45
    most_provable: int = 160
    first_proof_share: float = 0.03
    first_share: float = 0.85
    rescue_share: float = 0.5
    search_share: float = 0.85
    unit_search_share: float = 0.6
    exact_part: float = 0.02
    provable_legs: tuple[tuple[float, float], ...] = ((0.08, 0.97), (0.97, 0.97))
    large_search_share: float = 0.92
    bound_share: float = 0.97
    finalists: int = 4
    groups_per_territory: int = 6
    patience: int = 6
    most_whole_units: int = 1_600
    large_pairs: int = 10_000_000
    workers: int = 2
    polish: PolishParams = field(default_factory=PolishParams)
    recombine: RecombineParams = field(default_factory=RecombineParams)
    exact: ExactParams = ExactParams()


@dataclass(frozen=True)
class Pipeline:
    """Solver `auto`. See the module for what it does."""

    params: PipelineParams = PipelineParams()
    name: str = "auto"

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return what it leaves to solvers around it: groups that must stay together, and regions."""
        if has_groups(problem):
            return "units that must stay together are to be joined first"
        return "regions are to be solved apart" if has_regions(problem) else None

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
        if any(conflict.kind in HOPELESS for conflict in conflicts):
            seconds = time.monotonic() - began
            proved = Outcome(
                self.name, None, Termination.PROVED, False, None, "", conflicts, (), seconds, iterations=0
            )
            return proved.result(problem)
        solvable = best_possible(problem, conflicts) if conflicts else problem
        run = Run(solvable, build_model(solvable), stop, observer, self.params.workers)
        work = _Pipeline(self.params, run, seed)
        if solvable is not problem:
            run.notes.append("limits proved impossible were loosened to the best possible before optimising")
        work.everything(start)
        if run.breached and not conflicts:
            conflict = prove_infeasible(problem, stop=run.clock(1.0))
            conflicts = () if conflict is None else (conflict,)
        bound, kind = work.bound()
        outcome = Outcome(
            self.name,
            None if run.best is None else run.best.territory,
            run.ending,
            work.proved,
            bound,
            kind,
            conflicts,
            tuple(run.notes),
            time.monotonic() - began,
            run.iterations,
        )
        return outcome.result(problem)


class _Pipeline:
    """The steps of one run, in order."""

    def __init__(self, params: PipelineParams, run: Run, seed: int) -> None:
        self.params, self.run, self.seed = params, run, seed
        self.model: SearchModel = run.model
        self.proved = False
        self._bounds: list[tuple[float, str]] = []
        self._polisher = Polisher(run.model, seed, params.polish)
        self._solved: Found | None = None
        self._search_share = params.search_share
        self._drawn = self._polished = self._tried = self._gains = self._cycles = 0

    def _legs(self) -> tuple[tuple[float, float], ...]:
        """Return shares of the effort after which search and bound end in turn: proofs take long, and may succeed."""
        params = self.params
        if self._provable:
            return params.provable_legs
        search = params.unit_search_share if self.model.unit_centre else params.search_share
        return ((params.large_search_share if self._large else search, params.bound_share),)

    @property
    def _large(self) -> bool:
        """Whether one start takes a good part of the effort."""
        return self.model.n_units * self.model.n_territories > self.params.large_pairs

    def everything(self, start: Alignment | None) -> None:
        """Run all steps."""
        run, params = self.run, self.params
        if self.model.n_territories == 1:
            self._take_all()
            return
        if start is not None:
            run.consider(start.territory, "start that was given")
        if (run.problem.current >= 0).all():
            run.consider(run.problem.current, "current alignment")
        # Searches and blocks of units share the cores; matrix products that take them all would get in their way.
        with threadpool_limits(limits=1), ThreadPoolExecutor(run.workers) as pool:
            if self.model.compactness is Compactness.DIAMETER:
                narrow(run, pool, self._polisher, self.seed, params.bound_share)
                self._prove_bound(params.bound_share)
                return
            if self._provable:
                self._prove_bound(params.first_proof_share)
            for search, proof in self._legs():
                if self._closed:
                    break
                self._search_share = search
                self._search(pool)
                if self._provable:
                    # The better the alignment, the more a proof can rule out.
                    self._solve_exactly(search + params.exact_part * (proof - search))
                self._prove_bound(proof)
            run.notes += self._told()
            if not self._closed:
                run.notes += self._solve_exactly(1.0)

    def _take_all(self) -> None:
        """Give every unit to the only territory."""
        self.run.consider(np.zeros(self.model.n_units, np.int32), "only one territory")
        self.run.notes.append("there is one territory only: every unit belongs to it")
        self.proved = True
        if self.run.best is not None:
            self._bounds.append((self.run.best.cost, "the only alignment there is"))

    def _search(self, pool: Executor) -> None:
        """Cluster, polish and recombine, again from other starts while that helps and there is time."""
        run, params = self.run, self.params
        stale, first = 0, True
        while stale < params.patience:
            before, begin = run.best, run.spent()
            window = self._search_share - begin
            starts = params.unit_start_share if self.model.unit_centre else params.start_share
            begun = self._cluster(pool, begin + starts * window, [run.best] if first and run.best else [])
            first = False
            # Starts that took long leave no less time for their polish.
            polish = run.spent() + (params.polish_share - params.start_share) * window
            if not self.model.unit_centre:
                begun = self._polish(pool, begun, min(polish, self._search_share))
            self._recombine(pool, begun)
            self._solve_whole()
            stale = stale + 1 if run.best is before else 0
            self._cycles += 1
            if run.over(self._search_share):
                break

    def _told(self) -> list[str]:
        """Return what the search did, in words."""
        if self._closed and not self._drawn:
            return ["a proof found the best alignment before any search"]
        return [
            f"{self._drawn} starts were balanced around centres and searched briefly",
            f"{self._polished} long searches on their borders polished the best of them",
            f"{self._tried} groups of neighbouring territories were solved anew, {self._gains} for the better",
        ]

    def _cluster(self, pool: Executor, share: float, known: list[Found]) -> list[Found]:
        """Draw starts, search each a little, and return them with those `known`, best first."""
        run = self.run
        # Where centres are given every start would be the same; a large one takes long enough.
        count = self.params.most_unit_starts if self.model.unit_centre else self.params.most_starts
        count = 1 if self.model.fixed_centre or self._large else count
        begun = list(known)
        numbers = range(self._drawn, self._drawn + count)
        # A start that is cut short is worth nothing: the first ones may take most of the effort.
        first = run.best is None or not self._cycles
        ends = self._search_share * self.params.first_share if first else share
        for result in run.side_by_side(pool, numbers, self._start, share, first=self._drawn, ends=ends):
            self._drawn += 1
            begun.append(result)
            run.keep(result, "clustering and short searches")
        return _ranked(begun)

    def _start(self, index: int, number: int, clock: Stop) -> Found:
        if self.model.unit_centre and index % BALANCED_EVERY:
            territory = drawn_around_units(self.model, np.random.default_rng([self.seed, index]))
        else:
            territory = draw_start(self.model, self.run.problem.current, index, self.seed, clock)
        if self.model.unit_centre:
            return self._polisher.about_units(territory, number, clock)
        if keeps_to_a_budget(self.model, index):
            return self._polisher.long(found(SearchState(self.model, territory, 0)), MEND, number, clock)
        if self._large:
            begin = found(SearchState(self.model, territory, 0))
            if self._nearly_inside(begin):
                return self._polisher.long(begin, SETTLE, number, clock)
        return self._polisher.short(territory, number, clock)

    def _nearly_inside(self, one: Found) -> bool:
        """Whether little is left outside the bands: a hot search would take apart more than there is to mend."""
        return one.breach <= NEARLY * self.model.n_territories

    def _polish(self, pool: Executor, begun: list[Found], share: float) -> list[Found]:
        """Polish the best starts by long searches and return all alignments that are left, best first."""
        run, first = self.run, self._polished
        count = self.params.workers if self._large else self.params.most_polished
        results = list(begun)
        # Few starts (seat homes fix the centres, say) are polished several times over, from other random streams.
        settles = self._large and begun[0].breach > TOLERANCE and self._nearly_inside(begun[0])
        work = [(begun[b % len(begun)], SETTLE if settles else b // len(begun)) for b in range(count)]
        for result in run.side_by_side(pool, work, self._long, share, first=first):
            self._polished += 1
            results.append(result)
            run.keep(result, "search on borders")
        # Shape can wait: as long as no alignment is inside, more of the effort goes into a way there.
        late = share + self.params.rescue_share * max(0.0, self._search_share - share)
        while run.breached and self._polished - first < 2 * count and not run.over(late):
            best, first_begun = _ranked(results)[0], begun[0]
            settles = self._large and self._nearly_inside(best)
            again = [(best, SETTLE if settles else RESCUE), (first_begun, SETTLE if settles else FIRM)]
            for result in run.side_by_side(pool, again, self._long, late, first=self._polished):
                self._polished += 1
                results.append(result)
                run.keep(result, "search for a way into the bands")
        return _ranked(results)

    def _long(self, work: tuple[Found, int], number: int, clock: Stop) -> Found:
        begin, way = work
        return self._polisher.long(begin, way, number, clock)

    def _recombine(self, pool: Executor, ranked: list[Found]) -> None:
        """Recombine the best alignments: all finalists for a while, then the better half, in the end the best."""
        run, params = self.run, self.params
        finalists = [
            Recombination(self.model, begin, self.seed + 97 * self._cycles + f, params.recombine)
            for f, begin in enumerate(_different(ranked)[: params.finalists])
        ]
        finalists = finalists[: self._room_for(pool, finalists[0])]
        begin = run.spent()
        heats = max(1, len(finalists).bit_length())
        for heat in range(heats):
            share = begin + (self._search_share - begin) * (heat + 1) / heats
            share = self._search_share if heat + 1 == heats else share
            self._heat(pool, finalists, share)
            finalists.sort(key=lambda one: _rank(one.best))
            finalists = finalists[: max(1, len(finalists) // 2)]

    def _room_for(self, pool: Executor, first: Recombination) -> int:
        """Return how many finalists there is room for, by how long a first round takes."""
        run, k, share = self.run, self.model.n_territories, self._search_share
        if run.over(share):
            return 1
        before = run.spent()
        self._round(pool, first, share)
        rounds = (share - run.spent()) / max(run.spent() - before, 1e-9)
        return max(1, int(rounds * run.workers / (self.params.groups_per_territory * k)))

    def _round(self, pool: Executor, one: Recombination, share: float) -> None:
        """Let one finalist solve some groups anew."""
        run, tried, gains = self.run, one.tried, one.gains
        one.round(pool, run.workers, run.clock(share))
        run.iterations += one.tried - tried
        self._tried, self._gains = self._tried + one.tried - tried, self._gains + one.gains - gains
        run.keep(one.best, "recombination of neighbouring territories")

    def _solve_whole(self) -> None:
        """Choose centre units and assignment at once, where units are few enough."""
        run = self.run
        if (
            not self.model.unit_centre
            or run.best is None
            or self.model.n_units > self.params.most_whole_units
        ):
            return
        if run.over(self._search_share) or run.best is self._solved:
            return
        self._solved = run.best
        better = solve_part(self.model, run.best.territory, stop=run.clock(self._search_share))
        run.iterations += 1
        run.keep(better, "integer programme over centre units")

    def _heat(self, pool: Executor, finalists: list[Recombination], share: float) -> None:
        """Let the finalists take turns until `share` of the effort is spent or none of them gains any more."""
        run = self.run
        while not run.over(share):
            turn = [one for one in finalists if not one.exhausted]
            if not turn:
                return
            for one in turn:
                if run.over(share):
                    return
                self._round(pool, one, share)

    @property
    def _provable(self) -> bool:
        """Whether a proof may find the best alignment, even by itself: few units around centres, in one piece each."""
        model = self.model
        return model.unit_centre and model.contiguous and model.n_units <= self.params.most_provable

    @property
    def _closed(self) -> bool:
        """Whether the best so far is proved to be the best there is."""
        run = self.run
        if run.best is None or run.bound is None or run.breached or run.best.surplus_pieces:
            return False
        return run.best.cost <= run.bound * (1 + PROVED_GAP)

    def _prove_bound(self, share: float) -> None:
        """Find a lower bound that does not depend on the search."""
        run = self.run
        proved = prove_bound(self.model, run.best, run.clock(share))
        if proved is None:
            return
        self._bounds.append((proved.value, proved.kind))
        run.bound = proved.value if run.bound is None else max(run.bound, proved.value)
        if proved.territory is not None:
            run.consider(proved.territory, "proof")

    def _solve_exactly(self, share: float) -> list[str]:
        """Let CP-SAT work on neighbouring territories, and on everything where that is small; say what it did."""
        run = self.run
        if run.best is None or run.over(share):
            return []
        phase = "exact re-solve of neighbouring territories"
        outcome = polish_exactly(
            self.model,
            run.best,
            self.params.exact,
            stop=portion(run.stop, 0, (run.seconds, run.most_iterations), share, 1.0),
            iterations=run.iterations,
            seed=self.seed,
            on_better=lambda better: run.keep(better, phase),
        )
        run.iterations = outcome.iterations
        run.keep(outcome.best, phase)
        self.proved = self.proved or outcome.proved
        if outcome.bound is not None:
            self._bounds.append((outcome.bound, "CP-SAT over all units and territories"))
        return [outcome.note]

    def bound(self) -> tuple[float | None, str]:
        """Return the best proven lower bound in the unit of the objective, and which it is."""
        if not self._bounds:
            return None, ""
        value, kind = max(self._bounds)
        return value * self.model.cost_unit, kind


def _rank(one: Found) -> tuple[int, float]:
    """Return what orders alignments by how far they may come: a small breach is soon mended, a poor shape is not."""
    mending = BREACH_PRICE * one.breach + (MENDING_SHARE * one.cost if one.breach > TOLERANCE else 0.0)
    return one.surplus_pieces, one.cost + mending


def _ranked(results: list[Found]) -> list[Found]:
    return sorted(results, key=_rank)


def _different(ranked: list[Found]) -> list[Found]:
    """Return `ranked` without those that cost as much as a better one: most likely the same alignment."""
    kept: list[Found] = []
    for one in ranked:
        if all(abs(one.cost - other.cost) > 1e-4 * abs(other.cost) for other in kept):
            kept.append(one)
    return kept
