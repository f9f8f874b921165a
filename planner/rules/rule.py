"""What a hard rule of a plan is: a name, a sentence, its breaches, and the problem without it or with more room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeGuard

from planner.arrays import IntArray
from planner.problem import AlignmentProblem


class RuleKind(StrEnum):
    """What a rule is about."""

    BAND = "band"
    LIMIT = "limit"
    LOCK = "lock"
    EXCLUSION = "exclusion"
    CONTIGUITY = "contiguity"
    DISRUPTION = "disruption"
    MIX = "mix"
    APART = "apart"
    TOGETHER = "together"
    REGION = "region"


@dataclass(frozen=True)
class Breach:
    """One place where an alignment breaks a rule.

    Parameters
    ----------
    rule
        Name of the rule.
    territories, units
        Positions of those that are concerned.
    amount
        By how much, in the unit of the rule: activity, amount that changes hands, share, units, pieces.
    severity
        The same relative to what is allowed or wanted, > 0, so that breaches of different rules can be ranked.
    text
        One plain sentence with names and numbers.
    """

    rule: str
    territories: tuple[int, ...]
    units: tuple[int, ...]
    amount: float
    severity: float
    text: str


class Rule(Protocol):
    """One hard rule, derived from the arrays of a problem, which stay the single truth.

    A rule knows what it is about by positions and values that stay valid when other rules are lifted or eased: the
    same rule can be asked about any of the problems that come of that.
    """

    @property
    def kind(self) -> RuleKind:
        """What it is about."""
        ...

    @property
    def name(self) -> str:
        """Name for people, short."""
        ...

    def parts(self, problem: AlignmentProblem) -> tuple[Rule, ...]:
        """Return the smaller rules that it is made of, such as the lock of each unit; none where it is one piece."""
        ...

    def text(self, problem: AlignmentProblem) -> str:
        """Return what it demands in one plain sentence with names and numbers."""
        ...

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return where an alignment breaks it.

        Parameters
        ----------
        problem
            What the alignment is judged by.
        territory
            Territory of each unit, shape ``(n_units,)``; negative where nobody's, which breaks none of these rules.
        """
        ...

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem without it."""
        ...


class SizedRule(Rule, Protocol):
    """A rule that has a size, so that it can be eased as well as lifted."""

    def size(self, problem: AlignmentProblem) -> float:
        """Return how much it leaves room for today; what that means is the rule's own: a band's width, a limit."""
        ...

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return the size at which an alignment just keeps it: that of today, where it is kept already."""
        ...

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem with the rule at a new size; never tighter than it was."""
        ...

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the change to a new size in words with numbers: from what, to what."""
        ...


def sizes(rule: Rule) -> TypeGuard[SizedRule]:
    """Return whether a rule has a size, so that it can be eased as well as lifted."""
    return hasattr(rule, "eased")
