"""What is told of the cost of quotas in pay: by case, and by seat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

QUANTILES = {"p50": 0.5, "p90": 0.9}
"""Cases that are quantiles of the cost over drawn years, by their name."""
PERCENTILES = np.arange(1, 100) / 100
"""Those of drawn years that are told, shape ``(99,)``."""
LOW, HIGH = "low", "high"
"""What a seat is flagged with whose quota over on-target earnings lies below or above what is usual."""


@dataclass(frozen=True)
class CostLevel:
    """What the company pays in one case.

    Parameters
    ----------
    name
        ``plan``: every seat attains exactly 100 %. ``expected``: every territory sells what it is expected to.
        ``mean``, ``p50``, ``p90``: mean and quantiles of the cost over drawn years.
    base_cents, variable_cents
        Base pay; variable pay with bonuses. Minor units.
    sales_cents
        Sales in that case; their own mean or quantile over drawn years. All quotas, counted once, at ``plan``.
    """

    name: str
    base_cents: int
    variable_cents: int
    sales_cents: int

    @property
    def cost_cents(self) -> int:
        """Everything paid."""
        return self.base_cents + self.variable_cents

    @property
    def cost_of_sales(self) -> float | None:
        """Cost over sales; None where nothing is sold."""
        return self.cost_cents / self.sales_cents if self.sales_cents > 0 else None


@dataclass(frozen=True)
class SeatPay:
    """What one seat is paid in a year, in minor units.

    Parameters
    ----------
    seat_id, plan
        The seat and its pay plan.
    earnings_cents, base_cents, variable_cents
        On-target earnings and their two parts, of the time in which the seat is filled.
    quota_cents
        What it carries in the year, split credit and overlays included.
    pay_cents
        Base and variable pay with bonuses by case: ``plan``, and ``expected``, ``p50``, ``p90`` where sales can be
        foreseen. A quantile is the pay at that quantile of the seat's sales, which is that of its pay since pay rises
        with sales; a seat that sells in several territories is taken to do as well or badly in all of them.
    flag
        ``low`` or ``high`` where quota over on-target earnings is unusual, else empty.
    """

    seat_id: str
    plan: str
    earnings_cents: int
    base_cents: int
    variable_cents: int
    quota_cents: int
    pay_cents: dict[str, int]
    flag: str = ""

    @property
    def ratio(self) -> float | None:
        """Quota over on-target earnings; None where there are no earnings."""
        return self.quota_cents / self.earnings_cents if self.earnings_cents else None


@dataclass(frozen=True)
class CompensationReport:
    """What the quotas of a plan cost in pay.

    Parameters
    ----------
    currency
        ISO 4217 code.
    levels
        What the company pays, ``plan`` first; others where sales can be foreseen.
    seats
        One entry per seat that is paid.
    ratio_low, ratio_high, ratio_source
        Quota over on-target earnings that are usual, and who says so.
    draws, seed
        How often sales were drawn, 0 where they could not be, and from which seed.
    notes
        What was assumed and left out, for people.
    percentiles_cents
        What the company pays at the 1st, 2nd, … 99th percentile of drawn years, minor units; empty without draws.
    """

    currency: str
    levels: tuple[CostLevel, ...]
    seats: tuple[SeatPay, ...]
    ratio_low: float
    ratio_high: float
    ratio_source: str
    draws: int
    seed: int
    notes: tuple[str, ...] = ()
    percentiles_cents: tuple[int, ...] = ()

    def level(self, name: str) -> CostLevel | None:
        """Return a case by its name, None where it is not known."""
        return next((level for level in self.levels if level.name == name), None)
