"""Solvers by name."""

from __future__ import annotations

from typing import Protocol

from planner.errors import UnsupportedProblem
from planner.solving import Solver
from solvers.by_region import ByRegion
from solvers.contraction import Contraction
from solvers.explained import Explained
from solvers.pipeline import Pipeline
from solvers.side_by_side import Mapper


class Making(Protocol):
    """Makes a solver with default parameters."""

    def __call__(self, mapper: Mapper | None = None) -> Solver:
        """Return the solver; `mapper` solves regions side by side."""
        ...


def searching(mapper: Mapper | None = None) -> Solver:
    """Return the pipeline, with groups that must stay together and regions taken care of around it."""
    return Contraction(ByRegion(Pipeline(), mapper))


def auto(mapper: Mapper | None = None) -> Solver:
    """Return the solver that users get: it searches, and explains what cannot hold."""
    return Explained(searching(mapper))


SOLVERS: dict[str, Making] = {"auto": auto}
"""Every solver a user can name."""


def solver(name: str, mapper: Mapper | None = None) -> Solver:
    """Return a new solver with default parameters; `mapper` solves regions side by side, None one after the other.

    Raises
    ------
    UnsupportedProblem
        Where no solver has that name; the message lists those there are.
    """
    if name not in SOLVERS:
        raise UnsupportedProblem(f"there is no solver {name!r}; known are {', '.join(sorted(SOLVERS))}")
    return SOLVERS[name](mapper)
