"""Whether quotas are fair: attainment against what it should not depend on, how alike seats fare, what to look at."""

from planner.quota.fairness.flags import Flag, Thresholds, Verdict
from planner.quota.fairness.report import FairnessReport, Grounds, fairness

__all__ = ["FairnessReport", "Flag", "Grounds", "Thresholds", "Verdict", "fairness"]
