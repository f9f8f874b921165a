"""Can these rules hold together? A proof that they cannot, in words, and what would help; or an alignment."""

from __future__ import annotations

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.rules import Rule, lifted, rules_of
from planner.stop import Stop
from solvers.consistency.candidates import Candidate, Resizing, candidates_for
from solvers.consistency.claims import ConflictingSet, Consistency, Relaxation
from solvers.consistency.groups import grouped
from solvers.consistency.irreducible import irreducible, refined
from solvers.consistency.proofs import Prover, Refutation, by_exhaustion, quick_provers, refuted
from solvers.consistency.relaxing import Relaxing, Step
from solvers.consistency.witness import find_witness
from solvers.consistency.words import explained

MOST_CONFLICTS = 4
"""Independent conflicts that one relaxation may have to mend."""

FEW = 3
"""Rules of a conflict that people take in at once."""

MOST_COMPANY = 3
"""Further changes that one candidate may need because it alone does not suffice."""

MOST_RELAXATIONS = 5
"""Relaxations that are offered."""


Known = tuple[tuple[Rule, ...], Prover]
"""Rules of a conflict, and what proves it."""


def can_hold(problem: AlignmentProblem, *, stop: Stop, seed: int = 0) -> Consistency:
    """Return whether the hard rules of a problem can hold together, and what would help where they cannot.

    Proofs that need no search come first, then a search for an alignment that keeps all rules, and for small problems
    the proof by trying everything.

    Parameters
    ----------
    problem
        The problem.
    stop
        When to end. What is known by then is returned: a conflict is never withdrawn, relaxations may be missing.
        Iterations count searches and proofs.
    seed
        Same seed and no limit of time: same answer.
    """
    provers = quick_provers()
    found = refuted(problem, provers, stop)
    if found is None:
        placed = find_witness(problem, stop=stop, seed=seed)
        if placed.territory is not None:
            return Consistency(True, alignment=Alignment(placed.territory))
        if not placed.impossible:
            return Consistency(None)
        prover = by_exhaustion(stop, seed)
        refutation = prover(problem) or Refutation("exhausted", "all divisions were ruled out")
        found, provers = (refutation, prover), (*provers, prover)
    return _explained(problem, *found, provers, stop, seed)


def explain(
    problem: AlignmentProblem, *, stop: Stop, seed: int = 0, proved: bool = False
) -> Consistency | None:
    """Return why rules cannot hold together where that can be told without a search; None where it cannot.

    Parameters
    ----------
    problem, stop, seed
        As in `can_hold`.
    proved
        Whether it is known that they cannot: then everything is tried on small problems to find out why.
    """
    provers = quick_provers()
    if proved:
        provers = (*provers, by_exhaustion(stop, seed))
    found = refuted(problem, provers, stop)
    return None if found is None else _explained(problem, *found, provers, stop, seed)


def _explained(
    problem: AlignmentProblem,
    refutation: Refutation,
    prover: Prover,
    provers: tuple[Prover, ...],
    stop: Stop,
    seed: int,
) -> Consistency:
    """Return the conflict behind a proof, and its relaxations."""
    bare, rules = _conflict(problem, prover, stop)
    for other in provers:
        # Another proof may do with fewer rules.
        if len(rules) <= FEW or other is prover or stop.reason(0) is not None or other(problem) is None:
            continue
        smaller = _conflict(problem, other, stop)
        if len(smaller[1]) < len(rules):
            (bare, rules), prover = smaller, other
    own = prover(bare) or refutation
    conflict = ConflictingSet(rules, explained(bare, rules, own, stop), own.kind)
    others = _other_conflicts(problem, rules, provers, stop)
    relaxing = Relaxing(problem, stop, seed, provers)
    return Consistency(False, conflict, _relaxations(problem, rules, others, relaxing))


def _conflict(
    problem: AlignmentProblem, prover: Prover, stop: Stop
) -> tuple[AlignmentProblem, tuple[Rule, ...]]:
    """Return the rules that a proof needs, as they are told, and the problem without all others."""
    bare, rules = irreducible(problem, rules_of(problem), prover, stop)
    bare, rules = refined(bare, rules, prover, stop)
    return bare, grouped(rules)


