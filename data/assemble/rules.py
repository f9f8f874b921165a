"""Locks, exclusions, reach and limits: what rows of rules and columns of the tables forbid or demand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, examples, plural
from data.assemble.roster import Roster, territory_named
from data.assemble.values import Values
from data.folder import PlanFolder
from data.schema import measure_named, nearest
from planner.arrays import IntArray

NOT_APPLIED = {
    "together": "keeps accounts in one territory",
    "apart": "keeps accounts in different territories",
}
"""Kinds of rules of the open schema that no solver honours yet, and what they would do."""


@dataclass(eq=False)
class AccountRules:
    """What is demanded of single accounts, before it is known what units they belong to.

    Parameters
    ----------
    fixed
        Territory that holds an account apart from geography, −1 where none, shape ``(n_accounts,)``.
    locked
        Territory that an account must belong to, −1 where free, shape ``(n_accounts,)``.
    excluded
        Pairs (account, territory) that are not allowed.
    """

    fixed: IntArray
    locked: IntArray
    excluded: list[tuple[int, int]] = field(default_factory=list)


@dataclass(eq=False)
class AreaRules:
    """What is demanded of whole areas: `locked` of shape ``(n_areas,)``, pairs (area, territory) not allowed."""

    locked: IntArray
    excluded: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Limit:
    """A limit on a measure: `territory` −1 for all of them."""

    measure: int
    territory: int
    is_minimum: bool
    value: float


@dataclass(frozen=True)
class Reach:
    """A greatest distance from the home of a seat: `territory` −1 for all of them."""

    territory: int
    km: float


@dataclass(eq=False)
class Rules:
    """Every rule, in positions instead of ids."""

    accounts: AccountRules
    areas: AreaRules
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
    """Return the rules of the folder in positions; what names nothing known is an error.

    Parameters
    ----------
    account_current, area_current
        Current territory of each account and each area, `NOBODY` or `GONE` where none of these.
    """
    n_accounts, n_areas = len(account_current), len(area_current)
    rules = Rules(
        AccountRules(np.full(n_accounts, -1, np.int32), np.full(n_accounts, -1, np.int32)),
        AreaRules(np.full(n_areas, -1, np.int32)),
    )
    if n_accounts:
        _named_accounts(folder.accounts, roster, rules.accounts, findings)
        _column_locks(folder.accounts, account_current, rules.accounts.locked, "accounts", findings)
    if n_areas:
        _column_locks(folder.units, area_current, rules.areas.locked, "units", findings)
    if folder.rules is not None:
        _RuleRows(folder, roster, values, account_current, area_current, rules, findings).read()
    return rules


def _named_accounts(accounts: pd.DataFrame, roster: Roster, rules: AccountRules, findings: Findings) -> None:
    seat_id = accounts["seat_id"].to_numpy(dtype=object)
    known = {**roster.position, **roster.position_of_seat}
    named = np.flatnonzero(seat_id != "")
    position = pd.Series(seat_id[named], dtype=object).map(known)
    rules.fixed[named] = position.fillna(-1).to_numpy()
    unknown = named[position.isna().to_numpy()]
    if len(unknown):
        wanted = seat_id[unknown[0]]
        near = nearest(wanted, known)
        findings.error(
            "unknown_seat",
            f"{plural(len(unknown), 'named account')} of a seat that is not there: "
            f"{examples(dict.fromkeys(seat_id[unknown]))}.",
            f"Did you mean {near!r}?" if near else "Correct the seat_id, add the seat, or clear the cell.",
            table="accounts",
            column="seat_id",
            value=wanted,
            count=len(unknown),
        )


def _column_locks(
    table: pd.DataFrame, current: IntArray, locked: IntArray, name: str, findings: Findings
) -> None:
    """Lock the rows of `table` that say so to their current territory."""
    asked = table["locked"].to_numpy(dtype=bool)
    locked[asked & (current >= 0)] = current[asked & (current >= 0)]
    nowhere = np.flatnonzero(asked & (current < 0))
    if len(nowhere):
        ids = table[f"{name.removesuffix('s')}_id"].to_numpy(dtype=object)[nowhere]
        findings.error(
            "lock_without_territory",
            f"{plural(len(nowhere), f'locked {name[:-1]}')} without a current territory that is to be filled: "
            f"{examples(ids)}. There is nothing to lock to.",
            "Fill in territory_id, or clear locked.",
            table=name,
            column="locked",
            value=ids[0],
            count=len(nowhere),
        )


class _RuleRows:
    """Reads the rows of the rules table one by one."""

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
        self.table, self.roster, self.values = folder.rules, roster, values
        self.rules, self.findings = rules, findings
        accounts = [] if folder.accounts is None else folder.accounts["account_id"]
        areas = [] if folder.units is None else folder.units["unit_id"]
        self.entities = {
            "account_id": ({name: i for i, name in enumerate(accounts)}, rules.accounts, account_current),
            "unit_id": ({name: i for i, name in enumerate(areas)}, rules.areas, area_current),
        }

    def read(self) -> None:
        readers = {
            "lock": self._lock,
            "exclude": self._exclude,
            "reach_km": self._reach,
            "min": self._limit,
            "max": self._limit,
        }
        for rule in self.table.to_dict("records"):
            kind = rule["kind"].strip().casefold()
            if kind in readers:
                readers[kind](rule)
            elif kind in NOT_APPLIED:
                self.findings.warn(
                    "rule_not_applied",
                    f"A rule {kind!r} {NOT_APPLIED[kind]}; it is not applied yet.",
                    "Check these accounts in the result; lock rules can hold them where they belong.",
                    **self._at(rule, "kind"),
                )
            else:
                self.findings.error(
                    "unknown_rule",
                    f"There is no rule of the kind {rule['kind']!r}.",
                    f"Use one of: {', '.join([*readers, *NOT_APPLIED])}.",
                    **self._at(rule, "kind"),
                )

    def _at(self, rule: dict[str, object], column: str) -> dict[str, object]:
        return {"table": "rules", "row": int(rule["row"]), "column": column, "value": rule[column]}

    def _territory(self, rule: dict[str, object]) -> int | None:
        return territory_named(
            rule["territory_id"],
            rule["seat_id"],
            self.roster,
            self.findings,
            table="rules",
            row=int(rule["row"]),
        )

    def _names_territory(self, rule: dict[str, object]) -> bool:
        return rule["territory_id"] != "" or rule["seat_id"] != ""

    def _subjects(self, rule: dict[str, object]) -> list[tuple[str, int]]:
        """Return column and position of the account and unit that a rule speaks of."""
        found = []
        for column, (position, _, _) in self.entities.items():
            name = rule[column]
            if name == "":
                continue
            if name in position:
                found.append((column, position[name]))
                continue
            near = nearest(name, position)
            noun = column.removesuffix("_id")
            self.findings.error(
                f"unknown_{noun}",
                f"The rule names the {noun} {name!r}, which is not in the plan.",
                f"Did you mean {near!r}?" if near else f"Correct the {column}, or remove the rule.",
                **self._at(rule, column),
            )
        if rule["account_id"] == "" and rule["unit_id"] == "":
            self.findings.error(
                "rule_without_subject",
                f"A rule {rule['kind']!r} names neither an account nor a unit.",
                "Fill in account_id or unit_id.",
                **self._at(rule, "account_id"),
            )
        return found

    def _lock(self, rule: dict[str, object]) -> None:
        wanted = self._territory(rule)
        if wanted is None and self._names_territory(rule):
            return
        for column, at in self._subjects(rule):
            _, demands, current = self.entities[column]
            territory = int(current[at]) if wanted is None else wanted
            before = int(demands.locked[at])
            names = self.roster.territory_id
            if territory < 0:
                self.findings.error(
                    "lock_without_territory",
                    f"{rule[column]} has no current territory that is to be filled, so there is nothing to lock it to.",
                    "Name the territory in the rule.",
                    **self._at(rule, column),
                )
            elif before >= 0 and before != territory:
                self.findings.error(
                    "contradicting_locks",
                    f"{rule[column]} is locked to {names[before]} and to {names[territory]}.",
                    "Keep one of the two.",
                    **self._at(rule, column),
                )
            else:
                demands.locked[at] = territory

    def _exclude(self, rule: dict[str, object]) -> None:
        wanted = self._territory(rule)
        if wanted is None:
            if not self._names_territory(rule):
                self.findings.error(
                    "rule_without_territory",
                    "A rule 'exclude' does not say from which territory or seat.",
                    "Fill in territory_id or seat_id.",
                    **self._at(rule, "territory_id"),
                )
            return
        for column, at in self._subjects(rule):
            self.entities[column][1].excluded.append((at, wanted))

    def _reach(self, rule: dict[str, object]) -> None:
        wanted = self._territory(rule)
        if wanted is None and self._names_territory(rule):
            return
        km = float(rule["value"])
        if not km > 0:
            self._missing_value(rule, "the greatest distance in km, above 0")
            return
        homes = np.isfinite(self.roster.home_deg).all(axis=1)
        asked = [wanted] if wanted is not None else range(len(self.roster))
        without = [self.roster.territory_id[j] for j in asked if not homes[j]]
        if without:
            self.findings.error(
                "reach_without_home",
                f"Reach is measured from the home of a seat, but these have none: {examples(without)}.",
                "Add latitude and longitude of these seats, or name one seat in the rule.",
                **self._at(rule, "value"),
            )
            return
        self.rules.reach.append(Reach(-1 if wanted is None else wanted, km))

    def _limit(self, rule: dict[str, object]) -> None:
        wanted = self._territory(rule)
        if wanted is None and self._names_territory(rule):
            return
        if not np.isfinite(float(rule["value"])):
            self._missing_value(rule, "a number in units of the measure")
            return
        bands = list(self.values.bands)
        name = rule["measure"] or (bands[0] if len(bands) == 1 else "")
        measure = measure_named(name, self.values.names) if name else None
        if measure not in self.values.names:
            near = nearest(name, self.values.names) if name else None
            self.findings.error(
                "unknown_measure",
                f"A rule {rule['kind']!r} names the measure {name!r}. Known measures: {', '.join(self.values.names)}.",
                f"Did you mean {near!r}?" if near else "Name one of the known measures.",
                **self._at(rule, "measure"),
            )
            return
        is_minimum = rule["kind"].strip().casefold() == "min"
        self.rules.limits.append(
            Limit(
                self.values.position(measure),
                -1 if wanted is None else wanted,
                is_minimum,
                float(rule["value"]),
            )
        )

    def _missing_value(self, rule: dict[str, object], wanted: str) -> None:
        self.findings.error(
            "rule_without_value",
            f"A rule {rule['kind']!r} needs a value: {wanted}.",
            "Fill in value.",
            **self._at(rule, "value"),
        )
