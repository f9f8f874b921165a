"""Who is paid by which pay plan, from the seats of a folder."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fractions import Fraction

import numpy as np

from data.assemble.quota_inputs import converted, rates_of
from data.assembled import Assembled
from planner.pay.cost import compensation
from planner.pay.report import CompensationReport
from planner.pay.settings import PaidSeats
from planner.quota.periods import MONTHS
from planner.quota.quota_plan import QuotaPlan


def compensation_of(assembled: Assembled, quotas: QuotaPlan | None) -> CompensationReport | None:
    """Return what the quotas of a plan cost in pay; None without quotas, or where no seat is paid by a plan.

    Raises
    ------
    InvalidInput
        Where pay plans have faults.
    """
    settings = assembled.scenario.pay
    if quotas is None or not settings.plans or assembled.folder.seats is None:
        return None
    owner = [str(seat) for seat in assembled.problem.territories.seat_id]
    return compensation(
        settings, paid_seats(assembled, quotas.year), quotas, owner, seed=assembled.scenario.seed
    )


def paid_seats(assembled: Assembled, year: int | None) -> PaidSeats:
    """Return how the seats are paid, in the order of the file.

    Parameters
    ----------
    year
        Year that quotas are for; None where not known: seats then count as filled all of it.
    """
    folder = assembled.folder
    assert folder.seats is not None
    seats = folder.seats.drop_duplicates("seat_id")
    n, nothing = len(seats), [""] * len(seats)

    def texts(name: str) -> list[str]:
        return list(seats[name]) if name in seats else nothing

    rates, currency = rates_of(folder), assembled.scenario.quota.currency
    earnings = (
        seats["on_target_earnings_cents"].to_numpy(float)
        if "on_target_earnings_cents" in seats
        else np.full(n, np.nan)
    )
    return PaidSeats(
        seat_id=tuple(map(str, seats["seat_id"])),
        plan=tuple(texts("pay_plan")),
        on_target_earnings_cents=tuple(
            converted(int(cents), own, currency, rates) if np.isfinite(cents) else None
            for cents, own in zip(earnings, texts("currency"), strict=True)
        ),
        employed=tuple(
            filled_months(start, end, year)
            for start, end in zip(texts("start_date"), texts("end_date"), strict=True)
        ),
    )


def filled_months(start: str, end: str, year: int | None) -> tuple[Fraction, ...] | None:
    """Return the share of each month of a year that lies between two days, both counted; None for all of it.

    Parameters
    ----------
    start, end
        ISO dates; empty text for no limit.
    """
    first = date.fromisoformat(start) if start else date.min
    last = date.fromisoformat(end) if end else date.max
    if year is None or (first <= date(year, 1, 1) and last >= date(year, MONTHS, 31)):
        return None
    shares = []
    for month in range(1, MONTHS + 1):
        days = monthrange(year, month)[1]
        begin, stop = max(first, date(year, month, 1)), min(last, date(year, month, days))
        shares.append(Fraction(max((stop - begin).days + 1, 0), days))
    return tuple(shares)
