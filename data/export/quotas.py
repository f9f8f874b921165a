"""Quotas by territory, by seat, by node of the hierarchy, and as they were decided by hand, all to the cent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.export.assignments import Owners
from data.export.text import money
from planner.quota.credits import Role
from planner.quota.inputs import Override
from planner.quota.periods import months_covered
from planner.quota.quota_plan import STAGES, BeyondLimit, QuotaPlan
from planner.quota.tie_out import SINGLE

COLUMNS = ("territory_id", "seat_id", "component", "period", "amount", "currency")
SHOWN = 10
"""Seats beyond limits that the row of an override names."""
OVERRIDE_TEXTS = ("reason", "author", "beyond_limits")
"""Columns of the overrides that are free text."""


def component_names(quotas: QuotaPlan) -> list[str]:
    """Return the components as files name them: empty where there is but one."""
    return [""] if quotas.components == SINGLE else list(quotas.components)


def quota_rows(owners: Owners) -> pd.DataFrame:
    """Return one row per territory, component and period; amounts are decimal text.

    The component is empty where there is but one. A territory that holds nothing and carries nothing has no row.
    Where seats have currencies of their own, ``local_amount`` and ``local_currency`` tell the quota in them.
    """
    quotas, territories = owners.plan.quotas, owners.assembled.problem.territories
    if quotas is None:
        return pd.DataFrame(columns=list(COLUMNS))
    owns = np.bincount(
        owners.entity_territory[owners.entity_territory >= 0], minlength=len(territories)
    ).astype(bool)
    rows = np.flatnonzero(owns | quotas.amount_cents.any(axis=(1, 2)))
    each = len(quotas.components) * len(quotas.periods)
    columns: dict[str, object] = {
        "territory_id": np.repeat(territories.territory_id[rows], each),
        "seat_id": np.repeat(territories.seat_id[rows], each),
        **_cells(quotas, len(rows)),
        "amount": [money(cents, quotas.currency) for cents in quotas.amount_cents[rows].ravel()],
        "currency": quotas.currency,
    }
    if quotas.local is not None:
        local, amounts = quotas.local.currency, quotas.local.amount
        columns["local_amount"] = [money(cents, local[j]) for j in rows for cents in amounts[j].ravel()]
        columns["local_currency"] = np.repeat([local[j] for j in rows], each)
    return pd.DataFrame(columns)


def shares_credit(quotas: QuotaPlan) -> bool:
    """Return whether any seat is credited beside the owner of a territory."""
    return any(share.role is not Role.OWNER for share in quotas.seat_shares)


def seat_quota_rows(owners: Owners) -> pd.DataFrame:
    """Return what each seat is credited with, one row per seat, territory, component and period.

    Owners and splits of a territory add up to its quota; overlays come on top.
    """
    quotas, territories = owners.plan.quotas, owners.assembled.problem.territories
    assert quotas is not None
    shares, each = quotas.seat_shares, len(quotas.components) * len(quotas.periods)
    return pd.DataFrame(
        {
            "seat_id": np.repeat([share.seat_id for share in shares], each),
            "territory_id": np.repeat([territories.territory_id[share.territory] for share in shares], each),
            "role": np.repeat([share.role.value for share in shares], each),
            "share": np.repeat([float(share.share) for share in shares], each),
            **_cells(quotas, len(shares)),
            "amount": [money(c, quotas.currency) for share in shares for c in share.amount_cents.ravel()],
            "currency": quotas.currency,
        }
    )


def node_quota_rows(quotas: QuotaPlan) -> pd.DataFrame:
    """Return what each node of the hierarchy carries, one row per node, component and period."""
    nodes = quotas.hierarchy
    assert nodes is not None
    amounts, each = quotas.node_amounts(), len(quotas.components) * len(quotas.periods)
    parent = [nodes.node_id[above] if above >= 0 else "" for above in nodes.parent]
    return pd.DataFrame(
        {
            "node_id": np.repeat(nodes.node_id, each),
            "parent_id": np.repeat(np.array(parent, dtype=object), each),
            "level": np.repeat(nodes.level, each),
            "name": np.repeat(nodes.name, each),
            **_cells(quotas, len(nodes)),
            "amount": [money(cents, quotas.currency) for cents in amounts.ravel()],
            "currency": quotas.currency,
        }
    )


def node_ids(quotas: QuotaPlan) -> np.ndarray | None:
    """Return the id of the node that each territory hangs below, empty for none; None without a hierarchy."""
    if quotas.hierarchy is None or quotas.node_of_territory is None:
        return None
    found = [quotas.hierarchy.node_id[node] if node >= 0 else "" for node in quotas.node_of_territory]
    return np.array(found, dtype=object)


def override_rows(quotas: QuotaPlan, territory_id: Sequence[str]) -> pd.DataFrame:
    """Return the amounts decided by hand as they were applied, beside what the method gave.

    ``beyond_limits`` names who is carried over limits by an amount, alone or together with others beside it.
    """
    rows = []
    for position, override in enumerate(quotas.overridden):
        method = method_cents(quotas, override)
        node = (
            "" if quotas.hierarchy is None or override.node < 0 else quotas.hierarchy.node_id[override.node]
        )
        rows.append(
            {
                "territory_id": territory_id[override.territory] if override.territory >= 0 else "",
                "node_id": node,
                "component": override.component,
                "period": override.period,
                "amount": money(override.amount_cents, quotas.currency),
                "method_amount": "" if method is None else money(method, quotas.currency),
                "difference": ""
                if method is None
                else money(override.amount_cents - method, quotas.currency),
                "currency": quotas.currency,
                "reason": override.reason,
                "author": override.author,
                "beyond_limits": _carried_over(quotas, position, territory_id),
            }
        )
    return pd.DataFrame(rows)


def _carried_over(quotas: QuotaPlan, position: int, territory_id: Sequence[str]) -> str:
    """Return who shares in the difference of an override and passes a limit, the farthest first."""
    found = [one for one in quotas.beyond_limits if position in one.overrides]
    told = [_beyond(quotas, one, territory_id) for one in found[:SHOWN]]
    return "; ".join([*told, f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else told)


def _beyond(quotas: QuotaPlan, one: BeyondLimit, territory_id: Sequence[str]) -> str:
    """Return who passes a limit and by how much, the sign telling to which side."""
    component = component_names(quotas)[one.component]
    sign = "+" if one.beyond_cents > 0 else ""
    amount = f"{sign}{money(one.beyond_cents, quotas.currency)}"
    return " ".join(filter(None, (str(territory_id[one.territory]), component, amount)))


def method_cents(quotas: QuotaPlan, override: Override) -> int | None:
    """Return what the method gave where an amount was decided by hand; None where that is not known."""
    who = _rows_of(quotas, override)
    columns = [c for c, name in enumerate(quotas.components) if override.component in ("", name)]
    before = quotas.before_overrides_cents
    if before is not None:
        inside = [p for p, name in enumerate(quotas.periods) if covers(override.period, name)]
        return int(before[np.ix_(who, columns, inside)].sum())
    if override.period or quotas.stage_cents is None:
        return None
    return int(quotas.stage_cents[STAGES.index("overrides") - 1][np.ix_(who, columns)].sum())


def covers(stated: str, period: str) -> bool:
    """Return whether a stated period, empty for all, holds a quota period."""
    if not stated:
        return True
    outer, inner = months_covered(stated), months_covered(period)
    if outer is None or inner is None:
        return stated == period
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _rows_of(quotas: QuotaPlan, override: Override) -> list[int]:
    """Return the territories that an override speaks of."""
    if override.territory >= 0:
        return [override.territory]
    assert quotas.hierarchy is not None
    assert quotas.node_of_territory is not None
    found = []
    for j, node in enumerate(quotas.node_of_territory.tolist()):
        while node >= 0 and node != override.node:
            node = int(quotas.hierarchy.parent[node])
        if node == override.node:
            found.append(j)
    return found


def _cells(quotas: QuotaPlan, rows: int) -> dict[str, object]:
    """Return component and period of each cell of so many rows."""
    components, periods = component_names(quotas), list(quotas.periods)
    return {
        "component": np.tile(np.repeat(components, len(periods)), rows),
        "period": np.tile(periods, rows * len(components)),
    }
