"""Models of plan.toml about segments, call plans and potential."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from data.read.model_parts import Amount, Part, Share
from planner.coverage import CoverageSettings, Segment, Tiering


class SegmentModel(Part):
    calls_per_year: Annotated[float, Field(ge=0, le=10_000)] | None = None
    minutes_per_call: Annotated[float, Field(ge=0, le=10_000)] | None = None
    at_least: Amount | None = None
    share: Share | None = None


class SegmentationModel(Part):
    by: str | None = None
    method: Tiering | None = None


class PotentialModel(Part):
    estimate: bool = False
    measure: str = "potential"


def coverage(
    segments: dict[str, SegmentModel], segmentation: SegmentationModel, potential: PotentialModel
) -> CoverageSettings:
    """Return what plan.toml asks about segments and potential."""
    return CoverageSettings(
        segments={name: Segment(**segment.model_dump()) for name, segment in segments.items()},
        tier_by=segmentation.by,
        tiers=segmentation.method,
        estimate_potential=potential.estimate,
        potential=potential.measure,
    )
