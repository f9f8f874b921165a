"""Finished plans: territories, quotas, accounts, map layers, files."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MeasureValue(BaseModel):
    """One measure of one territory. Fractions are fractions of the ideal."""

    name: str = Field(examples=["sales"])
    value: float = Field(description="What the territory holds.", examples=[14_310_000.0])
    ideal: float = Field(description="What it should hold.", examples=[14_270_000.0])
    lower: float | None = Field(description="Least it may hold; null for no limit.", examples=[12_843_000.0])
    upper: float | None = Field(description="Most it may hold; null for no limit.", examples=[15_697_000.0])
    deviation: float | None = Field(description="(value − ideal) ÷ ideal.", examples=[0.0028])
    violation: float | None = Field(description="Breach of the limits; 0 where they hold.", examples=[0.0])
    value_before: float | None = Field(description="What it holds today.", examples=[19_020_000.0])
    deviation_before: float | None = Field(description="Deviation today.", examples=[0.333])
    gained: float = Field(description="Gained against today.", examples=[1_200_000.0])
    lost: float = Field(description="Lost against today.", examples=[5_910_000.0])


class TerritoryRow(BaseModel):
    """One territory, before beside after."""

    territory_id: str = Field(examples=["IA-01"])
    seat_id: str = Field(description="Seat that owns it; empty where none does.", examples=["S01"])
    rep_name: str = Field(examples=["Brian Ericson"])
    region: str = Field(examples=["des-moines"])
    colour: str = Field(description="Colour on the map, unlike its neighbours'.", examples=["#4e79a7"])
    measures: list[MeasureValue]
    gained: int = Field(description="Accounts (areas where there are none) gained.", examples=[12])
    lost: int = Field(description="Accounts lost.", examples=[40])
    pieces: int = Field(description="Connected pieces; 0 where there is no neighbour graph.", examples=[1])
    surplus_pieces: int = Field(description="Pieces too many.", examples=[0])
    polsby_popper: float | None = Field(description="0 (ragged) to 1 (a disc).", examples=[0.41])
    mean_distance_km: float | None = Field(description="Weighted mean distance from home.", examples=[38.2])
    mean_distance_before_km: float | None = Field(description="The same today.", examples=[44.9])
    reach_km: float | None = Field(description="Greatest distance from home.", examples=[92.0])
    reach_before_km: float | None = Field(description="The same today.", examples=[120.4])
    quota_cents: int | None = Field(description="Sum of its quotas in minor units.", examples=[1_588_300_000])


class TerritoryTable(BaseModel):
    """All territories of a plan; their order is the one that map layers count in."""

    measures: list[str] = Field(examples=[["sales", "accounts"]])
    entities: str = Field(description="What is counted as gained and lost.", examples=["accounts"])
    currency: str = Field(examples=["USD"])
    territories: list[TerritoryRow]


class QuotaRow(BaseModel):
    """Quota of one territory."""

    territory_id: str = Field(examples=["IA-01"])
    seat_id: str = Field(examples=["S01"])
    amounts_cents: list[int] = Field(
        description="One amount per period, minor units.", examples=[[132_000_000]]
    )
    total_cents: int = Field(description="Their sum.", examples=[1_588_300_000])


class TieOutEquation(BaseModel):
    """One sum that must hold to the cent."""

    name: str = Field(examples=["street quota total 2022-03"])
    kind: str = Field(examples=["company_periods"])
    left_cents: int = Field(description="The stated total.", examples=[3_970_750_000])
    right_cents: int = Field(description="What adds up to it.", examples=[3_970_750_000])
    difference_cents: int = Field(description="Left minus right.", examples=[0])


class BridgeStep(BaseModel):
    """One step from the company target to the street quota."""

    name: str = Field(examples=["over-assignment of the company"])
    added_cents: int = Field(examples=[2_269_000_000])
    carried_cents: int = Field(description="What is carried after the step.", examples=[47_649_000_000])


class TieOut(BaseModel):
    """Proof that every level equals the level above, and every year its periods."""

    ties_out: bool = Field(description="Whether every difference is zero.", examples=[True])
    target_cents: int | None = Field(
        description="Company target; null for those who see some regions.", examples=[45_380_000_000]
    )
    over_assignment: float | None = Field(
        description="Street quota ÷ target − 1; null for those who see some regions.", examples=[0.05]
    )
    street_cents: int = Field(description="What all territories carry together.", examples=[47_649_000_000])
    equations: list[TieOutEquation]
    bridge: list[BridgeStep] = Field(description="Steps from the target to the street quota.")


class QuotaTable(BaseModel):
    """Quotas of a plan."""

    currency: str = Field(examples=["USD"])
    periods: list[str] = Field(examples=[["2022-01", "2022-02"]])
    components: list[str] = Field(description="Products; empty where the plan knows none.", examples=[[]])
    rows: list[QuotaRow]
    totals_cents: list[int] = Field(
        description="Sum over territories, per period.", examples=[[3_970_750_000]]
    )
    total_cents: int = Field(description="Sum of all quotas.", examples=[47_649_000_000])
    tie_out: TieOut | None = Field(default=None, description="Null where no target is set, hence no quotas.")


class AccountRow(BaseModel):
    """One account (one area where a plan has no accounts)."""

    position: int = Field(description="Its number among all; map points refer to it.", examples=[17])
    account_id: str = Field(examples=["2633"])
    name: str = Field(examples=["HY-VEE #3 / BDI / DES MOINES"])
    territory_id: str = Field(description="Empty where nobody owns it.", examples=["IA-01"])
    previous_territory_id: str = Field(description="Empty where nobody owned it.", examples=["IA-04"])
    reason: str = Field(examples=["kept"])
    elsewhere: Literal["", "now", "before"] = Field(
        default="",
        description="`now` or `before` where its territory now or before is of a region that one does not see; "
        "the id of that territory is then empty.",
    )
    place: str = Field(description="How it got its place; empty where it has none.", examples=["coordinates"])
    values: dict[str, float] = Field(
        description="Its measures.", examples=[{"sales": 9_839_000.0, "accounts": 1.0}]
    )


class AccountPage(BaseModel):
    """Some of the accounts, sorted and filtered."""

    total: int = Field(description="Accounts that match, on all pages.", examples=[2885])
    offset: int = Field(examples=[0])
    accounts: list[AccountRow]


class PlanFile(BaseModel):
    """A file of the output."""

    name: str = Field(examples=["assignments.csv"])
    bytes: int = Field(examples=[183_204])
    about: str = Field(description="What it holds.", examples=["Who owns what, with the reason."])


class LayerInfo(BaseModel):
    """A map layer and where to get it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "territories-after", "levels": 2, "features": 30, "bytes": [48211, 190220]}]
        }
    )

    name: str = Field(description="`areas`, `territories-before`, `territories-after` or `homes`.")
    levels: int = Field(description="Levels of detail: 0 is the coarsest.")
    features: int
    bytes: list[int] = Field(description="Size per level, before compression.")


class MapInfo(BaseModel):
    """What a map of the plan is made of."""

    bounds: list[float] | None = Field(
        description="West, south, east, north.", examples=[[-96.6, 40.4, -90.1, 43.5]]
    )
    points: int = Field(description="Accounts with a place.", examples=[2873])
    layers: list[LayerInfo]