def _other_conflicts(
    problem: AlignmentProblem, rules: tuple[Rule, ...], provers: tuple[Prover, ...], stop: Stop
) -> list[Known]:
    """Return the rules of conflicts that are there even without those of the first one, and what proves them."""
    found: list[Known] = []
    left = lifted(problem, rules)
    while len(found) < MOST_CONFLICTS - 1 and rules and stop.reason(0) is None:
        again = refuted(left, provers, stop)
        if again is None:
            break
        _, rules = _conflict(left, again[1], stop)
        found.append((rules, again[1]))
        left = lifted(left, rules)
    return found


def _relaxations(
    problem: AlignmentProblem, rules: tuple[Rule, ...], others: list[Known], relaxing: Relaxing
) -> tuple[Relaxation, ...]:
    """Return the changes that let all other rules hold, the cheapest first."""
    besides = _cheapest_for(problem, others, rules, relaxing)
    if besides is None:
        return ()
    plans = [_planned(candidate, besides, relaxing) for candidate in candidates_for(problem, rules)]
    ranked = sorted((plan for plan in plans if plan), key=_price)
    found: list[Relaxation] = []
    for place, (step, *company) in enumerate(ranked):
        if len(found) == MOST_RELAXATIONS or relaxing.stop.reason(place) is not None:
            break
        # The cheapest ones may take their time: they are what people want to know.
        relaxation = relaxing.verified(step, company, max(0.5, 1.0 / (len(ranked) - place)))
        found += [] if relaxation is None else [relaxation]
    return tuple(sorted(_needed(found), key=lambda one: one.price))


def _needed(found: list[Relaxation]) -> list[Relaxation]:
    """Return relaxations without those that do all that another one does, and more."""
    changes = [set(one.changes) for one in found]
    return [one for one, own in zip(found, changes, strict=True) if not any(other < own for other in changes)]


def _planned(candidate: Candidate, besides: tuple[Step, ...], relaxing: Relaxing) -> tuple[Step, ...]:
    """Return the least change of a candidate, then what it needs besides; empty where proofs rule out every way.

    Where the rule gives way altogether and others still contradict each other, the cheapest change of these comes
    along.
    """
    for _ in range(MOST_COMPANY + 1):
        step = relaxing.least(candidate, besides)
        if step is not None:
            return (step, *besides)
        freed = relaxing.freed(candidate, besides)
        again = None if freed is None else refuted(freed, relaxing.provers, relaxing.stop)
        # Another number of territories is a problem of its own, whose rules are not those of this one.
        if freed is None or again is None or isinstance(candidate, Resizing):
            return ()
        if relaxing.stop.reason(0) is not None:
            return ()
        _, rules = _conflict(freed, again[1], relaxing.stop)
        more = _cheapest(freed, rules, Relaxing(freed, relaxing.stop, relaxing.seed, (again[1],)))
        if more is None:
            return ()
        besides = (*besides, more)
    return ()


def _cheapest_for(
    problem: AlignmentProblem, others: list[Known], rules: tuple[Rule, ...], relaxing: Relaxing
) -> tuple[Step, ...] | None:
    """Return the cheapest change for each other conflict, as far as proofs tell; None where one has none."""
    taken: list[Step] = []
    for conflict, prover in reversed(others):
        around = [rule for one in (rules, *(of for of, _ in others)) if one is not conflict for rule in one]
        alone = Relaxing(lifted(problem, around), relaxing.stop, relaxing.seed, (prover,))
        cheapest = _cheapest(problem, conflict, alone)
        if cheapest is None:
            return None
        taken.append(cheapest)
    return tuple(taken)


def _cheapest(problem: AlignmentProblem, rules: tuple[Rule, ...], relaxing: Relaxing) -> Step | None:
    """Return the cheapest change of the rules of one conflict, as far as proofs tell, that keeps the territories."""
    candidates = [one for one in candidates_for(problem, rules) if not isinstance(one, Resizing)]
    steps = [step for step in (relaxing.least(one) for one in candidates) if step is not None]
    return min(steps, key=lambda step: step.price, default=None)


def _price(plan: tuple[Step, ...]) -> float:
    return sum(step.price for step in plan)
