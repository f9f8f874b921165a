"""Solvers by name."""

from __future__ import annotations

from collections.abc import Callable

from planner.errors import UnsupportedProblem
from planner.solving import Solver
from solvers.by_region import ByRegion
from solvers.contraction import Contraction
from solvers.explained import Explained
from solvers.pipeline import Pipeline


def searching() -> Solver:
    """Return the pipeline, with groups that must stay together and regions taken care of around it."""
    return Contraction(ByRegion(Pipeline()))


def auto() -> Solver:
    """Return the solver that users get: it searches, and explains what cannot hold."""
    return Explained(searching())


SOLVERS: dict[str, Callable[[], Solver]] = {"auto": auto}
"""Every solver a user can name."""


def solver(name: str) -> Solver:
    """Return a new solver with default parameters.

    Raises
    ------
    UnsupportedProblem
        Where no solver has that name; the message lists those there are.
    """
    if name not in SOLVERS:
        raise UnsupportedProblem(f"there is no solver {name!r}; known are {', '.join(sorted(SOLVERS))}")
    return SOLVERS[name]()
