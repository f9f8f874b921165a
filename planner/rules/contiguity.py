"""Contiguity: the units of a territory hang together on the neighbour graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.measures import contiguity
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import listed, the_territory


@dataclass(frozen=True, eq=False)
class ContiguityRule:
    """Some territories must be in one piece on each connected component of the graph; each region is a part.

    Parameters
    ----------
    name
        Name for people.
    territories
        Their positions, ascending.
    """

    name: str
    territories: IntArray
    kind: ClassVar[RuleKind] = RuleKind.CONTIGUITY

    def parts(self, problem: AlignmentProblem) -> tuple[ContiguityRule, ...]:
        """Return the contiguity of each region's territories; none where they are of one region, or of none."""
        region = problem.region_of_territory[self.territories]
        if len(np.unique(region)) < 2:
            return ()
        return tuple(
            ContiguityRule(
                f"contiguity of {problem.region_name[r] if r >= 0 else 'territories without a region'}",
                self.territories[region == r],
            )
            for r in np.unique(region)
        )

    def text(self, problem: AlignmentProblem) -> str:
        """Return which territories must be in one piece."""
        if len(self.territories) == problem.n_territories:
            return "every territory must be in one piece"
        return f"{listed(problem.territories.territory_id, self.territories)} must each be in one piece"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the territories in too many pieces; the amount is how many are too many."""
        graph = problem.graph_within_regions()
        if graph is None:
            return ()
        surplus = contiguity.surplus_pieces(graph, territory, problem.n_territories)
        count = contiguity.pieces(graph, territory, problem.n_territories)
        return tuple(
            Breach(
                self.name, (int(j),), (), float(surplus[j]), float(surplus[j]),
                f"{the_territory(problem, j)} is in {count[j]} pieces",
            )
            for j in self.territories[surplus[self.territories] > 0]
        )  # fmt: skip

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which these territories may be in pieces."""
        loose = np.array(problem.loose)
        loose[self.territories] = True
        return problem.replace(contiguous=False) if loose.all() else problem.replace(loose=loose)


def contiguity_rules(problem: AlignmentProblem) -> tuple[ContiguityRule, ...]:
    """Return the rule where any territory must be in one piece."""
    held = np.flatnonzero(~problem.loose).astype(np.int32)
    return (ContiguityRule("contiguity", held),) if problem.contiguous and len(held) else ()
