"""What seats of an output folder are credited with, read back from ``seat_quotas.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.export.text import minor_units
from planner.errors import InvalidInput, Problem
from planner.quota.credits import Role
from planner.quota.in_year.credit import CreditLine
from planner.quota.tie_out import SINGLE

FILE = "seat_quotas.csv"


def read_credit_lines(
    out: Path, territory_id: Sequence[str], components: Sequence[str]
) -> tuple[CreditLine, ...]:
    """Return what every seat is credited with in each territory; nothing where nobody shares credit.

    Raises
    ------
    InvalidInput
        Where the table is damaged.
    """
    if not (out / FILE).exists():
        return ()
    position = {name: t for t, name in enumerate(territory_id)}
    column = {name: c for c, name in enumerate([""] if tuple(components) == SINGLE else components)}
    cents: dict[tuple[str, int, Role, float], np.ndarray] = {}
    try:
        rows = pd.read_csv(out / FILE, dtype=str, keep_default_na=False)
        wanted = ["seat_id", "territory_id", "role", "share", "component", "amount", "currency"]
        for seat, territory, role, share, component, amount, currency in rows[wanted].itertuples(index=False):
            key = seat, position[territory], Role(role), float(share)
            line = cents.setdefault(key, np.zeros(len(column), np.int64))
            line[column[component]] += minor_units(amount, currency)
    except (OSError, ValueError, KeyError) as fault:
        why = f"What seats are credited with cannot be read: {type(fault).__name__}: {fault}."
        what = "Solve again; `planner audit` tells which files were changed."
        raise InvalidInput([Problem(why, what, file=FILE, code="no_seat_quotas")]) from fault
    return tuple(
        CreditLine(seat, t, role, share, amounts) for (seat, t, role, share), amounts in cents.items()
    )
