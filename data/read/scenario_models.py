"""Models of plan.toml: types and ranges of every key. `data.read.scenario_file` shows the layout."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from data.read.coverage_models import PotentialModel, SegmentationModel, SegmentModel
from data.read.model_parts import Amount, Excess, Part, Share, fraction
from data.read.pay_models import PayModel, PayPlanModel
from data.read.quota_models import QuotaModel
from planner.demands import CAPACITY, Band, BudgetRule, RegionRules, Span
from planner.scenario import BasicUnit
from planner.shape import Compactness

MAX_TERRITORIES = 100_000


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
    pay: PayModel = Field(default_factory=PayModel)
    pay_plans: dict[str, PayPlanModel] = Field(default_factory=dict)
    columns: dict[str, dict[str, str | list[str]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agrees(self) -> FileModel:
        if self.disruption_km is not None and self.disruption.km not in (None, self.disruption_km):
            raise PydanticCustomError(
                "disruption", "disruption_km and [disruption] km differ; keep one of them"
            )
        return self
