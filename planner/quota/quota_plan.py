"""The quotas of one plan and how each of them came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, read_only
from planner.quota.credits import SeatShare
from planner.quota.hierarchy import Hierarchy
from planner.quota.inputs import Override
from planner.quota.local import LocalAmounts

if TYPE_CHECKING:
    from planner.quota.backtest.result import Findings
    from planner.quota.outlook import Outlook

STAGES = (
    "last_year",
    "growth",
    "method",
    "over_assignment",
    "relief",
    "difficulty",
    "limits",
    "overrides",
    "rounding",
)
"""Steps that lead to a quota, in order."""

_WHAT = {
    "last_year": "sold last year inside the new boundaries",
    "growth": "growth to the target, for everyone alike",
    "method": "shift towards what the method expects",
    "over_assignment": "over-assignment",
    "relief": "what new and vacant seats cannot carry, and who carries it",
    "difficulty": "shift so that every seat has the same chance to attain",
    "limits": "limits on change against last year and on shares, and what they shift from others",
    "overrides": "amounts that somebody decided, and what they take from or give to others",
    "rounding": "rounding",
}


@dataclass(frozen=True)
class Equation:
    """One sum that must hold to the cent: ``left_cents`` (a stated total) = ``right_cents`` (what adds up to it).

    Parameters
    ----------
    name
        Stable name, e.g. ``street quota total 2022-03``.
    kind
        ``over_assignment``, ``target``, ``node``, ``node_periods``, ``territory_periods``, ``company_periods``,
        ``components``, ``override``, ``split``, ``overlay``, ``local``, ``conversion``.
    """

    name: str
    kind: str
    left_cents: int
    right_cents: int

    @property
    def difference_cents(self) -> int:
        """Left minus right; 0 where the equation holds."""
        return self.left_cents - self.right_cents


@dataclass(frozen=True)
class BridgeStep:
    """One step from the company target to the street quota.

    Parameters
    ----------
    name
        What adds, e.g. ``over-assignment, region``.
    over_assignment
        What it adds as a fraction of what was carried before; None where branches differ, or it adds no such thing.
    added_cents, carried_cents
        What it adds, and what is carried after it, in minor units.
    """

    name: str
    over_assignment: float | None
    added_cents: int
    carried_cents: int


@dataclass(frozen=True)
class BeyondLimit:
    """A seat that passes a limit because of amounts that were decided by hand for others.

    Parameters
    ----------
    territory, component
        Positions.
    limit
        ``max_increase``, ``max_decrease``, ``min_share``, ``max_share``.
    limit_cents
        Quota that it allows, minor units.
    before_cents, quota_cents
        Quota before overrides and with them, minor units.
    overrides
        Positions of the overrides whose difference it shares.
    """

    territory: int
    component: int
    limit: str
    limit_cents: int
    before_cents: int
    quota_cents: int
    overrides: tuple[int, ...]

    @property
    def beyond_cents(self) -> int:
        """Quota less the limit: above 0 where it is above the most, below 0 where it is below the least."""
        return self.quota_cents - self.limit_cents


@dataclass(frozen=True)
class ExplainStep:
    """One step on the way to the quota of a territory: what it added, and where that led."""

    name: str
    text: str
    added_cents: int
    carried_cents: int


@dataclass(frozen=True, eq=False)
class QuotaPlan:
    """Quotas in integer minor units.

    Parameters
    ----------
    currency
        ISO 4217 code.
    components, periods
        Names, in the order of the axes of `amount_cents`.
    amount_cents
        Quota, int64 of shape ``(n_territories, n_components, n_periods)``, ≥ 0.
    target_cents, street_cents
        Company target and street quota (target × (1 + over-assignment)) per component, shape ``(n_components,)``.
    over_assignment
        Street quota over target − 1, a fraction.
    last_year_cents
        History of the latest full year on the new boundaries, int64 of shape ``(n_territories,)``.
    history_share, potential_share, blended_share, final_share
        Shares of the company in history, in potential, by the method, and in the quotas, shape ``(n_territories,)``.
    limited_by
        ``""``, ``"max_increase"``, ``"max_decrease"``, ``"min_share"``, ``"max_share"``, per territory.
    node_cents
        Sum per hierarchy node, by node id, over all components and periods.
    equations
        Every sum that must hold.
    notes
        What was done and why, for people.
    bridge
        Steps from the company target to the street quota.
    stage_cents
        What each territory carried after each of `STAGES`, int64 of shape
        ``(n_stages, n_territories, n_components)``; the last is the quota over all periods.
    year
        Year that quotas are for; None where neither settings nor data tell.
    method, method_notes
        What baseline the quotas rest on, e.g. ``shrinkage`` or ``70 % last_year_plus, 30 % potential_share``, and why.
    method_weights
        Weight of each method, by its name.
    back_test
        What the back-test found that picked the method; None where it was asked for, or no past year can be tested.
    expected_cents
        What that expects the territories to sell in the year, floats of shape ``(n_territories, n_components)``.
    outlook
        How certain that is, all components together; None where the history does not tell.
    overridden
        Overrides as applied.
    before_overrides_cents
        Quotas as they were before amounts decided by hand, shape of `amount_cents`; None where there are none.
    locked
        Whether an override fixes all or part of a quota, shape ``(n_territories, n_components)``.
    beyond_limits
        Seats that overrides of others carry over limits.
    seat_shares
        What each seat is credited with: owners, split credit and overlays.
    relief_cents
        What ramp and vacancy take off each territory (below 0) and put onto it (above), shape ``(n_territories,)``.
    present_share
        Part of a full seat's year that the seat of each territory is there for, ramp included, in [0, 1], shape
        ``(n_territories, n_components)``: what the expected sales of the territory are to be multiplied by to say what
        the seat may sell; all 1 where nothing is said.
    local
        The same quotas in the seats' own currencies; None where all have that of the plan.
    hierarchy, node_of_territory
        Nodes, and the position of the one that each territory hangs below, −1 for none; None without a hierarchy.
    """

    currency: str
    components: tuple[str, ...]
    periods: tuple[str, ...]
    amount_cents: NDArray[np.int64]
    target_cents: NDArray[np.int64]
    street_cents: NDArray[np.int64]
    over_assignment: float
    last_year_cents: NDArray[np.int64]
    history_share: FloatArray
    potential_share: FloatArray
    blended_share: FloatArray
    final_share: FloatArray
    limited_by: tuple[str, ...]
    node_cents: dict[str, int] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()
    notes: tuple[str, ...] = ()
    bridge: tuple[BridgeStep, ...] = ()
    stage_cents: NDArray[np.int64] | None = None
    year: int | None = None
    method: str = ""
    method_notes: tuple[str, ...] = ()
    method_weights: Mapping[str, float] = field(default_factory=dict)
    back_test: Findings | None = None
    expected_cents: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    outlook: Outlook | None = None
    overridden: tuple[Override, ...] = ()
    before_overrides_cents: NDArray[np.int64] | None = None
    locked: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), bool))
    beyond_limits: tuple[BeyondLimit, ...] = ()
    seat_shares: tuple[SeatShare, ...] = ()
    relief_cents: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    present_share: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    local: LocalAmounts | None = None
    hierarchy: Hierarchy | None = None
    node_of_territory: IntArray | None = None

    def __post_init__(self) -> None:
        shape = self.amount_cents.shape
        if not self.expected_cents.size:
            object.__setattr__(self, "expected_cents", np.zeros(shape[:2]))
        if not self.locked.size:
            object.__setattr__(self, "locked", np.zeros(shape[:2], bool))
        if not self.relief_cents.size:
            object.__setattr__(self, "relief_cents", np.zeros(shape[0], np.int64))
        if not self.present_share.size:
            object.__setattr__(self, "present_share", np.ones(shape[:2]))
        object.__setattr__(self, "present_share", read_only(self.present_share, np.float64))
        object.__setattr__(self, "expected_cents", read_only(self.expected_cents, np.float64))
        object.__setattr__(self, "locked", read_only(self.locked, np.bool_))
        object.__setattr__(self, "relief_cents", read_only(self.relief_cents, np.int64))
        for name in ("amount_cents", "target_cents", "street_cents", "last_year_cents"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int64))
        for name in ("history_share", "potential_share", "blended_share", "final_share"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))
        if self.stage_cents is not None:
            object.__setattr__(self, "stage_cents", read_only(self.stage_cents, np.int64))

    @property
    def ties_out(self) -> bool:
        """Whether every equation holds to the cent."""
        return all(equation.difference_cents == 0 for equation in self.equations)

    def node_amounts(self) -> NDArray[np.int64]:
        """Return what each node of the hierarchy carries, shape ``(n_nodes, n_components, n_periods)``.

        One row for the whole company where there is no hierarchy.
        """
        if self.hierarchy is None or self.node_of_territory is None:
            whole: NDArray[np.int64] = self.amount_cents.sum(0, keepdims=True)
            return whole
        total: NDArray[np.int64] = self.hierarchy.roll_up(self.amount_cents, self.node_of_territory)
        return total

    def explain(self, territory: int, component: int | None = None) -> tuple[ExplainStep, ...]:
        """Return the steps that led to the quota of a territory; what they added sums to it exactly.

        Parameters
        ----------
        territory, component
            Positions; None for all components together.
        """
        if self.stage_cents is None:
            return ()
        carried = self.stage_cents[:, territory, :]
        after = (carried.sum(1) if component is None else carried[:, component]).tolist()
        return tuple(
            ExplainStep(name, _WHAT[name], now - before, now)
            for name, before, now in zip(STAGES, [0, *after[:-1]], after, strict=True)
        )
