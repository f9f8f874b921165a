"""What quotas of past years would have been, had each been set with what was known then, and how they fared."""

from planner.quota.backtest.result import BackTest, Findings, Row, Skipped
from planner.quota.backtest.running import back_test

__all__ = ["BackTest", "Findings", "Row", "Skipped", "back_test"]
