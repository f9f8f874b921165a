"""Solve regions that nothing ties together, each with its share of the effort, by another solver.

A first round gives every part a plan soon; a second one goes on from there with the rest of the effort, and with what
of the disruption budgets is left over: first the parts whose rules do not hold yet.

One after the other, each part gets its share of what those before it left over. With a `solvers.side_by_side.Mapper`
the parts of a round are solved side by side: shares are fixed when the round begins, and what is left over goes into
further rounds. So with limits on iterations the plan does not depend on which mapper it is, nor on how many work at
once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.alignment import Alignment
from planner.arrays import IntArray
from planner.objective import Compactness
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, Progress, Solver, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination
from solvers.apportionment import Apportionment
from solvers.conflicts import find_conflicts
from solvers.outcome import rejudged
from solvers.portion import portion
from solvers.regions import Part, Regions, has_regions, split
from solvers.side_by_side import Mapper, Piece, in_time, seconds_each

FIRST_ROUND = 0.1
"""Share of the effort for a first plan of every part."""

MOST_ROUNDS = 4
"""Rounds after the first, side by side: each hands out what the one before left over."""

SOLVED = (Termination.PROVED, Termination.NO_IMPROVEMENT)
"""Endings after which going on would bring nothing."""


@dataclass(frozen=True)
class ByRegion:
    """A solver for regions, around one that knows none.

    Parameters
    ----------
    inner
        Solver of the parts; it gets the whole problem where there are no regions.
    mapper
        Solves parts side by side; None for one after the other.
    """

    inner: Solver
    mapper: Mapper | None = None

    @property
    def name(self) -> str:
        """Name of the inner solver: to users it is the same."""
        return self.inner.name

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return what the inner solver says of the problem without regions."""
        n, k = problem.n_units, problem.n_territories
        bare = problem.replace(
            region_of_unit=np.full(n, -1), region_of_territory=np.full(k, -1), loose=None, region_name=()
        )
        return self.inner.supports(bare)

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
        if not has_regions(problem):
            return self.inner.solve(problem, start=start, stop=stop, observer=observer, seed=seed)
        began = time.monotonic()
        run = _RegionRun(self.inner, problem, split(problem), stop, observer, seed)
        if start is not None:
            run.begin(start.territory)
        if self.mapper is None:
            run.everything()
        else:
            run.side_by_side(self.mapper)
        return run.result(time.monotonic() - began)


@dataclass
class _Found:
    """The best of one part so far; an alignment is kept while nothing better is found."""

    result: SolveResult | None = None
    start: Alignment | None = None
    bound: float | None = None
    notes: tuple[str, ...] = ()
    iterations: int = 0
    told: Progress | None = None

    @property
    def alignment(self) -> Alignment | None:
        """Its best alignment."""
        return None if self.result is None else self.result.alignment

    @property
    def broken(self) -> bool:
        """Whether it has no alignment that keeps the rules."""
        return self.result is None or self.result.status not in (Status.OPTIMAL, Status.FEASIBLE)

    def keep(self, result: SolveResult) -> None:
        """Keep a result and all that is known besides."""
        worse = not self.broken and result.status not in (Status.OPTIMAL, Status.FEASIBLE)
        self.iterations += result.report.iterations
        bounds = [bound for bound in (self.bound, result.report.bound) if bound is not None]
        self.bound = max(bounds, default=None)
        self.notes = result.report.notes
        if not worse:
            self.result = result
            self.start = result.alignment if result.alignment is not None else self.start


