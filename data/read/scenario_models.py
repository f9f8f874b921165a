"""Models of plan.toml: types and ranges of every key. `data.read.scenario_file` shows the layout."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from data.read.coverage_models import PotentialModel, SegmentationModel, SegmentModel
from data.read.currencies import CODES, currency_code
from data.read.model_parts import Amount, Excess, Part, Share, fraction
from data.read.money import MAX_CENTS, money_cents
from data.read.numbers import NumberReader
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report
from planner.demands import CAPACITY, Band, BudgetRule, RegionRules, Span
from planner.scenario import BasicUnit
from planner.shape import Compactness

_SIGN_BESIDE = re.compile(r"[0-9.,'’()+\-−\s]")
MAX_TERRITORIES = 100_000


def _or_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().lower() == "none" else fraction(value)


def _cents(value: Any) -> int | None:
    """Return an amount of money, a number or text as people write it, in minor units."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise PydanticCustomError(
            "money", 'an amount of money is needed, a number or text like "120,000,000.00"'
        )
    if isinstance(value, str):
        silent = Report()
        column = RawColumn("target", texts([value]))
        read = NumberReader(RawTable("plan.toml", [column], np.array([1])), silent).read(column)
        if silent.problems() or read.missing[0]:
            raise PydanticCustomError(
                "money", "the text is no amount of money that can be read without doubt"
            )
        value = Decimal(read.plain[0].as_py())
    try:
        cents, rounded = money_cents(value)
    except ArithmeticError:
        raise PydanticCustomError("money", "the amount is not finite") from None
    if rounded:
        raise PydanticCustomError("money", "the amount has more than two decimals")
    if not 0 <= cents <= MAX_CENTS:
        raise PydanticCustomError("money", "the amount lies outside 0 … 90,071,992,547,409.92")
    return cents


def _currency(value: Any) -> Any:
    if isinstance(value, str) and value.strip().upper() not in CODES:
        raise PydanticCustomError("currency", "it is no ISO 4217 code of a currency, such as USD or EUR")
    return value.strip().upper() if isinstance(value, str) else value


def _territories(value: Any) -> Any:
    """Return a number of territories, a range, or that their number follows from capacity."""
    if isinstance(value, dict):
        odd = [name for name in value if name not in ("min", "max")]
        whole = all(isinstance(end, int) and not isinstance(end, bool) for end in value.values())
        if odd or len(value) != 2 or not whole or not 1 <= value["min"] <= value["max"] <= MAX_TERRITORIES:
            raise PydanticCustomError(
                "territories", "a range is written { min = 35, max = 45 }, whole numbers from 1 on"
            )
        return Span(value["min"], value["max"])
    if isinstance(value, str) and value.strip().lower() == CAPACITY:
        return CAPACITY
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_TERRITORIES
    ):
        raise PydanticCustomError(
            "territories",
            'a whole number from 1 on is needed, a range such as { min = 35, max = 45 }, or "capacity"',
        )
    return value


Cents = Annotated[int, BeforeValidator(_cents)]


