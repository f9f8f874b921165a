"""Challenges: what is asked for, what that would do, how it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.approval import Reason
from data.store.ids import ID_PATTERN
from planner.approval.challenges import Kind, State


class WishIn(BaseModel):
    """What is asked for. Which fields are needed depends on the kind."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "keep", "account_id": "2633"},
                {"kind": "add", "account_id": "2633", "territory_id": "IA-21", "with_swap": True},
                {"kind": "remove", "account_id": "2633"},
                {"kind": "swap", "account_id": "2633", "other_account_id": "4710"},
                {"kind": "change_quota", "territory_id": "IA-21", "amount_cents": 140000000},
            ]
        },
    )

    kind: Kind
    account_id: str = Field(default="", max_length=200, description="The account; for all kinds but quotas.")
    other_account_id: str = Field(default="", max_length=200, description="What it changes places with.")
    territory_id: str = Field(
        default="", max_length=200, description="Where the account is to go, or whose quota is meant."
    )
    amount_cents: int | None = Field(
        default=None,
        ge=0,
        lt=2**53,
        description="The quota asked for, all components and periods, minor units.",
    )
    with_swap: bool = Field(
        default=False, description="Ask for the moves too that bring everything back inside the rules."
    )


class ChallengeIn(BaseModel):
    """A challenge to raise."""

    model_config = ConfigDict(extra="forbid")

    wish: WishIn
    reason: Reason = Field(min_length=1, examples=["We have sold to them for twelve years."])


class MoveOut(BaseModel):
    """Something that goes from one territory to another."""

    what: Literal["account", "unit"] = Field(examples=["account"])
    id: str = Field(examples=["2633"])
    accounts: list[str] = Field(
        description="Accounts that go with it, the first ones; those you see.", examples=[["2633", "2634"]]
    )
    count: int = Field(description="How many go with it, itself included.", examples=[2])
    from_territory_id: str = Field(description="Empty where nobody has it.", examples=["IA-12"])
    to_territory_id: str = Field(examples=["IA-21"])


class BrokenOut(BaseModel):
    """A rule that would be broken, or broken more than it is."""

    kind: str = Field(examples=["band"])
    rule: str = Field(description="Name of the rule.", examples=["balance of sales"])
    text: str = Field(examples=["territory IA-19 would hold 12.8 of sales; allowed are 12.84 to 15.69"])
    severity: float = Field(description="By how much, relative to what is allowed.", examples=[0.002])
    territories: list[str] = Field(examples=[["IA-19"]])


class LoadEffect(BaseModel):
    """One measure of one territory, before and after."""

    name: str = Field(examples=["sales"])
    value: float = Field(examples=[14_310_000.0])
    value_after: float = Field(examples=[13_890_000.0])
    deviation: float | None = Field(description="(value − ideal) ÷ ideal.", examples=[0.0028])
    deviation_after: float | None = Field(examples=[-0.0266])


class TerritoryEffect(BaseModel):
    """What would become of one territory."""

    territory_id: str = Field(examples=["IA-21"])
    measures: list[LoadEffect]
    quota_cents: int | None = Field(description="Minor units; null where no quota changes.", examples=[None])
    quota_after_cents: int | None = Field(examples=[None])


class SwapOut(BaseModel):
    """What has to go along so that every rule holds."""

    moves: list[MoveOut]
    territories: list[TerritoryEffect] = Field(description="What becomes of the territories with both.")


class EvaluationOut(BaseModel):
    """What a challenge would do. Territories outside your regions are left out."""

    inside: bool = Field(description="Whether no rule would be broken, or broken more.", examples=[True])
    already: bool = Field(description="Whether everything is as it asks for already.", examples=[False])
    moves: list[MoveOut] = Field(description="What would go where.")
    broken: list[BrokenOut] = Field(description="Rules that it would break, most severe first.")
    territories: list[TerritoryEffect]
    swap: SwapOut | None = Field(
        description="What would have to go along so that every rule holds; null where nothing has to, or no one or two "
        "moves do."
    )
    nearest_quota_cents: int | None = Field(
        description="The nearest quota that keeps every rule; null where no quota is asked for.",
        examples=[None],
    )
    partly_hidden: bool = Field(
        description="Whether something outside your regions is left out.", examples=[False]
    )


class ChallengeOut(BaseModel):
    """A challenge and how it stands."""

    id: str = Field(examples=["keep-2f3e4d5c6b"])
    number: int = Field(description="Counts the challenges of the plan from 1.", examples=[7])
    wish: WishIn
    reason: str = Field(examples=["We have sold to them for twelve years."])
    regions: list[str] = Field(description="Regions that it concerns; those you see.", examples=[["West"]])
    raised_by: str = Field(examples=["max-1f00c2a9d4"])
    raised_at: datetime = Field(examples=["2026-02-10T09:30:00Z"])
    state: State = Field(examples=["open"])
    answer: str = Field(description="What was said to who asked.", examples=[""])
    decided_by: str = Field(examples=[""])
    decided_at: datetime | None = Field(examples=[None])
    edits: list[int] = Field(description="Edits that accepting it made.", examples=[[]])
    told: EvaluationOut | None = Field(description="What was found when it was raised.")


class DecisionIn(BaseModel):
    """The answer to a challenge."""

    model_config = ConfigDict(extra="forbid")

    answer: Reason = Field(default="", examples=["Agreed: W3 takes two smaller ones instead."])
    with_swap: bool = Field(
        default=False, description="Make the moves too that bring everything back inside the rules."
    )
    even_if_broken: bool = Field(default=False, description="Accept although a rule would be broken.")


class AnswerIn(BaseModel):
    """An answer that needs words."""

    model_config = ConfigDict(extra="forbid")

    answer: Reason = Field(min_length=1, examples=["They moved their office to the east."])


class OneDecisionIn(BaseModel):
    """The answer to one of several challenges."""

    model_config = ConfigDict(extra="forbid")

    challenge_id: str = Field(pattern=ID_PATTERN, examples=["keep-2f3e4d5c6b"])
    accept: bool = Field(examples=[True])
    answer: Reason = Field(default="", examples=["Agreed."])


class DecisionsIn(BaseModel):
    """Answers to several challenges, given together: all of them, or none."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[OneDecisionIn] = Field(min_length=1, max_length=500)
    even_if_broken: bool = Field(default=False, description="Accept although rules would be broken together.")


class ClashOut(BaseModel):
    """Two challenges that cannot both be granted."""

    first: str = Field(description="Id of a challenge.", examples=["keep-2f3e4d5c6b"])
    second: str = Field(examples=["add-0a9b8c7d6e"])
    what: str = Field(
        description="`account`, `unit` or `quota`: what both want differently.", examples=["account"]
    )
    id: str = Field(examples=["2633"])


class ImpossibleOut(BaseModel):
    """A challenge that cannot be granted as the plan stands."""

    challenge_id: str = Field(examples=["keep-2f3e4d5c6b"])
    why: str = Field(examples=["The account '2633' is locked by the data."])


class TogetherOut(BaseModel):
    """All open challenges judged together."""

    challenges: list[str] = Field(description="Ids of the open challenges, in the order raised.")
    impossible: list[ImpossibleOut]
    clashes: list[ClashOut] = Field(description="Pairs that cannot both be granted.")
    together: EvaluationOut | None = Field(
        description="What granting all of them does; null where some clash, or none is open."
    )
    suggested: list[str] = Field(
        description="The most challenges that can be granted together inside the rules."
    )
    largest: bool = Field(description="Whether it is proved that no more can.", examples=[True])
    suggested_effect: EvaluationOut | None = Field(description="What granting those does.")
