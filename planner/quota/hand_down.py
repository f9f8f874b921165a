"""Hand the street quota of a pool of territories down to them and their periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.allocate import Allocation, allocate
from planner.quota.currency import money
from planner.quota.difficulty import equal_difficulty
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.limits import Limits, limits_of
from planner.quota.outlook import Outlook
from planner.quota.quota_plan import STAGES
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.settings import QuotaSettings, Relief
from planner.quota.street import OverAssignment
from planner.quota.table import period_table
from planner.quota.target import Pool

UNLIMITED = int(np.iinfo(np.int64).max)
"""Stands for no limit on what a territory may carry at most."""
_AFTER = {name: position for position, name in enumerate(STAGES)}


@dataclass(frozen=True, eq=False)
class Handing:
    """What it takes to hand a component down, and where the results are written.

    Parameters
    ----------
    settings, hierarchy, over
        What was asked, the nodes, and what they add.
    last_year_cents
        History of each territory, shape ``(n_territories,)``.
    expected
        Expected sales, of which only proportions count, shape ``(n_territories,)``.
    season
        Weight of each period, rows summing to 1, shape ``(n_territories, n_periods)``.
    present, carried
        Part of a full seat that each seat is in each period, shape ``(n_territories, n_periods)``, and that it carries
        in the year, shape ``(n_territories,)``; in [0, 1].
    outlook
        How certain sales are, for quotas of equal difficulty; None for quotas in proportion to expected sales.
    reach
        What the company is expected to sell over its street quota.
    amount_cents, stage_cents
        Results: quotas by period, shape ``(n_territories, n_periods)``, and what was carried after each of `STAGES`,
        shape ``(n_stages, n_territories)``.
    period_cents
        Result: what the periods were to add up to, shape ``(n_periods,)``.
    held
        Result: what holds each amount, a position in `planner.quota.limits.NAMES`, shape ``(n_territories,)``.
    limit_cents, limit_is
        Result: the least and the most each may carry, minor units, and what sets them, positions in the same `NAMES`;
        shape ``(2, n_territories)``.
    units
        Result: rounding units that were used.
    notes
        Result: what people should know.
    """

    settings: QuotaSettings
    hierarchy: Hierarchy | None
    over: OverAssignment
    last_year_cents: Cents
    expected: FloatArray
    season: FloatArray
    present: FloatArray
    carried: FloatArray
    outlook: Outlook | None = None
    reach: float = 1.0
    amount_cents: Cents = field(init=False)
    stage_cents: Cents = field(init=False)
    period_cents: Cents = field(init=False)
    held: Cents = field(init=False)
    limit_cents: Cents = field(init=False)
    limit_is: Cents = field(init=False)
    units: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        n, p = self.season.shape
        object.__setattr__(self, "amount_cents", np.zeros((n, p), np.int64))
        object.__setattr__(self, "stage_cents", np.zeros((len(STAGES), n), np.int64))
        object.__setattr__(self, "period_cents", np.zeros(p, np.int64))
        object.__setattr__(self, "held", np.zeros(n, np.int8))
        object.__setattr__(self, "limit_cents", np.zeros((2, n), np.int64))
        object.__setattr__(self, "limit_is", np.zeros((2, n), np.int8))
        self.stage_cents[0] = self.last_year_cents

    def shares(self, pool: Pool) -> FloatArray:
        """Return the expected shares of the territories of a pool, shape ``(n,)``; equal where nothing is expected."""
        return shares_of(self.expected[pool.territory])

    def label(self, pool: Pool) -> str:
        """Return what people call the node of a pool."""
        return "the company" if self.hierarchy is None else self.hierarchy.label(pool.node)


def shares_of(values: FloatArray | Cents) -> FloatArray:
    """Return the part of each value in their sum; below 0 counts as 0, and all are equal where nothing is left."""
    amounts = np.maximum(values, 0).astype(np.float64)
    largest = amounts.max(initial=0.0)
    if largest <= 0:
        return np.full(len(amounts), 1 / max(1, len(amounts)))
    amounts = amounts / largest
    return np.asarray(amounts / amounts.sum())


def hand_down(
    handing: Handing, pool: Pool, component: int, total: int, columns: Cents | None, full: int | None = None
) -> None:
    """Write the quotas of all territories of a pool into `handing`.

    Parameters
    ----------
    component
        Position of the component in the targets of the pool.
    total
        Street quota of the pool, minor units.
    columns
        The same by period, shape ``(n_periods,)``; None where it follows from the seasons of the territories.
    full
        Street quota before relief of new and vacant seats; None where that takes nothing off.
    """
    full = total if full is None else full
    if not pool.inside:
        _fill(handing, pool, total, columns, full)
        return
    parts = _parts(handing, pool, component)
    shares = [handing.shares(part) for part in parts]
    weights = np.array(
        [
            float(part.target_cents[component].sum() * handing.over.factor(part.territory, share))
            for part, share in zip(parts, shares, strict=True)
        ]
    )
    if not weights.any():
        weights = np.array([_share_of(handing, pool, part) for part in parts])
    fulls = largest_remainder(weights, full)
    if handing.settings.relief is Relief.ABSORBED:
        weights = weights * [
            float(share @ handing.carried[part.territory]) for part, share in zip(parts, shares, strict=True)
        ]
    totals = largest_remainder(weights, total) if total != full else fulls
    by_period: Sequence[Cents | None] = [None] * len(parts)
    if columns is not None:
        seasons = np.array(
            [_part_season(handing, part, share, component) for part, share in zip(parts, shares, strict=True)]
        )
        by_period = list(period_table(seasons, totals, columns)[0])
    for part, amount, own, whole in zip(parts, totals.tolist(), by_period, fulls.tolist(), strict=True):
        hand_down(handing, part, component, amount, own, whole)


def _parts(handing: Handing, pool: Pool, component: int) -> list[Pool]:
    """Return the pools inside and, as one more, the territories outside them, with targets that fill the whole."""
    whole = int(pool.target_cents[component].sum())
    stated = [int(part.target_cents[component].sum()) for part in pool.inside]
    outside = np.setdiff1d(pool.territory, np.concatenate([part.territory for part in pool.inside]))
    label, currency = handing.label(pool), handing.settings.currency
    if not len(outside):
        # Managers state either their part of the target or what they were handed, with what lies above added.
        handed = (
            handing.over.factor(pool.territory, handing.shares(pool), d)
            for d in range(handing.over.depth + 1)
        )
        expected = {whole, *(round(whole * factor) for factor in handed)}
        if sum(stated) not in expected:
            handing.notes.append(
                f"The targets below {label} add up to {money(sum(stated), currency)}, its own is "
                f"{money(whole, currency)} (difference {money(sum(stated) - whole, currency)}): "
                "its own holds, split in the proportions of those below."
            )
        return list(pool.inside)
    rest = Pool(COMPANY, outside.astype(np.int32), np.zeros_like(pool.target_cents))
    left, scaled = whole - sum(stated), list(pool.inside)
    if left < 0:
        left = round(whole * _share_of(handing, pool, rest))
        handing.notes.append(
            f"The targets below {label} add up to {money(sum(stated), currency)}, more than its own "
            f"{money(whole, currency)}, and leave {len(outside)} of its territories nothing: those get "
            f"{money(left, currency)} by their shares, the others what is left, in proportion."
        )
        parts = largest_remainder(np.array(stated, dtype=np.float64), whole - left)
        scaled = [
            _with_target(part, component, int(cents)) for part, cents in zip(scaled, parts, strict=True)
        ]
    return [*scaled, _with_target(rest, component, left)]


def _with_target(pool: Pool, component: int, cents: int) -> Pool:
    target = pool.target_cents.copy()
    target[component] = largest_remainder(np.maximum(target[component], 0), cents)
    return replace(pool, target_cents=target)


def _share_of(handing: Handing, pool: Pool, part: Pool) -> float:
    return float(handing.shares(pool)[np.isin(pool.territory, part.territory)].sum())


def _part_season(handing: Handing, part: Pool, share: FloatArray, component: int) -> FloatArray:
    """Return how the amount of a part falls on the periods: as its targets say, else as its territories' seasons."""
    stated: FloatArray = part.target_cents[component].astype(np.float64)
    if part.node != COMPANY and len(stated) == handing.season.shape[1] and stated.any():
        return stated
    season: FloatArray = np.average(handing.season[part.territory], axis=0, weights=share)
    return season


