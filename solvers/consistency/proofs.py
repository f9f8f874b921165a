"""Proofs that rules cannot hold together, the cheap ones first. None of them finding anything proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.problem import AlignmentProblem
from planner.stop import Stop
from solvers.conflicts.conflict import named
from solvers.conflicts.dead_ends import dead_ends
from solvers.conflicts.loosening import bands
from solvers.conflicts.packing import sizes_that_do_not_fit
from solvers.conflicts.reachability import out_of_reach
from solvers.consistency.items import Items, items_of
from solvers.consistency.linear import Prices, contradict, contradicting_prices
from solvers.consistency.placement import place
from solvers.consistency.rows import blocks_of
from solvers.consistency.sums import overrun
from solvers.consistency.witness import MOST_CONTIGUOUS_PAIRS, MOST_PAIRS

MOST_DENSE = 10_000_000
"""Pairs of unit and territory up to which each is looked at; beyond that only sums and single units are."""

MOST_KNOWN = 4
"""Proofs by multipliers that are remembered."""

EXHAUSTION_EFFORT = 0.3
"""CP-SAT's deterministic time for one proof by trying everything, while the rules needed for it are sought."""


@dataclass(frozen=True)
class Refutation:
    """A proof that the rules of a problem cannot hold together.

    Parameters
    ----------
    kind
        Which proof it is: ``count``, ``sum``, ``place``, ``linear``, ``size``, ``reach``, ``dead_end`` or
        ``exhausted``.
    text
        What it comes to, in words with numbers; empty where that is for the rules to say.
    units
        Positions of the units it is about; empty where it is about all.
    """

    kind: str
    text: str = ""
    units: tuple[int, ...] = ()


Prover = Callable[[AlignmentProblem], Refutation | None]
"""Proves that the rules of a problem cannot hold together, or returns None."""


def by_count(problem: AlignmentProblem) -> Refutation | None:
    """Prove that there are fewer units than territories to fill."""
    n, k = problem.n_units, problem.n_territories
    return (
        Refutation("count", f"{k} territories are asked for, but there are only {n} units") if n < k else None
    )


def by_place(problem: AlignmentProblem) -> Refutation | None:
    """Prove that a unit, or some that must be together, has no territory left to go to."""
    if _too_large(problem):
        return None
    return _homeless(problem, items_of(problem))


def _homeless(problem: AlignmentProblem, items: Items) -> Refutation | None:
    homeless = items.homeless
    if not len(homeless):
        return None
    units = np.flatnonzero(items.of_unit == homeless[0])
    many = "units" if len(units) > 1 else "unit"
    holds = [f"{activity:,.2f} of {measure.name}" for activity, measure in
             zip(items.activity[homeless[0]], problem.measures, strict=True) if measure.limited]  # fmt: skip
    amount = f" ({', '.join(holds)}{' together' if len(units) > 1 else ''})" if holds else ""
    return Refutation(
        "place", f"no territory is left for {many} {named(problem, units)}{amount}", tuple(units.tolist())
    )


def by_sums(problem: AlignmentProblem) -> Refutation | None:
    """Prove by sums that there is too much, too little, or too much bound to one place."""
    text = overrun(problem)
    return Refutation("sum", text) if text else None


class ByShares:
    """Prove that not even shares of units in territories keep the limits, budgets, mixes and pairs apart.

    It remembers the multipliers of earlier proofs: where they still contradict the rules, no programme is solved.
    """

    def __init__(self) -> None:
        self._known: list[Prices] = []

    def __call__(self, problem: AlignmentProblem) -> Refutation | None:
        """Return a proof, by a place that is missing, by multipliers known before, or by new ones."""
        return self._proved(problem, search=True)

    def remembers(self, problem: AlignmentProblem) -> bool:
        """Return whether there is a proof without solving a programme."""
        return self._proved(problem, search=False) is not None

    def _proved(self, problem: AlignmentProblem, search: bool) -> Refutation | None:
        if _too_large(problem):
            return None
        items = items_of(problem)
        found = _homeless(problem, items)
        if found is not None:
            return found
        blocks = blocks_of(problem, items)
        if any(contradict(items, blocks, prices) for prices in self._known):
            return Refutation("linear")
        prices = contradicting_prices(items, blocks) if search else None
        if prices is None:
            return None
        self._known = [prices, *self._known[: MOST_KNOWN - 1]]
        return Refutation("linear")


def by_sizes(problem: AlignmentProblem) -> Refutation | None:
    """Prove that units are too large, or come in too large steps, for the limits."""
    found = sizes_that_do_not_fit(_consequent(problem), bands(problem, problem, ()))
    return Refutation("size", found[0].message) if found else None


def by_reach(problem: AlignmentProblem) -> Refutation | None:
    """Prove that a territory cannot hold enough with the units that are left in its reach."""
    found = out_of_reach(_consequent(problem))
    return Refutation("reach", found[0].message) if found else None


def by_dead_ends(problem: AlignmentProblem) -> Refutation | None:
    """Prove that a corner of the neighbour graph cannot be divided within the limits."""
    found = dead_ends(problem, bands(problem, problem, ()))
    return Refutation("dead_end", found[0].message) if found else None


def by_exhaustion(stop: Stop, seed: int, effort: float = EXHAUSTION_EFFORT) -> Prover:
    """Return the proof by trying everything, for problems small enough."""

    def prove(problem: AlignmentProblem) -> Refutation | None:
        pairs = problem.n_units * problem.n_territories
        contiguous = problem.contiguous and not problem.loose.all()
        if pairs > (MOST_CONTIGUOUS_PAIRS if contiguous else MOST_PAIRS):
            return None
        if not place(problem, effort=effort, stop=stop, seed=seed, ordered=True).impossible:
            return None
        size = f"{problem.n_units:,} units and {problem.n_territories:,} territories"
        return Refutation("exhausted", f"all divisions of {size} were ruled out")

    return prove


def quick_provers() -> tuple[Prover, ...]:
    """Return the proofs that need no search, in the order in which they are tried, with nothing remembered yet."""
    return (by_count, by_sums, by_place, ByShares(), by_sizes, by_reach, by_dead_ends)


def refuted(
    problem: AlignmentProblem, provers: tuple[Prover, ...], stop: Stop
) -> tuple[Refutation, Prover] | None:
    """Return the first proof found, and what found it; None where none was until `stop` said so."""
    for prover in provers:
        if stop.reason(0) is not None:
            return None
        found = prover(problem)
        if found is not None:
            return found, prover
    return None


def _too_large(problem: AlignmentProblem) -> bool:
    return problem.n_units * problem.n_territories > MOST_DENSE


def _consequent(problem: AlignmentProblem) -> AlignmentProblem:
    """Return the problem with what follows from its rules for single units written as locks and exclusions."""
    if _too_large(problem):
        return problem
    items = items_of(problem)
    of = items.of_unit
    if len(items.homeless):
        return problem
    return problem.replace(
        locked=items.bound[of],
        excluded=csr_array(~items.allowed[of]),
    )