class MeasureModel(Part):
    band: Share | None = None
    below: Share | None = None
    above: Excess | None = None
    minimum: Amount | None = Field(None, alias="min")
    maximum: Amount | None = Field(None, alias="max")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"band": value}

    @model_validator(mode="after")
    def _agrees(self) -> MeasureModel:
        if self.band is not None and (self.below is not None or self.above is not None):
            raise PydanticCustomError(
                "band", "band says below and above at once; keep either band, or below and above"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise PydanticCustomError("band", "min is larger than max")
        return self

    def to_band(self) -> Band:
        below, above = (self.band, self.band) if self.band is not None else (self.below, self.above)
        return Band(below, above, self.minimum, self.maximum)


class BudgetModel(Part):
    measure: str
    total: Share | None = None
    per_seat: Share | None = None
    total_amount: Amount | None = None
    per_seat_amount: Amount | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BudgetModel:
        limits = (self.total, self.per_seat, self.total_amount, self.per_seat_amount)
        if all(limit is None for limit in limits):
            raise PydanticCustomError(
                "budget", "a budget needs a limit: total, per_seat, total_amount or per_seat_amount"
            )
        return self

    def to_rule(self) -> BudgetRule:
        return BudgetRule(self.measure, self.total, self.per_seat, self.total_amount, self.per_seat_amount)


class DisruptionModel(Part):
    km: Amount | None = None
    budget: Share | None = None
    measure: str | None = None
    expected_loss: Share | None = None
    similar_relief: Share | None = None
    revenue: str | None = None
    budgets: list[BudgetModel] = Field(default_factory=list)


class RegionModel(Part):
    territories: Annotated[int, Field(ge=1, le=MAX_TERRITORIES)] | None = None
    contiguous: bool | None = None
    measures: dict[str, MeasureModel] = Field(default_factory=dict)

    def to_rules(self) -> RegionRules:
        bands = {name: measure.to_band() for name, measure in self.measures.items()}
        return RegionRules(self.territories, self.contiguous, bands)


class WorkloadModel(Part):
    measure: str | None = None
    capacity_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    field_time: Annotated[float, BeforeValidator(fraction), Field(gt=0, le=1)] | None = None
    hours_per_day: Annotated[float, Field(gt=0, le=24)] | None = None


class QuotaModel(Part):
    @model_validator(mode="before")
    @classmethod
    def _currency_of_target(cls, value: Any) -> Any:
        """Take the currency from a sign beside the target, where it says which."""
        if not isinstance(value, dict) or not isinstance(value.get("target"), str):
            return value
        code = currency_code(_SIGN_BESIDE.sub("", value["target"]))
        stated = value.get("currency", code)
        if code and isinstance(stated, str) and stated.strip().upper() != code:
            raise PydanticCustomError(
                "currency", "the target is in another currency than the key currency says"
            )
        return {**value, "currency": code} if code and "currency" not in value else value

    target: Cents | None = None
    over_assignment: Share = 0.0
    history_weight: Share = 0.7
    potential: str | None = None
    max_decrease: Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(_or_none)] = 0.2
    max_increase: Annotated[Annotated[float, Field(ge=0, le=100)] | None, BeforeValidator(_or_none)] = 0.3
    rounding: Annotated[Cents, Field(ge=1)] = 100
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    currency: Annotated[str, BeforeValidator(_currency)] = "USD"
    periods: Literal["auto", "year", "quarter", "month"] = "auto"


class FileModel(Part):
    name: str = "Plan"
    territories: Annotated[Any, BeforeValidator(_territories)] = None
    measures: dict[str, MeasureModel] = Field(default_factory=dict)
    contiguous: bool | None = None
    basic_unit: BasicUnit = BasicUnit.AUTO
    split_above: Annotated[float, BeforeValidator(fraction), Field(gt=0, le=1)] = 0.25
    compactness_measure: str | None = None
    compactness: Compactness = Compactness.INERTIA
    centre: Literal["auto", "home", "centroid", "unit"] = "auto"
    disruption_km: Amount | None = None
    disruption: DisruptionModel = Field(default_factory=DisruptionModel)
    rules: list[dict[str, Any]] = Field(default_factory=list)
    regions: dict[str, RegionModel] = Field(default_factory=dict)
    keep_regions: bool | None = None
    workload: WorkloadModel = Field(default_factory=WorkloadModel)
    segments: dict[str, SegmentModel] = Field(default_factory=dict)
    segmentation: SegmentationModel = Field(default_factory=SegmentationModel)
    potential: PotentialModel = Field(default_factory=PotentialModel)
    island_policy: Literal["nearest", "none"] = "nearest"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    time_limit_s: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    quota: QuotaModel = Field(default_factory=QuotaModel)
    columns: dict[str, dict[str, str | list[str]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agrees(self) -> FileModel:
        if self.disruption_km is not None and self.disruption.km not in (None, self.disruption_km):
            raise PydanticCustomError(
                "disruption", "disruption_km and [disruption] km differ; keep one of them"
            )
        return self
