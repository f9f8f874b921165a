"""Versions of plans: named states, what lies between two of them, branches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.edits import Reason


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


Name = Annotated[str, Field(min_length=1, max_length=120, description="Name for people.")]


class VersionIn(_In):
    """A version to make of the working state."""

    name: Name = Field(examples=["After the call with the West"])
    note: str = Field(default="", max_length=4000, examples=["Two hospitals went to Brian."])


class RestoreIn(_In):
    """Why a version is restored."""

    reason: Reason = Field(default="", examples=["The merger is off."])


class BranchIn(_In):
    """A new plan that begins as a version of this one."""

    name: Name = Field(examples=["Spring 2026, one seat less"])
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Its number; null for the newest.", examples=[3]
    )
    note: str = Field(default="", max_length=4000, examples=[""])


class BranchOut(BaseModel):
    """The new plan."""

    plan_id: str = Field(examples=["spring-2026-one-seat-less-4f2a91c07e"])
    name: str = Field(examples=["Spring 2026, one seat less"])
    revision: int = Field(examples=[1])


class VersionOut(BaseModel):
    """A version of a plan."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "after-the-call-4f2a91c07e",
                    "plan_id": "spring-2022-4f2a91c07e",
                    "number": 2,
                    "parent_id": "spring-2022-91c07e4f2a",
                    "name": "After the call",
                    "note": "",
                    "author": "ann-4f2a91c07e",
                    "created_at": "2026-01-05T09:00:00Z",
                    "edit_number": 12,
                    "state_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "written": True,
                    "frozen_at": None,
                    "frozen_by": None,
                    "job_id": "version-4f2a91c07e",
                }
            ]
        }
    )

    id: str
    plan_id: str
    number: int = Field(description="1 for the first of the plan.")
    parent_id: str | None = Field(description="The version it was edited from; null for what a job made.")
    name: str
    note: str
    author: str
    created_at: datetime
    edit_number: int = Field(description="Number of the last edit that it holds.")
    state_digest: str | None = Field(
        description="SHA-256 of its state: equal states have equal digests. Null until it was first asked for."
    )
    written: bool = Field(description="Whether its output folder is written.")
    frozen_at: datetime | None
    frozen_by: str | None
    job_id: str | None = Field(description="The job that writes its output folder.")


class FlowOut(BaseModel):
    """What goes from one territory to another."""

    source: str = Field(description="Territory before; empty for nobody's.", examples=["IA-07"])
    target: str = Field(description="Territory after.", examples=["IA-02"])
    count: int = Field(examples=[3])
    amounts: list[float] = Field(description="What goes of each measure.", examples=[[120_000.0, 3.0]])


class MovedOut(BaseModel):
    """An account (a basic unit where there are none) that has another territory."""

    id: str = Field(examples=["2633"])
    source: str = Field(description="Territory before; empty for nobody's.", examples=["IA-07"])
    target: str = Field(description="Territory after.", examples=["IA-02"])


class DecidedOut(BaseModel):
    """A lock or an amount decided by hand that differs."""

    what: str = Field(examples=["quota"])
    id: str = Field(examples=["IA-02"])
    component: str = Field(examples=[""])
    period: str = Field(examples=["2023-Q1"])
    old: str | int | None = Field(examples=[None])
    new: str | int | None = Field(examples=[410_000_000])


class QuotaDiff(BaseModel):
    """A quota that differs between two written versions."""

    territory_id: str = Field(examples=["IA-02"])
    component: str = Field(examples=[""])
    period: str = Field(examples=["2023-Q1"])
    before_cents: int | None = Field(examples=[400_000_000])
    after_cents: int | None = Field(examples=[410_000_000])


class MeasureDiff(BaseModel):
    """One measure of both."""

    name: str = Field(examples=["sales"])
    worst_before: float | None = Field(examples=[0.097])
    worst_after: float | None = Field(examples=[0.093])
    moved_share_before: float | None = Field(
        description="Share that changes owner against today; null for a part of the plan.", examples=[0.18]
    )
    moved_share_after: float | None = Field(examples=[0.181])


class TerritoryDiff(BaseModel):
    """One territory that holds something else."""

    territory_id: str = Field(examples=["IA-02"])
    before: list[float] = Field(description="What it holds of each measure.", examples=[[14_310_000.0]])
    after: list[float] = Field(examples=[[14_420_000.0]])


class DiffOut(BaseModel):
    """What lies between two versions."""

    entities: str = Field(description="What is counted as moved.", examples=["accounts"])
    measures: list[MeasureDiff]
    feasible_before: bool | None = Field(description="Null for a part of the plan.", examples=[True])
    feasible_after: bool | None = Field(examples=[True])
    objective_before: float | None = Field(examples=[1.2e12])
    objective_after: float | None = Field(examples=[1.2e12])
    moved_count: int = Field(description="How many have another territory.", examples=[3])
    flows: list[FlowOut]
    moved: list[MovedOut] = Field(description="Some of them: from `offset` on, at most `limit`.")
    territories: list[TerritoryDiff]
    decided: list[DecidedOut]
    quotas: list[QuotaDiff] = Field(description="Where both are written: amounts that differ.")
