"""The quotas of one plan and how each of them came about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, read_only

STAGES = ("last_year", "growth", "potential", "over_assignment", "limits", "rounding")
"""Steps that lead to a quota, in order."""

_WHAT = {
    "last_year": "sold last year inside the new boundaries",
    "growth": "growth to the target, for everyone alike",
    "potential": "shift towards the share in potential",
    "over_assignment": "over-assignment",
    "limits": "limits on change against last year, and what they shift from others",
    "rounding": "rounding",
}


def money(cents: int, currency: str = "") -> str:
    """Return an amount of minor units as people read it, e.g. ``1,234.50 USD``."""
    whole, part = divmod(abs(int(cents)), 100)
    return f"{'−' if cents < 0 else ''}{whole:,}.{part:02d}{' ' if currency else ''}{currency}"


@dataclass(frozen=True)
class Equation:
    """One sum that must hold to the cent: ``left_cents`` (a stated total) = ``right_cents`` (what adds up to it).

    Parameters
    ----------
    name
        Stable name, e.g. ``street quota total 2022-03``.
    kind
        ``over_assignment``, ``node``, ``territory_periods``, ``company_periods``, ``components``.
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
        Shares of the company before caps (history, potential, their blend) and after, shape ``(n_territories,)``.
    limited_by
        ``""``, ``"max_increase"``, ``"max_decrease"``, per territory.
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

    def __post_init__(self) -> None:
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
