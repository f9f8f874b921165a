"""All rules of a problem, and all breaches of a plan."""

from __future__ import annotations

from collections.abc import Iterable

from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.rules.apart import apart_rules
from planner.rules.band import band_rules
from planner.rules.contiguity import contiguity_rules
from planner.rules.disruption import disruption_rules
from planner.rules.exclusion import exclusion_rules
from planner.rules.limit import limit_rules
from planner.rules.lock import lock_rules
from planner.rules.mix import mix_rules
from planner.rules.region import region_rules
from planner.rules.rule import Breach, Rule
from planner.rules.together import together_rules


def rules_of(problem: AlignmentProblem) -> tuple[Rule, ...]:
    """Return every hard rule that the arrays of a problem hold.

    Bands come first, then limits, locks and exclusions by territory, contiguity, disruption budgets, mixes, pairs
    apart, groups together, and regions. That every unit has exactly one territory is no rule but what a plan is.
    """
    return (
        *band_rules(problem),
        *limit_rules(problem),
        *lock_rules(problem),
        *exclusion_rules(problem),
        *contiguity_rules(problem),
        *disruption_rules(problem),
        *mix_rules(problem),
        *apart_rules(problem),
        *together_rules(problem),
        *region_rules(problem),
    )


def breaches_of(problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
    """Return every place where an alignment breaks a rule, most severe first.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``; negative where nobody's.
    """
    found = [breach for rule in rules_of(problem) for breach in rule.breaches(problem, territory)]
    return tuple(sorted(found, key=lambda breach: -breach.severity))


def lifted(problem: AlignmentProblem, rules: Iterable[Rule]) -> AlignmentProblem:
    """Return the problem without some of its rules."""
    for rule in rules:
        problem = rule.lifted(problem)
    return problem
