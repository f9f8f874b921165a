"""The quotas of one plan and how each of them came about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray


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

    @property
    def ties_out(self) -> bool:
        """Whether every equation holds to the cent."""
        return all(equation.difference_cents == 0 for equation in self.equations)
