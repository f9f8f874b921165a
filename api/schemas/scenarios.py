"""Scenarios, sweeps and plans side by side, as they are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from data.store.ids import ID_PATTERN
from planner.job import JobState

_CHANGES: list[JsonValue] = [
    {"change": "growth", "measure": "potential", "by": 0.05, "region": "West"},
    {"change": "territories", "number": 32},
]


class ScenarioIn(BaseModel):
    """What a scenario is to say."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "West grows", "folder_id": "iowa", "note": "", "changes": _CHANGES}]
        },
    )

    name: str = Field(min_length=1, max_length=120, description="Name for people.")
    note: str = Field(default="", max_length=4000, description="What it is for.")
    folder_id: str = Field(pattern=ID_PATTERN, description="Plan folder that it changes.")
    changes: list[dict[str, Any]] = Field(
        default_factory=list,
        max_length=10_000,
        description="The changes, each with its kind as `change`: see `GET /api/scenario-kinds`.",
    )


class ScenarioOut(BaseModel):
    """A scenario."""

    id: str = Field(examples=["west-grows-5e4d3c2b1a"])
    name: str = Field(examples=["West grows"])
    note: str
    folder_id: str = Field(examples=["iowa"])
    folder_name: str = Field(examples=["Iowa"])
    changes: list[dict[str, Any]] = Field(examples=[_CHANGES])
    in_words: list[str] = Field(
        description="A sentence a change.", examples=[["Potential in West grows by 5 %.", "32 territories."]]
    )
    revision: int = Field(description="Counts its changes; what its ETag states.", examples=[3])
    author: str = Field(description="Id of who made it.")
    created: datetime
    changed_by: str = Field(description="Id of who changed it last.")
    changed: datetime


class KindOut(BaseModel):
    """One kind of change."""

    change: str = Field(examples=["growth"])
    about: str = Field(description="What it does.")
    fields: list[str] = Field(description="Its fields.", examples=[["measure", "by", "region"]])


class SweepIn(BaseModel):
    """Many cases to solve together: each scenario (the base where none is named) at each point of the grid."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "How many seats?",
                    "folder_id": "iowa",
                    "axes": ["territories=28,30,32", "band.sales=0.05,0.1"],
                    "time_limit_s": 20,
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=120, description="Name for people.")
    folder_id: str = Field(pattern=ID_PATTERN, description="Plan folder to solve.")
    axes: list[str] = Field(
        default_factory=list,
        max_length=10,
        description="The grid, an axis each: `NAME=VALUE,VALUE`, such as `territories=28,30` or `band.sales=5%,10%`.",
    )
    scenario_ids: list[str] = Field(default_factory=list, max_length=100, description="Scenarios to solve.")
    with_base: bool = Field(default=False, description="Whether the base without any change is a case too.")
    time_limit_s: float | None = Field(default=None, gt=0, description="Seconds to optimise a case.")
    iterations: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Rounds to optimise a case, instead of seconds."
    )
    seed: int | None = Field(default=None, ge=0, lt=2**31, description="Random seed of every case.")


class CaseOut(BaseModel):
    """One case of a sweep."""

    key: str = Field(description="Names the case within the sweep.", examples=["territories-28-9f86d081"])
    name: str = Field(examples=["territories=28"])
    scenario: str = Field(description="Name of its scenario; empty for the base.")
    point: dict[str, str] = Field(description="Its place in the grid.", examples=[{"territories": "28"}])
    in_words: list[str] = Field(description="What it changes, a sentence a change.")
    state: str = Field(description="`done`, `failed` or `cancelled`.", examples=["done"])
    reason: str = Field(description="Why it failed; empty otherwise.")
    measures: dict[str, float | str | bool | None] | None = Field(
        description="Its numbers by name; null unless it is done.",
        examples=[{"objective": 1.25, "feasible": True}],
    )


class SweepOut(BaseModel):
    """A sweep and how it stands."""

    id: str = Field(examples=["how-many-seats-5e4d3c2b1a"])
    name: str = Field(examples=["How many seats?"])
    folder_id: str = Field(examples=["iowa"])
    axes: list[str] = Field(examples=[["territories=28,30,32"]])
    scenarios: list[str] = Field(description="Names of the scenarios, as they were then.")
    author: str
    created: datetime
    job_id: str = Field(description="The job that solves it: follow it with `GET /api/jobs/{id}/events`.")
    state: JobState
    reason: str = Field(description="Why it failed; empty otherwise.")
    progress: dict[str, Any] | None = Field(description="Last sign of life, while it runs.")
    units: dict[str, str] | None = Field(description="What each number of the cases is counted in.")
    cases: list[CaseOut] | None = Field(description="The cases, once it has ended.")


class LineOut(BaseModel):
    """One measure of several plans."""

    name: str = Field(examples=["sales: worst deviation"])
    unit: str = Field(description="What it is counted in.", examples=["fraction of the ideal"])
    values: list[float | str | bool | None] = Field(
        description="One a plan; null where it has none.", examples=[[0.097, 0.041]]
    )


class SideBySideOut(BaseModel):
    """Several plans side by side."""

    plans: list[str] = Field(description="Ids of the plans, in the order of the values.")
    names: list[str] = Field(description="What each plan goes by.")
    lines: list[LineOut]
