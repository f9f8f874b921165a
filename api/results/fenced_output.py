"""Parts of an output cut down to the territories that somebody sees, with totals of those alone."""

from __future__ import annotations

from typing import Any

from api.fence import Fence
from api.schemas.plans import PlanSummary
from api.schemas.results import QuotaTable, TerritoryTable, TieOut

_OF_THE_RUN = (
    "product",
    "format",
    "version",
    "seed",
    "solver",
    "status",
    "termination",
    "bound_kind",
    "gap",
    "seconds",
    "iterations",
    "contiguous",
    "started",
    "versions",
)
"""What a record of a run says that is not about anybody's territory."""
_LISTS = ("notes", "reasons", "problems", "quota_problems")
_HIDDEN = "because of territories outside your regions"
_OWN_EQUATION = "territory_periods"


def run(whole: dict[str, Any]) -> dict[str, Any]:
    """Return how a plan was made: solver, seed, status, gap; no inputs, and no sentences that name territories."""
    told = {name: whole[name] for name in _OF_THE_RUN if name in whole}
    return {**told, **{name: [] for name in _LISTS}}


def territories(whole: TerritoryTable, fence: Fence) -> TerritoryTable:
    """Return the rows of the territories that are seen."""
    rows = [row for row in whole.territories if fence.sees(row.territory_id)]
    return whole.model_copy(update={"territories": rows})


def scorecard(whole: dict[str, Any], fence: Fence) -> dict[str, Any]:
    """Return the scorecards of the territories that are seen; totals are those of these territories."""
    return {
        "measures": whole["measures"],
        "units_of_measure": whole["units_of_measure"],
        "entities": whole["entities"],
        "before": None if whole["before"] is None else _card(whole["before"], whole["measures"], fence),
        "after": _card(whole["after"], whole["measures"], fence),
    }


def _card(card: dict[str, Any], measures: list[str], fence: Fence) -> dict[str, Any]:
    rows = [row for row in card["territories"] if fence.sees(row["territory_id"])]
    totals = {}
    for name in measures:
        told = [row["measures"][name] for row in rows]
        value = sum(one["value"] for one in told)
        deviations = [abs(one["deviation"]) for one in told if one["deviation"] is not None]
        totals[name] = {
            "value": value,
            "worst_deviation": max(deviations, default=0.0),
            "moved_share": sum(one["gained"] for one in told) / value if value > 0 else 0.0,
        }
    return {"feasible": card["feasible"], "totals": totals, "territories": rows}


def quotas(whole: QuotaTable, fence: Fence) -> QuotaTable:
    """Return the quotas of the territories that are seen, with their sums and the equations that are theirs alone."""
    rows = [row for row in whole.rows if fence.sees(row.territory_id)]
    totals = [sum(row.amounts_cents[p] for row in rows) for p in range(len(whole.periods))]
    return whole.model_copy(
        update={
            "rows": rows,
            "totals_cents": totals,
            "total_cents": sum(totals),
            "tie_out": None if whole.tie_out is None else _tie_out(whole.tie_out, sum(totals), fence),
        }
    )


def _tie_out(whole: TieOut, street_cents: int, fence: Fence) -> TieOut:
    own = {f"territory {name} total" for name in fence.inside}
    equations = [
        equation
        for equation in whole.equations
        if equation.kind == _OWN_EQUATION and any(_begins(equation.name, name) for name in own)
    ]
    return TieOut(
        ties_out=all(equation.difference_cents == 0 for equation in equations),
        target_cents=None,
        over_assignment=None,
        street_cents=street_cents,
        equations=equations,
        bridge=[],
    )


def _begins(text: str, beginning: str) -> bool:
    return text == beginning or text.startswith(f"{beginning} ")


def summary(
    whole: PlanSummary, card: dict[str, Any], table: QuotaTable, accounts: int, moved: int
) -> PlanSummary:
    """Return the handful of numbers of what is seen.

    Parameters
    ----------
    card, table
        The scorecards and the quotas of what is seen.
    accounts, moved
        How many accounts are seen, and how many of them change owner.
    """
    before, after = card["before"], card["after"]
    measures = [
        measure.model_copy(
            update={
                "worst_before": None if before is None else before["totals"][measure.name]["worst_deviation"],
                "worst_after": after["totals"][measure.name]["worst_deviation"],
                "moved_share": after["totals"][measure.name]["moved_share"],
            }
        )
        for measure in whole.measures
    ]
    return whole.model_copy(
        update={
            "reasons": [],
            "notes": [],
            "territories": len(after["territories"]),
            "accounts": accounts,
            "moved": moved,
            "unplaced": 0,
            "measures": measures,
            "compactness_before": None,
            "compactness_after": None,
            "ties_out": None if table.tie_out is None else table.tie_out.ties_out,
            "street_cents": None if table.tie_out is None else table.total_cents,
        }
    )


def without_outside(text: str, fence: Fence) -> str:
    """Return a sentence as it is where it names no territory that is hidden, else one that names none."""
    return _HIDDEN if fence.names_hidden(text) else text
