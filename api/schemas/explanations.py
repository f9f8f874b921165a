"""Why an account is where it is, and what any other home would cost."""

from __future__ import annotations

from pydantic import BaseModel, Field


class PinOut(BaseModel):
    """One rule that holds an account where it is."""

    kind: str | None = Field(
        description="What the rule is about; null where the account is held apart from geography.",
        examples=["band"],
    )
    rules: list[str] = Field(description="Names of the rules.", examples=[["balance of sales"]])
    text: str = Field(examples=["territory IA-19 would hold 12.8 of sales; allowed are 12.84 to 15.69"])
    closes: int = Field(description="Other homes that it closes.", examples=[29])
    everywhere: bool = Field(description="Whether it closes all of them.", examples=[True])


class ObstacleOut(BaseModel):
    """One rule that a move would break, or break more than it is already."""

    kind: str = Field(examples=["contiguity"])
    rule: str = Field(description="Name of the rule.", examples=["contiguity"])
    text: str = Field(examples=["territory IA-12 would be in 2 pieces"])
    severity: float = Field(description="By how much, relative to what is allowed.", examples=[1.0])


class SideOut(BaseModel):
    """One measure of one territory, before and after a move."""

    value: float = Field(examples=[14_310_000.0])
    value_after: float = Field(examples=[13_890_000.0])
    deviation: float | None = Field(description="(value − ideal) ÷ ideal.", examples=[0.0028])
    deviation_after: float | None = Field(examples=[-0.0266])
    violation: float = Field(
        description="Breach of the limits as a fraction of the ideal; 0 inside.", examples=[0.0]
    )
    violation_after: float = Field(examples=[0.0])


class MeasureEffect(BaseModel):
    """What a move does to one measure of both territories."""

    name: str = Field(examples=["sales"])
    here: SideOut = Field(description="Of the territory that it leaves.")
    there: SideOut = Field(description="Of the territory that it joins.")
    moved_share: float | None = Field(
        description="Share of all that changes hands in the plan; null for those who see some regions.",
        examples=[0.12],
    )
    moved_share_after: float | None = Field(description="The same after the move.", examples=[0.121])


class BudgetEffect(BaseModel):
    """What a move does to one disruption budget."""

    name: str = Field(examples=["revenue"])
    used: float = Field(description="What changes hands in the plan.", examples=[1_200_000.0])
    used_after: float = Field(examples=[1_310_000.0])
    total: float | None = Field(description="What may; null for no limit.", examples=[2_000_000.0])


class HomeOut(BaseModel):
    """Another territory that the account could go to. Changes are full evaluations after less before."""

    territory_id: str = Field(examples=["IA-12"])
    seat_id: str = Field(description="Empty where nobody owns it.", examples=["S12"])
    is_current: bool = Field(description="Whether it is the owner of today.", examples=[False])
    objective_change: float = Field(description="In the unit of the objective.", examples=[8.43e13])
    objective_change_share: float | None = Field(
        description="The same as a share of the plan's objective.", examples=[0.00013]
    )
    compactness_change: float = Field(examples=[8.43e13])
    disruption_change: float = Field(examples=[0.0])
    expected_loss_change_cents: int | None = Field(
        description="Change of the sales expected to be lost for changes of rep, minor units; null where sales are "
        "unknown.",
        examples=[1_840_00],
    )
    distance_km: float | None = Field(
        description="Straight distance from its home, else from its centroid.", examples=[35.8]
    )
    hours: float | None = Field(description="Travel time, where that is what is optimised.", examples=[None])
    obstacles: list[ObstacleOut] = Field(description="Rules that the move would break, most severe first.")
    measures: list[MeasureEffect]
    budgets: list[BudgetEffect]


class ExplanationOut(BaseModel):
    """Why an account (a basic unit) is where it is."""

    account_id: str | None = Field(description="Null where a basic unit was asked about.", examples=["2633"])
    unit_id: str | None = Field(description="Its basic unit; null where it has no place.", examples=["19153"])
    goes_with: list[str] = Field(
        description="Basic units that have to share a territory with it.", examples=[[]]
    )
    accounts: int = Field(description="Accounts that go where it goes, itself included.", examples=[14])
    territory_id: str = Field(description="Empty where nobody owns it.", examples=["IA-21"])
    seat_id: str = Field(examples=["S21"])
    previous_territory_id: str = Field(description="Empty where nobody owned it.", examples=["IA-21"])
    reason: str = Field(examples=["kept with its current owner"])
    distance_km: float | None = Field(examples=[24.6])
    hours: float | None = Field(examples=[None])
    objective: float | None = Field(
        description="Of the plan; null for those who see some regions.", examples=[6.53e17]
    )
    unit_of_objective: str = Field(examples=["activity · m²"])
    expected_loss_cents: int | None = Field(
        description="Sales expected to be lost for changes of rep in the plan, minor units; null where unknown.",
        examples=[88_120_00],
    )
    currency: str = Field(description="ISO 4217 code.", examples=["USD"])
    pins: list[PinOut] = Field(description="What holds it there, what closes most homes first.")
    other_homes: int = Field(description="How many other territories there are.", examples=[29])
    homes: list[HomeOut] = Field(
        description="The best of them: those that break no rule by cost, then by how much they break."
    )
    inputs_changed: list[str] = Field(
        description="What has changed in the inputs since the plan was made; numbers are of the inputs now.",
        examples=[[]],
    )
