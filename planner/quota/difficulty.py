r"""Quotas that every seat has the same chance to attain.

With sales :math:`X_t` and their distribution functions :math:`F_t` (`planner.quota.outlook.Outlook`), a total S and
limits :math:`l_t \le q_t \le h_t`:

.. math:: \min_q \sum_t E\left[(q_t - X_t)^+\right] \quad \text{s.t.} \quad \sum_t q_t = S,\; l_t \le q_t \le h_t .

That is the least money by which quotas are missed, in expectation. *In real numbers* the derivative of a term is
:math:`P[X_t < q_t] = F_t(q_t)`, so at the optimum (Karush, Kuhn and Tucker) all who meet no limit fall short with one
common chance λ, :math:`q_t = \min(h_t, \max(l_t, F_t^{-1}(\lambda)))`: the same difficulty for everybody.

*In whole units* u the cost is separable and convex, and the step from z to z + 1 units costs u times the mean of
:math:`F_t` between the two amounts. Taking the cheapest steps first is optimal (Gross 1956; Fox 1966,
https://doi.org/10.1287/opre.14.2.210), which is proved by one comparison: no step taken costs more than any that is
left (`StepProof`). The real optimum is found first; few steps from it are then left to take.

*What it means.* The chance includes the year that all share. Where the total is what is expected, quotas are about
what each territory is expected to sell; the more the total exceeds that, the more of the excess goes to those whose
sales are uncertain, because for them it changes the chance least: with 20 % over, a territory with a spread of 5 %
would have no chance at all where one with 40 % still has. Limits on change keep that within bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from planner.arrays import FloatArray
from planner.quota.allocate import Allocation, add_rest, held_at, relax_limits, whole_limits
from planner.quota.outlook import Outlook
from planner.quota.outlook.shortfall import step_log_odds
from planner.quota.rounding import Cents, fitting_unit

EXCHANGES = 50
"""Most rounds of exchanges of everybody's steps at once; single ones follow."""
CLOSE, CLOSE_PART = 1e-7, 1e-13
"""Minor units, and part of the total, that amounts in real numbers may miss it by: whole units make up for it."""
ROUNDS = 200
"""More than halving needs to find a score to float accuracy."""
FARTHEST = 1e12
"""Scores beyond this are not looked at: whoever is not at a limit there has no chance, or all."""


@dataclass(frozen=True)
class StepProof:
    """Why no other whole amounts are better.

    Parameters
    ----------
    last_step
        Log odds of the chance to fall short over the dearest step that was taken; −inf where none could be given back.
    next_step
        The same over the cheapest step that is left; inf where none could be taken.
    """

    last_step: float
    next_step: float

    @property
    def holds(self) -> bool:
        """Whether no step taken costs more than any left."""
        return self.last_step <= self.next_step


@dataclass(frozen=True, eq=False, kw_only=True)
class EqualChance(Allocation):
    """An amount split so that all have the same chance; `wanted` and `limited` before and inside limits, as there.

    Parameters
    ----------
    chance
        Chance to attain that is common to all who meet no limit, before rounding.
    chances
        Chance of each to attain its amount, shape ``(n,)``.
    proof
        Proof that the amounts are optimal in whole units.
    """

    chance: float
    chances: FloatArray
    proof: StepProof


def equal_difficulty(outlook: Outlook, total: int, lower: Cents, upper: Cents, unit: int = 1) -> EqualChance:
    """Split `total` so that everyone has the same chance to attain, inside limits, in multiples of `unit`.

    Limits that cannot hold together, units that do not fit and what the total has beyond whole units are treated as in
    `planner.quota.allocate.allocate`. A territory that is expected to sell nothing stays at its lower limit; where that
    is all of them, all are taken to sell the same.

    Parameters
    ----------
    outlook
        What territories may sell, n > 0.
    total
        Minor units, ≥ 0.
    lower, upper
        Limits in minor units, ``0 ≤ lower ≤ upper``, shape ``(n,)``.
    """
    if not outlook.mean_cents.any():
        outlook = outlook.with_mean(np.full(len(lower), max(1.0, total / len(lower))))
    share = outlook.mean_cents / outlook.mean_cents.sum()
    lower, upper, relaxed = relax_limits(lower, np.where(share > 0, upper, lower), total)
    score = common_score(outlook, total, lower, upper)
    freely = outlook.at_score(score)
    limited = np.clip(freely, lower, upper)
    wanted = freely
    if (limited != freely).any():
        least, most = np.zeros(len(lower), np.int64), np.full(len(lower), total, np.int64)
        wanted = np.minimum(outlook.at_score(common_score(outlook, total, least, most)), total)
    unit = fitting_unit(total, int((limited > 0).sum()), unit)
    units, rest = divmod(int(total), unit)
    fewest, most = whole_limits(lower, upper, unit, units)
    near = limited
    if (limited != freely).any():
        # Limits in whole units may leave another optimum, and the way there by single steps is long.
        whole = common_score(outlook, units * unit, fewest * unit, most * unit)
        near = np.clip(outlook.at_score(whole), fewest * unit, most * unit)
    cents, proof = in_units(outlook, np.floor(near / unit).astype(np.int64), units, unit, fewest, most)
    add_rest(cents, rest, share, upper)
    return EqualChance(
        cents,
        wanted,
        limited,
        held_at(limited, freely),
        unit,
        relaxed,
        chance=float(ndtr(-score)),
        chances=outlook.chance(cents),
        proof=proof,
    )


BULK = 16
"""Part of what a territory has, and of what is missing, that one round hands out at most."""