class _RegionRun:
    """One run over all parts."""

    def __init__(
        self,
        inner: Solver,
        problem: AlignmentProblem,
        regions: Regions,
        stop: Stop,
        observer: Observer,
        seed: int,
    ) -> None:
        self._inner, self._problem, self._regions = inner, problem, regions
        self._parts: tuple[Part, ...] = regions.parts
        self._stop, self._observer, self._seed = stop, observer, seed
        self._found = [_Found() for _ in self._parts]
        self._budgets = Apportionment(problem, [part.problem for part in self._parts])
        self._effort = stop.seconds_left(), stop.iterations_left(0)

    @property
    def _done(self) -> int:
        """Iterations so far."""
        return sum(found.iterations for found in self._found)

    @property
    def _summed(self) -> bool:
        """Whether the objective is the sum of those of the parts."""
        return self._problem.objective.compactness is not Compactness.DIAMETER

    @property
    def _complete(self) -> bool:
        """Whether the parts have the rules of the whole, so that what is proved of all of them is proved of it."""
        return all(part.complete for part in self._parts) and not self._budgets.shared

    def begin(self, territory: IntArray) -> None:
        """Let every part start from its share of an alignment; where it keeps the rules, so does every part."""
        feasible = scorecard(self._problem, territory).feasible
        for p, part in enumerate(self._parts):
            within = np.zeros(self._problem.n_territories, np.int32)
            within[part.territories] = np.arange(len(part.territories))
            own = within[territory[part.units]]
            self._found[p].start = Alignment(own)
            if feasible:
                self._budgets.uses(p, own)

    def everything(self) -> None:
        """Run all rounds."""
        limited = np.isfinite(self._effort).any()
        if limited and len(self._parts) > 1:
            self._round(range(len(self._parts)), FIRST_ROUND)
        if any(found.result is None for found in self._found):
            self._round(range(len(self._parts)), 1.0)
            return
        order = sorted(range(len(self._parts)), key=lambda p: not self._found[p].broken)
        self._round([p for p in order if self._worthwhile(p)], 1.0)

    def side_by_side(self, mapper: Mapper) -> None:
        """Run all rounds with the parts of each side by side."""
        limited = bool(np.isfinite(self._effort).any())
        everybody = list(range(len(self._parts)))
        if limited and len(everybody) > 1:
            self._together(mapper, everybody, FIRST_ROUND)
        for _ in range(MOST_ROUNDS):
            lacking = [p for p in everybody if self._found[p].result is None]
            order = lacking or [p for p in everybody if self._worthwhile(p)]
            spent = self._stop.reason(self._done) is not None
            if not order or (spent and not lacking):
                return
            if self._budgets.shared and not lacking:
                # Parts whose rules do not hold get all that is left over, so only one at a time.
                for p in [p for p in order if self._found[p].broken]:
                    self._together(mapper, [p], 1.0, among=order)
                    order = [q for q in order if q != p]
            self._together(mapper, order, 1.0)
            if not limited or self._stop.iterations_left(self._done) < len(order):
                return

    def _together(
        self, mapper: Mapper, order: list[int], ends: float, among: list[int] | None = None
    ) -> None:
        """Solve some parts side by side until a share of the effort is spent.

        `among` are the parts that the effort is shared with; those of `order` where absent.
        """
        if not order:
            return
        done, all_of_them = self._done, among or order
        sizes = {p: len(self._parts[p].units) for p in all_of_them}
        seconds, iterations = self._effort
        left = self._stop.seconds_left() - (1.0 - ends) * seconds if np.isfinite(seconds) else np.inf
        each = dict(zip(all_of_them, seconds_each([*sizes.values()], mapper.width, left), strict=True))
        pieces = []
        for p in order:
            share = sizes[p] / sum(sizes.values())
            found = self._found[p]
            alone = found.result is not None and found.broken and len(order) == 1
            most = np.inf
            if np.isfinite(iterations):
                most = max(1.0, float(round((ends * iterations - done) * share)))
            pieces.append(
                Piece(
                    self._parts[p].name,
                    self._inner,
                    self._budgets.allotted(p, order, alone=alone),
                    found.start,
                    self._seed + p,
                    each[p],
                    most,
                )
            )
        largest_first = sorted(range(len(order)), key=lambda n: -sizes[order[n]])
        results = mapper(
            [pieces[n] for n in largest_first],
            cancelled=lambda: self._stop.reason(done) is not None,
            observer=lambda n, progress: self._tell(order[largest_first[n]], progress),
        )
        reason = self._stop.reason(done)
        for n, result in zip(largest_first, results, strict=True):
            found = self._found[order[n]]
            found.keep(in_time(result, reason))
            if found.alignment is not None:
                self._budgets.uses(order[n], found.alignment.territory)

    def _worthwhile(self, p: int) -> bool:
        """Return whether a part may gain by going on."""
        found = self._found[p]
        if found.result is None or self._budgets.shared:
            return True
        return found.result.termination not in SOLVED or found.result.status is Status.UNKNOWN

    def _round(self, order: range | list[int], ends: float) -> None:
        """Solve some parts until a share of the effort is spent, in order."""
        for position, p in enumerate(order):
            found = self._found[p]
            if found.result is not None and self._stop.reason(self._done) is not None:
                return
            to_come = order[position:]
            size = sum(len(self._parts[q].units) for q in to_come)
            share = len(self._parts[p].units) / size
            clock = portion(self._stop, self._done, self._effort, ends, share)
            alone = found.result is not None and found.broken
            result = self._inner.solve(
                self._budgets.allotted(p, to_come, alone=alone),
                start=found.start,
                stop=clock,
                observer=lambda progress, p=p: self._tell(p, progress),  # type: ignore[misc]
                seed=self._seed + p,
            )
            found.keep(result)
            if found.alignment is not None:
                self._budgets.uses(p, found.alignment.territory)

    def _tell(self, p: int, progress: Progress) -> None:
        """Tell of progress in terms of the whole problem; without a plan of every part there is none."""
        found = self._found[p]
        known = progress.alignment is not None or progress.objective is not None
        if known and _better(progress, found.told):
            found.told = progress
        done = self._done + progress.iterations
        whole = replace(
            progress,
            phase=f"{self._parts[p].name}: {progress.phase}" if len(self._parts) > 1 else progress.phase,
            fraction=self._spent(done),
            objective=None,
            bound=None,
            violation=None,
            iterations=done,
            alignment=None,
        )
        told = [one.told for one in self._found if one.told is not None]
        if len(told) == len(self._parts) and self._regions.whole:
            # From far away only numbers come, no plans.
            near = all(one.alignment is not None for one in told)
            plan = self._assembled([one.alignment for one in told]) if near else None
            costs = [one.objective for one in told if one.objective is not None]
            bounds = [one.bound for one in told if one.bound is not None]
            # Diameters are those of single parts, but moves of all parts cost.
            cost = sum(costs)
            if not self._summed:
                cost = np.nan if plan is None else scorecard(self._problem, plan).objective
            bounded = self._complete and len(bounds) == len(told)
            whole = replace(
                whole,
                objective=cost if len(costs) == len(told) and np.isfinite(cost) else None,
                bound=min(self._added(bounds), cost) if bounded and np.isfinite(cost) else None,
                violation=max(one.violation or 0.0 for one in told),
                alignment=None if plan is None else Alignment(plan),
            )
        self._observer(whole)

    def _spent(self, done: int) -> float | None:
        """Return the share of the effort that is spent; None where it is not limited."""
        seconds, iterations = self._effort
        shares = [done / max(iterations, 1.0)] if np.isfinite(iterations) else []
        if np.isfinite(seconds):
            shares.append(1.0 - self._stop.seconds_left() / max(seconds, 1e-9))
        return float(np.clip(max(shares), 0.0, 1.0)) if shares else None

    def _assembled(self, alignments: list[Alignment | None]) -> IntArray:
        """Return the plan of all units."""
        plan = np.full(self._problem.n_units, -1, np.int32)
        for part, alignment in zip(self._parts, alignments, strict=True):
            assert alignment is not None
            plan[part.units] = part.territories[alignment.territory]
        return plan

    def result(self, seconds: float) -> SolveResult:
        """Return what the results of all parts come to."""
        alignments = [found.alignment for found in self._found]
        plan = None
        if self._regions.whole and all(alignment is not None for alignment in alignments):
            plan = self._assembled(alignments)
        complete = self._complete
        proofs = (*self._regions.faults, *self._budgets.faults(), *self._impossible())
        results = [found.result for found in self._found if found.result is not None]
        best = self._summed and all(result.status is Status.OPTIMAL for result in results)
        kinds = sorted({result.report.bound_kind for result in results} - {""})
        report = SolveReport(
            self._inner.name,
            bound_kind=" and ".join(kinds),
            seconds=seconds,
            iterations=self._done,
            notes=self._notes(),
            reasons=() if proofs else tuple(reason for result in results for reason in result.report.reasons),
        )
        status = Status.OPTIMAL if best and results else Status.UNKNOWN
        return rejudged(
            self._problem,
            SolveResult(None, status, self._termination(), report),
            plan,
            bound=self._bound() if complete else None,
            same_rules=complete,
            same_cost=True,
            reasons=proofs,
        )

    def _impossible(self) -> tuple[str, ...]:
        """Return the proofs that the rules of parts cannot hold, in words."""
        said: list[str] = []
        for p, (part, found) in enumerate(zip(self._parts, self._found, strict=True)):
            if found.result is None or found.result.status is not Status.INFEASIBLE or not part.complete:
                continue
            reasons = found.result.report.reasons
            if self._budgets.shared:
                # It may be its share of a budget that is too small: what holds whatever the others do is a proof.
                reasons = tuple(conflict.message for conflict in find_conflicts(self._budgets.most(p)))
            said += [f"{part.name}: {reason}" if len(self._parts) > 1 else reason for reason in reasons]
        return tuple(said)

    def _bound(self) -> float | None:
        """Return what no plan can cost less than; None where a part has no bound."""
        bounds = [found.bound for found in self._found]
        known = [bound for bound in bounds if bound is not None]
        if len(known) < len(bounds) or not known:
            return None
        return self._added(known)

    def _added(self, costs: list[float]) -> float:
        """Return what the costs of all parts come to: their sum, for diameters the largest."""
        return sum(costs) if self._summed else max(costs)

    def _termination(self) -> Termination:
        """Return why the run ended: for what ended the whole, else what ended its parts."""
        reason = self._stop.reason(self._done)
        if reason is not None and reason is not Termination.TIME_LIMIT:
            return reason
        endings = {found.result.termination for found in self._found if found.result is not None}
        if endings <= {Termination.PROVED}:
            return Termination.PROVED
        order = (
            Termination.CANCELLED,
            Termination.FAILED,
            Termination.TIME_LIMIT,
            Termination.ITERATION_LIMIT,
        )
        return next((ending for ending in order if ending in endings), Termination.NO_IMPROVEMENT)

    def _notes(self) -> tuple[str, ...]:
        """Return what was solved apart, and what each part has to say."""
        said = []
        if len(self._parts) > 1:
            sizes = [
                f"{part.name} ({len(part.units):,} units, {len(part.territories):,} territories)"
                for part in self._parts
            ]
            said.append(f"nothing ties these together, they were solved apart: {', '.join(sizes)}")
        if self._budgets.shared:
            said.append(
                "disruption budgets were shared out among them, and what one left over given to others"
            )
        if not all(part.complete for part in self._parts):
            said.append("regions that share units were solved with all of their territories in one piece")
        for part, found in zip(self._parts, self._found, strict=True):
            prefix = f"{part.name}: " if len(self._parts) > 1 else ""
            said += [f"{prefix}{note}" for note in found.notes]
        return tuple(said)


def _better(one: Progress, other: Progress | None) -> bool:
    """Return whether one sign of life shows a better alignment than another, or as good a one."""
    if other is None:
        return True
    rank = [(p.violation or 0.0, np.inf if p.objective is None else p.objective) for p in (one, other)]
    return rank[0] <= rank[1]
