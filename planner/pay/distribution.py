"""How the cost of pay may turn out: many years drawn from the outlook on sales, paid by the pay plans.

All components of a territory, and all periods of the year, move together: its sales of a year are drawn, the expected
mix of components stays, and every period attains what the year attains. Draws are worked through in blocks, so memory
does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray
from planner.pay.credited import CreditedQuotas
from planner.pay.curve import PayoutCurve, payout_fraction
from planner.pay.pay_plan import Bonus, PayPlan
from planner.pay.payments import TargetPay, quota_of
from planner.quota.outlook import Outlook

BLOCK = 1 << 18
"""Draws × territories worked through at once: their arrays stay in a processor's cache."""


@dataclass(frozen=True, eq=False)
class PaidGroup:
    """Seats of one pay plan and what they earn on target.

    Parameters
    ----------
    plan
        The pay plan.
    seats
        Positions in the credited quotas, shape ``(n,)``.
    targets
        What each earns on target, in the order of `seats`.
    """

    plan: PayPlan
    seats: IntArray
    targets: Sequence[TargetPay]


@dataclass(frozen=True, eq=False)
class _Stream:
    """One component of one pay plan over its seats.

    `territory` tells where each seat sells where that is one place for each; else `weights` are those of territories.
    """

    curve: PayoutCurve
    bonuses: tuple[tuple[Bonus, FloatArray], ...]
    variable_cents: FloatArray
    per_cent_sold: FloatArray
    territory: IntArray | slice | None
    weights: csr_array | None

    def paid_cents(self, sales_cents: FloatArray) -> FloatArray:
        """Return what the component pays all its seats, for each draw: shape ``(n_draws,)``."""
        if self.weights is None:
            attained = sales_cents[:, self.territory] * self.per_cent_sold
        else:
            attained = np.asarray((self.weights @ sales_cents.T).T) * self.per_cent_sold
        out: FloatArray = payout_fraction(self.curve, attained) @ self.variable_cents
        for bonus, amount in self.bonuses:
            out += (attained >= float(bonus.at)) @ amount
        return out


@dataclass(frozen=True, eq=False)
class Drawn:
    """What draws of the year came to, in minor units, shape ``(n_draws,)`` each: variable pay, and sales."""

    variable_cents: FloatArray
    sales_cents: FloatArray


def drawn_pay(
    groups: Sequence[PaidGroup], credited: CreditedQuotas, outlook: Outlook, draws: int, seed: int
) -> Drawn:
    """Draw the cost of variable pay.

    Parameters
    ----------
    groups
        Who is paid by which plan.
    credited
        What seats are measured by.
    outlook
        Sales of the territories of `credited`.
    draws, seed
        How many years, at least 1; the same seed draws the same.
    """
    streams: list[_Stream] = []
    certain = 0.0
    for group in groups:
        found, sure = _streams(group, credited)
        streams += found
        certain += sure
    rng = np.random.default_rng(seed)
    paid, sales = np.empty(draws), np.empty(draws)
    block = max(BLOCK // max(credited.n_territories, 1), 1)
    for begin in range(0, draws, block):
        here = slice(begin, min(begin + block, draws))
        drawn = outlook.sample(here.stop - begin, rng)
        sales[here] = drawn.sum(1)
        paid[here] = certain + sum(stream.paid_cents(drawn) for stream in streams)
    return Drawn(paid, sales)


def _streams(group: PaidGroup, credited: CreditedQuotas) -> tuple[list[_Stream], float]:
    """Return the components of a plan over seats with a quota, and what those without are paid for certain."""
    out = []
    certain = 0
    for k, part in enumerate(group.plan.components):
        quota = quota_of(part.component, credited.components, credited.quota_cents).sum(1)[group.seats]
        variable = np.array([sum(target.variable_cents[k]) for target in group.targets], np.float64)
        some = np.flatnonzero(quota > 0).astype(np.int32)
        certain += variable.sum() - variable[some].sum()
        if not len(some):
            continue
        weights = credited.credits(part.component, group.seats[some])
        # Where a seat sells in one place only, that place's column is all it takes.
        single = bool((np.diff(weights.indptr) == 1).all())
        weight = weights.data if single else np.ones(len(some))
        out.append(
            _Stream(
                curve=part.curve,
                bonuses=tuple((bonus, _bonus_amounts(bonus, group, some)) for bonus in part.bonuses),
                variable_cents=variable[some],
                per_cent_sold=weight / quota[some],
                territory=_columns(weights.indices, credited.n_territories) if single else None,
                weights=None if single else weights,
            )
        )
    return out, float(certain)


def _columns(territory: IntArray, n_territories: int) -> IntArray | slice:
    """Return the columns of territories, as a slice where they are all of them in order: that copies nothing."""
    everything = len(territory) == n_territories and (territory == np.arange(n_territories)).all()
    return slice(None) if everything else territory


def _bonus_amounts(bonus: Bonus, group: PaidGroup, some: IntArray) -> FloatArray:
    times = group.plan.per.a_year if bonus.per_period else 1
    filled = [float(group.targets[j].share_of_year) for j in some]
    return np.array(filled) * times * bonus.amount_cents
