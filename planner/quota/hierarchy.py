"""The nodes that quotas are handed down through, from the company to the managers of territories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.arrays import IdArray, IntArray, ids, read_only
from planner.errors import InvalidInput, Problem

COMPANY = -1
"""Position that stands for the whole company, above every root."""


def as_fraction(value: float) -> Fraction:
    """Return the number a person wrote: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(repr(float(value)))


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A forest of nodes; territories hang below any of them.

    Parameters
    ----------
    node_id
        Identifiers exactly as they came in, shape ``(n_nodes,)``.
    parent
        Position of the node above, shape ``(n_nodes,)``; `COMPANY` for a root.
    level, name
        Name of the level (``region``) and of the node, shape ``(n_nodes,)``; empty text where not given.
    over_assignment
        What a node hands out over what it carries − 1, a fraction, shape ``(n_nodes,)``; 0 where not given (NaN).
    stated
        Whether a node's own over-assignment was given, shape ``(n_nodes,)``; None to tell it from the values.
    """

    node_id: IdArray
    parent: IntArray
    level: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    over_assignment: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    stated: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        n = len(self.node_id)
        object.__setattr__(self, "node_id", ids(self.node_id))
        object.__setattr__(self, "parent", read_only(self.parent, np.int32))
        object.__setattr__(self, "level", tuple(self.level) or ("",) * n)
        object.__setattr__(self, "name", tuple(self.name) or ("",) * n)
        given = np.asarray(
            self.over_assignment if len(self.over_assignment) else np.full(n, np.nan), np.float64
        )
        own = np.isfinite(given) if self.stated is None else self.stated
        object.__setattr__(self, "stated", read_only(own, np.bool_))
        stated = np.nan_to_num(given)
        object.__setattr__(self, "over_assignment", read_only(stated, np.float64))
        faults = [
            Problem(
                f"over-assignment {value:g} of node {node!r} takes away all of the target or more.",
                "Give a fraction above −1, e.g. 0.05 for 5 %.",
                file="hierarchy",
                column="over_assignment",
                value=f"{value:g}",
                code="over_assignment_range",
            )
            for node, value in zip(self.node_id, stated, strict=True)
            if value <= -1
        ]
        if faults:
            raise InvalidInput(faults)
        _ = self.depth

    @classmethod
    def from_ids(
        cls,
        node_id: Sequence[str],
        parent_id: Sequence[str],
        level: Sequence[str] = (),
        name: Sequence[str] = (),
        over_assignment: ArrayLike = (),
    ) -> Hierarchy:
        """Build a hierarchy from the ids of the nodes above; an empty id makes a root.

        Raises
        ------
        InvalidInput
            Where ids repeat, a node above is not listed, or nodes are above themselves.
        """
        position = {node: j for j, node in enumerate(node_id)}
        faults = [
            _fault(node, "node_id", "is listed more than once", "Keep one row a node.", "duplicate_id")
            for j, node in enumerate(node_id)
            if position[node] != j
        ]
        faults += [
            _fault(
                above,
                "parent_id",
                "is not a node of the hierarchy",
                "Add it, or leave it empty.",
                "unknown_id",
            )
            for above in dict.fromkeys(parent_id)
            if above and above not in position
        ]
        if faults:
            raise InvalidInput(faults)
        parent = [position[above] if above else COMPANY for above in parent_id]
        return cls(
            ids(np.array(node_id, dtype=object)),
            np.array(parent, np.int32),
            tuple(level),
            tuple(name),
            np.asarray(over_assignment, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.node_id)

    def with_levels(self, over_assignment: Mapping[str, float]) -> Hierarchy:
        """Return the hierarchy in which nodes without an over-assignment of their own have that of their level.

        Raises
        ------
        InvalidInput
            Where a level does not exist, or would take away all of the target or more.
        """
        levels = sorted(set(self.level) - {""})
        faults = [
            Problem(
                f"no node of the hierarchy is of the level {name!r}.",
                f"Take from {', '.join(levels)}." if levels else "Name levels in the hierarchy.",
                file="scenario",
                column="quota.level_over_assignment",
                value=name,
                code="unknown_level",
            )
            for name in over_assignment
            if name not in levels
        ]
        if faults:
            raise InvalidInput(faults)
        assert self.stated is not None, "set on construction"
        of_level = np.array([over_assignment.get(name, 0.0) for name in self.level])
        rates = np.where(self.stated, self.over_assignment, of_level)
        return replace(self, over_assignment=rates, stated=self.stated)

    @cached_property
    def depth(self) -> IntArray:
        """Number of nodes above each node, shape ``(n_nodes,)``.

        Raises
        ------
        InvalidInput
            Where nodes are above themselves.
        """
        depth = np.full(len(self), -1, np.int32)
        at = np.flatnonzero(self.parent == COMPANY)
        level = 0
        while len(at):
            depth[at] = level
            level += 1
            at = np.flatnonzero((depth < 0) & np.isin(self.parent, at))
        circular = np.flatnonzero(depth < 0)
        if len(circular):
            raise InvalidInput(
                _fault(
                    self.node_id[j], "parent_id", "is above itself", "Break the circle.", "circular_hierarchy"
                )
                for j in circular
            )
        return depth

    @cached_property
    def roots(self) -> tuple[int, ...]:
        """Positions of the nodes with nothing above."""
        return tuple(int(j) for j in np.flatnonzero(self.parent == COMPANY))

    def label(self, node: int) -> str:
        """Return what people call a node: its name, else its id."""
        if node == COMPANY:
            return "the company"
        return self.name[node] or str(self.node_id[node])

    def above(self, node: int) -> list[int]:
        """Return the nodes above `node`, nearest first, the company not among them."""
        found = []
        while node != COMPANY and (node := int(self.parent[node])) != COMPANY:
            found.append(node)
        return found

    def below(self, node: int) -> NDArray[np.bool_]:
        """Return which nodes are `node` or below it, shape ``(n_nodes,)``."""
        inside = np.full(len(self), node == COMPANY)
        if node != COMPANY:
            inside[node] = True
            for j in np.argsort(self.depth, kind="stable"):
                if self.parent[j] != COMPANY and inside[self.parent[j]]:
                    inside[j] = True
        return inside

    def territories_below(self, node: int, node_of_territory: IntArray) -> NDArray[np.bool_]:
        """Return which territories hang below `node`, at any depth, shape ``(n_territories,)``."""
        if node == COMPANY:
            return np.ones(len(node_of_territory), bool)
        return (node_of_territory >= 0) & self.below(node)[node_of_territory]

    def roll_up(self, values: NDArray[Any], node_of_territory: IntArray) -> NDArray[Any]:
        """Sum values of territories over all that hangs below each node.

        Parameters
        ----------
        values
            Integers, shape ``(n_territories, …)``.
        node_of_territory
            Node each territory hangs below, shape ``(n_territories,)``; −1 for none (left out).

        Returns
        -------
        Sums, shape ``(n_nodes, …)``.
        """
        total = np.zeros((len(self), *values.shape[1:]), values.dtype)
        held = node_of_territory >= 0
        np.add.at(total, node_of_territory[held], values[held])
        for level in range(int(self.depth.max(initial=0)), 0, -1):
            at = np.flatnonzero(self.depth == level)
            np.add.at(total, self.parent[at], total[at])
        return total

    def handed_down(self, top: int, node: int) -> tuple[Fraction, ...]:
        """Return the over-assignments from `top` down to `node`, both included, highest first.

        Those of all nodes above where `node` is not below `top`; none for `COMPANY`.
        """
        chain: list[int] = []
        while node != COMPANY:
            chain.append(node)
            node = COMPANY if node == top else int(self.parent[node])
        return tuple(as_fraction(self.over_assignment[j]) for j in reversed(chain))


def _fault(value: object, column: str, what: str, what_to_do: str, code: str) -> Problem:
    return Problem(
        f"node {str(value)!r} {what}.",
        what_to_do,
        file="hierarchy",
        column=column,
        value=str(value),
        code=code,
    )
