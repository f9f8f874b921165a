"""Measure all methods over all years, each with an interval by bootstrap over the territories.

A draw takes as many territories as there are, with replacement, the same ones for all methods and years (Efron 1979,
https://doi.org/10.1214/aos/1176344552): years of one territory stay together, and methods are compared on equal ground.
All measures are functions of weighted sums, so that all draws are one matrix product.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.arrays import FloatArray, MaskArray
from planner.quota.backtest.measures import (
    CONFIDENCE,
    Measured,
    Year,
    groups_of_performance,
    measured,
    size_bias,
)
from planner.quota.backtest.result import Interval, Row

PICKED = "picked"
"""Name of the rows of what would have been picked in each year from the years before it alone."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Expected, asked and actual sales; arrays and names as in `planner.quota.backtest.result.BackTest`."""

    years: tuple[int, ...]
    methods: tuple[str, ...]
    expected: FloatArray
    actual: FloatArray
    size: FloatArray
    target: FloatArray

    @cached_property
    def quota(self) -> FloatArray:
        """Expected sales scaled to the target known then, shape ``(n_methods, n_years, n_territories)``."""
        return self._scaled(self.target)

    @cached_property
    def fair(self) -> FloatArray:
        """Expected sales scaled to what was sold, the same shape."""
        return self._scaled(self.actual.sum(1))

    def year(self, method: int, year: int) -> Year:
        """Return one method in one year, by their positions."""
        return Year(self.quota[method, year], self.fair[method, year], self.actual[year], self.size[year])

    def usable(self) -> MaskArray:
        """Return which methods could be used in which years, shape ``(n_methods, n_years)``."""
        return np.asarray(np.isfinite(self.expected).all(2))

    def _scaled(self, total: FloatArray) -> FloatArray:
        return np.asarray(self.expected * (total / self.expected.sum(2))[:, :, None])


class Draws:
    """Measures of an outcome over bootstrap draws; the first draw is what was observed.

    Parameters
    ----------
    outcome
        What is measured.
    draws, seed
        Number of draws, and their seed.
    """

    def __init__(self, outcome: Outcome, draws: int, seed: int) -> None:
        self.outcome = outcome
        n = outcome.actual.shape[1]
        random = np.random.default_rng(seed)
        weights = random.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
        self._weights = np.vstack([np.ones((1, n)), weights])
        usable = outcome.usable()
        latest = usable[:, -1] if len(outcome.years) else np.zeros(len(outcome.methods), bool)
        self.candidates = tuple(np.flatnonzero(latest).tolist())
        """Positions of the methods that could be used in the latest year."""
        self.compared = tuple(np.flatnonzero(usable[latest].all(0)).tolist()) if latest.any() else ()
        """Positions of the years in which all of these could be used."""
        self._sums = {
            (m, y): self._weights @ outcome.year(m, y).features()
            for m in range(len(outcome.methods))
            for y in range(len(outcome.years))
            if usable[m, y]
        }

    def measures(self, pairs: Sequence[tuple[int, int]]) -> Measured:
        """Return the measures of several pairs of method and year together, each of shape ``(1 + draws,)``."""
        return measured(np.stack([self._sums[pair] for pair in pairs], axis=1))

    def row(self, name: str, year: int | None, pairs: Sequence[tuple[int, int]], hindsight: bool) -> Row:
        """Return the row of several pairs of method and year together."""
        found = self.measures(pairs)
        years = [self.outcome.year(*pair) for pair in pairs]
        bias = size_bias(years)
        groups = np.mean(
            [groups_of_performance(one.actual / np.where(one.fair > 0, one.fair, np.nan)) for one in years], 0
        )
        at = [pair[1] for pair in pairs]
        target = float(self.outcome.target[at].sum())
        return Row(
            method=name,
            year=year,
            territories=int(sum(np.isfinite(one.attainment).sum() for one in years)),
            spread=interval(found.spread),
            wape=interval(found.wape),
            wape_fair=interval(found.wape_fair),
            size_correlation=Interval(bias.correlation, bias.low, bias.high),
            size_slope=bias.slope,
            at_or_above=interval(found.at_or_above),
            at_or_above_fair=interval(found.at_or_above_fair),
            within_10=interval(found.within_10),
            within_20=interval(found.within_20),
            within_10_known=float(found.within_10_known[0]),
            lowest_fifth=float(groups[0]),
            middle=float(groups[1]),
            highest_fifth=float(groups[2]),
            company=float(self.outcome.actual[at].sum()) / target if target > 0 else np.nan,
            hindsight=hindsight,
        )

    def rows(self, hindsight: Collection[str], picked: Sequence[int]) -> tuple[Row, ...]:
        """Return the rows of all methods, and of what would have been picked in each year.

        `picked` holds the position of a method for each year.
        """
        out = []
        for m, name in enumerate(self.outcome.methods):
            own = [(m, y) for y in range(len(self.outcome.years)) if (m, y) in self._sums]
            out += [self.row(name, self.outcome.years[y], [(m, y)], name in hindsight) for m, y in own]
            pooled = [(m, y) for y in self.compared if (m, y) in self._sums]
            if pooled and len(pooled) == len(self.compared):
                out.append(self.row(name, None, pooled, name in hindsight))
        pairs = [(m, y) for y, m in enumerate(picked)]
        out += [self.row(PICKED, self.outcome.years[y], [(m, y)], False) for m, y in pairs]
        both = [(m, y) for m, y in pairs if y in self.compared]
        if both:
            out.append(self.row(PICKED, None, both, False))
        return tuple(out)


def interval(values: FloatArray) -> Interval:
    """Return the observed value, which comes first, with the percentiles of the draws around it."""
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return Interval(float(values[0]), np.nan, np.nan)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(values[0]), float(low), float(high))
