"""Six units in a row and three territories, for one rule at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.arrays import IntArray
from planner.graph import Graph
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units

PAIRS = (0, 0, 1, 1, 2, 2)
"""Two units per territory, each in one piece."""


def labels(*territory: int) -> IntArray:
    """Return an alignment as an array."""
    return np.array(territory, np.int32)


def row(**changes: Any) -> AlignmentProblem:
    """Return the problem without any rule but what `changes` say: activity 1 to 6, today two by two."""
    given: dict[str, Any] = {
        "units": Units.points(list("abcdef"), [[float(i), 0.0] for i in range(6)]),
        "territories": Territories(["N", "M", "S"], ["", "", ""], np.full((3, 2), np.nan), np.zeros((3, 1))),
        "measures": (Measure.watched("sales", 21.0, np.full(3, 1 / 3)),),
        "activity": np.arange(1.0, 7.0)[:, None],
        "objective": Objective(np.ones(6), np.zeros(6)),
        "graph": Graph.from_edges(6, [(i, i + 1) for i in range(5)]),
        "current": PAIRS,
    }
    return AlignmentProblem(**(given | changes))
