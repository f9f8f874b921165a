"""Why an account of a finished plan is where it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import PlanId, ServicesDep
from api.errors import ApiError, documented, not_found
from api.explaining import HOMES, open_plan
from api.results.fenced_explanation import fenced
from api.results.seen import SeenPlan, seen
from api.schemas.explanations import ExplanationOut
from api.who import Reading

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["Results"])


def _finished(services: ServicesDep, who: Reading, plan_id: PlanId) -> SeenPlan:
    return seen(who, services.shelf.plan(plan_id), plan_id)


@router.get("/explanation", responses=documented(404, 409, 422))
def explain(
    plan: Annotated[SeenPlan, Depends(_finished)],
    account_id: Annotated[
        str | None, Query(max_length=200, description="Account to explain.", examples=["2633"])
    ] = None,
    unit_id: Annotated[
        str | None, Query(max_length=200, description="Basic unit to explain instead.", examples=["19153"])
    ] = None,
    homes: Annotated[int, Query(ge=1, le=100, description="How many other homes to tell.")] = HOMES,
) -> ExplanationOut:
    """Return what holds an account where it is, and the next best homes with what each would cost.

    Every number is that of a full evaluation of the plan after the move, less the plan as it is.
    """
    if (account_id is None) == (unit_id is None):
        raise ApiError(422, "invalid-request", "Name one account (account_id) or one basic unit (unit_id).")
    opened = open_plan(plan.plan.output_path, plan.plan.folder)
    kept = (
        homes if plan.fence.everything else len(plan.fence.regions)
    )  # those that are hidden make room for others
    if account_id is not None:
        told = opened.account(account_id, kept) if opened.has_account(account_id) else None
        missing = not_found("account", account_id, "…/accounts")
    else:
        told = opened.unit(str(unit_id), kept) if opened.has_unit(str(unit_id)) else None
        missing = not_found("basic unit", str(unit_id), "…/files/assignments.csv")
    inside = None if told is None else fenced(told, plan.fence, homes)
    if inside is None:
        raise missing
    return inside
