"""Quotas: from the company target to what one seat carries, to the cent."""

from planner.quota.hierarchy import Hierarchy
from planner.quota.history import History
from planner.quota.inputs import QuotaInputs
from planner.quota.quota_plan import QuotaPlan
from planner.quota.setting import set_quotas
from planner.quota.target import Targets

__all__ = ["Hierarchy", "History", "QuotaInputs", "QuotaPlan", "Targets", "set_quotas"]
