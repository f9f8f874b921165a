"""Approval: how a plan stands, the steps that lead on, certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from planner.approval.standing import Verdict
from planner.approval.steps import Stage, Step

Reason = Annotated[
    str, Field(max_length=4000, description="Why, for those it concerns and for the audit trail.")
]
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StepIn(_In):
    """A step of the whole plan."""

    reason: Reason = Field(default="", examples=["The numbers of the spring kick-off are in."])


class ReasonIn(_In):
    """A step that needs a reason."""

    reason: Reason = Field(min_length=1, examples=["Two large accounts were merged."])


class ApproveIn(_In):
    """What a manager approves: a region, as the version holds it that was looked at."""

    region: str = Field(max_length=200, description="Name of the region.", examples=["West"])
    version: VersionNumber = Field(description="Version that was looked at: the newest one.", examples=[3])
    reason: Reason = Field(default="", examples=[""])


class ApproveOnBehalfIn(ApproveIn):
    """An approval for the manager of a region; empty for territories that belong to none."""

    reason: Reason = Field(min_length=1, examples=["Max is on leave and agreed by phone."])


class RejectIn(_In):
    """What a manager refuses."""

    region: str = Field(max_length=200, examples=["West"])
    reason: Reason = Field(min_length=1, examples=["Territory W3 cannot be travelled by one person."])


class AskAgainIn(_In):
    """A region that was refused and is put before its manager once more."""

    region: str = Field(max_length=200, examples=["West"])
    reason: Reason = Field(default="", examples=["W3 is smaller now."])


class SendBackIn(_In):
    """What finance refuses of what sales has approved."""

    regions: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list,
        max_length=1000,
        description="Regions whose approval is void; all where none is named.",
        examples=[["West"]],
    )
    reason: Reason = Field(min_length=1, examples=["The quota of W3 is not what was agreed."])


class ValidateIn(_In):
    """The version that a step is about."""

    version: VersionNumber = Field(examples=[3])


class ReopenIn(_In):
    """How far a frozen plan goes back; what came after that stage is void."""

    to: Stage = Field(
        default=Stage.IN_REVIEW, description="`draft`, `in_review` or `approved`.", examples=["in_review"]
    )
    reason: Reason = Field(min_length=1, examples=["A competitor's territory was bought."])


class DueDatesIn(_In):
    """By when each stage is to be reached: the last day for it, in UTC. Stages left out have none."""

    dates: dict[Stage, date] = Field(examples=[{"proposed": "2026-02-01", "approved": "2026-02-20"}])


class RegionStanding(BaseModel):
    """What sales says of a region."""

    region: str = Field(description="Empty for territories that belong to none.", examples=["West"])
    verdict: Verdict = Field(examples=["approved"])
    who: str = Field(description="Who said so; empty while it is open.", examples=["max-1f00c2a9d4"])
    at: datetime | None = Field(examples=["2026-02-10T09:30:00Z"])
    reason: str = Field(examples=[""])
    on_behalf: bool = Field(description="Whether somebody approved for its manager.", examples=[False])
    lapsed: bool = Field(
        description="Whether it changed since it was approved, and has to be approved again.",
        examples=[False],
    )


class DueOut(BaseModel):
    """When a stage is to be reached."""

    stage: Stage = Field(examples=["approved"])
    on: date = Field(description="Last day for it, in UTC.", examples=["2026-02-20"])
    reached: bool = Field(examples=[False])
    days_late: int = Field(description="Whole days since; 0 where it is not late.", examples=[0])


class CertificateOut(BaseModel):
    """What finance has proved of a version."""

    number: int = Field(description="Counts the certificates of the plan from 1.", examples=[1])
    version: int = Field(examples=[3])
    output_digest: str = Field(description="SHA-256 of the version's files.", examples=["9f" * 32])
    tie_out_digest: str = Field(description="Digest that `tie_out.json` states.", examples=["3c" * 32])
    equations: int = Field(description="Sums that hold to the cent.", examples=[1284])
    checks: int = Field(description="Checks that were made of the files.", examples=[26])
    trail_number: int = Field(description="Last entry of the audit trail before.", examples=[412])
    trail_hash: str = Field(description="Its hash.", examples=["a7" * 32])
    made_by: str = Field(examples=["fay-77aa01b2c3"])
    made_at: datetime = Field(examples=["2026-02-21T10:00:00Z"])
    void_by: str = Field(description="Who reopened the plan; empty while it counts.", examples=[""])
    void_at: datetime | None = Field(examples=[None])
    void_why: str = Field(examples=[""])


class PossibleStep(BaseModel):
    """A step that who asks may take now."""

    step: Step = Field(examples=["approve"])
    region: str | None = Field(
        description="Region that it concerns; null for the whole plan.", examples=["West"]
    )
    on_behalf: bool = Field(description="Whether it is done for the manager of the region.", examples=[False])


class ApprovalOut(BaseModel):
    """How a plan stands, as far as who asks sees it."""

    plan_id: str = Field(examples=["spring-4f2a91c07e"])
    stage: Stage = Field(examples=["in_review"])
    frozen: bool = Field(description="Whether accounts and quotas may no longer change.", examples=[False])
    proposed_by: str = Field(description="Empty where nobody did.", examples=["ann-0c1d2e3f40"])
    back_with: str = Field(
        description="Who is to act because something came back; empty where nothing did.", examples=[""]
    )
    back_reason: str = Field(examples=[""])
    version: int | None = Field(description="Version that was validated; null before.", examples=[None])
    newest_version: int = Field(description="Newest version whose files are written.", examples=[3])
    edits_beyond: int = Field(description="Edits of the draft beyond that version.", examples=[0])
    open_challenges: int = Field(examples=[2])
    regions: list[RegionStanding]
    due: list[DueOut]
    certificate: CertificateOut | None = Field(description="What counts of what finance has proved.")
    steps: list[PossibleStep] = Field(description="What who asks may do now.")


class ApprovalEventOut(BaseModel):
    """A step that somebody took."""

    number: int = Field(examples=[4])
    step: Step = Field(examples=["approve"])
    stage: Stage = Field(description="Stage that it led to.", examples=["in_review"])
    who: str = Field(examples=["max-1f00c2a9d4"])
    at: datetime = Field(examples=["2026-02-10T09:30:00Z"])
    reason: str = Field(examples=[""])
    region: str | None = Field(examples=["West"])
    on_behalf: bool = Field(examples=[False])
    void: list[str] = Field(description="Regions whose approval became void by it.", examples=[[]])
    version: int | None = Field(examples=[3])


class ValidationCheckOut(BaseModel):
    """One thing that was checked of the files of a version."""

    name: str = Field(examples=["Bands hold"])
    held: bool = Field(examples=[False])
    detail: str = Field(examples=["sales of 'W3' is 0.12 above its band"])


class ValidatedOut(BaseModel):
    """The outcome of a validation."""

    certificate: CertificateOut
    faults: list[ValidationCheckOut] = Field(
        description="What does not hold of what validation does not ask for, such as bands."
    )
    skipped: list[str] = Field(description="What could not be checked, and why.", examples=[[]])
    approval: ApprovalOut
