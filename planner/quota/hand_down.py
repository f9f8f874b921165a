"""Hand the street quota of a pool of territories down to them and their periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.arrays import FloatArray
from planner.quota.allocate import Allocation, allocate, change_limits
from planner.quota.baseline import blend
from planner.quota.currency import money
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.quota_plan import STAGES
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.settings import QuotaSettings
from planner.quota.street import OverAssignment
from planner.quota.table import period_table
from planner.quota.target import Pool


@dataclass(frozen=True, eq=False)
class Handing:
    """What it takes to hand a component down, and where the results are written.

    Parameters
    ----------
    settings, hierarchy, over
        What was asked, the nodes, and what they add.
    last_year_cents, potential
        History and potential of each territory, shape ``(n_territories,)``.
    season
        Weight of each period, shape ``(n_territories, n_periods)``.
    amount_cents, stage_cents
        Results: quotas by period, shape ``(n_territories, n_periods)``, and what was carried after each of `STAGES`,
        shape ``(n_stages, n_territories)``.
    period_cents
        Result: what the periods were to add up to, shape ``(n_periods,)``.
    at_limit
        Result: −1, 0 or 1 as in `Allocation`, shape ``(n_territories,)``.
    units
        Result: rounding units that were used.
    notes
        Result: what people should know.
    """

    settings: QuotaSettings
    hierarchy: Hierarchy | None
    over: OverAssignment
    last_year_cents: Cents
    potential: FloatArray
    season: FloatArray
    amount_cents: Cents = field(init=False)
    stage_cents: Cents = field(init=False)
    period_cents: Cents = field(init=False)
    at_limit: Cents = field(init=False)
    units: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        n, p = self.season.shape
        object.__setattr__(self, "amount_cents", np.zeros((n, p), np.int64))
        object.__setattr__(self, "stage_cents", np.zeros((len(STAGES), n), np.int64))
        object.__setattr__(self, "period_cents", np.zeros(p, np.int64))
        object.__setattr__(self, "at_limit", np.zeros(n, np.int64))
        self.stage_cents[0] = self.last_year_cents

    def shares(self, pool: Pool) -> FloatArray:
        """Return the blended shares of the territories of a pool, shape ``(n,)``; equal where nothing is known."""
        at = pool.territory
        share = blend(self.last_year_cents[at], self.potential[at], self.settings.weight)[2]
        return share if share.any() else np.full(len(at), 1 / max(1, len(at)))

    def label(self, pool: Pool) -> str:
        """Return what people call the node of a pool."""
        return "the company" if self.hierarchy is None else self.hierarchy.label(pool.node)


def hand_down(handing: Handing, pool: Pool, component: int, total: int, columns: Cents | None) -> None:
    """Write the quotas of all territories of a pool into `handing`.

    Parameters
    ----------
    component
        Position of the component in the targets of the pool.
    total
        Street quota of the pool, minor units.
    columns
        The same by period, shape ``(n_periods,)``; None where it follows from the seasons of the territories.
    """
    if not pool.inside:
        _fill(handing, pool, total, columns)
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
    totals = largest_remainder(weights, total)
    by_period: Sequence[Cents | None] = [None] * len(parts)
    if columns is not None:
        seasons = np.array(
            [_part_season(handing, part, share, component) for part, share in zip(parts, shares, strict=True)]
        )
        by_period = list(period_table(seasons, totals, columns)[0])
    for part, amount, own in zip(parts, totals.tolist(), by_period, strict=True):
        hand_down(handing, part, component, amount, own)


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


def _fill(handing: Handing, pool: Pool, total: int, columns: Cents | None) -> None:
    at, settings = pool.territory, handing.settings
    last_year = handing.last_year_cents[at]
    history_share, _, blended, weight = blend(last_year, handing.potential[at], settings.weight)
    if not blended.any():
        blended = history_share = np.full(len(at), 1 / len(at))
        if total:
            handing.notes.append(
                f"Neither history nor potential is known for {handing.label(pool)}: everyone carries the same."
            )
    elif weight == 0:
        history_share = blended
    weights = blended * handing.over.multiplier(at)
    lower, upper = change_limits(last_year, total, settings.max_decrease, settings.max_increase)
    found = allocate(weights, total, lower, upper, max(1, settings.rounding_cents))
    if found.relaxed != 1:
        _note_relaxed(handing, pool, found, lower, upper, total)
    target = float(total / handing.over.factor(at, blended))
    steps = (target * history_share, target * blended, found.wanted, found.limited)
    for stage, cents in enumerate(steps, start=1):
        handing.stage_cents[stage, at] = np.rint(cents)
    handing.stage_cents[-1, at] = found.cents
    handing.at_limit[at] = found.at_limit
    handing.amount_cents[at], by_period, unit = period_table(
        handing.season[at], found.cents, columns, found.unit
    )
    np.add(handing.period_cents, by_period, out=handing.period_cents)
    handing.units.update((found.unit, unit))


def _note_relaxed(
    handing: Handing, pool: Pool, found: Allocation, lower: Cents, upper: Cents, total: int
) -> None:
    currency = handing.settings.currency
    least, most = sum(lower.tolist()), sum(upper.tolist())
    handing.notes.append(
        f"The limits on change of {handing.label(pool)} allow {money(least, currency)} to {money(most, currency)}, "
        f"counted without territories that have no share; {money(total, currency)} must be carried. They were all "
        f"widened by the same factor, {found.relaxed:.4g}."
    )
