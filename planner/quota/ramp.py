"""What share of full productivity a seat has while its person is new, and when nobody is there.

Day by day: nothing before the first day of the person or after the last one; from the first day on the share that the
ramp states for the month of tenure; everything once the ramp is over. A period has the mean of its days, so that
somebody who starts on the 16th of a month of 30 days has half of the first month's share in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from planner.quota.days import days_of, months_after
from planner.quota.inputs import Staffing

Days = NDArray[np.int64]


@dataclass(frozen=True)
class Ramp:
    """Share of full productivity of a new person by month of tenure.

    Parameters
    ----------
    share_by_month
        Share in the first, second, … month from the first day on, in [0, 1]; 1 ever after.
    fitted
        Whether it was estimated from own history.
    source
        Where it comes from, for people.

    Raises
    ------
    ValueError
        Where a share lies outside [0, 1].
    """

    share_by_month: tuple[float, ...]
    fitted: bool = False
    source: str = "given"

    def __post_init__(self) -> None:
        if not all(0 <= share <= 1 for share in self.share_by_month):
            raise ValueError(f"shares of a ramp lie in [0, 1]: {self.share_by_month}")


DEFAULT_RAMP = Ramp(
    (0.25, 0.5, 0.75, 1.0),
    source="25, 50, 75 and 100 % in months 1 to 4, as practitioners use where own history cannot tell",
)
"""What holds where no ramp is given and none can be fitted."""


def given_ramp(share_by_month: Sequence[float]) -> Ramp | None:
    """Return the ramp that settings state; None where they leave it to be fitted."""
    return Ramp(tuple(share_by_month), source="as stated in the settings") if share_by_month else None


def productive(staffing: Staffing, ramp: Ramp, periods: Sequence[str], year: int | None) -> FloatArray:
    """Return what part of a full seat each seat is in each period, exact by days.

    Parameters
    ----------
    staffing
        When each seat is filled.
    ramp
        Share of full productivity by month of tenure.
    periods
        Names of the periods: ``2026``, ``2026-Q3``, ``2026-07``, or without a year ``year``, ``Q3``, ``M07``.
    year
        Year of periods that state none; where that is unknown too, every seat counts as full.

    Returns
    -------
    Shares in [0, 1], shape ``(n_territories, n_periods)``: the mean over the days of the period.
    """
    spans = [days_of(period, year) for period in periods]
    at = [p for p, span in enumerate(spans) if span is not None]
    first = np.array([span[0].toordinal() for span in spans if span is not None], dtype=np.int64)
    end = np.array([span[1].toordinal() for span in spans if span is not None], dtype=np.int64) + 1
    known: dict[tuple[date | None, date | None], FloatArray] = {}
    out = np.ones((len(staffing.start), len(periods)))
    for seat, filled in enumerate(zip(staffing.start, staffing.end, strict=True)):
        if filled == (None, None):
            continue
        if filled not in known:
            known[filled] = _means(ramp, *filled, first, end)
        out[seat, at] = known[filled]
    return out


def carried_share(share: FloatArray, season: FloatArray) -> FloatArray:
    """Return what part of a full seat's year each seat carries: its shares weighted by the season of its sales.

    Parameters
    ----------
    share
        As `productive` returns them, shape ``(n_territories, n_periods)``.
    season
        Part of the year's sales in each period, rows summing to 1, shape ``(n_territories, n_periods)``.

    Returns
    -------
    Shares in [0, 1], shape ``(n_territories,)``; 1 less them is the relief of new and vacant seats.
    """
    return np.asarray((share * season).sum(1).clip(0.0, 1.0))


def tenure_days(start: date, months: int, first: Days, end: Days) -> Days:
    """Return how many days of each span fall into each month of tenure, and at last into all later ones.

    Parameters
    ----------
    start
        First day of the person.
    months
        Number of months of tenure to tell apart.
    first, end
        First day and the day after the last one of each span, as ordinals, shape ``(n_spans,)``.

    Returns
    -------
    Days, shape ``(months + 1, n_spans)``.
    """
    edges = [months_after(start, month).toordinal() for month in range(months + 1)]
    opens = np.array(edges, dtype=np.int64)[:, None]
    closes = np.array([*edges[1:], date.max.toordinal()], dtype=np.int64)[:, None]
    return np.asarray(np.maximum(np.minimum(closes, end) - np.maximum(opens, first), 0))


def _means(ramp: Ramp, start: date | None, last: date | None, first: Days, end: Days) -> FloatArray:
    """Return the mean share over the days of each span."""
    until = end if last is None else np.minimum(end, last.toordinal() + 1)
    if start is None:
        worked = np.maximum(until - first, 0).astype(np.float64)
    else:
        months = ramp.share_by_month
        worked = np.array([*months, 1.0]) @ tenure_days(start, len(months), first, until)
    return np.asarray(np.minimum(worked / (end - first), 1.0))
