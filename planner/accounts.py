"""Accounts: what territories are made for, rolled up to basic units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.arrays import FloatArray, IdArray, IntArray, ids, read_only


@dataclass(frozen=True, eq=False)
class Accounts:
    """Accounts as read-only arrays.

    Parameters
    ----------
    account_id
        Identifiers exactly as they came in, shape ``(n_accounts,)``.
    unit
        Basic unit each account rolls up to, shape ``(n_accounts,)``; −1 where it has no place.
    fixed
        Territory that holds an account apart from geography (a named account, or no place), shape
        ``(n_accounts,)``; −1 where geography decides. ``unit`` and ``fixed`` both −1: the account is unplaced.
    current
        Current territory, shape ``(n_accounts,)``; `NOBODY` or `GONE` where none of these.
    activity
        Activity of each account, shape ``(n_accounts, n_measures)``, columns as in the problem.
    """

    account_id: IdArray
    unit: IntArray
    fixed: IntArray
    current: IntArray
    activity: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "account_id", ids(self.account_id))
        for name in ("unit", "fixed", "current"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int32))
        object.__setattr__(self, "activity", read_only(self.activity, np.float64))

    def __len__(self) -> int:
        return len(self.account_id)

    @property
    def unplaced(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which accounts have neither a place nor a fixed territory, shape ``(n_accounts,)``."""
        return (self.unit < 0) & (self.fixed < 0)

    def territory(self, territory_of_unit: IntArray) -> IntArray:
        """Return the territory of each account, −1 where it is unplaced, shape ``(n_accounts,)``."""
        by_place = np.where(self.unit >= 0, territory_of_unit[self.unit], -1)
        return np.where(self.fixed >= 0, self.fixed, by_place).astype(np.int32)
