r"""The ramp of new seats, from what those of the past sold in their first months.

What seat :math:`i` sold in calendar month :math:`c` is set against what the settled seats sold in it, which takes out
season and trend, and against the same of its own first settled year, which takes out its size: the ratio
:math:`r_{ic}` would be 1 for a seat without ramp. A calendar month covers parts :math:`w_{icm}` of its months of
tenure :math:`m`. The shares of the ramp are the posterior means under a normal prior around the usual ramp
:math:`d_m`,

.. math::
   \hat\rho = \arg\min_\rho \sum_{ic} \Big(r_{ic} - \sum_m w_{icm} \rho_m\Big)^2
              + \frac{s^2}{\tau^2} \sum_m (\rho_m - d_m)^2,

so that few or erratic seats change the usual ramp little (credibility; Bühlmann and Gisler 2005,
https://doi.org/10.1007/3-540-29273-X, ch. 2), made monotone by pooling adjacent violators (Ayer et al. 1955,
https://doi.org/10.1214/aoms/1177728423).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.optimize import isotonic_regression

from planner.arrays import FloatArray, IntArray
from planner.quota.days import first_day, months_after
from planner.quota.history import History
from planner.quota.inputs import Staffing
from planner.quota.periods import MONTHS, kind_of, months_covered
from planner.quota.ramp import DEFAULT_RAMP, Days, Ramp, tenure_days

LONGEST = 12
"""Months of tenure after which a seat counts as settled."""
SETTLED = (3, 12)
"""Fewest and most settled months that a seat's later run rate is taken from."""
PRIOR_SPREAD = 0.25
"""Standard deviation of ramps of firms around the usual one, a share of full productivity."""
PRIOR_NOISE = (0.5, 4)
"""Standard deviation of a ratio before anything was seen, and how many ratios that assumption counts as."""
FULL = 0.995
"""Share from which on a seat counts as full."""


def fit_ramp(
    history: History | None,
    territory_of_entity: IntArray,
    staffing: Staffing | None,
    *,
    before: int | None = None,
) -> Ramp:
    """Estimate the ramp from the past of seats that were filled during the history.

    Parameters
    ----------
    history
        Sales of accounts (or basic units) by month.
    territory_of_entity
        Territory of each of them, shape ``(n_entities,)``; negative where nobody's. Staffing is of these territories.
    staffing
        When each seat was filled; None where unknown.
    before
        Only history of earlier years is used; None for all.

    Returns
    -------
    The ramp; `DEFAULT_RAMP`, its source saying why, where the history cannot tell.
    """
    if history is None or staffing is None:
        return _unknown("no sales history, or no start dates of seats, are known")
    if kind_of(history.periods) != "month":
        return _unknown("the sales history is not by month")
    months = _months(history, before)
    if not len(months):
        return _unknown(f"there is no sales history before {before}")
    sold = _by_month(history, territory_of_entity, len(staffing.start), months)
    first = np.array([first_day(month).toordinal() for month in months])
    end = np.append(first[1:], first_day(int(months[-1]) + 1).toordinal())
    settled = _settled(staffing, first, end)
    pace = sold[settled].sum(0)
    if not (pace > 0).any():
        return _unknown("no seat was filled all the time, to set new ones against")
    seen = [
        found
        for seat in np.flatnonzero(~settled).tolist()
        if (found := _seen(sold[seat], pace, staffing.start[seat], staffing.end[seat], first, end))
        is not None
    ]
    if not seen:
        return _unknown(
            f"no seat has sales of its first {LONGEST} months and of {SETTLED[0]} months after them in the history"
        )
    return _fitted(seen, int(settled.sum()))


@dataclass(frozen=True, eq=False)
class _Seen:
    """Months of one seat: its ratios, shape ``(n,)``, and their parts of tenure, shape ``(n, LONGEST + 1)``."""

    ratio: FloatArray
    part: FloatArray


def _unknown(why: str) -> Ramp:
    return replace(DEFAULT_RAMP, source=f"{DEFAULT_RAMP.source}: {why}")


def _months(history: History, before: int | None) -> IntArray:
    """Return every month from the first to the last one of the history, counted from year 0."""
    spans = [span[0] for period in history.periods if (span := months_covered(period)) is not None]
    last = max(spans) + 1 if before is None else min(max(spans) + 1, before * MONTHS)
    return np.arange(min(spans), max(last, min(spans)), dtype=np.int32)


def _by_month(history: History, territory: IntArray, n_territories: int, months: IntArray) -> FloatArray:
    """Return sales by territory and month, shape ``(n_territories, n_months)``."""
    out = np.zeros((n_territories, len(months)))
    recut = history.by_territory(territory, n_territories).sum(1)
    for column, period in enumerate(history.periods):
        span = months_covered(period)
        if span is not None and months[0] <= span[0] <= months[-1]:
            out[:, span[0] - int(months[0])] = recut[:, column]
    return out


def _settled(staffing: Staffing, first: Days, end: Days) -> np.ndarray:
    """Return which seats were full all through the history."""
    return np.array(
        [
            (start is None or months_after(start, LONGEST).toordinal() <= first[0])
            and (last is None or last.toordinal() + 1 >= end[-1])
            for start, last in zip(staffing.start, staffing.end, strict=True)
        ],
        dtype=bool,
    )


def _seen(
    sold: FloatArray, pace: FloatArray, start: date | None, last: date | None, first: Days, end: Days
) -> _Seen | None:
    """Return the ratios of one seat; None where it has no run rate of its own to set them against."""
    if start is None:
        return None
    days = tenure_days(start, LONGEST, first, end)
    usable = (first >= start.toordinal()) & (pace > 0)
    if last is not None:
        usable &= end <= last.toordinal() + 1
    full = np.flatnonzero(usable & (days[LONGEST] == end - first))[: SETTLED[1]]
    early = np.flatnonzero(usable & (days[LONGEST] < end - first))
    rate = sold[full].sum() / pace[full].sum() if len(full) >= SETTLED[0] else 0.0
    if rate <= 0 or not len(early):
        return None
    return _Seen(sold[early] / (rate * pace[early]), (days[:, early] / (end - first)[early]).T)


def _fitted(seen: Sequence[_Seen], n_settled: int) -> Ramp:
    usual = np.ones(LONGEST)
    usual[: len(DEFAULT_RAMP.share_by_month)] = DEFAULT_RAMP.share_by_month
    part = np.concatenate([seat.part for seat in seen])
    ratio = np.concatenate([seat.ratio for seat in seen]) - part[:, LONGEST]
    part = part[:, :LONGEST]
    noise, counted = PRIOR_NOISE
    variance = noise**2
    normal = part.T @ part
    for _ in range(2):
        prior = variance / PRIOR_SPREAD**2
        share = np.linalg.solve(normal + prior * np.eye(LONGEST), part.T @ ratio + prior * usual)
        squares = float(((ratio - part @ share) ** 2).sum())
        variance = (counted * noise**2 + squares) / (counted + len(ratio))
    known = normal.diagonal()
    rising = isotonic_regression(share, weights=known + prior).x.clip(0.0, 1.0)
    length = int(np.flatnonzero(rising < FULL).max(initial=-1)) + 1
    own = float((known / (known + prior)).mean())
    return Ramp(
        (*(round(value, 4) for value in rising[:length].tolist()), 1.0),
        fitted=True,
        source=(
            f"fitted from own history: {len(seen)} new seat(s) against what each sold after {LONGEST} months, at the "
            f"pace of {n_settled} settled seat(s); own history counts {own:.0%}, "
            "the usual 25, 50, 75 and 100 % the rest"
        ),
    )
