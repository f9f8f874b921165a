"""Publications: what is in force, and what each account's territory and quota is on a day."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.approval import Reason, VersionNumber


class PublishIn(BaseModel):
    """A validated version to put in force."""

    model_config = ConfigDict(extra="forbid")

    version: VersionNumber = Field(description="The version that was validated.", examples=[3])
    effective_from: date = Field(description="First day.", examples=["2026-07-01"])
    line: str = Field(
        default="",
        max_length=80,
        description="Part of the firm that it is for; publications of one line follow each other. Empty for all.",
        examples=[""],
    )


class WithdrawIn(BaseModel):
    """Why a publication is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(min_length=1, examples=["Published for the wrong day."])


class PublicationOut(BaseModel):
    """A version of a plan that is in force from a day on."""

    id: str = Field(examples=["spring-9a8b7c6d5e"])
    plan_id: str = Field(examples=["spring-4f2a91c07e"])
    version: int = Field(examples=[3])
    effective_from: date = Field(examples=["2026-07-01"])
    line: str = Field(examples=[""])
    output_digest: str = Field(description="SHA-256 of its files.", examples=["9f" * 32])
    published_by: str = Field(examples=["ann-0c1d2e3f40"])
    at: datetime = Field(examples=["2026-06-15T08:00:00Z"])
    withdrawn_by: str = Field(description="Empty while it stands.", examples=[""])
    withdrawn_at: datetime | None = Field(examples=[None])
    withdrawn_why: str = Field(examples=[""])


class PeriodQuota(BaseModel):
    """What a territory carries in a period, all components together."""

    period: str = Field(examples=["2026-07"])
    quota_cents: int = Field(description="Minor units.", examples=[120_000_00])


class EffectiveOut(BaseModel):
    """Who holds an account on a day, and what that territory carries."""

    account_id: str = Field(examples=["2633"])
    territory_id: str = Field(examples=["IA-21"])
    seat_id: str = Field(description="Empty where nobody has it.", examples=["S21"])
    region: str = Field(description="Empty for none.", examples=["West"])
    quota_cents: int | None = Field(
        description="What the territory carries in all periods, minor units; null where no quotas were set.",
        examples=[1_440_000_00],
    )
    period_quota: PeriodQuota | None = Field(
        description="What it carries in the period that holds the day; null where none does."
    )
    currency: str = Field(examples=["USD"])
    plan_id: str = Field(examples=["spring-4f2a91c07e"])
    version: int = Field(examples=[3])
    publication_id: str = Field(examples=["spring-9a8b7c6d5e"])
    line: str = Field(examples=[""])
    since: date = Field(description="First day of the publication.", examples=["2026-07-01"])
    until: date | None = Field(description="Last day; null where no other one follows yet.", examples=[None])
