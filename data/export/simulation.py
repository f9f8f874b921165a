"""What a simulation of the year found, as plain values and as tables."""

from __future__ import annotations

from dataclasses import asdict

from data.export.folder import PRODUCT
from data.export.quota_table import QuotaTable, Value
from data.quota_model import QuotaModel
from planner.quota.fairness.interval import Interval
from planner.quota.simulate import Distribution, Risk

PROBABILITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Told besides the one that is asked for."""

LEAST_LIKELY = 20
"""Territories told of in tables; the JSON has all."""

AS_SOLD = (
    "(a) Sales as they come: what people sell does not depend on their quotas. More over-assignment does not make the "
    "plan more likely; a lower target does."
)
AS_ATTAINED = (
    "(b) Attainment as it comes: every seat sells the same part of whatever quota it has, as the method's own errors "
    "in past years have it. More over-assignment makes the plan more likely; it only holds near the quotas of the past."
)
UNCHECKED = "How well such intervals held in past years is not known: it takes three full years of history."


def calibration_text(risk: Risk) -> str:
    """Return how well stated intervals held in past years, for people."""
    return UNCHECKED if risk.calibration is None else risk.calibration.words


def simulation_record(model: QuotaModel, risk: Risk, probability: float) -> dict[str, object]:
    """Return what ``simulation.json`` holds; fractions, and money in minor units.

    Parameters
    ----------
    probability
        What is asked for, in (0, 1].
    """
    return {
        "product": PRODUCT,
        "currency": model.currency,
        "year": model.year,
        "method": model.method,
        "draws": risk.draws,
        "seed": risk.seed,
        "target_cents": risk.target_cents,
        "street_cents": risk.street_cents,
        "over_assignment": risk.over_assignment,
        "probability_of_plan": asdict(risk.plan),
        "probability_of_street": asdict(risk.street),
        "sales_cents": asdict(risk.sales),
        "attainment": _distribution(risk.attainment),
        "sellers_at_quota": _distribution(risk.sellers_at_quota),
        "probability_of_goal": asdict(risk.goal),
        "asked": _wanted(risk, probability),
        "probabilities": [_wanted(risk, p) for p in PROBABILITIES],
        "readings": {"as_sold": AS_SOLD, "as_attained": AS_ATTAINED},
        "calibration": None if risk.calibration is None else asdict(risk.calibration),
        "calibration_text": calibration_text(risk),
        "notes": list(model.notes),
        "territories": [
            {"territory_id": name, "seat_id": seat, "quota_cents": int(quota), "chance": chance}
            for name, seat, quota, chance in zip(
                model.territory_id, model.seat_id, model.quota_cents, risk.chance.tolist(), strict=True
            )
        ],
    }


def simulation_rows(model: QuotaModel, risk: Risk, probability: float) -> tuple[QuotaTable, ...]:
    """Return what was found as tables, the most important first."""
    return (_outcome(risk), _over_assignments(risk, probability), _unlikely(model, risk))


def _distribution(found: Distribution | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)


def _wanted(risk: Risk, probability: float) -> dict[str, object]:
    over = risk.over_assignment_for(probability)
    return {
        "probability": probability,
        "target_as_sold_cents": round(risk.target_for(probability)),
        "over_assignment_as_sold": risk.over_assignment_as_sold(probability),
        "over_assignment_as_attained": over,
        "street_as_attained_cents": None if over is None else round((1 + over) * risk.target_cents),
    }


def _outcome(risk: Risk) -> QuotaTable:
    def chance(name: str, found: Interval) -> tuple[Value, ...]:
        return name, found.value, found.low, None, found.high

    def spread(name: str, found: Distribution | None) -> tuple[Value, ...]:
        return (
            (name, None, None, None, None)
            if found is None
            else (name, found.mean, found.p10, found.p50, found.p90)
        )

    rows = (
        chance("Plan: sales reach the target", risk.plan),
        chance("Sales reach the street quota", risk.street),
        chance("60-70 % of sellers reach quota", risk.goal),
        spread("Sellers at or above quota", risk.sellers_at_quota),
        spread("Sales over street quota", risk.attainment),
    )
    title = (
        f"{risk.draws:,} years drawn from seed {risk.seed}: probabilities with the interval that so many draws leave, "
        "shares with their percentiles"
    )
    columns = ("What", "Mean", "P10, from", "P50", "P90, to")
    return QuotaTable(title, columns, ("text", *["fraction"] * 4), rows)


def _over_assignments(risk: Risk, probability: float) -> QuotaTable:
    rows: list[tuple[Value, ...]] = []
    for p in sorted({*PROBABILITIES, probability}):
        over = risk.over_assignment_for(p)
        street = None if over is None else round((1 + over) * risk.target_cents)
        rows.append(
            (f"{100 * p:.4g} %", round(risk.target_for(p)), risk.over_assignment_as_sold(p), over, street)
        )
    columns = (
        "Probability",
        "(a) target",
        "(a) street over it",
        "(b) over-assign.",
        "(b) street quota",
    )
    kinds = ("text", "amount", "signed", "signed", "amount")
    return QuotaTable("What reaches a wanted probability", columns, kinds, tuple(rows))


def _unlikely(model: QuotaModel, risk: Risk) -> QuotaTable:
    carries = [j for j, quota in enumerate(model.quota_cents) if quota > 0]
    order = sorted(carries, key=lambda j: (risk.chance[j], j))[:LEAST_LIKELY]
    rows = tuple(
        (model.territory_id[j], model.seat_id[j], int(model.quota_cents[j]), float(risk.chance[j]))
        for j in order
    )
    columns, kinds = ("Territory", "Seat", "Quota", "Chance"), ("text", "text", "money", "fraction")
    return QuotaTable("Seats least likely to reach quota", columns, kinds, rows)
