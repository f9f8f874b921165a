"""Targets as they were stated, and the commitment that they make together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from planner.arrays import IntArray, read_only
from planner.errors import InvalidInput, Problem
from planner.quota.currency import money
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
        Position of the node whose target it is; −1 for the whole company.
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

    def scaled(self, target_cents: int, currency: str) -> Commitment:
        """Return the commitment with another total in the same proportions; says so in the notes."""
        total = sum(int(pool.target_cents.sum()) for pool in self.pools)
        if total == target_cents:
            return self
        refuse_negative([("the plan", target_cents)], currency)
        note = (
            f"The target asked for, {money(target_cents, currency)}, differs from the sum of the targets file, "
            f"{money(total, currency)}: the former holds, split as the file splits the latter."
        )
        factor = Fraction(target_cents, total) if total else Fraction(0)
        return replace(self, pools=_scaled(self.pools, target_cents, factor), notes=(*self.notes, note))

    def changed(self, change: Fraction, currency: str) -> Commitment:
        """Return the commitment with `change` of it added, in the same proportions; says so in the notes."""
        total = sum(int(pool.target_cents.sum()) for pool in self.pools)
        target_cents = round(total * (1 + change))
        if target_cents == total:
            return self
        refuse_negative([("the plan", target_cents)], currency)
        note = (
            f"The target, {money(total, currency)}, is changed by {float(change):+.4%} to "
            f"{money(target_cents, currency)}, split as before."
        )
        return replace(self, pools=_scaled(self.pools, target_cents, 1 + change), notes=(*self.notes, note))


def _scaled(pools: Sequence[Pool], whole: int, factor: Fraction) -> tuple[Pool, ...]:
    """Return pools with targets multiplied by a factor, which add up to `whole`."""
    amounts = [int(cents) for pool in pools for cents in pool.target_cents.ravel()]
    parts = largest_remainder(np.ones(len(amounts)), whole).tolist() if amounts else []
    if any(amounts):
        parts = split_exactly([cents * factor for cents in amounts], whole)
    out = []
    for pool in pools:
        size = pool.target_cents.size
        own, parts = np.array(parts[:size], np.int64).reshape(pool.target_cents.shape), parts[size:]
        below = round(sum(int(inner.target_cents.sum()) for inner in pool.inside) * factor)
        out.append(replace(pool, target_cents=own, inside=_scaled(pool.inside, below, factor)))
    return tuple(out)


def refuse_negative(amounts: Sequence[tuple[str, int]], currency: str) -> None:
    """Raise `InvalidInput` where any of some targets, by what they are for, is below 0."""
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
