"""What is said about whether rules can hold together."""

from __future__ import annotations

from dataclasses import dataclass

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.rules import Rule


@dataclass(frozen=True, eq=False)
class ConflictingSet:
    """Rules that cannot hold together; without any one of them this conflict is gone.

    Parameters
    ----------
    rules
        The rules, those of one kind put together where several of them take part.
    text
        What they demand and why that is impossible, in plain words with names and numbers.
    proof
        What proved it: ``count``, ``sum``, ``place``, ``linear``, ``size``, ``reach``, ``dead_end`` or
        ``exhausted``.
    """

    rules: tuple[Rule, ...]
    text: str
    proof: str


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A change of rules that lets the others hold: there is an alignment that keeps all of them.

    Parameters
    ----------
    changes
        What gives way, each in plain words with numbers; several where several conflicts are independent.
    price
        Share of the plan by which rules give way; see `solvers.consistency.candidates`.
    problem
        The problem with these changes.
    alignment
        An alignment that keeps every rule of `problem`.
    """

    changes: tuple[str, ...]
    price: float
    problem: AlignmentProblem
    alignment: Alignment

    @property
    def text(self) -> str:
        """All changes in one sentence."""
        return ", and ".join(self.changes)


@dataclass(frozen=True, eq=False)
class Consistency:
    """Whether the hard rules of a problem can hold together.

    Parameters
    ----------
    holds
        True where an alignment that keeps all rules was found, False where there is proof that there is none, None
        where the effort told neither.
    conflict
        Rules that cannot hold together; None unless `holds` is False.
    relaxations
        Changes that were verified to help, the cheapest first.
    alignment
        An alignment that keeps all rules; None unless `holds` is True.
    """

    holds: bool | None
    conflict: ConflictingSet | None = None
    relaxations: tuple[Relaxation, ...] = ()
    alignment: Alignment | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """The conflict and its relaxations in plain words, one sentence each; empty where there is no conflict."""
        if self.conflict is None:
            return ()
        offered = tuple(f"What would help: {one.text}" for one in self.relaxations)
        return (self.conflict.text, *offered)