def _fill(handing: Handing, pool: Pool, total: int, columns: Cents | None, full: int) -> None:
    at, label = pool.territory, handing.label(pool)
    if total and not (handing.expected[at] > 0).any():
        handing.notes.append(
            f"Nothing is known to tell the territories of {label} apart: everyone carries the same."
        )
    share, sold = handing.shares(pool), handing.last_year_cents[at]
    before = shares_of(sold) if (sold > 0).any() else share
    weights = share * handing.over.multiplier(at)
    carried = handing.carried[at]
    if not (weights * carried).any():
        carried = np.ones(len(at))
        if total:
            handing.notes.append(f"All seats of {label} are vacant all year: nobody is relieved.")
    relieved = weights * carried
    limits = limits_of(handing.settings, sold, carried, total)
    found = _split(handing, at, relieved, total, limits)
    if found.relaxed != 1:
        _note_relaxed(handing, label, found, limits, total)
    target = float(full / handing.over.factor(at, share))
    relieved = total * relieved / relieved.sum()
    steps = {
        "growth": target * before,
        "method": target * share,
        "over_assignment": full * weights / weights.sum(),
        "relief": relieved,
        "difficulty": relieved if handing.outlook is None else found.wanted,
        "limits": found.limited,
    }
    for name, cents in steps.items():
        handing.stage_cents[_AFTER[name], at] = np.rint(cents)
    for name in ("overrides", "rounding"):
        handing.stage_cents[_AFTER[name], at] = found.cents
    handing.held[at] = limits.holding(found.at_limit)
    # All of what is carried together is no limit: others may hand more over.
    handing.limit_cents[:, at] = limits.lower, np.where(limits.upper < total, limits.upper, UNLIMITED)
    handing.limit_is[:, at] = limits.least_is, limits.most_is
    handing.amount_cents[at], by_period, unit = period_table(
        handing.season[at] * handing.present[at], found.cents, columns, found.unit
    )
    np.add(handing.period_cents, by_period, out=handing.period_cents)
    handing.units.update((found.unit, unit))


def _split(handing: Handing, at: IntArray, weights: FloatArray, total: int, limits: Limits) -> Allocation:
    """Split a total inside limits: with the same chance to attain for all, else in proportion to weights."""
    unit = max(1, handing.settings.rounding_cents)
    if handing.outlook is None or total <= 0:
        return allocate(weights, total, limits.lower, limits.upper, unit)
    # Over-assignment of branches and what new and vacant seats cannot sell move the mean with the quota.
    mean = weights / weights.sum() * (total * handing.reach)
    return equal_difficulty(
        handing.outlook.only(at.astype(np.intp)).with_mean(mean), total, limits.lower, limits.upper, unit
    )


def _note_relaxed(handing: Handing, label: str, found: Allocation, limits: Limits, total: int) -> None:
    currency = handing.settings.currency
    least, most = sum(limits.lower.tolist()), sum(limits.upper.tolist())
    handing.notes.append(
        f"The limits on quotas of {label} allow {money(least, currency)} to {money(most, currency)}, "
        f"counted without territories that have no share; {money(total, currency)} must be carried. They were all "
        f"widened by the same factor, {found.relaxed:.4g}."
    )
