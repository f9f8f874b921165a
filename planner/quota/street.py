"""Over-assignment: what every level adds on the way from the company target to the street quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.hierarchy import Hierarchy
from planner.quota.quota_plan import BridgeStep
from planner.quota.rounding import Cents, split_exactly
from planner.quota.target import Commitment, Pool

Chain = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class OverAssignment:
    r"""Over-assignments between the target and each territory; they compound.

    A node hands out ``1 + a`` times what it carries, and what a territory carries of the company target is
    multiplied by this for every node above it. So the street quota of territories with shares :math:`s_t` of a
    target is :math:`\sum_t s_t \prod_n (1 + a_n)` times the target; where all branches add the same, the
    shares fall out.

    Parameters
    ----------
    plan
        Over-assignment of the plan itself, above all nodes.
    chains
        Over-assignments of nodes from the one with the target downwards, one entry for each way down.
    chain
        Which way down leads to each territory, a position in `chains`, shape ``(n_territories,)``.
    top
        Depth of the highest node with a target.
    """

    plan: Fraction
    chains: tuple[Chain, ...]
    chain: IntArray
    top: int = 0

    @classmethod
    def of(
        cls, plan: Fraction, pools: Sequence[Pool], hierarchy: Hierarchy | None, node_of_territory: IntArray
    ) -> OverAssignment:
        """Collect what lies between the target of each pool and its territories.

        A territory that hangs nowhere gets what all others of its pool get, nothing where they differ.
        """
        position: dict[Chain, int] = {(): 0}
        chain = np.zeros(len(node_of_territory), np.int32)
        if hierarchy is None:
            return cls(plan, tuple(position), chain)
        for pool in pools:
            nodes = node_of_territory[pool.territory]
            links_of = {int(node): hierarchy.handed_down(pool.node, int(node)) for node in np.unique(nodes)}
            attached = {links for node, links in links_of.items() if node >= 0}
            links_of[-1] = attached.pop() if len(attached) == 1 else ()
            found = {node: position.setdefault(links, len(position)) for node, links in links_of.items()}
            chain[pool.territory] = [found[node] for node in nodes.tolist()]
        top = min((int(hierarchy.depth[pool.node]) if pool.node >= 0 else 0 for pool in pools), default=0)
        return cls(plan, tuple(position), chain, top)

    @property
    def depth(self) -> int:
        """Number of levels, the plan's own not counted."""
        return max(map(len, self.chains))

    def multiplier(self, territory: IntArray) -> FloatArray:
        """Return what the share in the target of each of some territories is multiplied by."""
        return np.array([float(self._product(links, self.depth)) for links in self.chains])[
            self.chain[territory]
        ]

    def factor(self, territory: IntArray, shares: FloatArray, levels: int | None = None) -> Fraction:
        """Return street quota over target of territories with the given shares.

        Exact where all branches add the same. Counts the first `levels` levels of nodes; None for all.
        """
        share = np.bincount(self.chain[territory], shares, len(self.chains))
        if share.sum() <= 0:
            share = np.bincount(self.chain[territory], minlength=len(self.chains)).astype(np.float64)
        weights = [
            (Fraction(weight), links)
            for weight, links in zip(share.tolist(), self.chains, strict=True)
            if weight
        ]
        whole = sum((weight for weight, _ in weights), Fraction(0))
        depth = self.depth if levels is None else levels
        return sum((weight / whole * self._product(links, depth) for weight, links in weights), Fraction(0))

    def _product(self, links: Chain, levels: int) -> Fraction:
        out = 1 + self.plan
        for link in links[:levels]:
            out *= 1 + link
        return out


def street(commitment: Commitment, factors: Sequence[Sequence[Fraction]]) -> list[Cents]:
    """Return target × (1 + over-assignment) of each pool, shape ``(n_components, n_stated_periods)`` each.

    Exact: what the company carries is rounded half to even once for each component and period that the targets
    state (once in all where they state neither), then split over pools by largest remainders.

    Parameters
    ----------
    factors
        Street quota over target of each pool and component.
    """
    pools = commitment.pools
    out = [np.zeros(pool.target_cents.shape, np.int64) for pool in pools]
    groups: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for c in range(len(commitment.components)):
        for p in range(len(commitment.periods)):
            key = (c if commitment.by_component else 0, p if commitment.by_period else 0)
            groups.setdefault(key, []).extend((i, c, p) for i in range(len(pools)))
    for cells in groups.values():
        amounts = [int(pools[i].target_cents[c, p]) * factors[i][c] for i, c, p in cells]
        total = round(sum(amounts, Fraction(0)))
        for (i, c, p), cents in zip(cells, split_exactly(amounts, total), strict=True):
            out[i][c, p] = cents
    return out


def bridge(
    target_cents: int,
    street_cents: int,
    over: OverAssignment,
    carried: Sequence[Fraction],
    hierarchy: Hierarchy | None,
) -> tuple[BridgeStep, ...]:
    """Return what each level adds, from the company target to the street quota.

    Parameters
    ----------
    carried
        What is carried after the plan's own over-assignment and after each level of nodes, exact, in minor units.
    """
    steps = [BridgeStep("company target", None, target_cents, target_cents)]
    labels = ["plan", *(_level_name(hierarchy, over, level) for level in range(over.depth))]
    rates = [{over.plan}, *({links[d] for links in over.chains if len(links) > d} for d in range(over.depth))]
    for label, rate, amount in zip(labels, rates, carried, strict=True):
        if rate != {Fraction(0)}:
            now = round(amount)
            one = float(next(iter(rate))) if len(rate) == 1 else None
            steps.append(BridgeStep(f"over-assignment, {label}", one, now - steps[-1].carried_cents, now))
    if steps[-1].carried_cents != street_cents:
        rest = street_cents - steps[-1].carried_cents
        steps.append(BridgeStep("rounding of each component and period", None, rest, street_cents))
    return tuple(steps)


def _level_name(hierarchy: Hierarchy | None, over: OverAssignment, level: int) -> str:
    at = () if hierarchy is None else np.flatnonzero(hierarchy.depth == over.top + level)
    found = {hierarchy.level[j] for j in at if hierarchy is not None} - {""}
    return " / ".join(sorted(found)) or f"level {level + 1}"
