"""How quotas change against what was sold last year inside the same boundaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray


@dataclass(frozen=True)
class Change:
    """Quota against last year's sales of one seat.

    Parameters
    ----------
    territory
        Position.
    last_year_cents, quota_cents
        Both in minor units.
    fraction
        Quota over last year − 1.
    """

    territory: int
    last_year_cents: int
    quota_cents: int
    fraction: float


@dataclass(frozen=True)
class Changes:
    """How quotas change against last year.

    Parameters
    ----------
    company
        All quotas over all sales of last year − 1; None where nothing was sold.
    n
        Seats with a quota and sales last year.
    without_last_year
        Seats with a quota that sold nothing last year: new ground.
    up, down
        Seats that are asked for more, and for less, than they sold.
    p10, median, p90
        Percentiles of the change; None where no seat can be compared.
    rises, falls
        The largest changes above and below that of the company, largest first.
    """

    company: float | None
    n: int
    without_last_year: int
    up: int
    down: int
    p10: float | None
    median: float | None
    p90: float | None
    rises: tuple[Change, ...]
    falls: tuple[Change, ...]


def changes(quota_cents: FloatArray, last_year_cents: FloatArray, shown: int = 10) -> Changes:
    """Set quotas against last year's sales.

    Parameters
    ----------
    quota_cents, last_year_cents
        Of each seat, in minor units, shape ``(n_seats,)``; seats without a quota do not count.
    shown
        How many of the largest changes are named each way.
    """
    carries = quota_cents > 0
    usable = np.flatnonzero(carries & (last_year_cents > 0))
    sold = float(last_year_cents[carries].sum())
    company = float(quota_cents[carries].sum()) / sold - 1 if sold > 0 else None
    without = int(carries.sum()) - len(usable)
    if not len(usable):
        return Changes(company, 0, without, 0, 0, None, None, None, (), ())
    fraction = quota_cents[usable] / last_year_cents[usable] - 1
    p10, median, p90 = np.quantile(fraction, [0.1, 0.5, 0.9]).tolist()
    order = np.lexsort((-quota_cents[usable], fraction))
    typical = median if company is None else company

    def named(positions: np.ndarray) -> tuple[Change, ...]:
        return tuple(
            Change(
                int(usable[k]),
                int(last_year_cents[usable[k]]),
                int(quota_cents[usable[k]]),
                float(fraction[k]),
            )
            for k in positions[:shown].tolist()
        )

    return Changes(
        company,
        len(usable),
        without,
        int((fraction > 0).sum()),
        int((fraction < 0).sum()),
        p10,
        median,
        p90,
        named(order[::-1][fraction[order[::-1]] > typical]),
        named(order[fraction[order] < typical]),
    )
