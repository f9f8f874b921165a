"""Sales history of entities (accounts, else basic units or territories) by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import IntArray, read_only


@dataclass(frozen=True, eq=False)
class History:
    """Amounts in long form: one entry per entity, period and component that has any.

    Parameters
    ----------
    periods
        Names of the periods in order of time, all of one kind: ``2025``, ``2025-Q3`` or ``2025-07``.
    components
        Names of the components (products), ``("total",)`` where the history knows none.
    entity, period, component
        Positions of each entry, shape ``(n_entries,)``. Entities are the accounts of the plan in their order (its
        basic units where there are no accounts).
    amount_cents
        Amount of each entry in minor units, shape ``(n_entries,)``; may be negative (returns).
    n_entities
        Number of accounts (or units), with or without history.
    """

    periods: tuple[str, ...]
    components: tuple[str, ...]
    entity: IntArray
    period: IntArray
    component: IntArray
    amount_cents: NDArray[np.int64]
    n_entities: int

    def __post_init__(self) -> None:
        for name in ("entity", "period", "component"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int32))
        object.__setattr__(self, "amount_cents", read_only(self.amount_cents, np.int64))

    def by_territory(self, territory: IntArray, n_territories: int) -> NDArray[np.int64]:
        """Re-cut the history to territories.

        Parameters
        ----------
        territory
            Territory of each entity, shape ``(n_entities,)``; negative where nobody's (left out).

        Returns
        -------
        Amounts in minor units, shape ``(n_territories, n_components, n_periods)``.
        """
        owner = territory[self.entity]
        held = owner >= 0
        out = np.zeros((n_territories, len(self.components), len(self.periods)), np.int64)
        np.add.at(out, (owner[held], self.component[held], self.period[held]), self.amount_cents[held])
        return out
