"""What territories sold lately, and how fast the company grows: what the simple methods start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, sum_by
from planner.quota.known import Known
from planner.quota.periods import MONTHS, PER_YEAR, kind_of, months_covered

FASTEST = 1.5
"""Common growth beyond this factor a year (or below its inverse) is taken for a change in what was recorded."""


@dataclass(frozen=True, eq=False)
class Window:
    """A year of history, the latest there is.

    Parameters
    ----------
    columns
        Positions of its periods, at most a year of them.
    name
        What it is, for people.
    years_ahead
        Years from its middle to the middle of the quota year.
    """

    columns: IntArray
    name: str
    years_ahead: float


def full_years(known: Known) -> tuple[int, ...]:
    """Return the years of which all periods are known, in order."""
    per_year = PER_YEAR[kind_of(known.periods) or "year"]
    years, counts = np.unique([int(period[:4]) for period in known.periods], return_counts=True)
    return tuple(years[counts == per_year].tolist())


def latest_year(known: Known) -> Window:
    """Return the latest twelve months known: the last full year, or the periods up to the last one known.

    Where periods after the last full year are known, the trailing year is taken if it has no hole; else the last full
    year; else all periods there are. At least one period must be known.
    """
    kind = kind_of(known.periods) or "year"
    per_year = PER_YEAR[kind]
    n = len(known.periods)
    first = np.array([(months_covered(period) or (0, 0))[0] for period in known.periods])
    length = MONTHS // per_year
    if n < per_year:
        columns, name = np.arange(n), f"{known.periods[0]} to {known.periods[-1]}"
    elif first[-1] - first[-per_year] == MONTHS - length:
        columns = np.arange(n - per_year, n)
        whole = first[-per_year] % MONTHS == 0
        name = known.periods[-1][:4] if whole else f"{known.periods[-per_year]} to {known.periods[-1]}"
    elif full_years(known):
        year = full_years(known)[-1]
        columns, name = np.flatnonzero(first // MONTHS == year), str(year)
    else:
        columns = np.flatnonzero(first > first[-1] - MONTHS)
        name = f"{known.periods[columns[0]]} to {known.periods[-1]}"
    middle = (first[columns[0]] + first[columns[-1]] + length) / 2
    ahead = (known.year * MONTHS + MONTHS / 2 - middle) / MONTHS
    return Window(columns.astype(np.int32), name, float(ahead))


def by_territory(known: Known, amounts: FloatArray) -> FloatArray:
    """Return the sum of amounts of entities, shape ``(n_entities,)``, by territory, shape ``(n_territories,)``."""
    held = known.territory >= 0
    return sum_by(known.territory[held], amounts[held], known.n_territories)


def sold_in(known: Known, window: Window) -> FloatArray:
    """Return what each entity sold in a window, brought to a full year, shape ``(n_entities,)``."""
    per_year = PER_YEAR[kind_of(known.periods) or "year"]
    sold = known.sold_cents[:, window.columns].sum(1).astype(np.float64)
    return np.asarray(sold * (per_year / len(window.columns)))


def common_growth(known: Known, window: Window) -> float:
    """Return the factor from the window to the quota year, by the company's last growth a year; 1 where unknown.

    Growth is that of the window against the same periods of the latest earlier year known, in factors a year between
    1 / `FASTEST` and `FASTEST`. A target (`Known.target_cents`) comes first.
    """
    held = known.territory >= 0
    total = known.sold_cents[held].sum(0).astype(np.float64)
    now = float(total[window.columns].sum())
    if known.target_cents is not None and now > 0:
        per_year = PER_YEAR[kind_of(known.periods) or "year"]
        return known.target_cents / (now * per_year / len(window.columns))
    first = np.array([(months_covered(period) or (0, 0))[0] for period in known.periods])
    at = {month: column for column, month in enumerate(first.tolist())}
    for years in range(1, len(first) + 1):
        earlier = [at.get(month - years * MONTHS, -1) for month in first[window.columns].tolist()]
        if min(earlier) >= 0:
            before = float(total[earlier].sum())
            if now <= 0 or before <= 0:
                return 1.0
            rate = float(np.clip((now / before) ** (1 / years), 1 / FASTEST, FASTEST))
            return float(rate**window.years_ahead)
    return 1.0


def expected_total(known: Known) -> float:
    """Return what all territories together are expected to sell, minor units; 1 where nothing tells."""
    if known.target_cents is not None and known.target_cents > 0:
        return float(known.target_cents)
    if not known.periods:
        return 1.0
    window = latest_year(known)
    sold = float(sold_in(known, window)[known.territory >= 0].sum())
    return sold * common_growth(known, window) if sold > 0 else 1.0
