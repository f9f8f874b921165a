"""What a method would have expected in past years, and how far off it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Estimate, Known
from planner.quota.methods.sold import by_territory, full_years

Expecting = Callable[[Known], Estimate]
"""What expects sales from what is known: a method, or a blend of some. ValueError where it cannot."""
LARGEST = 2.0
"""Log errors count up to this: a territory that sold a seventh of what was expected, or seven times as much."""


@dataclass(frozen=True, eq=False)
class PastErrors:
    """Errors of one-year-ahead expectations, each made with only what was known before its year.

    Parameters
    ----------
    years
        Years that were expected, in order.
    ahead
        Years from the last full year known to each of them, at least 1, shape ``(n_years,)``.
    common
        Log of what the company sold over what was expected, shape ``(n_years,)``.
    own
        Log of what each territory sold over what was expected, beyond the common error, shape
        ``(n_years, n_territories)``; NaN where nothing was expected.
    concentration
        How few accounts carried each territory's sales before the year (`concentration`), same shape.
    """

    years: tuple[int, ...]
    ahead: FloatArray
    common: FloatArray
    own: FloatArray
    concentration: FloatArray


def known_before(known: Known, year: int) -> Known:
    """Return what was known before an earlier year.

    What is stated for the quota year alone (the target, what account managers expect) is left out; potential, measures
    and capacity are taken for what they were then, since nobody says otherwise.
    """
    earlier = np.array([int(period[:4]) < year for period in known.periods], dtype=bool)
    return replace(
        known,
        year=year,
        periods=tuple(period for period, kept in zip(known.periods, earlier, strict=True) if kept),
        sold_cents=known.sold_cents[:, earlier],
        asked_cents=None,
        target_cents=None,
    )


def sold_in_year(known: Known, year: int) -> FloatArray:
    """Return what each account sold in a year, minor units, shape ``(n_entities,)``."""
    inside = [int(period[:4]) == year for period in known.periods]
    return np.asarray(known.sold_cents[:, inside].sum(1), dtype=np.float64)


def concentration(known: Known) -> FloatArray:
    r"""Return how few accounts carry each territory's sales of the last full year, in (0, 1].

    The index of Hirschman (1945) and Herfindahl (1950): the sum of squared shares
    :math:`\sum_i x_i^2 / (\sum_i x_i)^2`, one over the number of accounts where all are of one size; 1 where nothing
    was sold.
    """
    sold = np.maximum(sold_in_year(known, full_years(known)[-1]), 0.0)
    whole, squares = by_territory(known, sold), by_territory(known, sold**2)
    return np.divide(squares, whole**2, out=np.ones(known.n_territories), where=whole > 0)


def past_errors(known: Known, expecting: Expecting) -> PastErrors | None:
    """Return the errors of every past full year that has one before it; None where there is none such.

    Years that the method cannot expect (it says what it needs, or raises ValueError) are left out.
    """
    years, ahead, common, own, few = [], [], [], [], []
    full, needs = full_years(known), getattr(expecting, "needs", None)
    for before, year in pairwise(full):
        cut = known_before(known, year)
        if needs is not None and needs(cut) is not None:
            continue
        try:
            expected = expecting(cut).expected_cents
        except ValueError:
            continue
        sold = by_territory(known, sold_in_year(known, year))
        if expected.sum() <= 0 or sold.sum() <= 0:
            continue
        error = float(np.log(sold.sum() / expected.sum()))
        with np.errstate(divide="ignore", invalid="ignore"):
            log_ratio = np.log(np.maximum(sold, 0.0) / expected) - error
        years.append(year)
        ahead.append(float(year - before))
        common.append(error)
        own.append(np.where(expected > 0, np.clip(log_ratio, -LARGEST, LARGEST), np.nan))
        few.append(concentration(cut))
    if not years:
        return None
    return PastErrors(tuple(years), np.array(ahead), np.array(common), np.stack(own), np.stack(few))
