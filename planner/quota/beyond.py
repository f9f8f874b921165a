"""Seats that amounts decided by hand carry over limits: what siblings take over is bound by sums alone, not by limits.

An amount that somebody decided holds to the cent, and so do the sums that targets state; where siblings would have to
stay inside their limits on top, hardly any override would hold. So they may pass them, and it is told who does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.arrays import IntArray
from planner.quota.hand_down import Handing
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.limits import NAMES
from planner.quota.override_reading import Asked
from planner.quota.overrides import ALL, Overridden
from planner.quota.quota_plan import BeyondLimit
from planner.quota.target import Pool


def beyond_limits(
    handed: Sequence[Handing],
    done: Overridden,
    pools: Sequence[Pool],
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
) -> tuple[BeyondLimit, ...]:
    """Return the seats that no override is of and that overrides carry over a limit, the farthest beyond it first.

    A seat that was beyond a limit before, because all limits were widened or by rounding, counts with what was added.

    Parameters
    ----------
    handed
        What each component was handed, limits included.
    done
        The quotas in which overrides hold.
    pools
        Groups of territories with a target of their own, as overrides were balanced in.
    hierarchy, node_of_territory
        Nodes, and the position of the one that each territory hangs below.
    """
    found: list[BeyondLimit] = []
    near = _Near(hierarchy, node_of_territory, done.asked, pools)
    for c, handing in enumerate(handed):
        before, after = handing.amount_cents.sum(1), done.amount_cents[:, c].sum(1)
        lower, upper = handing.limit_cents
        above, below = after - np.maximum(upper, before), np.minimum(lower, before) - after
        free = ~done.locked[:, c]
        for t in np.flatnonzero(free & ((above > 0) | (below > 0))).tolist():
            side = int(above[t] > 0)
            found.append(
                BeyondLimit(
                    t,
                    c,
                    NAMES[handing.limit_is[side, t]],
                    int(handing.limit_cents[side, t]),
                    int(before[t]),
                    int(after[t]),
                    near.causes(t, c),
                )
            )
    return tuple(sorted(found, key=lambda one: (-abs(one.beyond_cents), one.territory, one.component)))


class _Near:
    """Which overrides a seat shares the difference of: those below the nearest node above it that has any below.

    Differences stay below the parent where they arise as long as anybody there is free.
    """

    def __init__(
        self,
        hierarchy: Hierarchy | None,
        node_of_territory: IntArray,
        asked: Sequence[Asked],
        pools: Sequence[Pool],
    ) -> None:
        self._parent = [] if hierarchy is None else hierarchy.parent.tolist()
        self._node = node_of_territory.tolist()
        self._pool = {int(t): number for number, pool in enumerate(pools) for t in pool.territory}
        self._asked = asked
        # Positions of the overrides right below each node, by pool and node.
        self._below: dict[tuple[int, int], list[int]] = {}
        for at, ask in enumerate(asked):
            here = ask.override.territory
            node = self._node[here] if here >= 0 else self._above(ask.override.node)
            self._below.setdefault((ask.pool, node), []).append(at)

    def _above(self, node: int) -> int:
        return self._parent[node] if self._parent and node >= 0 else COMPANY

    def causes(self, territory: int, component: int) -> tuple[int, ...]:
        """Return the positions of overrides of a component whose difference a territory shares."""
        pool, node = self._pool.get(territory, -1), self._node[territory]
        while True:
            found = [
                at
                for at in self._below.get((pool, node), ())
                if self._asked[at].component in (ALL, component)
            ]
            if found:
                return tuple(found)
            if node == COMPANY:
                break
            node = self._above(node)
        everyone = enumerate(self._asked)
        return tuple(at for at, ask in everyone if ask.pool == pool and ask.component in (ALL, component))
