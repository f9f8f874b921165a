"""Quotas in the currencies that the seats sell in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import read_only
from planner.quota.rounding import Cents


@dataclass(frozen=True, eq=False)
class LocalAmounts:
    """Quotas in the seats' own currencies, and what rounding them to their minor units changes.

    Parameters
    ----------
    currency
        ISO 4217 code of each territory.
    amount
        Quotas in minor units of that currency, int64 of shape ``(n_territories, n_components, n_periods)``.
    worth_cents
        What the year's sum is worth in the plan's currency, rounded to its minor units, shape ``(n_territories,)``.
    difference_cents
        That less the territory's quota in the plan's currency: conversion rounding, shape ``(n_territories,)``.
    """

    currency: tuple[str, ...]
    amount: Cents
    worth_cents: Cents
    difference_cents: Cents

    def __post_init__(self) -> None:
        for name in ("amount", "worth_cents", "difference_cents"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int64))
