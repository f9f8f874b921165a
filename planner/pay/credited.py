"""What each seat is measured by: its quotas, and how the sales of territories count towards them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, read_only
from planner.pay.pay_plan import ALL_TOGETHER
from planner.quota.quota_plan import QuotaPlan
from planner.quota.rounding import Cents


@dataclass(frozen=True, eq=False)
class CreditedQuotas:
    """Quotas by seat, and the parts of territories that they consist of.

    Parameters
    ----------
    seat_id
        Seats that are credited with anything, in the order they are met in.
    components, periods
        Names of quota components and periods.
    quota_cents
        What each seat carries, shape ``(n_seats, n_components, n_periods)``.
    seat, territory
        Seat and territory of each part, shape ``(n_parts,)``.
    sold_share
        Part of all sales of the territory that counts for the seat in each component, shape
        ``(n_parts, n_components)``: the mix of components expected there × the part of a full year that somebody is
        there to sell × the part of their quota that the seat carries.
    n_territories
        Number of territories.
    """

    seat_id: tuple[str, ...]
    components: tuple[str, ...]
    periods: tuple[str, ...]
    quota_cents: Cents
    seat: IntArray
    territory: IntArray
    sold_share: FloatArray
    n_territories: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "quota_cents", read_only(self.quota_cents, np.int64))
        object.__setattr__(self, "sold_share", read_only(self.sold_share, np.float64))
        for name in ("seat", "territory"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int32))

    def credits(self, component: str, seats: IntArray) -> csr_array:
        """Return what of a territory's sales counts for some seats, shape ``(len(seats), n_territories)``.

        Parameters
        ----------
        component
            Name of a component; empty text for all together.
        """
        share = (
            self.sold_share.sum(1)
            if component == ALL_TOGETHER
            else self.sold_share[:, self.components.index(component)]
        )
        shape = (len(self.seat_id), self.n_territories)
        everyone = csr_array((share, (self.seat, self.territory)), shape=shape)
        return csr_array(everyone[seats])

    def sold(self, sales_cents: FloatArray) -> FloatArray:
        """Return what seats sell in each component where territories sell so much, ``(n_seats, n_components)``."""
        out = np.zeros((len(self.seat_id), len(self.components)))
        np.add.at(out, self.seat, self.sold_share * sales_cents[self.territory, None])
        return out


def credited_quotas(quotas: QuotaPlan, seat_id: Sequence[str]) -> CreditedQuotas:
    """Return what each seat is measured by.

    Parameters
    ----------
    seat_id
        Owner of each territory, empty text for nobody: who carries its quota where the plan credits no others.
    """
    n = len(quotas.amount_cents)
    shares = quotas.seat_shares
    if shares:
        parts = [(share.seat_id, share.territory, share.amount_cents) for share in shares if share.seat_id]
    else:
        parts = [(str(seat_id[t]), t, quotas.amount_cents[t]) for t in range(n) if seat_id[t]]
    position: dict[str, int] = {}
    for name, _, _ in parts:
        position.setdefault(name, len(position))
    seat = np.array([position[name] for name, _, _ in parts], np.int32)
    territory = np.array([t for _, t, _ in parts], np.int32)
    amount = np.array([cents for _, _, cents in parts], np.int64).reshape(-1, *quotas.amount_cents.shape[1:])
    carried = np.zeros((len(position), *quotas.amount_cents.shape[1:]), np.int64)
    np.add.at(carried, seat, amount)
    mine = _part_of(amount.sum(2), quotas.amount_cents.sum(2)[territory])
    return CreditedQuotas(
        seat_id=tuple(position),
        components=quotas.components,
        periods=quotas.periods,
        quota_cents=carried,
        seat=seat,
        territory=territory,
        sold_share=(component_mix(quotas) * quotas.present_share)[territory] * mine,
        n_territories=n,
    )


def _part_of(amount: Cents, whole: Cents) -> FloatArray:
    """Return the part that amounts are of whole ones, by component; of all together where a component has nothing."""
    everything = whole.sum(1, keepdims=True)
    together = np.divide(
        amount.sum(1, keepdims=True), everything, out=np.zeros(everything.shape), where=everything > 0
    )
    out = np.broadcast_to(together, whole.shape).copy()
    np.divide(amount, whole, out=out, where=whole > 0)
    return out


def component_mix(quotas: QuotaPlan) -> FloatArray:
    """Return the share of each component in what a territory is expected to sell, else in its quota, else alike.

    Shape ``(n_territories, n_components)``; rows sum to 1.
    """
    mix = np.full(quotas.amount_cents.shape[:2], 1.0)
    for amounts in (quotas.amount_cents.sum(2).astype(np.float64), np.maximum(quotas.expected_cents, 0)):
        some = amounts.sum(1) > 0
        mix[some] = amounts[some]
    out: FloatArray = mix / mix.sum(1, keepdims=True)
    return out
