"""Plans: what is asked for and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ProblemItem
from api.schemas.rules import BandIn, BudgetIn, NumberIn, RegionIn, RuleIn
from planner.job import JobState


class PlanIn(BaseModel):
    """A plan to make. What is left out stays as the folder's `plan.toml` says."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "folder_id": "iowa",
                    "name": "Spring 2022",
                    "territories": 30,
                    "measures": {
                        "sales": {"below": 0.1, "above": 0.1},
                        "accounts": {"below": 0.1, "above": 0.1},
                    },
                    "time_limit_s": 15,
                    "target_cents": 45380000000,
                }
            ]
        },
    )

    folder_id: str = Field(description="Plan folder to plan for.")
    name: str | None = Field(default=None, min_length=1, max_length=120, description="Name for people.")
    territories: NumberIn | None = Field(
        default=None,
        description="Number of territories: a number, a range, or `capacity` for as few as can carry the workload.",
    )
    measures: dict[str, BandIn] | None = Field(
        default=None, description="Measures to balance, with their bands."
    )
    contiguous: bool | None = Field(default=None, description="Whether territories must hang together.")
    rules: list[RuleIn] | None = Field(
        default=None,
        max_length=10_000,
        description="Rules besides those of the folder's `rules`; they replace those of its `plan.toml`.",
    )
    budgets: list[BudgetIn] | None = Field(
        default=None, max_length=20, description="Disruption budgets; they replace those of `plan.toml`."
    )
    regions: dict[str, RegionIn] | None = Field(
        default=None, max_length=1_000, description="What is asked of single regions, by name."
    )
    keep_regions: bool | None = Field(
        default=None, description="Whether accounts and areas stay in their region."
    )
    disruption_km: float | None = Field(
        default=None, ge=0, le=10_000, description="A move costs as much as this many km off centre."
    )
    time_limit_s: float | None = Field(default=None, gt=0, description="Seconds to optimise.")
    seed: int | None = Field(default=None, ge=0, lt=2**31, description="Random seed.")
    target_cents: int | None = Field(
        default=None,
        ge=0,
        le=2**53,
        description="Company target in minor units, over-assignment not included.",
    )
    over_assignment: float | None = Field(default=None, ge=0, le=5, description="Street quota ÷ target − 1.")

    def overrides(self) -> dict[str, Any]:
        """Return the fields of a scenario that are asked for, as plain values."""
        quota = ("target_cents", "over_assignment")
        asked = self.model_dump(exclude={"folder_id", "name", *quota}, exclude_none=True)
        of_quota = {name: getattr(self, name) for name in quota if getattr(self, name) is not None}
        return {**asked, "quota": of_quota} if of_quota else asked


class MeasureSummary(BaseModel):
    """Worst deviation of one measure, before and after."""

    name: str = Field(examples=["sales"])
    below: float | None = Field(description="Band below the ideal, a fraction; null where only watched.")
    above: float | None = Field(description="Band above the ideal, a fraction; null where only watched.")
    worst_before: float | None = Field(description="Largest |deviation| today, a fraction.", examples=[0.62])
    worst_after: float = Field(description="Largest |deviation| of the plan, a fraction.", examples=[0.097])
    moved_share: float = Field(description="Share that changes owner, a fraction.", examples=[0.18])


class PlanSummary(BaseModel):
    """The handful of numbers that tell one plan from another."""

    status: str = Field(
        description="`optimal`, `feasible`, `infeasible` or `unknown`.", examples=["feasible"]
    )
    termination: str = Field(description="Why the solver came back.", examples=["time limit"])
    feasible: bool = Field(description="Whether every hard rule holds.")
    gap: float | None = Field(
        description="Relative distance to the proven bound, a fraction.", examples=[0.031]
    )
    bound_kind: str = Field(default="", description="Which bound, in words.")
    seconds: float = Field(description="Seconds spent on optimising.", examples=[14.2])
    reasons: list[str] = Field(description="Why hard rules cannot hold or were not met.")
    notes: list[str] = Field(default_factory=list, description="What the solver did, in order.")
    territories: int = Field(examples=[30])
    accounts: int = Field(description="Accounts (areas where there are none).", examples=[2873])
    moved: int = Field(description="Accounts that change owner.", examples=[512])
    unplaced: int = Field(
        description="Accounts nobody owns, because they have no place at all.", examples=[12]
    )
    measures: list[MeasureSummary]
    compactness_before: float | None = Field(description="Moment of inertia today, activity · m².")
    compactness_after: float | None = Field(
        description="Moment of inertia of the plan, activity · m²; null for those who see some regions."
    )
    has_quotas: bool = Field(description="Whether quotas were set.")
    ties_out: bool | None = Field(
        description="Whether every quota sum holds to the cent; null without quotas."
    )
    street_cents: int | None = Field(default=None, description="Sum of all quotas in minor units.")
    currency: str = Field(default="USD", examples=["USD"])


class PlanOut(BaseModel):
    """A plan and how it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "spring-2022-4f2a91",
                    "name": "Spring 2022",
                    "folder_id": "iowa",
                    "folder_name": "Iowa",
                    "overrides": {"territories": 30},
                    "state": "running",
                    "reason": "",
                    "problems": [],
                    "created": "2026-01-05T09:00:00Z",
                    "started": "2026-01-05T09:00:01Z",
                    "ended": None,
                    "progress": {"phase": "local search", "fraction": 0.4, "violation": 0.0, "seconds": 6.1},
                    "summary": None,
                }
            ]
        }
    )

    id: str
    name: str
    folder_id: str
    folder_name: str = Field(description="Name of the plan folder; its id where the folder is gone.")
    overrides: dict[str, Any] = Field(description="What was asked for besides the folder's `plan.toml`.")
    state: JobState = Field(description="`queued`, `running`, `cancelling`, `done`, `failed` or `cancelled`.")
    reason: str = Field(description="Why it failed; empty otherwise.")
    problems: list[ProblemItem] = Field(
        description="What is wrong with the folder, where that is why it failed."
    )
    created: datetime
    started: datetime | None
    ended: datetime | None
    progress: dict[str, Any] | None = Field(description="Last sign of life, while it runs.")
    summary: PlanSummary | None = Field(description="Its numbers, once it is done.")
