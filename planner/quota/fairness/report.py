"""The fairness report of a set of quotas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from planner.arrays import FloatArray, read_only
from planner.quota.fairness.association import Association, associate
from planner.quota.fairness.change import Changes, changes
from planner.quota.fairness.flags import (
    Flag,
    Thresholds,
    at_quota_flag,
    beyond_flag,
    bias_flag,
    chance_flag,
    changes_flag,
    over_assignment_flag,
    overrides_flag,
    within_flag,
)
from planner.quota.fairness.interval import LEVEL
from planner.quota.fairness.spread import Group, Spread, groups, spread


@dataclass(frozen=True, eq=False)
class FairnessReport:
    """How fair quotas are.

    Parameters
    ----------
    basis
        What attainment is made of: ``actual`` sales, ``expected`` sales of the method, or ``none``.
    quota_cents, sales_cents, last_year_cents
        Of each territory, floats of minor units, shape ``(n_territories,)``; NaN where unknown.
    potential
        Of each territory in any unit, same shape; NaN where unknown.
    attainment
        Sales over quota, same shape; NaN where there is no quota or no sales are known.
    chance
        Chance to attain, same shape; None where unknown.
    spread
        None where no attainment is known.
    groups
        Top, middle and bottom; empty where no attainment is known.
    associations
        Against size, potential, last year and growth asked, as far as these are known.
    changes
        Against last year.
    flags
        What was judged.
    without_quota
        Territories that carry none, which no other number counts.
    level
        Of all intervals.
    """

    basis: str
    quota_cents: FloatArray
    sales_cents: FloatArray
    last_year_cents: FloatArray
    potential: FloatArray
    attainment: FloatArray
    chance: FloatArray | None
    spread: Spread | None
    groups: tuple[Group, ...]
    associations: tuple[Association, ...]
    changes: Changes
    flags: tuple[Flag, ...]
    without_quota: int
    level: float = LEVEL

    def __post_init__(self) -> None:
        for name in ("quota_cents", "sales_cents", "last_year_cents", "potential", "attainment"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))


@dataclass(frozen=True, eq=False)
class Grounds:
    """What quotas are judged by, besides themselves; all of shape ``(n_territories,)``, None where unknown.

    Parameters
    ----------
    actual_cents
        What was sold in the year of the quotas; NaN for territories that it is not known of.
    expected_cents
        What the method expects to be sold.
    last_year_cents
        What was sold the year before, inside the same boundaries.
    potential
        In any unit.
    chance
        Chance of each seat to sell its quota, in [0, 1].
    overridden
        Whether somebody decided the quota.
    beyond_limits
        Whether amounts decided for others carry it over a limit; None where nothing was decided by hand.
    over_assignment
        Street quota over target − 1, a fraction.
    """

    actual_cents: ArrayLike | None = None
    expected_cents: ArrayLike | None = None
    last_year_cents: ArrayLike | None = None
    potential: ArrayLike | None = None
    chance: ArrayLike | None = None
    overridden: ArrayLike | None = None
    beyond_limits: ArrayLike | None = None
    over_assignment: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)


def fairness(quota_cents: ArrayLike, grounds: Grounds, level: float = LEVEL) -> FairnessReport:
    """Judge quotas.

    Attainment is actual sales over quota where actual sales are known, else what the method expects over quota: before
    the year it tells how hard quotas are compared with each other, not what will come. Note that quota is part of
    attainment: a seat whose quota is too high by mistake shows as large and as falling short.

    Parameters
    ----------
    quota_cents
        Quota of each territory in minor units, ≥ 0, shape ``(n_territories,)``.
    grounds
        What they are judged by.
    level
        Of the intervals, in (0, 1).
    """
    quota = np.asarray(quota_cents, dtype=np.float64)
    basis, sales = _sales(grounds, len(quota))
    last_year = _known(grounds.last_year_cents, len(quota))
    carries = quota > 0
    attainment = np.full(len(quota), np.nan)
    attainment[carries] = sales[carries] / quota[carries]
    judged = np.isfinite(attainment)
    found = spread(sales[judged], quota[judged], level)
    against = _associations(quota, attainment, last_year, grounds, level) if judged.any() else ()
    changed = changes(quota, np.nan_to_num(last_year, nan=0.0))
    chance = None if grounds.chance is None else np.asarray(grounds.chance, dtype=np.float64)
    report = FairnessReport(
        basis=basis if judged.any() else "none",
        quota_cents=quota,
        sales_cents=sales,
        last_year_cents=last_year,
        potential=_known(grounds.potential, len(quota)),
        attainment=attainment,
        chance=chance,
        spread=found,
        groups=groups(sales[judged], quota[judged]) if judged.any() else (),
        associations=against,
        changes=changed,
        flags=(),
        without_quota=int((~carries).sum()),
        level=level,
    )
    return replace(report, flags=_flags(report, grounds))


def _sales(grounds: Grounds, n: int) -> tuple[str, FloatArray]:
    if grounds.actual_cents is not None:
        return "actual", _known(grounds.actual_cents, n)
    return "expected", _known(grounds.expected_cents, n)


def _known(values: ArrayLike | None, n: int) -> FloatArray:
    return np.full(n, np.nan) if values is None else np.asarray(values, dtype=np.float64)


def _associations(
    quota: FloatArray, attainment: FloatArray, last_year: FloatArray, grounds: Grounds, level: float
) -> tuple[Association, ...]:
    carries = quota > 0
    growth = np.full(len(quota), np.nan)
    sold = carries & (last_year > 0)
    growth[sold] = quota[sold] / last_year[sold]
    others = {
        "size": quota,
        "potential": _known(grounds.potential, len(quota)),
        "last_year": last_year,
        "growth_asked": growth,
    }
    return tuple(
        associate(name, attainment[carries], values[carries], level)
        for name, values in others.items()
        if np.isfinite(values[carries]).any()
    )


def _flags(report: FairnessReport, grounds: Grounds) -> tuple[Flag, ...]:
    limits, carries = grounds.thresholds, report.quota_cents > 0
    n = int(carries.sum())
    if n == 0:
        return ()
    share = gap = None
    if report.chance is not None:
        chances = report.chance[carries]
        share = float(chances.mean())
        gap = float(np.diff(np.quantile(chances, [0.1, 0.9]))[0])
    if report.basis == "actual" and report.spread is not None:
        share = report.spread.at_quota.value
    typical = 1.0 if report.changes.company is None else 1 + report.changes.company
    sold = carries & (report.last_year_cents > 0)
    change = report.quota_cents[sold] / report.last_year_cents[sold] / typical - 1
    overridden = None if grounds.overridden is None else int(np.asarray(grounds.overridden)[carries].sum())
    beyond = grounds.beyond_limits
    near = None if report.spread is None else report.spread.alike_20
    return (
        at_quota_flag(share, n, limits, expected=report.basis != "actual"),
        chance_flag(gap, limits),
        within_flag(near, limits),
        *(bias_flag(association, limits) for association in report.associations),
        changes_flag(report.changes, change.tolist(), limits),
        overrides_flag(overridden, n, limits),
        *(() if beyond is None else (beyond_flag(int(np.asarray(beyond)[carries].sum()), n),)),
        over_assignment_flag(grounds.over_assignment, limits),
    )
