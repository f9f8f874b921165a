"""A conflict in plain words: what each rule demands, and what makes that impossible, with numbers."""

from __future__ import annotations

import numpy as np

from planner.problem import AlignmentProblem
from planner.rules import Rule, RuleKind, sizes
from planner.rules.wording import number, the_territory
from planner.stop import Stop
from solvers.consistency.candidates import Easing
from solvers.consistency.groups import RuleGroup
from solvers.consistency.proofs import Refutation, by_shares
from solvers.consistency.relaxing import Relaxing


def explained(problem: AlignmentProblem, rules: tuple[Rule, ...], refutation: Refutation, stop: Stop) -> str:
    """Return why `rules` cannot hold together.

    Parameters
    ----------
    problem
        The problem without all other rules.
    rules
        Rules of the conflict; without any there is only what the proof says.
    refutation
        The proof.
    stop
        Ends the search for the number that says by how much.
    """
    if not rules:
        return _sentence(refutation.text)
    said = "; ".join(rule.text(problem) for rule in rules)
    together = "This cannot hold" if len(rules) == 1 else "These cannot hold together"
    because = refutation.text or _because(problem, rules, stop)
    return _sentence(f"{said}. {together}{': ' + because if because else ''}")


def _because(problem: AlignmentProblem, rules: tuple[Rule, ...], stop: Stop) -> str:
    """Return the number that contradicts the rules: what there is to hold, or what one rule would have to be."""
    if len(rules) == 1 and rules[0].kind in (RuleKind.BAND, RuleKind.LIMIT):
        told = _of_totals(problem, rules[0])
        if told:
            return told
    sized = [rule for rule in rules if sizes(rule)]
    if not sized:
        return ""
    needed = Relaxing(problem, stop, 0, (by_shares,)).least(Easing(sized[-1]))
    if needed is None:
        return ""
    keep = "" if len(rules) == 1 else "to keep the other, " if len(rules) == 2 else "to keep the others, "
    return f"{keep}one would have to {needed.text}, at least"


def _of_totals(problem: AlignmentProblem, rule: Rule) -> str:
    """Return what there is of a measure against what all territories may or must hold; empty where that is not it."""
    m = getattr(rule.rules[0] if isinstance(rule, RuleGroup) else rule, "measure", None)
    if m is None:
        return ""
    measure, fixed = problem.measures[m], problem.territories.fixed_activity[:, m]
    over = np.flatnonzero(fixed > measure.upper)
    if len(over):
        held = number(float(fixed[over[0]]))
        return f"{the_territory(problem, int(over[0]))} holds {held} of {measure.name} whatever is decided"
    total = float(problem.activity[:, m].sum() + problem.territories.fixed_activity[:, m].sum())
    slack = 1e-9 * max(total, 1.0)
    k = f"the {problem.n_territories:,} territories together"
    if total > measure.upper.sum() + slack:
        return (
            f"{k} may hold at most {number(float(measure.upper.sum()))} of {measure.name}, but there are "
            f"{number(total)} to be held"
        )
    if total < measure.lower.sum() - slack:
        return (
            f"{k} must hold at least {number(float(measure.lower.sum()))} of {measure.name}, but there are only "
            f"{number(total)}"
        )
    return ""


def _sentence(text: str) -> str:
    """Return text that begins with a capital and ends with a stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
