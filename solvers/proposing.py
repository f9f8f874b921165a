"""Find plans that trade balance, travel and disruption against each other, one warm start after the other.

First the plan that was asked for. Then the same problem with narrower bands, and with a price on changes of owner,
each begun from the plan found so far that comes nearest to it (`solvers.refinement`): tighter demands on one axis move
along the front of what can be had. Every rule of the problem holds in every plan shown; demands are added, never taken
away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.accounts import Accounts
from planner.alignment import Alignment
from planner.arrays import FloatArray
from planner.objective import Compactness
from planner.problem import AlignmentProblem, Measure
from planner.proposals import MOST, Axes, Proposal, axes, choose, names
from planner.scorecard import scorecard
from planner.seating import SeatingFacts, seated
from planner.solving import SILENT, Observer, Progress, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination
from solvers.portion import portion
from solvers.refinement import refiner
from solvers.registry import solver

QUICK_SHARE = 0.05
"""Share of the effort for a first plan."""
FIRST_SHARE = 0.35
"""Share of the rest for the plan that was asked for."""
BROKEN = 0.02
"""What mending one broken rule may cost, as a share of the cost of the plan asked for; a band costs its breach."""


@dataclass(frozen=True)
class Demand:
    """What is asked for besides the rules.

    Parameters
    ----------
    band
        Width of the bands, as a share of what the rules allow.
    price
        Price of a change of owner, in what an account costs in a typical place of the plan asked for; None for the
        price that was asked for.
    """

    band: float = 1.0
    price: float | None = None

    @property
    def text(self) -> str:
        """The demand in words."""
        said = []
        if self.band < 1:
            said.append(f"bands at {self.band:.0%} of what the rules allow")
        if self.price is not None:
            said.append(
                f"changes of owner at {self.price:g} times a typical place" if self.price else "changes free"
            )
        return ", ".join(said) or "as asked"


DEMANDS = (
    Demand(price=3.0),
    Demand(price=0.0),
    Demand(band=0.5),
    Demand(price=0.5),
    Demand(band=0.25),
    Demand(band=0.5, price=3.0),
    Demand(price=12.0),
    Demand(band=0.5, price=0.5),
    Demand(band=0.25, price=1.5),
    Demand(band=0.1),
    Demand(band=0.75, price=1.5),
    Demand(band=0.75, price=0.15),
)
"""Demands in the order in which they are tried: those that lead farthest apart come first."""

UNOWNED = tuple(Demand(band=band) for band in (0.5, 0.25, 0.75, 0.1, 0.35, 0.9))
"""The same where nobody owns anything today: nothing can change hands."""


@dataclass(frozen=True, eq=False)
class Proposals:
    """Plans to choose from.

    Parameters
    ----------
    chosen
        The plans, the most even compromise first; none dominates another. Where no plan keeps the rules: the best one.
    current
        Where the alignment in force is; None where there is none.
    found
        Plans that were found and keep every rule.
    first
        The result for the problem as it was asked.
    """

    chosen: tuple[Proposal, ...]
    current: Axes | None
    found: int
    first: SolveResult


Announce = Callable[[Proposal], None]


def propose(
    problem: AlignmentProblem,
    *,
    current: Axes | None = None,
    most: int = MOST,
    accounts: Accounts | None = None,
    facts: SeatingFacts | None = None,
    start: Alignment | None = None,
    stop: Stop,
    observer: Observer = SILENT,
    announce: Announce | None = None,
    seed: int = 0,
) -> Proposals:
    """Find plans that no other dominates on balance, travel and disruption.

    Parameters
    ----------
    problem
        What is asked for; its rules hold in every plan.
    current
        Where the alignment in force is, to be passed on.
    most
        Plans to choose at most.
    accounts
        Accounts behind the units, where there are any: what changes hands is counted by them.
    facts
        What seats are matched by, so that as few customers as possible change rep; each unit is one where absent.
    start
        A plan that is known already.
    stop, observer, seed
        As for a solver.
    announce
        Told of every plan that none found before dominates, as soon as it is found.
    """
    search = _Search(problem, accounts, facts, stop, observer, announce, seed)
    first = search.as_asked(start)
    if search.found:
        for demand in DEMANDS if problem.had_owner.any() else UNOWNED:
            if search.over:
                break
            search.demanded(demand)
    return Proposals(search.chosen(most, first), current, len(search.found), first)


class _Search:
    """One run over all demands."""

    def __init__(
        self,
        problem: AlignmentProblem,
        accounts: Accounts | None,
        facts: SeatingFacts | None,
        stop: Stop,
        observer: Observer,
        announce: Announce | None,
        seed: int,
    ) -> None:
        self._problem, self._stop, self._observer = problem, stop, observer
        self._accounts, self._announce, self._seed = accounts, announce, seed
        self._facts = unit_facts(problem) if facts is None else facts
        self._effort = stop.seconds_left(), stop.iterations_left(0)
        self._iterations = self._tried = 0
        self._typical = 0.0
        self.found: list[Proposal] = []

    @property
    def over(self) -> bool:
        """Whether the run must end."""
        return self._stop.reason(self._iterations) is not None

    def as_asked(self, start: Alignment | None) -> SolveResult:
        """Solve the problem as it was asked, and tell of the first plan that keeps the rules at once."""

        def look(progress: Progress) -> None:
            if not self.found and progress.alignment is not None and progress.violation == 0:
                self._take(progress.alignment, "as asked, the first plan found", SolveReport("auto"))
            self._observer(replace(progress, phase=f"as asked: {progress.phase}"))

        begin = self._quickly(start)
        share = portion(self._stop, self._iterations, self._effort, 1.0, FIRST_SHARE)
        result = solver("auto").solve(self._problem, start=begin, stop=share, observer=look, seed=self._seed)
        self._iterations += result.report.iterations
        if result.alignment is not None:
            self._take(result.alignment, "as asked", result.report, result)
            cost = scorecard(self._problem, result.alignment.territory).compactness_cost
            self._typical = cost / max(float(self._problem.objective.weight.sum()), 1e-300)
        return result

    def _quickly(self, start: Alignment | None) -> Alignment | None:
        """Return a first plan, soon: the one that is known, else that of today, improved for a little while."""
        if start is None and (self._problem.current >= 0).all():
            start = Alignment(self._problem.current)
        share = portion(self._stop, 0, self._effort, 1.0, QUICK_SHARE)
        found = refiner().solve(self._problem, start=start, stop=share, seed=self._seed)
        self._iterations += found.report.iterations
        if found.alignment is not None:
            self._take(found.alignment, "as asked, found quickly", found.report)
        return found.alignment

    def demanded(self, demand: Demand) -> None:
        """Look for the best plan under a demand, from the plan that comes nearest to it."""
        problem = demanding(self._problem, demand, self._typical)
        candidates = [proposal.alignment for proposal in self.found]
        if (self._problem.current >= 0).all():
            candidates.append(Alignment(self._problem.current))
        whole = self._typical * float(self._problem.objective.weight.sum())
        start = min(candidates, key=lambda alignment: _rank(problem, alignment, whole))
        left = len(DEMANDS) - self._tried
        share = portion(self._stop, self._iterations, self._effort, 1.0, 1.0 / max(left, 1))
        self._tried += 1

        def look(progress: Progress) -> None:
            self._observer(
                replace(progress, phase=f"{demand.text}: {progress.phase}", objective=None, bound=None)
            )

        found = refiner().solve(
            problem, start=start, stop=share, observer=look, seed=self._seed + 101 * self._tried
        )
        self._iterations += max(1, found.report.iterations)
        if found.alignment is not None:
            self._take(found.alignment, demand.text, found.report)

    def _take(
        self, alignment: Alignment, how: str, report: SolveReport, result: SolveResult | None = None
    ) -> None:
        """Keep a plan where it keeps the rules, and tell of it where none before dominates it."""
        alignment = seated(self._problem, alignment, self._facts)
        card = scorecard(self._problem, alignment.territory)
        if not card.feasible:
            return
        told = report.replace(objective=card.objective)
        judged = SolveResult(
            alignment,
            Status.FEASIBLE if result is None else result.status,
            Termination.NO_IMPROVEMENT if result is None else result.termination,
            told.replace(bound=None, bound_kind="", reasons=()) if result is None else told,
        )
        proposal = self._proposal(alignment, how, judged)
        better = any(_dominates(other.axes, proposal.axes) for other in self.found)
        self.found.append(proposal)
        if self._announce is not None and not better:
            self._announce(proposal)

    def _proposal(self, alignment: Alignment, how: str, result: SolveResult) -> Proposal:
        card = scorecard(self._problem, alignment.territory, self._accounts)
        return Proposal("", how, axes(self._problem, card), result, card)

    def chosen(self, most: int, first: SolveResult) -> tuple[Proposal, ...]:
        """Return the plans to show."""
        if not self.found:
            if first.alignment is None:
                return ()
            return (replace(self._proposal(first.alignment, "as asked", first), name="best so far"),)
        points: FloatArray = np.array([proposal.axes for proposal in self.found])
        picked = choose(points, most)
        return tuple(
            replace(self.found[position], name=name)
            for position, name in zip(picked, names(points[picked]), strict=True)
        )


def unit_facts(problem: AlignmentProblem) -> SeatingFacts:
    """Return what seats are matched by where each unit counts as what it weighs."""
    n = problem.n_units
    unit = np.arange(n, dtype=np.int32)
    return SeatingFacts(size=problem.objective.weight, unit=unit, keeps=problem.owned)


def demanding(problem: AlignmentProblem, demand: Demand, typical: float) -> AlignmentProblem:
    """Return the problem with a demand added to its rules.

    Parameters
    ----------
    problem
        What was asked for.
    demand
        What is asked for besides.
    typical
        Compactness cost of one unit of weight in the plan asked for.
    """
    changes: dict[str, object] = {}
    if demand.band < 1:
        changes["measures"] = tuple(_narrower(measure, demand.band) for measure in problem.measures)
    if demand.price is not None:
        weight = problem.objective.weight
        if problem.objective.compactness is Compactness.DIAMETER:
            # The diameter is one length, not a sum: a territory's share of the weight counts as one of it.
            price = weight * typical * problem.n_territories * demand.price
        else:
            price = weight * typical * demand.price
        changes["objective"] = problem.objective.replace(move_cost=price)
    return problem.replace(**changes)


def _narrower(measure: Measure, share: float) -> Measure:
    """Return a measure whose limits on both sides of its ideal are `share` as far away."""
    inside = (measure.lower <= measure.ideal) & (measure.ideal <= measure.upper)
    with np.errstate(invalid="ignore"):
        lower = np.where(
            inside & np.isfinite(measure.lower),
            measure.ideal - share * (measure.ideal - measure.lower),
            measure.lower,
        )
        upper = np.where(
            inside & np.isfinite(measure.upper),
            measure.ideal + share * (measure.upper - measure.ideal),
            measure.upper,
        )
    return replace(measure, lower=lower, upper=upper)


def _rank(problem: AlignmentProblem, alignment: Alignment, whole: float) -> float:
    """Return how far an alignment is from what is demanded: cost over `whole`, and what mending it may cost."""
    card = scorecard(problem, alignment.territory)
    broken = card.lock_breaches + card.exclusion_breaches + card.apart_breaches + card.together_breaches
    broken += card.region_breaches + card.mix_breaches + card.budget_breaches + int(card.surplus_pieces.sum())
    mending = float(card.violation.max(initial=0.0)) + BROKEN * broken
    return card.objective / max(whole, 1e-300) + mending


def _dominates(one: Axes, other: Axes) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other
