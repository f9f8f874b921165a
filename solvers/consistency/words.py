"""A conflict in plain words: what each rule demands, and what makes that impossible, with numbers."""

from __future__ import annotations

from planner.problem import AlignmentProblem
from planner.rules import Rule, sizes
from planner.stop import Stop
from solvers.consistency.candidates import Easing
from solvers.consistency.proofs import ByShares, Refutation
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
    """Return the number that contradicts the rules: what one of them would have to be."""
    sized = [rule for rule in rules if sizes(rule)]
    if not sized:
        return ""
    needed = Relaxing(problem, stop, 0, (ByShares(),)).least(Easing(sized[-1]))
    if needed is None:
        return ""
    keep = "" if len(rules) == 1 else "to keep the other, " if len(rules) == 2 else "to keep the others, "
    return f"{keep}one would have to {needed.text}, at least"


def _sentence(text: str) -> str:
    """Return text that begins with a capital and ends with a stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
