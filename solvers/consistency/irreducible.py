"""The rules that a proof needs: dropping any one of them removes the conflict it found.

Whole kinds of rules are dropped first, then halves, quarters, … of what is left, down to single rules; a rule stays
where the proof fails without it (deletion filter: Chinneck and Dravnieks 1991, https://doi.org/10.1287/ijoc.3.2.157; in
halves as in QuickXplain: Junker 2004, https://cdn.aaai.org/AAAI/2004/AAAI04-027.pdf).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.problem import AlignmentProblem
from planner.rules import Rule, RuleKind, lifted
from planner.stop import Stop
from solvers.consistency.proofs import Prover

ORDER = (
    RuleKind.DISRUPTION,
    RuleKind.MIX,
    RuleKind.APART,
    RuleKind.EXCLUSION,
    RuleKind.REGION,
    RuleKind.TOGETHER,
    RuleKind.LOCK,
    RuleKind.CONTIGUITY,
    RuleKind.LIMIT,
    RuleKind.BAND,
)
"""Kinds in the order in which a proof is tried without them: what stays last is what people think of first."""

MOST_UNITS_NAMED = 3
"""Units up to which a lock or an exclusion is told unit by unit; beyond that the rule as a whole says more."""


def without(problem: AlignmentProblem, kind: RuleKind) -> AlignmentProblem:
    """Return the problem without any rule of a kind that rules of single territories or units make up."""
    n = problem.n_units
    match kind:
        case RuleKind.LOCK:
            return problem.replace(locked=np.full(n, -1))
        case RuleKind.EXCLUSION:
            return problem.replace(excluded=None)
        case RuleKind.APART:
            return problem.replace(apart=np.zeros((0, 2), np.int32))
        case RuleKind.TOGETHER:
            return problem.replace(together=np.full(n, -1))
        case RuleKind.REGION:
            return problem.replace(region_of_unit=np.full(n, -1))
        case RuleKind.DISRUPTION:
            return problem.replace(budgets=())
        case RuleKind.MIX:
            return problem.replace(mixes=())
        case _:
            return problem


def irreducible(
    problem: AlignmentProblem, rules: Sequence[Rule], prover: Prover, stop: Stop
) -> tuple[AlignmentProblem, tuple[Rule, ...]]:
    """Return the rules that a proof needs, and the problem without all others.

    Parameters
    ----------
    problem
        A problem that `prover` refutes.
    rules
        Its rules.
    prover
        The proof.
    stop
        When it says so, what is left by then is returned: a conflict, but maybe not an irreducible one.
    """
    left: list[Rule] = []
    for kind in ORDER:
        here = [rule for rule in rules if rule.kind is kind]
        if not here or stop.reason(0) is not None:
            left += here
            continue
        trial = without(problem, kind)
        trial = lifted(problem, here) if trial is problem else trial
        if prover(trial) is None:
            left += here
        else:
            problem = trial
    return _filtered(problem, left, prover, stop)


def refined(
    problem: AlignmentProblem, rules: Sequence[Rule], prover: Prover, stop: Stop
) -> tuple[AlignmentProblem, tuple[Rule, ...]]:
    """Return `rules` with locks and exclusions told unit by unit, where the proof needs but a few units of them.

    Parameters
    ----------
    problem
        The problem without all rules but `rules`, which `prover` refutes.
    """
    told = (RuleKind.LOCK, RuleKind.EXCLUSION)
    whole = [rule for rule in rules if rule.kind in told and rule.parts(problem)]
    found = prover(problem) if whole else None
    if found is None:
        return problem, tuple(rules)
    parts = [part for rule in whole for part in rule.parts(problem)]
    smaller, most = problem, MOST_UNITS_NAMED
    others = [part for part in parts if not _units(part) & set(found.units)]
    if found.units and others and len(others) < len(parts):
        trial = lifted(problem, others)
        if prover(trial) is not None:
            smaller, parts = trial, [part for part in parts if part not in others]
            most = len(parts)
    smaller, kept = _filtered(smaller, parts, prover, stop, most)
    if len(set().union(*(_units(part) for part in kept))) > MOST_UNITS_NAMED:
        return problem, tuple(rules)
    return smaller, (*(rule for rule in rules if rule not in whole), *kept)


def _units(part: Rule) -> set[int]:
    return {int(u) for u in getattr(part, "units", ())}


def _filtered(
    problem: AlignmentProblem, rules: Sequence[Rule], prover: Prover, stop: Stop, most: int | None = None
) -> tuple[AlignmentProblem, tuple[Rule, ...]]:
    """Drop rules in runs, ever shorter ones, as long as the proof holds without them.

    Each run that the proof needs holds a rule that stays: once there are more than `most` of them, that is the end.
    """
    left = list(rules)
    size = len(left)
    while left:
        size = max(1, (size + 1) // 2)
        at = needed = 0
        while at < len(left):
            if stop.reason(0) is not None or (most is not None and needed > most):
                return problem, tuple(left)
            trial = lifted(problem, left[at : at + size])
            if prover(trial) is None:
                at += size
                needed += 1
            else:
                problem = trial
                del left[at : at + size]
        if size == 1:
            break
    return problem, tuple(left)
