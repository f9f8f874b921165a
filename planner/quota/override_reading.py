"""Overrides in positions instead of names, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray
from planner.errors import InvalidInput, Problem
from planner.quota.currency import money
from planner.quota.hierarchy import Hierarchy
from planner.quota.inputs import Override
from planner.quota.periods import months_covered

FILE = "overrides"


@dataclass(frozen=True)
class Names:
    """What components, periods, territories and money are called."""

    components: tuple[str, ...]
    periods: tuple[str, ...]
    territories: tuple[str, ...]
    currency: str


@dataclass(frozen=True)
class Asked:
    """An override with positions: component −1 for all, and the quota periods it covers."""

    override: Override
    pool: int
    component: int
    periods: tuple[int, ...]

    @property
    def cents(self) -> int:
        """Minor units."""
        return self.override.amount_cents


def read(
    overrides: Sequence[Override],
    names: Names,
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
    pools: Sequence[tuple[int, IntArray]],
) -> list[Asked]:
    """Return overrides by position.

    Raises
    ------
    InvalidInput
        With every override that speaks of what does not exist, is below 0, or is stated twice.
    """
    found: list[Asked] = []
    faults: list[Problem] = []
    seen: dict[tuple[int, int, int, tuple[int, ...]], Override] = {}
    below = _below(hierarchy, node_of_territory)
    for override in overrides:
        pool = _pool_of(override, names, hierarchy, below, pools)
        component = _component_of(override, names)
        periods = _periods_of(override, names)
        amount = money(override.amount_cents, names.currency)
        wrong = [part for part in (pool, component, periods) if isinstance(part, Problem)]
        if override.amount_cents < 0:
            wrong.append(
                fault(
                    override,
                    "amount",
                    amount,
                    f"{amount} is below 0.",
                    "State 0 or more.",
                    "negative_override",
                )
            )
        if wrong:
            faults += wrong
            continue
        assert isinstance(pool, int), "what is wrong was sorted out"
        assert isinstance(component, int), "what is wrong was sorted out"
        assert isinstance(periods, tuple), "what is wrong was sorted out"
        key = (override.territory, override.node, component, periods)
        if key in seen:
            who = who_is(override, names, hierarchy)
            other = money(seen[key].amount_cents, names.currency)
            faults.append(
                fault(
                    override,
                    "amount",
                    amount,
                    f"{who} has two overrides for the same component and period: {other} and {amount}.",
                    "Keep one of them.",
                    "duplicate_override",
                )
            )
        seen[key] = override
        found.append(Asked(override, pool, component, periods))
    if faults:
        raise InvalidInput(faults)
    return found


def who_is(override: Override, names: Names, hierarchy: Hierarchy | None) -> str:
    """Return whose quota it is, for people."""
    if 0 <= override.territory < len(names.territories):
        return f"territory {names.territories[override.territory]}"
    if hierarchy is not None and 0 <= override.node < len(hierarchy):
        return f"node {hierarchy.label(override.node)}"
    return "nobody that is known"


def fault(override: Override, column: str, value: str, why: str, what_to_do: str, code: str) -> Problem:
    """Return a problem with an override."""
    by = f" (by {override.author})" if override.author else ""
    return Problem(why[:-1] + by + ".", what_to_do, file=FILE, column=column, value=value, code=code)


def _below(hierarchy: Hierarchy | None, node_of_territory: IntArray) -> IntArray:
    """Return how many territories hang below each node."""
    if hierarchy is None:
        return np.zeros(0, np.int32)
    counted: IntArray = hierarchy.roll_up(np.ones(len(node_of_territory), np.int32), node_of_territory)
    return counted


def _pool_of(
    override: Override,
    names: Names,
    hierarchy: Hierarchy | None,
    below: IntArray,
    pools: Sequence[tuple[int, IntArray]],
) -> int | Problem:
    who = who_is(override, names, hierarchy)
    if 0 <= override.territory < len(names.territories):
        for number, (_, territory) in enumerate(pools):
            if (territory == override.territory).any():
                return number
        return fault(
            override, "territory_id", names.territories[override.territory],
            f"{who} hangs below no node with a target, so there is nobody to give or take the difference.",
            "State a target for a node above it, or leave the override out.", "override_without_target",
        )  # fmt: skip
    if hierarchy is None or not 0 <= override.node < len(hierarchy):
        return fault(
            override, "territory_id", str(max(override.territory, override.node)),
            "the override names no territory and no node of the hierarchy.",
            "Name one of them.", "unknown_id",
        )  # fmt: skip
    label = str(hierarchy.node_id[override.node])
    if not below[override.node]:
        return fault(
            override, "node_id", label, f"no territory hangs below {who}: nobody can carry the amount.",
            "Leave the override out, or put a territory below the node.", "override_of_nobody",
        )  # fmt: skip
    above = [override.node, *hierarchy.above(override.node)]
    for number, (node, _) in enumerate(pools):
        if node == -1 or node in above:
            return number
    return fault(
        override, "node_id", label, f"{who} stands above the nodes that have targets.",
        "State overrides for those nodes or what is below them; change the targets for anything above.",
        "override_above_targets",
    )  # fmt: skip


def _component_of(override: Override, names: Names) -> int | Problem:
    if not override.component:
        return -1
    if override.component in names.components:
        return names.components.index(override.component)
    return fault(
        override, "component", override.component, f"there is no component {override.component!r}.",
        f"Take one of {', '.join(names.components)}, or leave it empty for all.", "unknown_component",
    )  # fmt: skip


def _periods_of(override: Override, names: Names) -> tuple[int, ...] | Problem:
    everything = tuple(range(len(names.periods)))
    if not override.period:
        return everything
    if override.period in names.periods:
        return (names.periods.index(override.period),)
    span = months_covered(override.period)
    if span is not None:
        covered = [months_covered(period) for period in names.periods]
        inside = tuple(
            p for p, own in enumerate(covered) if own is not None and span[0] <= own[0] and own[1] <= span[1]
        )
        if sum(own[1] - own[0] for p in inside if (own := covered[p]) is not None) == span[1] - span[0]:
            return inside
    return fault(
        override, "period", override.period, f"quotas have no period {override.period!r}.",
        f"Take one of {', '.join(names.periods)}, a longer one made of them, or leave it empty for the year.",
        "unknown_period",
    )  # fmt: skip
