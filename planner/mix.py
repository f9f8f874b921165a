"""Account mix: which share of each territory one segment may make up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.arrays import FloatArray, IntArray, read_only, sum_by

SLACK = 1e-9
"""Share by which a limit may be passed and still counts as kept: the precision of sums of floats."""


@dataclass(frozen=True, eq=False)
class Mix:
    """Share of a segment per territory, and its hard limits.

    ``lower_j ≤ (fixed_part_j + Σ_{i in j} part_i) / (fixed_whole_j + Σ_{i in j} whole_i) ≤ upper_j``; a territory of
    which the whole is 0 keeps it.

    Parameters
    ----------
    name
        Segment and what it is a share of: ``hospitals by accounts``.
    part, whole
        What each unit holds of the segment and of all segments, shape ``(n_units,)``, 0 ≤ part ≤ whole, finite.
    fixed_part, fixed_whole
        The same of what a territory holds whatever is decided, shape ``(n_territories,)``.
    lower, upper
        Hard limits of the share, fractions, shape ``(n_territories,)``; 0 and 1 where there is none.
    """

    name: str
    part: FloatArray
    whole: FloatArray
    fixed_part: FloatArray
    fixed_whole: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        for name in ("part", "whole", "fixed_part", "fixed_whole", "lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    def amounts(self, territory: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return part and whole of each territory, both of shape ``(n_territories,)``.

        Units with a negative `territory` belong to nobody and are left out.
        """
        k = len(self.lower)
        label = np.where(territory < 0, k, territory)
        part, whole = (sum_by(label, values, k + 1)[:k] for values in (self.part, self.whole))
        return self.fixed_part + part, self.fixed_whole + whole

    def share(self, territory: IntArray) -> FloatArray:
        """Return the share of the segment in each territory, shape ``(n_territories,)``; NaN where there is nothing."""
        part, whole = self.amounts(territory)
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)

    def violation(self, share: FloatArray) -> FloatArray:
        """Return by how much each share leaves its limits, as a fraction, shape ``(n_territories,)``; 0 inside."""
        outside = np.maximum(self.lower - share, share - self.upper)
        return np.where(outside > SLACK, outside, 0.0)

    def faults(self, n_units: int, n_territories: int) -> list[str]:
        """Return what contradicts itself, in words."""
        wanted = {"part": n_units, "whole": n_units}
        wanted |= dict.fromkeys(("fixed_part", "fixed_whole", "lower", "upper"), n_territories)
        faults = [
            f"{name} of mix {self.name} has shape {getattr(self, name).shape}, wanted {(size,)}"
            for name, size in wanted.items()
            if getattr(self, name).shape != (size,)
        ]
        if faults:
            return faults
        for part, whole in ((self.part, self.whole), (self.fixed_part, self.fixed_whole)):
            if not np.isfinite(whole).all() or not ((part >= 0) & (part <= whole * (1 + SLACK))).all():
                faults.append(f"parts of mix {self.name} must lie between 0 and their whole, finite")
                break
        if not ((self.lower >= 0) & (self.lower <= self.upper) & (self.upper <= 1)).all():
            faults.append(f"limits of mix {self.name} must keep 0 ≤ lower ≤ upper ≤ 1")
        return faults

    def replace(self, **changes: Any) -> Mix:
        """Return a copy with `changes`."""
        return replace(self, **changes)
