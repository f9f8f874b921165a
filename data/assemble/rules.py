"""Locks, exclusions, reach and limits, from the rules and from columns of the tables, in positions instead of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, examples
from data.assemble.roster import Roster
from data.assemble.values import Values
from data.folder import PlanFolder
from data.schema import measure_named, nearest
from planner.arrays import IntArray

Row = Mapping[Any, Any]


@dataclass(eq=False)
class Demands:
    """What is demanded of accounts, or of areas.

    Parameters
    ----------
    locked
        Territory that each must belong to, −1 where free.
    named
        Territory that holds each apart from geography, as a named account, −1 where none.
    excluded
        Pairs (account or area, territory) that are not allowed.
    """

    locked: IntArray
    named: IntArray
    excluded: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def none(cls, n: int) -> Demands:
        """Return no demands on `n` accounts or areas."""
        return cls(np.full(n, -1, np.int32), np.full(n, -1, np.int32))


@dataclass(frozen=True)
class Limit:
    """A limit on the measure at a position; `territory` None for all."""

    measure: int
    territory: int | None
    is_minimum: bool
    value: float


@dataclass(frozen=True)
class Reach:
    """A greatest distance from the home of a seat; `territory` None for all."""

    territory: int | None
    km: float


@dataclass(eq=False)
class Rules:
    """Every rule of a plan."""

    accounts: Demands
    areas: Demands
    limits: list[Limit] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)


def read_rules(
    folder: PlanFolder,
    roster: Roster,
    values: Values,
    account_current: IntArray,
    area_current: IntArray,
    findings: Findings,
) -> Rules:
    """Return the rules of the folder; one that cannot be meant is an error.

    Parameters
    ----------
    account_current, area_current
        Current territory of each account and each area, `NOBODY` or `GONE` where none of these.
    """
    rules = Rules(Demands.none(len(account_current)), Demands.none(len(area_current)))
    if folder.accounts is not None:
        _read_named(folder.accounts, roster, rules.accounts, findings)
        _read_locked(folder.accounts, "account", account_current, rules.accounts, findings)
    if folder.units is not None:
        _read_locked(folder.units, "unit", area_current, rules.areas, findings)
    if folder.rules is not None:
        reader = _RuleReader(folder, roster, values, account_current, area_current, rules, findings)
        for row in folder.rules.to_dict("records"):
            reader.read(row)
    return rules


def _read_named(accounts: pd.DataFrame, roster: Roster, demands: Demands, findings: Findings) -> None:
    seat_id = accounts["seat_id"]
    known = roster.position | roster.position_of_seat
    demands.named[:] = seat_id.map(known).fillna(-1).to_numpy()
    unknown = seat_id[(seat_id != "") & ~seat_id.isin(list(known))]
    if len(unknown):
        findings.error(
            "unknown_seat",
            f"Accounts are named for a seat that is not there: {examples(unknown.unique())}.",
            "Correct the seat_id, add the seat, or leave the cell empty.",
            table="accounts",
            column="seat_id",
            value=unknown.iloc[0],
            count=len(unknown),
        )


def _read_locked(
    table: pd.DataFrame, noun: str, current: IntArray, demands: Demands, findings: Findings
) -> None:
    """Lock the rows that say so to their current territory."""
    asked = table["locked"].to_numpy(dtype=bool)
    held = asked & (current >= 0)
    demands.locked[held] = current[held]
    ids = table[f"{noun}_id"][asked & ~held]
    if len(ids):
        findings.error(
            "lock_without_territory",
            f"Locked {noun}s without a current territory that is to be filled: {examples(ids)}.",
            "Fill in a territory_id that stays, or clear locked.",
            table=f"{noun}s",
            column="locked",
            value=ids.iloc[0],
            count=len(ids),
        )


class _RuleReader:
    """Reads rows of the rules table into `rules`."""

    def __init__(
        self,
        folder: PlanFolder,
        roster: Roster,
        values: Values,
        account_current: IntArray,
        area_current: IntArray,
        rules: Rules,
        findings: Findings,
    ) -> None:
        self.roster, self.values, self.rules, self.findings = roster, values, rules, findings
        accounts = () if folder.accounts is None else folder.accounts["account_id"]
        areas = () if folder.units is None else folder.units["unit_id"]
        self.subjects = {
            "account_id": ({name: at for at, name in enumerate(accounts)}, rules.accounts, account_current),
            "unit_id": ({name: at for at, name in enumerate(areas)}, rules.areas, area_current),
        }

    def read(self, row: Row) -> None:
        """Take up one rule."""
        territory = None
        for column in ("territory_id", "seat_id"):
            known = self.roster.position | (self.roster.position_of_seat if column == "seat_id" else {})
            if territory is None and row[column] != "":
                territory = self._known(row, column, known)
                if territory is None:
                    return
        kind = row["kind"]
        if kind in ("lock", "exclude"):
            for column, (position, demands, current) in self.subjects.items():
                at = self._known(row, column, position) if row[column] != "" else None
                if at is not None and kind == "lock":
                    self._lock(row, column, at, demands, int(current[at]) if territory is None else territory)
                elif at is not None and territory is not None:
                    demands.excluded.append((at, territory))
        elif kind == "reach_km":
            self._reach(row, territory)
        elif kind in ("min", "max"):
            measure = measure_named(row["measure"], self.values.names)
            if measure not in self.values.names:
                self._tell(row, "measure", "unknown_measure", f"There is no measure {row['measure']!r}.")
                return
            position = self.values.position(measure)
            self.rules.limits.append(Limit(position, territory, kind == "min", float(row["value"])))
        else:
            self._tell(row, "kind", "rule_not_held", f"Rules of the kind {kind!r} are not kept.")

    def _known(self, row: Row, column: str, position: Mapping[str, int]) -> int | None:
        """Return the position of what the row names; None, with an error, where it is not in the plan."""
        name = row[column]
        if name in position:
            return position[name]
        noun = column.removesuffix("_id")
        near = nearest(name, position)
        guess = f" The nearest is {near!r}." if near else ""
        self._tell(row, column, f"unknown_{noun}", f"There is no {noun} {name!r} in the plan.{guess}")
        return None

    def _lock(self, row: Row, column: str, at: int, demands: Demands, territory: int) -> None:
        before, names = int(demands.locked[at]), self.roster.territory_id
        if territory < 0:
            why = f"{row[column]} has no current territory that is to be filled, so there is nothing to lock it to."
            self._tell(row, column, "lock_without_territory", why)
        elif before >= 0 and before != territory:
            why = f"{row[column]} is locked to {names[before]} and to {names[territory]}."
            self._tell(row, column, "contradicting_rules", why)
        else:
            demands.locked[at] = territory

    def _reach(self, row: Row, territory: int | None) -> None:
        homeless = ~np.isfinite(self.roster.home_deg).all(axis=1)
        asked = np.arange(len(self.roster)) if territory is None else np.array([territory])
        without = self.roster.territory_id[asked[homeless[asked]]]
        if len(without):
            why = f"Reach is measured from the home of a seat; these territories have none: {examples(without)}."
            self._tell(row, "value", "reach_without_home", why)
        else:
            self.rules.reach.append(Reach(territory, float(row["value"])))

    def _tell(self, row: Row, column: str, code: str, why: str) -> None:
        self.findings.error(
            code,
            why,
            "Correct the rule, or remove it.",
            table="rules",
            row=int(row["row"]),
            column=column,
            value=row[column],
        )
