"""What a back-test found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray

POOLED = None
"""Year of a row that holds all compared years together."""


@dataclass(frozen=True)
class Interval:
    """A value and the bounds of its 95 % interval; NaN where unknown."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One method in one quota year, or in all compared years together.

    Parameters
    ----------
    method
        Name of the method.
    year
        Quota year; None for all compared years together.
    territories
        Pairs of territory and year with a quota; where there was none, attainment is not defined.
    spread
        Standard deviation of attainment over its mean, a fraction.
    wape
        Σ|actual − quota| ÷ Σ actual of quotas under the company target that was known then, a fraction.
    wape_fair
        The same of quotas scaled to what the company sold: what is left is unfairness among territories.
    size_correlation
        Correlation of attainment with the logarithm of yearly sales known then, in [−1, 1].
    size_slope
        Change of attainment, as a fraction of its mean, where size doubles.
    at_or_above, at_or_above_fair
        Share of territories that reached their quota, under the known target and under the actual total.
    within_10, within_20
        Share within ±10 and ±20 % of quotas scaled to the actual total.
    within_10_known
        Share within ±10 % of quotas under the known target.
    lowest_fifth, middle, highest_fifth
        Mean attainment of the lowest 20, the middle 60 and the highest 20 % of territories, scaled to the actual total.
    company
        Attainment of the company: actual ÷ target known then.
    hindsight
        Whether the method saw measures as they are today, which nobody knew then.
    """

    method: str
    year: int | None
    territories: int
    spread: Interval
    wape: Interval
    wape_fair: Interval
    size_correlation: Interval
    size_slope: float
    at_or_above: Interval
    at_or_above_fair: Interval
    within_10: Interval
    within_20: Interval
    within_10_known: float
    lowest_fifth: float
    middle: float
    highest_fifth: float
    company: float
    hindsight: bool = False


@dataclass(frozen=True)
class Skipped:
    """A method that could not be used in a year, and why."""

    method: str
    year: int
    reason: str


@dataclass(frozen=True)
class Findings:
    """What a back-test found, without the quotas of every territory: small enough to be kept with a plan.

    Parameters
    ----------
    years, compared, rows, skipped, best, certainty, reason
        As in `BackTest`.
    target_cents, actual_cents
        Company target known then and what the company sold, minor units, of each of the years.
    """

    years: tuple[int, ...]
    compared: tuple[int, ...]
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    target_cents: tuple[int, ...]
    actual_cents: tuple[int, ...]
    best: str | None
    certainty: float
    reason: str

    def row(self, method: str, year: int | None = POOLED) -> Row | None:
        """Return the measures of a method in a year, or in all compared years; None where it could not be used."""
        return next((row for row in self.rows if row.method == method and row.year == year), None)


@dataclass(frozen=True, eq=False)
class BackTest:
    """All methods over past years.

    Parameters
    ----------
    years
        Quota years, in order.
    compared
        Those in which every method that is compared could be used; measures of all years together are over these.
    methods
        Methods that could be used in at least one year, in the order of the register.
    expected_cents
        What each method expected each territory to sell, minor units, shape ``(n_methods, n_years, n_territories)``;
        NaN where the method could not be used.
    quota_cents
        Quotas under the target known then: expected sales scaled to it, the same shape.
    actual_cents, size_cents
        What each territory sold in the year, and a year on average before it (up to three full years), minor units,
        shape ``(n_years, n_territories)``.
    target_cents
        Company target known then, minor units, shape ``(n_years,)``: the last full year grown by the mean growth of up
        to three past years.
    rows
        Measures of each method in each year, and in all compared years together.
    skipped
        Methods that could not be used, and why.
    hindsight
        Methods that saw measures as they are today.
    best
        Method with the smallest spread of attainment over all compared years; None where nothing can be compared.
    certainty
        Share of bootstrap draws of the territories in which it has the smallest spread; NaN where there is none.
    reason
        Why it is the best, with the numbers, for people.
    """

    years: tuple[int, ...]
    compared: tuple[int, ...]
    methods: tuple[str, ...]
    expected_cents: FloatArray
    quota_cents: FloatArray
    actual_cents: FloatArray
    size_cents: FloatArray
    target_cents: FloatArray
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    hindsight: frozenset[str]
    best: str | None
    certainty: float
    reason: str

    def row(self, method: str, year: int | None = POOLED) -> Row | None:
        """Return the measures of a method in a year, or in all compared years; None where it could not be used."""
        return self.findings.row(method, year)

    @property
    def findings(self) -> Findings:
        """What was found, without the quotas of every territory."""
        return Findings(
            self.years,
            self.compared,
            self.rows,
            self.skipped,
            tuple(round(cents) for cents in self.target_cents.tolist()),
            tuple(round(cents) for cents in self.actual_cents.sum(1).tolist()),
            self.best,
            self.certainty,
            self.reason,
        )

    @property
    def errors(self) -> Mapping[str, FloatArray]:
        """Errors of each method, shape ``(n_years, n_territories)`` each: log(actual ÷ quota under the known target).

        The mean over the territories of a year is what hit the whole company, the rest what hit each territory. NaN
        where there was no quota, nothing was sold, or the method could not be used.
        """
        out = {}
        for method, quota in zip(self.methods, self.quota_cents, strict=True):
            known = (quota > 0) & (self.actual_cents > 0)
            ratio = np.divide(self.actual_cents, quota, out=np.full(quota.shape, np.nan), where=known)
            out[method] = np.log(ratio)
        return out