def common_score(outlook: Outlook, total: int, lower: Cents, upper: Cents) -> float:
    """Return the normal score of the common chance to fall short with which amounts inside limits add up to `total`.

    It is within ±`FARTHEST`; there where only limits tell what everybody carries.
    """
    low, high, score = -np.inf, np.inf, 0.0
    for _ in range(ROUNDS):
        freely = outlook.at_score(score)
        missing = total - float(np.clip(freely, lower, upper).sum())
        outwards = missing > 0 if score > 0 else missing < 0
        if abs(missing) <= max(CLOSE, CLOSE_PART * total) or (outwards and abs(score) > FARTHEST):
            break
        low, high = (score, high) if missing > 0 else (low, score)
        inside = (freely > lower) & (freely < upper)
        slope = float((freely[inside] * outlook.growth(score, freely)[inside]).sum())
        # A step of Newton's method, no longer than what is known of the slope is good for, where it stays between what
        # is known to be too low and too high.
        longest = 3 * abs(score) + 1
        step = (
            float(np.clip(missing / slope, -longest, longest)) if slope > 0 else np.copysign(longest, missing)
        )
        new = score + step
        if not low < new < high:
            new = (low + high) / 2 if np.isfinite(high - low) else score + np.copysign(longest, missing)
        if not low < new < high:
            break
        score = new
    return score


def in_units(
    outlook: Outlook, units_near: Cents, units: int, unit: int, fewest: Cents, most: Cents
) -> tuple[Cents, StepProof]:
    """Return optimal whole amounts in minor units, with the proof, from whole units near the real optimum.

    Equal steps go to the larger mean, then to the first.

    Raises
    ------
    ValueError
        Where not ``Σ fewest ≤ units ≤ Σ most``.
    """
    if not int(fewest.sum()) <= units <= int(most.sum()):
        raise ValueError(f"{units} units do not fit between {fewest.sum()} and {most.sum()}")
    held = np.clip(units_near, fewest, most)
    while missing := units - int(held.sum()):
        # Each round hands out, or takes back, one unit each where the real optimum is near; a part of what each has
        # where it is far: chances beyond all that floats tell apart leave no optimum to start from.
        able = np.flatnonzero(held < most) if missing > 0 else np.flatnonzero(held > fewest)
        step = step_log_odds(outlook, np.maximum(held - (missing < 0), 0), unit)[able]
        ranked = able[np.lexsort((able, -outlook.mean_cents[able], step))]
        ranked = ranked if missing > 0 else ranked[::-1]
        room = (most - held if missing > 0 else held - fewest)[ranked]
        bulk = abs(missing) // (BULK * len(able))
        size = np.minimum(np.clip(held[ranked] // BULK, 1, max(1, bulk)), room)
        size = np.where(np.cumsum(size) <= abs(missing), size, 0)
        held[ranked] += np.sign(missing) * size
    _exchange_many(outlook, held, unit, fewest, most)
    proof = _exchange(outlook, held, unit, fewest, most)
    return held * unit, proof


def _exchange_many(outlook: Outlook, held: Cents, unit: int, fewest: Cents, most: Cents) -> None:
    """Exchange the dearest steps for the cheapest ones, at most one of everybody's at a time, in place.

    Every exchange lowers the sum of the prices. Where units are small, rounding leaves most territories one off.
    """
    n = len(held)
    next_step, last_step = np.full(n, np.inf), np.full(n, -np.inf)
    changed = np.arange(n)
    for _ in range(EXCHANGES):
        next_step[changed], last_step[changed] = np.inf, -np.inf
        more, less = changed[held[changed] < most[changed]], changed[held[changed] > fewest[changed]]
        next_step[more] = step_log_odds(outlook.only(more), held[more], unit)
        last_step[less] = step_log_odds(outlook.only(less), held[less] - 1, unit)
        gains, gives = np.argsort(next_step, kind="stable"), np.argsort(-last_step, kind="stable")
        pairs = int(np.argmin(np.append(last_step[gives] > next_step[gains], False)))
        gains, gives = gains[:pairs], gives[:pairs]
        if not pairs or np.isin(gains, gives).any():
            return
        held[gains] += 1
        held[gives] -= 1
        changed = np.concatenate([gains, gives])


def _exchange(outlook: Outlook, held: Cents, unit: int, fewest: Cents, most: Cents) -> StepProof:
    """Exchange dear steps for cheaper ones, in place, until none is left to exchange; return the proof of that.

    Each step is priced once, so that every exchange lowers the sum of the prices and none can come back.
    """
    n = len(held)
    prices: dict[tuple[int, int], float] = {}

    def price(t: int, before: int) -> float:
        if (t, before) not in prices:
            alone = step_log_odds(outlook.only(np.array([t])), np.array([before]), unit)
            prices[t, before] = float(alone[0])
        return prices[t, before]

    next_step, last_step = np.full(n, np.inf), np.full(n, -np.inf)
    more, less = np.flatnonzero(held < most), np.flatnonzero(held > fewest)
    next_step[more] = step_log_odds(outlook, held, unit)[more]
    last_step[less] = step_log_odds(outlook, np.maximum(held - 1, 0), unit)[less]
    # Steps rise; where two differ by less than floats hold, they are equal.
    next_step = np.maximum(next_step, last_step)
    while True:
        gains, gives = int(np.argmin(next_step)), int(np.argmax(last_step))
        if last_step[gives] <= next_step[gains]:
            return StepProof(float(last_step[gives]), float(next_step[gains]))
        for t, change in ((gains, 1), (gives, -1)):
            prices[t, int(held[t])], prices[t, int(held[t]) - 1] = float(next_step[t]), float(last_step[t])
            held[t] += change
            now = int(held[t])
            last_step[t] = price(t, now - 1) if now > fewest[t] else -np.inf
            next_step[t] = max(price(t, now), last_step[t]) if now < most[t] else np.inf
