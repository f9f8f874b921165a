"""What each seat is credited with: owners, those they share a territory with, and specialists on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from planner.arrays import read_only
from planner.errors import InvalidInput, Problem
from planner.quota.inputs import Credit
from planner.quota.rounding import Cents, controlled_rounding, largest_remainder, split_exactly
from planner.quota.table import fit_margins


class Role(StrEnum):
    """How a seat comes to be credited with a territory."""

    OWNER = "owner"
    SPLIT = "split"
    """Carries a part of the quota; the owner carries the less."""
    OVERLAY = "overlay"
    """Carries an amount on top, which does not count towards the company target."""


@dataclass(frozen=True, eq=False)
class SeatShare:
    """What one seat is credited with in one territory.

    Parameters
    ----------
    seat_id, territory
        The seat, and the position of the territory.
    role
        Owner, split or overlay.
    share
        Part of the territory's quota, a fraction; of an owner who shares, what is left in the component that leaves
        least.
    amount_cents
        Minor units, shape ``(n_components, n_periods)``. Those of owner and splits add up to the territory's quota.
    wanted_cents
        What was decided for the year by component, shape ``(n_components,)``.
    """

    seat_id: str
    territory: int
    role: Role
    share: Fraction
    amount_cents: Cents
    wanted_cents: Cents

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount_cents", read_only(self.amount_cents, np.int64))
        object.__setattr__(self, "wanted_cents", read_only(self.wanted_cents, np.int64))


def seat_shares(
    given: Sequence[Credit],
    amount_cents: Cents,
    components: Sequence[str],
    owner: Sequence[str],
    territory_id: Sequence[str],
) -> tuple[SeatShare, ...]:
    """Return what every seat is credited with, to the cent.

    The year's amounts of a territory that several seats carry are split by largest remainders, its periods by
    controlled rounding, so that seats add up to the territory in every period and component.

    Parameters
    ----------
    given
        Split credit and overlays.
    amount_cents
        Quotas, shape ``(n_territories, n_components, n_periods)``.
    owner, territory_id
        Seat that owns each territory, and names of the territories.

    Raises
    ------
    InvalidInput
        Where a credit speaks of what does not exist, or splits of a territory add up to more than all of it.
    """
    _check(given, components, territory_id)
    by_territory: dict[int, list[Credit]] = {}
    for credit in given:
        by_territory.setdefault(credit.territory, []).append(credit)
    sums = amount_cents.sum(2)
    out = []
    for t, seat in enumerate(owner):
        own = by_territory.get(t, ())
        split = [credit for credit in own if not credit.overlay]
        if split:
            out += _split(t, seat, split, amount_cents[t], components)
        else:
            out.append(SeatShare(seat, t, Role.OWNER, Fraction(1), amount_cents[t], sums[t]))
        out += [_overlay(credit, amount_cents[t], components) for credit in own if credit.overlay]
    return tuple(out)


def _split(
    t: int, owner: str, given: Sequence[Credit], quota: Cents, components: Sequence[str]
) -> list[SeatShare]:
    parts = np.zeros((len(given) + 1, *quota.shape), np.int64)
    least = Fraction(1)
    for c, name in enumerate(components):
        shares = [credit.share if credit.component in ("", name) else Fraction(0) for credit in given]
        left = 1 - sum(shares, Fraction(0))
        least = min(least, left)
        total = int(quota[c].sum())
        rows = np.array(split_exactly([share * total for share in (left, *shares)], total), np.int64)
        values = np.outer(rows / max(1, total), quota[c])
        parts[:, c] = controlled_rounding(fit_margins(values, rows, quota[c]), rows, quota[c])[0]
    roles = [(owner, Role.OWNER, least), *((credit.seat_id, Role.SPLIT, credit.share) for credit in given)]
    return [
        SeatShare(seat, t, role, share, part, part.sum(1))
        for (seat, role, share), part in zip(roles, parts, strict=True)
    ]


def _overlay(credit: Credit, quota: Cents, components: Sequence[str]) -> SeatShare:
    wanted = np.array(
        [
            round(credit.share * cents) if credit.component in ("", name) else 0
            for name, cents in zip(components, quota.sum(1).tolist(), strict=True)
        ],
        np.int64,
    )
    amounts = np.stack(
        [largest_remainder(row, cents) for row, cents in zip(quota, wanted.tolist(), strict=True)]
    )
    return SeatShare(credit.seat_id, credit.territory, Role.OVERLAY, credit.share, amounts, wanted)


def _check(given: Sequence[Credit], components: Sequence[str], territory_id: Sequence[str]) -> None:
    faults = []
    parts: dict[tuple[int, str], Fraction] = {}
    for credit in given:
        if not 0 <= credit.territory < len(territory_id):
            why = f"seat {credit.seat_id} is credited with a territory that does not exist."
            faults.append(_fault("territory_id", str(credit.territory), why, "Name a territory of the plan."))
            continue
        where = f"seat {credit.seat_id} in territory {territory_id[credit.territory]}"
        if not 0 < credit.share <= 1:
            why = f"{where} has the share {float(credit.share):g}."
            faults.append(_fault("share", f"{float(credit.share):g}", why, "Give a part above 0, at most 1."))
        if credit.component not in ("", *components):
            why = f"{where} is credited with {credit.component!r}, which is no component of the quotas."
            what = f"Take one of {', '.join(components)}, or leave it empty for all."
            faults.append(_fault("component", credit.component, why, what))
        for name in components:
            if credit.component in ("", name) and not credit.overlay:
                key = credit.territory, name
                parts[key] = parts.get(key, Fraction(0)) + credit.share
    over: dict[int, Fraction] = {}
    for (t, _), share in parts.items():
        over[t] = max(over.get(t, share), share)
    for t, share in over.items():
        if share > 1:
            why = f"split credit of territory {territory_id[t]} adds up to {float(share):.0%}, more than all of it."
            faults.append(
                _fault("share", f"{float(share):g}", why, "Lower the shares, or make some of them overlays.")
            )
    if faults:
        raise InvalidInput(faults)


def _fault(column: str, value: str, why: str, what_to_do: str) -> Problem:
    return Problem(why, what_to_do, file="credits", column=column, value=value, code="credit")
