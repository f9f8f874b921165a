"""How certain next year's sales are, territory by territory, learned from the errors of past years."""

from planner.quota.outlook.distribution import Outlook
from planner.quota.outlook.learning import outlook_of, why_none

__all__ = ["Outlook", "outlook_of", "why_none"]
