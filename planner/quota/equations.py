"""Every sum that must hold, both sides found in ways of their own: what was decided, and what adds up to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from planner.arrays import IntArray
from planner.quota.credits import Role, SeatShare
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.local import LocalAmounts
from planner.quota.override_reading import Asked
from planner.quota.quota_plan import BridgeStep, Equation
from planner.quota.rounding import Cents
from planner.quota.target import Pool


@dataclass(frozen=True, eq=False)
class Decided:
    """What was decided on the way, before quotas were cut into periods: the left sides of the sums.

    Parameters
    ----------
    stated
        Periods that the targets state; one empty text where they state none.
    inside
        Positions of the quota periods inside each stated one; empty where quotas have longer periods.
    street_cents
        Target × (1 + over-assignment) less absorbed relief, rounded, shape ``(n_components, n_stated)``.
    period_cents
        What each quota period was to add up to, shape ``(n_components, n_periods)``.
    carried_cents
        What was allotted to each territory, shape ``(n_territories, n_components)``.
    bridge
        Steps from the company target to the street quota.
    pools
        The topmost nodes with a target, and the street quota of each, shape ``(n_components, n_stated)``.
    asked
        Overrides that were applied.
    """

    stated: tuple[str, ...]
    inside: tuple[tuple[int, ...], ...]
    street_cents: Cents
    period_cents: Cents
    carried_cents: Cents
    bridge: tuple[BridgeStep, ...]
    pools: tuple[tuple[Pool, Cents], ...] = ()
    asked: tuple[Asked, ...] = ()


def equations(
    decided: Decided,
    amount_cents: Cents,
    components: Sequence[str],
    periods: Sequence[str],
    territory: Sequence[str],
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
    credited: Sequence[SeatShare] = (),
    local: LocalAmounts | None = None,
) -> tuple[Equation, ...]:
    """Write down every sum that must hold; the right sides are added up from the quotas themselves.

    Parameters
    ----------
    amount_cents
        Quotas, shape ``(n_territories, n_components, n_periods)``.
    territory
        Names of the territories.
    credited, local
        What seats are credited with, and quotas in their currencies.
    """
    out = _company(decided, amount_cents.sum(0), components, periods)
    by_component = amount_cents.sum(2)
    carried = decided.carried_cents
    out += [
        Equation(f"territory {label} {name}", "territory_periods", stated, added)
        for label, row, sums in zip(territory, carried.tolist(), by_component.tolist(), strict=True)
        for name, stated, added in zip(components, row, sums, strict=True)
    ]
    if len(components) > 1:
        out += [
            Equation(f"territory {label}", "components", stated, added)
            for label, stated, added in zip(
                territory, carried.sum(1).tolist(), amount_cents.sum((1, 2)).tolist(), strict=True
            )
        ]
    if hierarchy is not None:
        street = int(decided.street_cents.sum())
        out += _nodes(hierarchy, node_of_territory, carried.sum(1), amount_cents, street)
        out += _node_periods(hierarchy, node_of_territory, amount_cents, components, periods)
        out += _targets(decided, amount_cents, components, hierarchy)
    out += _overrides(decided.asked, amount_cents, territory, hierarchy, node_of_territory)
    out += _credits(credited, amount_cents, components, periods, territory)
    if local is not None:
        out += _local(local, amount_cents, territory)
    return tuple(out)


def _company(
    decided: Decided, by_period: Cents, components: Sequence[str], periods: Sequence[str]
) -> list[Equation]:
    street, total = decided.street_cents, int(by_period.sum())
    out = [
        Equation(step.name, "over_assignment", step.carried_cents, before.carried_cents + step.added_cents)
        for before, step in pairwise(decided.bridge)
    ]
    out.append(Equation("street quota", "over_assignment", decided.bridge[-1].carried_cents, total))
    for c, name in enumerate(components):
        out.append(
            Equation(f"street quota {name}", "components", int(street[c].sum()), int(by_period[c].sum()))
        )
        if decided.stated != ("",):
            out += [
                Equation(
                    f"street quota {name} target {period}",
                    "over_assignment",
                    int(street[c, j]),
                    int(by_period[c, list(inside)].sum()),
                )
                for j, (period, inside) in enumerate(zip(decided.stated, decided.inside, strict=True))
                if inside
            ]
        out += [
            Equation(
                f"street quota {name} {period}",
                "company_periods",
                int(decided.period_cents[c, p]),
                int(by_period[c, p]),
            )
            for p, period in enumerate(periods)
        ]
    return out


def _nodes(
    hierarchy: Hierarchy, node_of_territory: IntArray, carried: Cents, amount_cents: Cents, street: int
) -> list[Equation]:
    """State each node's total from what was allotted below it, and add it up from children and own territories."""
    quota = amount_cents.sum((1, 2))
    allotted = hierarchy.roll_up(carried, node_of_territory).tolist()
    added = _one_level(hierarchy, node_of_territory, quota)
    out = [
        Equation(f"node {node}", "node", stated, sums)
        for node, stated, sums in zip(hierarchy.node_id, allotted, added.tolist(), strict=True)
    ]
    roots = int(added[hierarchy.parent == COMPANY].sum())
    top = roots + int(quota[node_of_territory < 0].sum())
    return [*out, Equation("company, all nodes", "node", street, top)]


def _node_periods(
    hierarchy: Hierarchy,
    node_of_territory: IntArray,
    amount_cents: Cents,
    components: Sequence[str],
    periods: Sequence[str],
) -> list[Equation]:
    """State each node's component and period from all territories below it, and add it up from children and own."""
    n = len(hierarchy)
    below = _all_below(hierarchy, node_of_territory, amount_cents.reshape(len(amount_cents), -1))
    added = _one_level(hierarchy, node_of_territory, amount_cents).reshape(n, -1)
    names = [f"{component} {period}" for component in components for period in periods]
    return [
        Equation(f"node {node} {name}", "node_periods", stated, sums)
        for node, row, right in zip(hierarchy.node_id, below.tolist(), added.tolist(), strict=True)
        for name, stated, sums in zip(names, row, right, strict=True)
    ]


