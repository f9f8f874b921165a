"""Which rows state the company target, and which territories carry it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray
from planner.quota.currency import money
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.periods import parse
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.target import Commitment, Pool, Targets, refuse_negative


def commitment(
    targets: Targets | None,
    target_cents: int | None,
    year: int | None,
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
    currency: str,
) -> Commitment | None:
    """Sort out what the company committed to; None where no target is set.

    The company target is made of the rows of the topmost nodes: those with no target at any node above. A
    `target_cents` stated apart wins over their sum and keeps their proportions.

    Raises
    ------
    InvalidInput
        Where targets are negative.
    """
    everyone = np.arange(len(node_of_territory), dtype=np.int32)
    if targets is None or not len(targets):
        if target_cents is None:
            return None
        refuse_negative([("the plan", target_cents)], currency)
        pool = Pool(COMPANY, everyone, np.array([[target_cents]], np.int64))
        return Commitment(("total",), ("",), False, False, (pool,))
    notes: list[str] = []
    targets = _of_year(targets, year, notes)
    node = _nodes(targets, hierarchy, notes)
    top, above = _topmost(node, hierarchy)
    rows = [i for i, n in enumerate(node) if n in top]
    components = tuple(dict.fromkeys(targets.component[i] for i in rows))
    periods = tuple(sorted({targets.period[i] for i in rows} - {""})) or ("",)
    reading = _Reading(
        targets, node, above, components, periods, hierarchy, node_of_territory, currency, notes
    )
    pools = reading.pools(top)
    without = len(everyone) - sum(len(pool.territory) for pool in pools)
    if without:
        notes.append(f"{without} territories hang below no node with a target and carry no quota.")
    if "" in components and len(components) > 1:
        notes.append("Target rows without a component are carried beside those with one.")
    found = Commitment(
        tuple(name or _unused("total", components) for name in components),
        periods,
        all(targets.component[i] for i in rows),
        all(targets.period[i] for i in rows),
        pools,
        tuple(notes),
    )
    _check(found, hierarchy, currency)
    return found if target_cents is None else found.scaled(target_cents, currency)


@dataclass(frozen=True, eq=False)
class _Reading:
    """Rows of targets with the nodes they speak of, and the names found in those of the company."""

    targets: Targets
    node: Sequence[int]
    above: Mapping[int, int]
    components: Sequence[str]
    periods: Sequence[str]
    hierarchy: Hierarchy | None
    node_of_territory: IntArray
    currency: str
    notes: list[str]

    def pools(self, top: Sequence[int]) -> tuple[Pool, ...]:
        """Return the pools of the topmost nodes; one for all where a target has nobody to carry it."""
        holders = _holders(top, self.hierarchy, self.node_of_territory)
        empty = [n for n in top if not len(holders[n]) and self._stated(n).any()]
        if empty:
            labels = ", ".join(self._label(n) for n in empty)
            self.notes.append(
                f"No territory hangs below {labels}: all territories carry all targets together."
            )
        if empty or not any(len(held) for held in holders.values()):
            everyone = np.arange(len(self.node_of_territory), dtype=np.int32)
            return (Pool(COMPANY, everyone, np.sum([self._stated(n) for n in top], axis=0)),)
        return tuple(self._pool(n, holders[n]) for n in top if len(holders[n]))

    def _pool(self, n: int, held: IntArray, usual: Cents | None = None) -> Pool:
        own, inside = self._stated(n, usual), []
        for m in (m for m, nearest in self.above.items() if nearest == n):
            assert self.hierarchy is not None, "only a hierarchy puts one node above another"
            below = self.hierarchy.territories_below(m, self.node_of_territory)[held]
            if below.any():
                inside.append(self._pool(m, held[below], own.sum(1)))
            elif (whole := int(self._stated(m).sum())) != 0:
                self.notes.append(
                    f"The target of {self._label(m)}, {money(whole, self.currency)}, "
                    "changes nothing: no territory hangs below it."
                )
        return Pool(n, held, own, tuple(inside))

    def _label(self, n: int) -> str:
        return "the company" if self.hierarchy is None else self.hierarchy.label(n)

    def _stated(self, n: int, usual: Cents | None = None) -> Cents:
        """Return the target of a node by component and period.

        Rows for other components are split over all in the proportions of `usual`; what states no period
        follows the rows that do.
        """
        table = np.zeros((len(self.components), len(self.periods)), np.int64)
        loose, whole = [0] * len(self.components), 0
        for i in (i for i, at in enumerate(self.node) if at == n):
            cents, component, period = (
                int(self.targets.amount_cents[i]),
                self.targets.component[i],
                self.targets.period[i],
            )
            if component not in self.components:
                whole += cents
            elif period in self.periods:
                table[self.components.index(component), self.periods.index(period)] += cents
            else:
                loose[self.components.index(component)] += cents
        if whole:
            for c, cents in enumerate(
                _signed_split(table.sum(1) if usual is None else usual, whole).tolist()
            ):
                loose[c] += cents
        for c, cents in enumerate(loose):
            table[c] += _signed_split(table[c], cents)
        return table


def _of_year(targets: Targets, year: int | None, notes: list[str]) -> Targets:
    found = [parse(period) for period in targets.period]
    other = [i for i, at in enumerate(found) if year is not None and at is not None and at[0] != year]
    if not other:
        return targets
    if len(other) == len(targets):
        notes.append(f"The targets are not for {year}: quotas are for the periods of the targets.")
        return targets
    notes.append(f"{len(other)} target rows of other years than {year} are left out.")
    keep = [i for i in range(len(targets)) if i not in set(other)]
    return Targets(
        tuple(targets.node_id[i] for i in keep),
        tuple(targets.component[i] for i in keep),
        tuple(targets.period[i] for i in keep),
        targets.amount_cents[keep],
    )


def _nodes(targets: Targets, hierarchy: Hierarchy | None, notes: list[str]) -> list[int]:
    position = {} if hierarchy is None else {node: j for j, node in enumerate(hierarchy.node_id)}
    unknown = sorted({node for node in targets.node_id if node and node not in position})
    if unknown and hierarchy is not None:
        notes.append(f"Targets of {', '.join(unknown)}, not in the hierarchy, count for the whole company.")
    return [position.get(node, COMPANY) for node in targets.node_id]


def _topmost(node: Sequence[int], hierarchy: Hierarchy | None) -> tuple[list[int], dict[int, int]]:
    """Return the nodes with no target above, and for each other node the nearest with a target above."""
    stated = dict.fromkeys(node)
    above = {}
    for n in stated:
        if n != COMPANY and hierarchy is not None:
            chain = [*hierarchy.above(n), COMPANY]
            nearest = next((m for m in chain if m in stated), None)
            if nearest is not None:
                above[n] = nearest
    return [n for n in stated if n not in above], above


def _holders(
    top: Sequence[int], hierarchy: Hierarchy | None, node_of_territory: IntArray
) -> dict[int, IntArray]:
    """Return the territories below each topmost node; one that hangs nowhere belongs to the only root."""
    everyone = np.arange(len(node_of_territory), dtype=np.int32)
    if hierarchy is None or tuple(top) in (
        (COMPANY,),
        hierarchy.roots[:1] if len(hierarchy.roots) == 1 else (),
    ):
        return dict.fromkeys(top, everyone)
    return {n: everyone[hierarchy.territories_below(n, node_of_territory)] for n in top}


def _signed_split(weights: Cents, cents: int) -> Cents:
    return largest_remainder(np.maximum(weights, 0), abs(cents)) * (1 if cents >= 0 else -1)


def _unused(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += " (rest)"
    return name


def _check(found: Commitment, hierarchy: Hierarchy | None, currency: str) -> None:
    """Refuse a commitment where any of its targets is negative."""
    amounts = [
        (
            " ".join(
                filter(None, (hierarchy.label(pool.node) if hierarchy else "the company", component, period))
            ),
            cents,
        )
        for top in found.pools
        for pool in top.all()
        for component, row in zip(found.components, pool.target_cents.tolist(), strict=True)
        for period, cents in zip(found.periods, row, strict=True)
    ]
    refuse_negative(amounts, currency)
