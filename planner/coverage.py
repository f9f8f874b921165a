"""How customers are covered: segments, their call plans, and what potential is worth where nobody states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

WORKLOAD_HOURS = "workload_hours"
"""Measure that is computed from call plans where the accounts do not state it."""


class Tiering(StrEnum):
    """How accounts without a segment get one."""

    THRESHOLDS = "thresholds"
    """The highest segment of which they reach ``at_least``."""
    QUANTILES = "quantiles"
    """The first ``share`` of the accounts, by size, are of the first segment, the next ones of the next, …"""
    CLUSTERS = "clusters"
    """As many groups of like size as there are segments, the largest first."""


@dataclass(frozen=True)
class Segment:
    """One segment of customers.

    Parameters
    ----------
    calls_per_year
        Calls on each of its accounts; None where it states none.
    minutes_per_call
        Length of a call in minutes; None where it states none.
    at_least
        Least amount of the measure of tiers that its accounts hold; None for no threshold.
    share
        Share of the accounts, largest first, that it takes, in [0, 1]; None where no share is stated.
    """

    calls_per_year: float | None = None
    minutes_per_call: float | None = None
    at_least: float | None = None
    share: float | None = None


@dataclass(frozen=True)
class CoverageSettings:
    """What is asked about segments and potential.

    Parameters
    ----------
    segments
        Segments by name, the most important first.
    tier_by
        Measure that tiers follow; None for potential, else the first measure to balance.
    tiers
        How accounts without a segment get one; None for what the segments state, else for not at all.
    estimate_potential
        Whether potential that is missing is estimated from the other attributes and the history.
    potential
        Measure that is estimated.
    """

    segments: Mapping[str, Segment]
    tier_by: str | None = None
    tiers: Tiering | None = None
    estimate_potential: bool = False
    potential: str = "potential"

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", dict(self.segments))

    @property
    def has_call_plan(self) -> bool:
        """Whether any segment says how often it is called on, so that workload can be computed."""
        return any(segment.calls_per_year is not None for segment in self.segments.values())

    @property
    def tiering(self) -> Tiering | None:
        """How accounts get a segment: as asked, else as the segments state it; None for not at all."""
        if self.tiers is not None:
            return self.tiers
        if any(segment.at_least is not None for segment in self.segments.values()):
            return Tiering.THRESHOLDS
        if any(segment.share is not None for segment in self.segments.values()):
            return Tiering.QUANTILES
        return None


NO_COVERAGE = CoverageSettings({})
"""Nothing is asked."""


def coverage_settings(stated: Mapping[str, object] | CoverageSettings) -> CoverageSettings:
    """Return settings from plain values, as from JSON."""
    if isinstance(stated, CoverageSettings):
        return stated
    values = dict(stated)
    segments = values.pop("segments", {})
    assert isinstance(segments, Mapping)
    typed = {n: Segment(**s) if isinstance(s, Mapping) else s for n, s in segments.items()}
    if values.get("tiers") is not None:
        values["tiers"] = Tiering(str(values["tiers"]))
    return CoverageSettings(segments=typed, **values)  # type: ignore[arg-type]
