"""Quotas in the year: attainment and forecast, accounts that move with their quota, relief with a reason."""
