"""Data that come in and plans that go out, as they are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ProblemItem
from data.store.ids import ID_PATTERN
from planner.job import JobState

Form = Literal["xlsx", "csv", "parquet", "geojson", "gpkg", "kml", "salesforce", "varicent", "clari"]
SYSTEMS = frozenset({"salesforce", "varicent", "clari"})
"""Forms that are changes for another system."""


class ConnectionOut(BaseModel):
    """A database that data can be brought in from."""

    name: str = Field(examples=["warehouse"])
    address: str = Field(
        description="Where it is, without its password.", examples=["postgresql://ann:***@db/sales"]
    )


class ImportIn(BaseModel):
    """Data to bring in from a database."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Customers of today",
                    "connection": "warehouse",
                    "queries": {"accounts": "SELECT id AS account_id, lat, lon, sales FROM customers"},
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=120, description="Name of the plan folder they make.")
    connection: str = Field(max_length=200, description="One of `GET /api/connections`.")
    queries: dict[str, str] = Field(
        min_length=1,
        max_length=20,
        description="One SELECT for each table of the plan folder, by its name; all run in one transaction that "
        "cannot write.",
    )
    time_limit_s: float = Field(default=600.0, gt=0, le=3600, description="Longest time for all queries.")


class ImportOut(BaseModel):
    """An import and how it stands."""

    job_id: str = Field(
        description="Follow it with `GET /api/jobs/{id}/events`.", examples=["import-5e4d3c2b1a"]
    )
    folder_id: str = Field(
        description="The plan folder that it makes, there once it is done.", examples=["customers"]
    )
    state: JobState


class ExportIn(BaseModel):
    """What is to be written."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"format": "xlsx"}]})

    format: Form = Field(description="Files for other programs, or changes for another system.")
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Version of the plan; the last one."
    )
    dry_run: bool = Field(default=False, description="For systems: tell counts and problems, write nothing.")
    against_plan_id: str | None = Field(
        default=None, pattern=ID_PATTERN, description="For systems: the plan that the system holds."
    )
    against_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Version of that plan.")
    snapshot_folder_id: str | None = Field(
        default=None,
        pattern=ID_PATTERN,
        description="For systems: an uploaded folder with exports of what the system holds now, with record ids.",
    )
    settings: dict[str, Any] | None = Field(
        default=None, description="For systems: what only they know, keys as in `crm.toml`."
    )


class ExportOut(BaseModel):
    """An export and how it stands."""

    job_id: str = Field(
        description="Follow it with `GET /api/jobs/{id}/events`.", examples=["export-5e4d3c2b1a"]
    )
    plan_id: str
    version: int = Field(examples=[2])
    format: Form
    dry_run: bool
    state: JobState
    reason: str = Field(description="Why it failed; empty otherwise.")
    submitted: datetime
    rows: dict[str, int] | None = Field(
        description="Rows of each table, layer or step; null until it is done."
    )
    files: list[str] | None = Field(description="What `…/download` holds; null where nothing was written.")
    problems: list[ProblemItem] = Field(description="What has to be known, or stands against it.")


class ColumnOut(BaseModel):
    """What one column of a table is taken from."""

    name: str = Field(examples=["account_id"])
    required: bool
    header: str = Field(description="Header of the file; empty where none fits.", examples=["Customer No."])
    how: str = Field(
        description="`remembered`, `name`, `guess`, `near` (to be confirmed) or empty.", examples=["near"]
    )


class ColumnsOut(BaseModel):
    """How the columns of one table are understood."""

    table: str = Field(examples=["accounts"])
    file: str = Field(examples=["accounts.csv"])
    headers: list[str]
    columns: list[ColumnOut]
    ignored: list[str] = Field(description="Headers that are left out, as settled before.")
    others: list[str] = Field(description="Headers that match nothing: numeric ones become measures.")
    settled: bool = Field(description="Whether it can be used without asking.")
    problems: list[ProblemItem]


class ColumnsIn(BaseModel):
    """What a person settled for one table."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"columns": {"account_id": "Customer No."}, "ignored": ["Fax"]}]},
    )

    columns: dict[str, str] = Field(max_length=2000, description="Header by name of the column.")
    ignored: list[str] = Field(default_factory=list, max_length=2000, description="Headers to leave out.")
