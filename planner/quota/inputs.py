"""Everything that quotas are set from, apart from how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np

from planner.arrays import FloatArray, IntArray, read_only
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.history import History
from planner.quota.target import Targets


@dataclass(frozen=True)
class Override:
    """An amount that somebody decided; what it takes or gives is shared by unlocked siblings.

    Parameters
    ----------
    territory, node
        Position of the territory or of the node of the hierarchy whose street quota it is; −1 for the other kind.
    component, period
        What it is for; empty text for all together.
    amount_cents
        Minor units, ≥ 0.
    reason, author
        Why, and who decided, as stated.
    """

    territory: int
    node: int
    component: str
    period: str
    amount_cents: int
    reason: str = ""
    author: str = ""


@dataclass(frozen=True)
class Staffing:
    """When each seat is filled.

    Parameters
    ----------
    start, end
        First and last day of the person on each seat, by position of the territory; None where always filled before,
        or without end.
    """

    start: tuple[date | None, ...]
    end: tuple[date | None, ...]


@dataclass(frozen=True)
class Credit:
    """A seat beside the owner that is credited with sales of a territory.

    Parameters
    ----------
    seat_id
        The seat.
    territory
        Position of the territory.
    share
        Part of the territory's quota it carries, a fraction in (0, 1].
    overlay
        Whether that is on top of the owner's quota (a specialist) and does not count towards the company target;
        otherwise the owner carries the less (split credit).
    component
        Component it is credited with; empty text for all.
    """

    seat_id: str
    territory: int
    share: Fraction
    overlay: bool
    component: str = ""


@dataclass(frozen=True, eq=False)
class QuotaInputs:
    """Everything that quotas are set from.

    Parameters
    ----------
    territory_of_entity
        Territory of each account (or basic unit) of the history in the plan, shape ``(n_entities,)``; negative where
        nobody's.
    n_territories
        Number of territories, at least 1.
    territory_id, seat_id
        Names of the territories and the seats that own them; positions from 1, and empty text, where not given.
    history
        Sales of accounts (or basic units) by period; None where there are none.
    potential
        Potential of each territory in any unit, shape ``(n_territories,)``; None where unknown.
    measures
        Measures of each territory by name, for indices, shape ``(n_territories,)`` each.
    asked
        What account managers expect, as a history of the quota year; None where not asked.
    capacity
        What each seat can sell, in any unit, shape ``(n_territories,)``; None where unknown.
    targets
        Targets as stated; None for the target of the settings alone.
    hierarchy, node_of_territory
        Nodes, and the position of the node that each territory hangs below, shape ``(n_territories,)``, −1 for none.
    overrides
        Amounts that were decided by hand.
    staffing
        When each seat is filled; None where all are, all the time.
    credits
        Split credit and overlays.
    currency_of_territory, rates
        Currency of each seat, empty text for that of the plan, and what a unit of each currency is worth in that of the
        plan.
    """

    territory_of_entity: IntArray
    n_territories: int
    territory_id: tuple[str, ...] = ()
    seat_id: tuple[str, ...] = ()
    history: History | None = None
    potential: FloatArray | None = None
    measures: Mapping[str, FloatArray] = field(default_factory=dict)
    asked: History | None = None
    capacity: FloatArray | None = None
    targets: Targets | None = None
    hierarchy: Hierarchy | None = None
    node_of_territory: IntArray | None = None
    overrides: tuple[Override, ...] = ()
    staffing: Staffing | None = None
    credits: tuple[Credit, ...] = ()
    currency_of_territory: tuple[str, ...] = ()
    rates: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = self.n_territories
        object.__setattr__(self, "territory_of_entity", read_only(self.territory_of_entity, np.int32))
        object.__setattr__(
            self, "territory_id", tuple(self.territory_id) or tuple(str(j + 1) for j in range(n))
        )
        object.__setattr__(self, "seat_id", tuple(self.seat_id) or ("",) * n)
        for name in ("potential", "capacity"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, read_only(getattr(self, name), np.float64))
        node = self.node_of_territory
        if node is None or self.hierarchy is None:
            node = np.full(n, COMPANY, np.int32)
        object.__setattr__(self, "node_of_territory", read_only(node, np.int32))
