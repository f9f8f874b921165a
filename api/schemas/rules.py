"""Rules, budgets, regions and the number of territories, as a plan may ask for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

MOST_TERRITORIES = 65_000

Name = Annotated[str, Field(max_length=200)]


class BandIn(BaseModel):
    """How far a measure may leave its ideal."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"below": 0.1, "above": 0.1}]})

    below: float | None = Field(
        default=None, ge=0, le=1, description="Largest shortfall, a fraction; null for none."
    )
    above: float | None = Field(
        default=None, ge=0, le=100, description="Largest excess, a fraction; null for none."
    )


class SpanIn(BaseModel):
    """A range of numbers of territories; the fewest that keep the rules are taken."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"min": 28, "max": 32}]})

    min: int = Field(ge=1, le=MOST_TERRITORIES, description="The smallest.")
    max: int = Field(ge=1, le=MOST_TERRITORIES, description="The largest.")

    @model_validator(mode="after")
    def _ordered(self) -> SpanIn:
        if self.max < self.min:
            raise ValueError("the range ends before it begins")
        return self


def _one_complaint(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Refuse a value once, at its own place, instead of once for each thing that it could have been."""
    try:
        return handler(value)
    except ValidationError:
        raise PydanticCustomError(
            "territories",
            "Input should be a whole number from 1 to {most}, a range such as {{'min': 28, 'max': 32}}, or 'capacity'",
            {"most": MOST_TERRITORIES},
        ) from None


NumberIn = Annotated[
    Annotated[int, Field(ge=1, le=MOST_TERRITORIES)] | SpanIn | Literal["capacity"],
    WrapValidator(_one_complaint),
]
"""A number of territories, a range, or as many as can carry the workload."""


class RuleIn(BaseModel):
    """One rule, with the columns of `rules.csv`; see the description of the plan folder."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "lock", "where": "segment = 'A'"}]},
    )

    kind: Name = Field(description="`lock`, `exclude`, `together`, `apart`, `mix`, `max`, …")
    name: Name = Field(default="", description="For people.")
    account_id: Name = Field(default="", description="Account that it speaks of.")
    unit_id: Name = Field(default="", description="Unit that it speaks of.")
    where: str = Field(
        default="", max_length=4_000, description="Condition that picks what it speaks of instead of an id."
    )
    of: Literal["", "accounts", "units"] = Field(
        default="", description="Of which table `where` and `by` are."
    )
    territory_id: Name = Field(default="", description="Territory that it speaks of.")
    seat_id: Name = Field(default="", description="Seat that it speaks of.")
    region: Name = Field(default="", description="Region whose territories it speaks of.")
    with_account_id: Name = Field(default="", description="The other account of a pair.")
    with_unit_id: Name = Field(default="", description="The other unit of a pair.")
    group: Name = Field(default="", description="Group that an id belongs to.")
    by: Name = Field(default="", description="Column that makes groups.")
    skill: Name = Field(default="", description="Skill that a seat needs.")
    measure: Name = Field(default="", description="What is limited.")
    value: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="The limit.")
    min_share: float | None = Field(default=None, ge=0, le=1, description="Least share of a mix, a fraction.")
    max_share: float | None = Field(
        default=None, ge=0, le=1, description="Greatest share of a mix, a fraction."
    )


class BudgetIn(BaseModel):
    """How much may change hands, counted in one measure."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"measure": "sales", "total": 0.15, "per_seat": 0.3}]}
    )

    measure: Name = Field(description="A measure, or `expected_loss`: in money.")
    total: float | None = Field(
        default=None, ge=0, le=1, description="Largest share of the whole, a fraction."
    )
    per_seat: float | None = Field(
        default=None, ge=0, le=1, description="Largest share of what each seat has today, a fraction."
    )
    total_amount: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Largest amount in all, in units of the measure."
    )
    per_seat_amount: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Largest amount per seat of today."
    )


class RegionIn(BaseModel):
    """What is asked of the territories of one region."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"territories": 12, "contiguous": False}]}
    )

    territories: int | None = Field(
        default=None, ge=1, le=MOST_TERRITORIES, description="How many territories it has."
    )
    contiguous: bool | None = Field(default=None, description="Whether its territories must hang together.")
    measures: dict[str, BandIn] = Field(default_factory=dict, description="Bands of its own.")
