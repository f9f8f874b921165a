"""Reads the quotas of an output folder back: its ``quotas.csv``, to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.export.text import minor_units
from planner.arrays import read_only
from planner.errors import InvalidInput, Problem
from planner.quota.rounding import Cents
from planner.quota.tie_out import SINGLE

QUOTAS = "quotas.csv"


@dataclass(frozen=True, eq=False)
class QuotaRows:
    """Quotas as they were written, one entry a row.

    Parameters
    ----------
    territory_id, component, period
        What each row is of; no component where quotas have but one.
    cents
        Minor units, int64 of shape ``(n,)``.
    """

    territory_id: tuple[str, ...]
    component: tuple[str, ...]
    period: tuple[str, ...]
    cents: Cents

    def __post_init__(self) -> None:
        object.__setattr__(self, "cents", read_only(self.cents, np.int64))

    @property
    def components(self) -> tuple[str, ...]:
        """Components in the order of the file, as quota plans name them."""
        found = tuple(dict.fromkeys(self.component))
        return SINGLE if found == ("",) else found

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods in the order of the file."""
        return tuple(dict.fromkeys(self.period))

    @property
    def by_territory(self) -> dict[str, int]:
        """Quota of each territory, all components and periods together, minor units."""
        out = dict.fromkeys(self.territory_id, 0)
        for name, cents in zip(self.territory_id, self.cents.tolist(), strict=True):
            out[name] += cents
        return out


def read_quota_rows(out: Path) -> QuotaRows:
    """Return the quotas that an output folder holds.

    Raises
    ------
    InvalidInput
        Where the table is not there, or damaged.
    """
    try:
        rows = pd.read_csv(out / QUOTAS, dtype=str, keep_default_na=False)
        cents = [minor_units(text, code) for text, code in zip(rows["amount"], rows["currency"], strict=True)]
        names = (tuple(rows[name]) for name in ("territory_id", "component", "period"))
        return QuotaRows(*names, np.array(cents, np.int64))
    except (OSError, ValueError, KeyError, OverflowError) as fault:
        why = f"The quotas cannot be read: {type(fault).__name__}: {fault}."
        what = "Solve again; `planner audit` tells which files were changed."
        raise InvalidInput([Problem(why, what, file=QUOTAS, value=str(out), code="no_quotas")]) from fault
