"""What quotas cost in pay: on target, as expected, and as sales may turn out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.errors import InvalidInput, Problem
from planner.pay.credited import CreditedQuotas, credited_quotas
from planner.pay.distribution import PaidGroup, drawn_pay
from planner.pay.pay_plan import PayPlan
from planner.pay.payments import Payments, TargetPay, payout_cents, quota_of, target_pay
from planner.pay.report import HIGH, LOW, PERCENTILES, QUANTILES, CompensationReport, CostLevel, SeatPay
from planner.pay.settings import RATIO_SOURCE, PaidSeats, PaySettings
from planner.quota.currency import money
from planner.quota.quota_plan import QuotaPlan

_PROPORTIONS = 1.5
"""Expected sales that add up to less are proportions (they sum to 1), not money."""


def compensation(
    settings: PaySettings, seats: PaidSeats, quotas: QuotaPlan, owner: Sequence[str], *, seed: int = 0
) -> CompensationReport | None:
    """Work out what quotas cost in pay; None where no seat of the plan is paid by a plan.

    Parameters
    ----------
    settings
        Pay plans.
    seats
        Who is paid by which.
    quotas
        The quotas, with an outlook on sales where the history tells one.
    owner
        Seat that owns each territory, empty text for nobody, shape ``(n_territories,)``.
    seed
        Where draws of sales begin.

    Raises
    ------
    InvalidInput
        Where a pay plan has faults, or a seat has neither earnings of its own nor any in its plan.
    """
    credited = credited_quotas(quotas, owner)
    groups, notes = _groups(settings, seats, credited)
    if not groups:
        return None
    foreseen = _foreseen(quotas)
    sold = {name: credited.sold(sales) for name, sales in foreseen.items()}
    entries = [entry for group in groups for entry in _seat_pay(settings, group, credited, sold)]
    base = sum(entry.base_cents for entry in entries)

    def level(name: str, sales: float) -> CostLevel:
        paid = sum(entry.pay_cents[name] for entry in entries)
        return CostLevel(name, base, paid - base, round(sales))

    percentiles: tuple[int, ...] = ()
    levels = [level("plan", int(quotas.amount_cents.sum()))]
    if "expected" in foreseen:
        levels.append(level("expected", float(foreseen["expected"].sum())))
    if quotas.outlook is not None:
        drawn = drawn_pay(groups, credited, quotas.outlook, settings.draws, seed)
        paid, sales = drawn.variable_cents, drawn.sales_cents
        percentiles = tuple(base + round(cents) for cents in np.quantile(paid, PERCENTILES).tolist())
        levels.append(CostLevel("mean", base, round(float(paid.mean())), round(float(sales.mean()))))
        levels += [
            CostLevel(name, base, *(round(float(np.quantile(values, part))) for values in (paid, sales)))
            for name, part in QUANTILES.items()
        ]
    else:
        notes.append("How certain sales are is not known, so the cost has no P50 and P90.")
    order = {seat: at for at, seat in enumerate(seats.seat_id)}
    return CompensationReport(
        currency=quotas.currency,
        levels=tuple(levels),
        seats=tuple(sorted(entries, key=lambda entry: order[entry.seat_id])),
        ratio_low=settings.ratio_low,
        ratio_high=settings.ratio_high,
        ratio_source=RATIO_SOURCE,
        draws=0 if quotas.outlook is None else settings.draws,
        seed=seed,
        notes=(*notes, *_notes_on_quotas(groups, credited, quotas.currency)),
        percentiles_cents=percentiles,
    )


def _foreseen(quotas: QuotaPlan) -> dict[str, FloatArray]:
    """Return the sales of each territory that can be foreseen, by case."""
    outlook = quotas.outlook
    if outlook is not None:
        quantiles = {name: outlook.quantile(part) for name, part in QUANTILES.items()}
        return {"expected": outlook.mean_cents, **quantiles}
    expected = quotas.expected_cents.sum(1)
    # Without a history, methods tell proportions that sum to 1, not money.
    return {"expected": expected} if expected.sum() > _PROPORTIONS else {}


def _groups(
    settings: PaySettings, seats: PaidSeats, credited: CreditedQuotas
) -> tuple[list[PaidGroup], list[str]]:
    """Return seats that carry a quota by the plan that pays them, and what is to be told of the others."""
    at = {seat: position for position, seat in enumerate(credited.seat_id)}
    used: dict[str, list[tuple[int, TargetPay]]] = {}
    problems: list[Problem] = []
    unpaid: list[str] = []
    idle: list[str] = []
    for seat_id, name, stated, employed in zip(
        seats.seat_id, seats.plan, seats.on_target_earnings_cents, seats.employed, strict=True
    ):
        plan = settings.plan_of(name)
        if seat_id not in at:
            idle += [seat_id] if plan is not None else []
            continue
        if plan is None:
            unpaid.append(seat_id)
            continue
        first = plan.name not in used
        wrong = (*plan.faults(), *plan.unknown(credited.components)) if first else ()
        problems += [replace(each, column=f"pay_plans.{plan.name}.{each.column}") for each in wrong]
        found = used.setdefault(plan.name, [])
        earnings = plan.on_target_earnings_cents if stated is None else stated
        if earnings is None:
            why = f"The seat {seat_id!r} states no on-target earnings, nor does its pay plan {plan.name!r}."
            problems.append(Problem(why, "State them for the seat or the plan.", code="no_earnings"))
        else:
            found.append((at[seat_id], target_pay(plan, earnings, employed)))
    if problems:
        raise InvalidInput(problems)
    known = set(seats.seat_id)
    strangers = [seat for seat in credited.seat_id if seat not in known]
    notes = [
        _told(unpaid, "seats with a quota have no pay plan"),
        _told(strangers, "seats with a quota have no row among the seats"),
        _told(idle, "seats with a pay plan carry no quota"),
    ]
    groups = [
        PaidGroup(settings.plans[name], np.array([p for p, _ in of], np.int32), [target for _, target in of])
        for name, of in used.items()
        if of
    ]
    return groups, [note for note in notes if note]


def _seat_pay(
    settings: PaySettings, group: PaidGroup, credited: CreditedQuotas, sold: dict[str, FloatArray]
) -> list[SeatPay]:
    plan = group.plan
    quota = _of_parts(plan, credited, credited.quota_cents.sum(2), group.seats)
    attained = {
        name: _of_parts(plan, credited, np.rint(amounts).astype(np.int64), group.seats)
        for name, amounts in sold.items()
    }
    carried = credited.quota_cents.sum((1, 2))[group.seats].tolist()
    out = []
    for j, (seat, target) in enumerate(zip(group.seats.tolist(), group.targets, strict=True)):
        base = target.base_cents
        on_plan = payout_cents(plan, target, [(1, 1)] * len(plan.components))
        pay = {"plan": base + _without_bonuses(on_plan, quota[j])}
        for name, amounts in attained.items():
            paid = payout_cents(plan, target, _ratios(amounts[j], quota[j]))
            pay[name] = base + _without_bonuses(paid, quota[j])
        earnings, variable = target.earnings_cents, target.earnings_cents - base
        ratio = carried[j] / earnings if earnings else None
        flag = (
            ""
            if ratio is None
            else LOW
            if ratio < settings.ratio_low
            else HIGH
            if ratio > settings.ratio_high
            else ""
        )
        out.append(
            SeatPay(credited.seat_id[seat], plan.name, earnings, base, variable, carried[j], pay, flag)
        )
    return out


def _of_parts(
    plan: PayPlan, credited: CreditedQuotas, amounts: np.ndarray, seats: IntArray
) -> list[list[int]]:
    """Return amounts of seats by component of the pay plan."""
    parts = [quota_of(part.component, credited.components, amounts) for part in plan.components]
    found: list[list[int]] = np.stack([part[seats] for part in parts], axis=1).tolist()
    return found


def _ratios(sold: list[int], quota: list[int]) -> list[tuple[int, int]]:
    """Return sold and quota by component; in step where there is no quota to be measured by."""
    return [(s, q) if q > 0 else (1, 1) for s, q in zip(sold, quota, strict=True)]


def _without_bonuses(paid: Payments, quota: list[int]) -> int:
    """Return everything paid, but for bonuses of components without a quota to reach."""
    bonuses = sum(amount for amount, q in zip(paid.bonus_cents, quota, strict=True) if q > 0)
    return sum(map(sum, paid.variable_cents)) + bonuses


def _told(seats: list[str], what: str) -> str:
    if not seats:
        return ""
    few = ", ".join(seats[:5]) + (" …" if len(seats) > 5 else "")
    return f"{len(seats):,} {what} and are not in the cost: {few}."


def _notes_on_quotas(groups: Sequence[PaidGroup], credited: CreditedQuotas, currency: str) -> list[str]:
    """Say what is paid without a quota, and what bonuses add on target."""
    without, bonuses = 0, 0
    amount = 0
    for group in groups:
        quota = _of_parts(group.plan, credited, credited.quota_cents.sum(2), group.seats)
        for target, carried in zip(group.targets, quota, strict=True):
            missing = [sum(part) for part, q in zip(target.variable_cents, carried, strict=True) if q <= 0]
            without += bool(sum(missing))
            amount += sum(missing)
            paid = payout_cents(group.plan, target, [(1, 1)] * len(carried)).bonus_cents
            bonuses += sum(bonus for bonus, q in zip(paid, carried, strict=True) if q > 0)
    notes = []
    if without:
        notes.append(
            f"{without:,} seats carry no quota in a component that they are paid by; nothing measures them there, so "
            f"their target variable of {money(amount, currency)} is counted as earned in every case."
        )
    if bonuses:
        notes.append(
            f"Bonuses add {money(bonuses, currency)} to on-target earnings where every seat attains 100 %."
        )
    return notes
