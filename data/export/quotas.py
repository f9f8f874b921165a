"""Quotas by territory, component and period, to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.export.assignments import Owners
from data.export.text import money
from planner.quota.tie_out import SINGLE

COLUMNS = ("territory_id", "seat_id", "component", "period", "amount", "currency")


def quota_rows(owners: Owners) -> pd.DataFrame:
    """Return one row per territory, component and period; amounts are decimal text with two decimals.

    The component is empty where there is but one. A territory that holds nothing and carries nothing has no row.
    """
    quotas, territories = owners.plan.quotas, owners.assembled.problem.territories
    if quotas is None:
        return pd.DataFrame(columns=list(COLUMNS))
    owns = np.bincount(
        owners.entity_territory[owners.entity_territory >= 0], minlength=len(territories)
    ).astype(bool)
    rows = np.flatnonzero(owns | quotas.amount_cents.any(axis=(1, 2)))
    components = [""] if quotas.components == SINGLE else list(quotas.components)
    each = len(components) * len(quotas.periods)
    return pd.DataFrame(
        {
            "territory_id": np.repeat(territories.territory_id[rows], each),
            "seat_id": np.repeat(territories.seat_id[rows], each),
            "component": np.tile(np.repeat(components, len(quotas.periods)), len(rows)),
            "period": np.tile(list(quotas.periods), len(rows) * len(components)),
            "amount": [money(cents, quotas.currency) for cents in quotas.amount_cents[rows].ravel()],
            "currency": quotas.currency,
        }
    )
