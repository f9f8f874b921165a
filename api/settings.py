"""Settings of the service: every one has a default, a description and an environment variable ``PLANNER_…``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from api.identity.settings import IdentitySettings, refusal_to_listen

MEGABYTE = 1024 * 1024


def product_version() -> str:
    """Return the installed version, ``0`` where the package runs uninstalled."""
    try:
        return version("territory-planner")
    except PackageNotFoundError:
        return "0"


class Settings(IdentitySettings):
    """How the service runs on this machine."""

    model_config = SettingsConfigDict(env_prefix="PLANNER_", frozen=True)

    workspace: Path = Field(
        default=Path("workspace"),
        description="Folder that holds the files of plan folders and plans, and the database unless it is elsewhere. "
        "Made where it is missing.",
    )
    database_url: str | None = Field(
        default=None,
        description="Database of the service: `postgresql+psycopg://user:password@host/name`, or `sqlite:///path`. "
        "Without one, SQLite in the file `planner.db` of the workspace.",
        repr=False,
    )
    samples: Path = Field(
        default=Path(__file__).resolve().parent.parent / "data" / "samples",
        description="Folder whose sub-folders are offered as sample plan folders. Never written to.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Other ones than 127.0.0.1, ::1 and localhost only where people sign in, "
        "behind https.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 lets the system pick a free one."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning",
        description="What is written to the log at least; `info` is a line for every request.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Form of the lines of the log: `text` for people, `json` for programs."
    )
    max_request_bytes: int = Field(
        default=1 * MEGABYTE, gt=0, description="Largest body of a request that is not an upload, in bytes."
    )
    max_upload_bytes: int = Field(
        default=512 * MEGABYTE, gt=0, description="Largest upload of a plan folder, in bytes as sent."
    )
    max_unpacked_bytes: int = Field(
        default=2048 * MEGABYTE,
        gt=0,
        description="Largest plan folder after unpacking, in bytes. Counted while unpacking, so a ZIP file cannot lie.",
    )
    max_files: int = Field(default=100, gt=0, description="Most files in one plan folder.")
    concurrent_jobs: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Plans optimised at the same time; each one is a process of its own.",
    )
    concurrent_quick_jobs: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Short jobs, such as writing a version, done at the same time, beside those that optimise.",
    )
    waiting_jobs: int = Field(
        default=100, ge=1, description="Jobs that may wait for their turn; one more is refused."
    )
    waiting_jobs_each: int = Field(
        default=20, ge=1, description="Jobs of one person that may wait for their turn; one more is refused."
    )
    job_memory_bytes: int | None = Field(
        default=None,
        gt=0,
        description="Memory that one job may use, in bytes; one that wants more fails. Unset: four fifths of what "
        "the machine has, shared by the jobs that run at the same time.",
    )
    job_lease_s: float = Field(
        default=15.0,
        ge=1,
        description="Seconds without a sign of life after which the jobs of a server are taken over by another.",
    )
    cancel_grace_s: float = Field(
        default=60.0,
        gt=0,
        description="Seconds a cancelled plan gets to hand over its best so far before its process is ended.",
    )
    max_time_limit_s: float = Field(
        default=3600.0, gt=0, description="Longest time limit that may be asked for, in seconds."
    )
    max_job_s: float = Field(
        default=14400.0,
        gt=0,
        description="Longest time that a job may take with reading and writing, in seconds; then it is stopped as if "
        "cancelled.",
    )
    connections: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Databases that data can be brought in from, as JSON of URLs by name: "
        '`{"warehouse": "postgresql://reader:password@host/sales"}`. People name them, and never see the passwords.',
    )
    sweep_workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Cases of a sweep that are solved at the same time on this machine.",
    )
    cluster: str = Field(
        default="",
        description="Address of a Dask scheduler that solves the cases of sweeps, such as `tcp://10.0.0.5:8786`; "
        "empty for this machine. Needs the extra `cluster`.",
    )
    planning: str = Field(
        default="api.jobs.plan_job:solve_and_write",
        description="What a job runs, as module:function; to be changed by tests and extensions only.",
    )

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, host: str) -> str:
        return host.strip("[]")

    @model_validator(mode="after")
    def _no_strangers(self) -> Settings:
        refusal = refusal_to_listen(self.host, self)
        if refusal is not None:
            raise ValueError(refusal)
        return self
