"""Who owns what: one row per account, one per area, and the accounts that could not be placed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from data.export.areas import area_rows
from data.export.reasons import account_reasons, unit_reasons
from data.export.stakes import entity_stakes
from data.stakes import Stakes, plan_stakes
from planner.arrays import IntArray
from planner.errors import InvalidAlignment
from planner.plan import Plan
from planner.quota.inputs import QuotaInputs

COLUMNS = ("account_id", "unit_id", "territory_id", "seat_id", "previous_territory_id", "reason", "area_id")


@dataclass(frozen=True, eq=False)
class Owners:
    """Territories of basic units and of entities (accounts, else basic units) in one plan.

    Raises
    ------
    InvalidAlignment
        Where the plan has no alignment.
    """

    assembled: Assembled
    plan: Plan

    @cached_property
    def unit_territory(self) -> IntArray:
        """Territory of each basic unit, shape ``(n_units,)``."""
        alignment = self.plan.result.alignment
        if alignment is None:
            raise InvalidAlignment("The solver returned no alignment, so there is nothing to write.")
        if len(alignment) != self.assembled.problem.n_units:
            raise InvalidAlignment(
                f"The alignment has {len(alignment)} units, the problem {self.assembled.problem.n_units}."
            )
        return alignment.territory

    @cached_property
    def entity_territory(self) -> IntArray:
        """Territory of each account (unit where there are no accounts), −1 where it is unplaced."""
        accounts = self.assembled.accounts
        return self.unit_territory if accounts is None else accounts.territory(self.unit_territory)

    @cached_property
    def stakes(self) -> Stakes:
        """Sales that change hands, their expected loss, and the hours of work of each territory."""
        return plan_stakes(self.assembled, self.plan)

    @cached_property
    def quota_inputs(self) -> QuotaInputs:
        """Everything that the quotas were set from, apart from how."""
        return quota_inputs(self.assembled, self.unit_territory, self.plan.after)

    @property
    def entity_current(self) -> IntArray:
        """Current territory of each account (unit where there are no accounts)."""
        accounts = self.assembled.accounts
        return self.assembled.problem.current if accounts is None else accounts.current


def assignments(owners: Owners) -> pd.DataFrame:
    """Return one row per placed account, then one per area (per basic unit where there are no accounts).

    In a row of an account ``unit_id`` is empty and ``area_id`` names the area it lies in; in a row of an area
    ``account_id`` is empty. An area that was split is listed once, with the territory that holds most of its
    accounts, and says so; its accounts are what counts. After `COLUMNS` come those of `entity_stakes`, empty for areas.
    """
    assembled = owners.assembled
    if assembled.accounts is None:
        rows = _unit_rows(owners)
    elif assembled.folder.units is None:
        rows = _account_rows(owners)
    else:
        rows = pd.concat([_account_rows(owners), _area_rows(owners)], ignore_index=True)
    further = [name for name in rows if name not in COLUMNS]
    texts = [name for name in further if not pd.api.types.is_numeric_dtype(rows[name])]
    return rows[[*COLUMNS, *further]].fillna(dict.fromkeys(texts, ""))


def unplaced(owners: Owners) -> pd.DataFrame:
    """Return the accounts that nobody owns, why, and what they hold of each measure."""
    assembled = owners.assembled
    accounts, names = assembled.accounts, [measure.name for measure in assembled.problem.measures]
    if accounts is None:
        return pd.DataFrame(columns=["account_id", "reason", *names])
    rows = np.flatnonzero(owners.entity_territory < 0)
    reasons = account_reasons(assembled, owners.plan, owners.entity_territory)
    frame = pd.DataFrame({"account_id": accounts.account_id[rows], "reason": [reasons[row] for row in rows]})
    values = pd.DataFrame(accounts.activity[rows], columns=names)
    return pd.concat([frame, values.drop(columns=["account_id", "reason"], errors="ignore")], axis=1)


def _account_rows(owners: Owners) -> pd.DataFrame:
    assembled = owners.assembled
    accounts, units = assembled.accounts, assembled.folder.units
    if units is None:
        given = assembled.folder.accounts
        area = given["unit_id"].to_numpy() if given is not None and "unit_id" in given else ""
    else:
        area = np.append(units["unit_id"].to_numpy(dtype=object), "")[assembled.account_area]
    rows = pd.DataFrame(
        {
            "account_id": accounts.account_id,
            "unit_id": "",
            **_owner_columns(owners, owners.entity_territory),
            "previous_territory_id": assembled.previous_territory,
            "reason": account_reasons(assembled, owners.plan, owners.entity_territory),
            "area_id": area,
            **entity_stakes(owners.assembled, owners.stakes),
        }
    )
    return rows[owners.entity_territory >= 0]


def _unit_rows(owners: Owners) -> pd.DataFrame:
    unit_id = owners.assembled.problem.units.unit_id
    return pd.DataFrame(
        {
            "account_id": "",
            "unit_id": unit_id,
            **_owner_columns(owners, owners.unit_territory),
            "previous_territory_id": owners.assembled.previous_territory,
            "reason": unit_reasons(owners.assembled, owners.plan, owners.unit_territory),
            "area_id": unit_id,
            **entity_stakes(owners.assembled, owners.stakes),
        }
    )


def _area_rows(owners: Owners) -> pd.DataFrame:
    rows = area_rows(owners.assembled, owners.plan, owners.unit_territory, owners.entity_territory)
    return pd.DataFrame(
        {
            "account_id": "",
            "unit_id": rows["unit_id"],
            **_owner_columns(owners, rows["territory"].to_numpy()),
            "previous_territory_id": rows["previous_territory_id"],
            "reason": rows["reason"],
            "area_id": rows["unit_id"],
        }
    )


def _owner_columns(owners: Owners, territory: np.ndarray) -> dict[str, np.ndarray]:
    """Return territory and seat ids by position; −1 gives empty text."""
    territories = owners.assembled.problem.territories
    return {
        "territory_id": np.append(territories.territory_id, "")[territory],
        "seat_id": np.append(territories.seat_id, "")[territory],
    }
