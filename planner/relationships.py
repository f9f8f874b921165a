"""Who serves each customer today, and what it costs when somebody else does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray, MaskArray, read_only
from planner.measures.disruption import CentsArray, LossRates, expected_loss_cents


@dataclass(frozen=True, eq=False)
class ExpectedLoss:
    """Sales that change hands under a plan and what of them is expected to be lost, in minor units.

    Parameters
    ----------
    cents, revenue_cents
        Expected loss and annual sales of each entity that gets another rep, 0 elsewhere, shape ``(n_entities,)``.
    of_territory_cents, revenue_of_territory_cents
        The same summed by the territory that takes over, shape ``(n_territories,)``: the new rep's risk.
    """

    cents: CentsArray
    revenue_cents: CentsArray
    of_territory_cents: CentsArray
    revenue_of_territory_cents: CentsArray

    @property
    def total_cents(self) -> int:
        """Expected loss of the whole plan: the exact sum over entities, and over territories."""
        return int(self.cents.sum())

    @property
    def total_revenue_cents(self) -> int:
        """Annual sales that change hands under the plan."""
        return int(self.revenue_cents.sum())


@dataclass(frozen=True, eq=False)
class Relationships:
    """Reps in force and sales at stake, by entity (account, else basic unit).

    Parameters
    ----------
    revenue_cents
        Annual sales in minor units, shape ``(n_entities,)``.
    owner
        Position of the owner in force among `n_owners` of them, −1 where nobody is, shape ``(n_entities,)``. Owners
        are the territories in force, those that are not to be filled included.
    stays
        Whether the rep of an owner is also the rep of a territory to fill, shape ``(n_owners, n_territories)``.
    similar
        Whether the rep of a territory is similar to that of an owner: the same region, or the same skills, shape
        ``(n_owners, n_territories)``.
    named
        Territory of the seat that an account is named for, −1 where none, shape ``(n_entities,)``: with that seat it
        keeps its relationship, whatever territory it lies in today.
    rates
        What a change of rep is expected to cost.
    source
        Where the sales were taken from, in words.
    currency
        ISO 4217 code.
    """

    revenue_cents: CentsArray
    owner: IntArray
    stays: MaskArray
    similar: MaskArray
    named: IntArray
    rates: LossRates
    source: str
    currency: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "revenue_cents", read_only(self.revenue_cents, np.int64))
        for name in ("owner", "named"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int32))
        for name in ("stays", "similar"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.bool_))

    def changes(self, territory: IntArray) -> MaskArray:
        """Return which entities get another rep when they belong to `territory`, shape ``(n_entities,)``.

        One without an owner today gets a first rep, no other one; so does not one that nobody gets (negative).
        """
        known = np.flatnonzero((self.owner >= 0) & (territory >= 0) & (territory != self.named))
        changed = np.zeros(len(self.owner), dtype=np.bool_)
        changed[known] = ~self.stays[self.owner[known], territory[known]]
        return changed

    def loss(self, territory: IntArray) -> ExpectedLoss:
        """Return what changes hands and what of it is expected to be lost.

        Parameters
        ----------
        territory
            Territory of each entity under the plan, shape ``(n_entities,)``; negative where nobody's.
        """
        changed = self.changes(territory)
        alike = np.zeros(len(self.owner), dtype=np.bool_)
        alike[changed] = self.similar[self.owner[changed], territory[changed]]
        cents = expected_loss_cents(self.revenue_cents, changed, alike, self.rates)
        revenue = np.where(changed, np.maximum(self.revenue_cents, 0), 0)
        return ExpectedLoss(cents, revenue, self._by(territory, cents), self._by(territory, revenue))

    def _by(self, territory: IntArray, cents: CentsArray) -> CentsArray:
        total = np.zeros(self.stays.shape[1], np.int64)
        held = territory >= 0
        np.add.at(total, territory[held], cents[held])
        return total
