"""The company target: which rows state it, and which territories carry it together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from planner.arrays import IntArray, read_only
from planner.errors import InvalidInput, Problem
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.periods import parse
from planner.quota.quota_plan import money
from planner.quota.rounding import Cents, largest_remainder, split_exactly


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets as they were stated, one entry a row.

    Parameters
    ----------
    node_id
        Node that carries the target; empty text for the whole company.
    component, period
        What it is for; empty text where not stated.
    amount_cents
        Minor units, shape ``(n_rows,)``.
    """

    node_id: tuple[str, ...]
    component: tuple[str, ...]
    period: tuple[str, ...]
    amount_cents: Cents

    def __post_init__(self) -> None:
        for name in ("node_id", "component", "period"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "amount_cents", read_only(self.amount_cents, np.int64))

    def __len__(self) -> int:
        return len(self.node_id)


@dataclass(frozen=True, eq=False)
class Pool:
    """Territories that carry one target together.

    Parameters
    ----------
    node
        Position of the node whose target it is; `COMPANY` for the whole company.
    territory
        Positions of its territories, shape ``(n,)``.
    target_cents
        Target, before over-assignment, shape ``(n_components, n_stated_periods)``.
    inside
        Nodes further down that have targets of their own; their territories are a part of `territory`.
    """

    node: int
    territory: IntArray
    target_cents: Cents
    inside: tuple[Pool, ...] = ()

    def all(self) -> Iterator[Pool]:
        """Yield this pool and all further down."""
        yield self
        for pool in self.inside:
            yield from pool.all()


@dataclass(frozen=True, eq=False)
class Commitment:
    """All targets, sorted out.

    Parameters
    ----------
    components, periods
        Names that the targets state, ``("total",)`` and ``("",)`` where they state none.
    by_component, by_period
        Whether every row of the company target states one: then sums must hold for each, else for all together.
    pools
        The topmost nodes with a target, which share no territory.
    notes
        What was read how, for people.
    """

    components: tuple[str, ...]
    periods: tuple[str, ...]
    by_component: bool
    by_period: bool
    pools: tuple[Pool, ...]
    notes: tuple[str, ...] = ()


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
        _refuse_negative([("the plan", target_cents)], currency)
        pool = Pool(COMPANY, everyone, np.array([[target_cents]], np.int64))
        return Commitment(("total",), ("",), False, False, (pool,))
    notes: list[str] = []
    targets = _of_year(targets, year, notes)
    node = _nodes(targets, hierarchy, notes)
    top, above = _topmost(node, hierarchy)
    rows = [i for i, n in enumerate(node) if n in top]
    components = tuple(dict.fromkeys(targets.component[i] for i in rows))
    periods = tuple(sorted({targets.period[i] for i in rows} - {""})) or ("",)

    def stated(n: int, usual: Cents | None = None) -> Cents:
        return _table(targets, [i for i, at in enumerate(node) if at == n], components, periods, usual)

    def pool_of(n: int, held: IntArray, usual: Cents | None = None) -> Pool:
        own, inside = stated(n, usual), []
        for m in (m for m, nearest in above.items() if nearest == n):
            assert hierarchy is not None, "only a hierarchy puts one node above another"
            below = hierarchy.territories_below(m, node_of_territory)[held]
            if below.any():
                inside.append(pool_of(m, held[below], own.sum(1)))
            elif stated(m).any():
                notes.append(
                    f"The target of {hierarchy.label(m)}, {money(int(stated(m).sum()), currency)}, "
                    "changes nothing: no territory hangs below it."
                )
        return Pool(n, held, own, tuple(inside))

    holders = _holders(top, hierarchy, node_of_territory)
    empty = [n for n in top if not len(holders[n]) and stated(n).any()]
    pools = [pool_of(n, holders[n]) for n in top if len(holders[n])]
    if empty or not pools:
        labels = ", ".join(hierarchy.label(n) for n in empty if hierarchy is not None)
        notes += (
            [f"No territory hangs below {labels}: all territories carry all targets together."]
            if empty
            else []
        )
        pools = [Pool(COMPANY, everyone, np.sum([stated(n) for n in top], axis=0))]
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
        tuple(pools),
        tuple(notes),
    )
    _check(found, hierarchy, currency)
    return found if target_cents is None else _scaled(found, target_cents, currency)


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


def _table(
    targets: Targets,
    rows: Sequence[int],
    components: Sequence[str],
    periods: Sequence[str],
    usual: Cents | None,
) -> Cents:
    """Return amounts by component and period.

    Rows for other components are split over all in the proportions of `usual`; what states no period follows
    the rows that do.
    """
    table = np.zeros((len(components), len(periods)), np.int64)
    loose, whole = [0] * len(components), 0
    for i in rows:
        cents = int(targets.amount_cents[i])
        if targets.component[i] not in components:
            whole += cents
        elif targets.period[i] in periods:
            table[components.index(targets.component[i]), periods.index(targets.period[i])] += cents
        else:
            loose[components.index(targets.component[i])] += cents
    if whole:
        known = table.sum(1) if usual is None else usual
        for c, cents in enumerate(_signed_split(known, whole)):
            loose[c] += int(cents)
    for c, cents in enumerate(loose):
        table[c] += _signed_split(table[c], cents)
    return table


def _signed_split(weights: Cents, cents: int) -> Cents:
    return largest_remainder(np.maximum(weights, 0), abs(cents)) * (1 if cents >= 0 else -1)


def _scaled(found: Commitment, target_cents: int, currency: str) -> Commitment:
    """Return the commitment with another total in the same proportions."""
    total = sum(int(pool.target_cents.sum()) for pool in found.pools)
    if total == target_cents:
        return found
    _refuse_negative([("the plan", target_cents)], currency)

    def scaled(pools: Sequence[Pool], whole: int) -> tuple[Pool, ...]:
        amounts = [int(cents) for pool in pools for cents in pool.target_cents.ravel()]
        if sum(amounts) > 0 and total > 0:
            parts = split_exactly([Fraction(cents * target_cents, total) for cents in amounts], whole)
        else:
            parts = largest_remainder(np.ones(len(amounts)), whole).tolist() if amounts else []
        out = []
        for pool in pools:
            size = pool.target_cents.size
            own, parts = np.array(parts[:size], np.int64).reshape(pool.target_cents.shape), parts[size:]
            below = sum(int(inner.target_cents.sum()) for inner in pool.inside)
            part_below = round(Fraction(below * target_cents, total)) if total > 0 else 0
            out.append(replace(pool, target_cents=own, inside=scaled(pool.inside, part_below)))
        return tuple(out)

    note = (
        f"The target asked for, {money(target_cents, currency)}, differs from the sum of the targets file, "
        f"{money(total, currency)}: the former holds, split as the file splits the latter."
    )
    return replace(found, pools=scaled(found.pools, target_cents), notes=(*found.notes, note))


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
    _refuse_negative(amounts, currency)


def _refuse_negative(amounts: Sequence[tuple[str, int]], currency: str) -> None:
    faults = [
        Problem(
            f"the target of {what} is {money(cents, currency)}, below 0.",
            "Quotas cannot be negative: state a target of 0 or more.",
            file="targets",
            column="amount",
            value=money(cents),
            code="negative_target",
        )
        for what, cents in amounts
        if cents < 0
    ]
    if faults:
        raise InvalidInput(faults)


def _unused(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += " (rest)"
    return name