def _one_level(hierarchy: Hierarchy, node_of_territory: IntArray, quota: Cents) -> Cents:
    """Add up what each node carries from its children's totals and its own territories."""
    total = hierarchy.roll_up(quota, node_of_territory)
    held = node_of_territory >= 0
    added = np.zeros_like(total)
    np.add.at(added, node_of_territory[held], quota[held])
    below = hierarchy.parent != COMPANY
    np.add.at(added, hierarchy.parent[below], total[below])
    return added


def _all_below(hierarchy: Hierarchy, node_of_territory: IntArray, quota: Cents) -> Cents:
    """Add up all territories below each node at once: those between its place and its end in a walk of the tree."""
    n = len(hierarchy)
    children: list[list[int]] = [[] for _ in range(n)]
    for node, above in enumerate(hierarchy.parent.tolist()):
        if above != COMPANY:
            children[above].append(node)
    place, end = np.zeros(n, np.int64), np.zeros(n, np.int64)
    walked = 0
    stack = [(root, False) for root in hierarchy.roots]
    while stack:
        node, left = stack.pop()
        if left:
            end[node] = walked
            continue
        place[node] = walked
        walked += 1
        stack.append((node, True))
        stack += [(child, False) for child in children[node]]
    held = np.flatnonzero(node_of_territory >= 0)
    order = held[np.argsort(place[node_of_territory[held]], kind="stable")]
    sums = np.zeros((len(order) + 1, quota.shape[1]), np.int64)
    np.cumsum(quota[order], axis=0, out=sums[1:])
    places = place[node_of_territory[order]]
    return np.asarray(sums[np.searchsorted(places, end)] - sums[np.searchsorted(places, place)])


def _targets(
    decided: Decided, amount_cents: Cents, components: Sequence[str], hierarchy: Hierarchy
) -> list[Equation]:
    """State what each of several nodes with targets carries of every component and stated period."""
    if len(decided.pools) < 2:
        return []
    out = []
    for pool, street in decided.pools:
        quota = amount_cents[pool.territory].sum(0)
        for c, name in enumerate(components):
            label = f"target of {'company' if pool.node == COMPANY else hierarchy.node_id[pool.node]} {name}"
            out.append(Equation(label, "target", int(street[c].sum()), int(quota[c].sum())))
            if decided.stated != ("",):
                out += [
                    Equation(
                        f"{label} {period}", "target", int(street[c, j]), int(quota[c, list(inside)].sum())
                    )
                    for j, (period, inside) in enumerate(zip(decided.stated, decided.inside, strict=True))
                    if inside
                ]
    return out


def _overrides(
    asked: Sequence[Asked],
    amount_cents: Cents,
    territory: Sequence[str],
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
) -> Iterable[Equation]:
    """State the amounts that somebody decided, and add up the quotas they speak of."""
    for ask in asked:
        given = ask.override
        if given.territory >= 0:
            who, at = f"territory {territory[given.territory]}", np.array([given.territory])
        else:
            assert hierarchy is not None, "only a hierarchy has nodes"
            who = f"node {hierarchy.node_id[given.node]}"
            at = np.flatnonzero(hierarchy.territories_below(given.node, node_of_territory))
        quota = amount_cents[at][:, :, list(ask.periods)]
        quota = quota if ask.component < 0 else quota[:, ask.component]
        name = " ".join(filter(None, ("override", who, given.component, given.period)))
        yield Equation(name, "override", given.amount_cents, int(quota.sum()))


def _credits(
    credited: Sequence[SeatShare],
    amount_cents: Cents,
    components: Sequence[str],
    periods: Sequence[str],
    territory: Sequence[str],
) -> Iterable[Equation]:
    """State quotas of territories that several seats carry, and what overlays carry on top."""
    split = {share.territory for share in credited if share.role is Role.SPLIT}
    for t in sorted(split):
        seats = [
            share.amount_cents
            for share in credited
            if share.territory == t and share.role is not Role.OVERLAY
        ]
        added = np.sum(seats, axis=0)
        for c, name in enumerate(components):
            for p, period in enumerate(periods):
                yield Equation(
                    f"credit of territory {territory[t]} {name} {period}",
                    "split",
                    int(amount_cents[t, c, p]),
                    int(added[c, p]),
                )
    for share in credited:
        if share.role is not Role.OVERLAY:
            continue
        for c, name in enumerate(components):
            if share.wanted_cents[c] or share.amount_cents[c].any():
                yield Equation(
                    f"overlay of seat {share.seat_id} on territory {territory[share.territory]} {name}",
                    "overlay",
                    int(share.wanted_cents[c]),
                    int(share.amount_cents[c].sum()),
                )


def _local(local: LocalAmounts, amount_cents: Cents, territory: Sequence[str]) -> Iterable[Equation]:
    """State amounts in seats' own currencies, and what they are worth, conversion rounding included."""
    added = local.amount.sum((1, 2)).tolist()
    quota = amount_cents.sum((1, 2)).tolist()
    for t in np.flatnonzero(local.converted).tolist():
        code = local.currency[t]
        yield Equation(f"territory {territory[t]} in {code}", "local", int(local.total[t]), added[t])
        rounding = int(local.difference_cents[t])
        yield Equation(
            f"territory {territory[t]} from {code}",
            "conversion",
            quota[t] + rounding,
            int(local.worth_cents[t]),
        )
