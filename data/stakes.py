"""What a plan puts at stake beside its measures: sales that change hands, their expected loss, and hours of work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.assembled import Assembled
from planner.arrays import FloatArray, IntArray
from planner.measures.disruption import LOSS_SOURCE
from planner.plan import Plan
from planner.relationships import ExpectedLoss
from planner.workload import Workload

TRAVEL_SOURCE = (
    "estimated from where the accounts are: Beardwood, Halton and Hammersley 1959, "
    "https://doi.org/10.1017/S0305004100034095, and Daganzo 1984, https://doi.org/10.1287/trsc.18.4.331; roads and "
    "speeds: Ballou, Rahardja and Sakai 2002, https://doi.org/10.1016/S0965-8564(00)00044-2"
)
"""Where the travel of territories comes from, for people."""


@dataclass(frozen=True, eq=False)
class Stakes:
    """Money and hours of one alignment.

    Parameters
    ----------
    loss
        Expected loss by entity and territory; None where sales or owners are unknown.
    workload
        Hours by territory; None where no segment has a call plan.
    capacity_hours
        Working hours of each territory's seat, NaN where it states none, shape ``(n_territories,)``.
    """

    loss: ExpectedLoss | None
    workload: Workload | None
    capacity_hours: FloatArray


def stakes(assembled: Assembled, territory: IntArray, centre_m: FloatArray) -> Stakes:
    """Return what an alignment puts at stake.

    Parameters
    ----------
    territory
        Territory of each entity (account, else basic unit), −1 where nobody's, shape ``(n_entities,)``.
    centre_m
        Where the days of a rep without a home begin, shape ``(n_territories, 2)``.
    """
    relationships, calls = assembled.relationships, assembled.call_plan
    loss = workload = None
    if relationships is not None and (relationships.owner >= 0).any():
        loss = relationships.loss(territory)
    territories = assembled.problem.territories
    if calls is not None:
        start = np.where(territories.have_home[:, None], territories.home_xy_m, centre_m)
        workload = calls.workload(territory, start)
    return Stakes(loss, workload, _capacity(assembled))


def plan_stakes(assembled: Assembled, plan: Plan) -> Stakes:
    """Return what a plan puts at stake; it must have an alignment."""
    alignment = plan.result.alignment
    assert alignment is not None
    accounts = assembled.accounts
    owner = alignment.territory if accounts is None else accounts.territory(alignment.territory)
    return stakes(assembled, owner, plan.after.centre_m)


def loss_summary(assembled: Assembled, found: Stakes) -> dict[str, object] | None:
    """Return the expected loss of the whole plan with its rates and their sources; None where it is unknown."""
    relationships, loss = assembled.relationships, found.loss
    if relationships is None or loss is None:
        return None
    return {
        "currency": relationships.currency,
        "revenue_cents": int(np.maximum(relationships.revenue_cents, 0).sum()),
        "revenue_moved_cents": loss.total_revenue_cents,
        "expected_loss_cents": loss.total_cents,
        "expected_loss": relationships.rates.expected_loss,
        "similar_relief": relationships.rates.similar_relief,
        "source_of_revenue": relationships.source,
        "source_of_rates": LOSS_SOURCE,
    }


def workload_summary(assembled: Assembled, found: Stakes) -> dict[str, object] | None:
    """Return the hours of the whole plan and where they come from; None where no segment has a call plan."""
    if assembled.call_plan is None or found.workload is None:
        return None
    day, hours = assembled.call_plan.day, found.workload
    return {
        "call_hours": float(hours.calls.sum()),
        "travel_between_hours": float(hours.between.sum()),
        "travel_home_hours": float(hours.home.sum()),
        "working_hours": float(hours.working_hours(day).sum()),
        "field_time": day.field_time,
        "hours_per_day": day.hours_per_day,
        "source_of_travel": TRAVEL_SOURCE,
    }


def _capacity(assembled: Assembled) -> FloatArray:
    seats, seat_id = assembled.folder.seats, assembled.problem.territories.seat_id
    if seats is None or "capacity_hours" not in seats:
        return np.full(len(seat_id), np.nan)
    by_seat = seats.drop_duplicates("seat_id").set_index("seat_id")["capacity_hours"]
    return by_seat.reindex(seat_id).to_numpy(dtype=float)
