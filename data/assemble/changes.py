"""The folder as a scenario would have it: what grows is multiplied, what is lifted holds no more.

This is done before anything else is made of a folder, so that measures, history, segments, rules and quotas all see the
same data, and so that an audit can put the same changes into the inputs that it compares with. Files are never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, amount, examples
from data.assemble.rules import Demands
from data.conditions import ConditionError, columns_of, parse_condition
from data.folder import PlanFolder
from data.matching import matching
from data.schema import COUNTED, key, measure_named, nearest
from planner.arrays import MaskArray
from planner.data_changes import HISTORY, Growth
from planner.demands import AskedRule
from planner.scenario import Scenario

SCENARIO = "scenario"
"""What messages name as the place of a change."""


def columns_asked(rules: Iterable[AskedRule], growth: Iterable[Growth]) -> frozenset[str]:
    """Return the columns of accounts and units that conditions of a scenario name, as written.

    Reading has to know them: other columns that nothing is made of are left out.
    """
    texts = [*(rule.where for rule in rules), *(each.where for each in growth)]
    named = {rule.by for rule in rules if rule.by}
    for text in texts:
        try:
            named |= {each.column for each in columns_of(parse_condition(text))} if text.strip() else set()
        except ConditionError:
            # Told where the change is put in.
            continue
    return frozenset(named)


def with_data_changes(folder: PlanFolder, scenario: Scenario, findings: Findings) -> PlanFolder:
    """Return the folder with the growth of a scenario, and without the locks and rules that it lifts.

    Growths of the same thing multiply each other. Amounts of the history are rounded to whole minor units, halves to
    even. What cannot be meant is an error; all errors are told before anything stops. What grew is told as a warning:
    the numbers of the plan are not those of the files.
    """
    if not scenario.growth and not scenario.lifted:
        return folder
    folder = _without_lifted(folder, scenario, findings)
    factors = _Factors(folder, findings)
    for growth in scenario.growth:
        factors.take(growth)
    findings.stop_on_errors()
    grown = factors.applied()
    _tell_growth(folder, grown, findings)
    return grown


def lift_locks(folder: PlanFolder, scenario: Scenario, accounts: Demands, areas: Demands) -> None:
    """Take the locks off the accounts and areas that a scenario lifts, whatever rule put them there."""
    for table, column, ids, demands in (
        (folder.accounts, "account_id", scenario.lifted.accounts, accounts),
        (folder.units, "unit_id", scenario.lifted.units, areas),
    ):
        if table is not None and ids:
            rows = np.flatnonzero(table[column].isin(ids).to_numpy(bool))
            demands.locked[rows] = -1
            for row in rows.tolist():
                demands.lock_origin.pop(row, None)


def _without_lifted(folder: PlanFolder, scenario: Scenario, findings: Findings) -> PlanFolder:
    lifted = scenario.lifted
    changed: dict[str, Any] = {}
    for name, column, ids in (
        ("accounts", "account_id", lifted.accounts),
        ("units", "unit_id", lifted.units),
    ):
        table = getattr(folder, name)
        known = set() if table is None else set(table[column])
        _tell_unknown([one for one in ids if one not in known], known, name, column, findings)
        if table is not None and ids:
            free = table[column].isin(ids).to_numpy(bool)
            changed[name] = table.assign(locked=table["locked"].to_numpy(bool) & ~free)
    rules = folder.rules
    if rules is not None and (lifted.accounts or lifted.units):
        spoken = rules["account_id"].isin(lifted.accounts) | rules["unit_id"].isin(lifted.units)
        rules = rules[~((rules["kind"] == "lock") & spoken)]
    for pattern in lifted.rules:
        rows = [] if folder.rules is None else folder.rules.to_dict("records")
        met = [folder.rules.index[n] for n, row in enumerate(rows) if pattern.matches(row)]
        if not met and not pattern.found:
            findings.error(
                "unknown_rule",
                f"There is no rule with {pattern.told} that could be taken away.",
                "State a name, or the kind and the ids, of a rule that is there.",
                table=SCENARIO,
                value=pattern.told,
            )
        if rules is not None:
            rules = rules.drop(index=[at for at in met if at in rules.index])
    if rules is not None:
        changed["rules"] = rules.reset_index(drop=True)
    return replace(folder, **changed)


def _tell_unknown(unknown: list[str], known: set[str], table: str, column: str, findings: Findings) -> None:
    if not unknown:
        return
    near = nearest(unknown[0], known)
    findings.error(
        f"unknown_{column.removesuffix('_id')}",
        f"There is nothing to lift: the {table} have no {examples(unknown)}."
        + (f" The nearest is {near!r}." if near else ""),
        "Correct the id.",
        table=SCENARIO,
        column=column,
        value=unknown[0],
        count=len(unknown),
    )


@dataclass
class _Part:
    """A frame, what it is called, and what its columns are multiplied by."""

    name: str
    frame: pd.DataFrame
    measures: tuple[str, ...]
    by: dict[str, np.ndarray]


class _Factors:
    """Collects what every row is multiplied by, exactly for money."""

    def __init__(self, folder: PlanFolder, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._parts = [
            _Part(name, table, measures, {})
            for name, table, measures in (
                ("accounts", folder.accounts, folder.account_measures),
                ("units", folder.units, folder.unit_measures),
            )
            if table is not None
        ]
        rows = 0 if folder.history is None else len(folder.history)
        self._history = np.full(rows, Fraction(1), dtype=object)

    def take(self, growth: Growth) -> None:
        """Take up one growth."""
        chosen = {part.name: self._chosen(part, growth) for part in self._parts}
        if any(rows is None for rows in chosen.values()):
            return
        if key(growth.measure) == HISTORY:
            self._take_history(growth, chosen)  # type: ignore[arg-type]
            return
        met = 0
        holders = []
        for part in self._parts:
            name = measure_named(growth.measure, part.measures)
            if name is None or name in COUNTED:
                continue
            holders.append(part.name)
            rows = chosen[part.name]
            assert rows is not None
            part.by.setdefault(name, np.ones(len(part.frame)))[rows] *= 1.0 + growth.by
            met += int(rows.sum())
        if not holders:
            known = [name for part in self._parts for name in part.measures] + [HISTORY] * bool(
                len(self._history)
            )
            near = nearest(growth.measure, known)
            self._error(
                "unknown_measure",
                growth,
                f"{growth.measure!r} cannot grow: it is no measure of the accounts or areas."
                + (f" The nearest is {near!r}." if near else ""),
                f"Use one of {', '.join(dict.fromkeys(known)) or 'the measures of the folder'}.",
                growth.measure,
            )
        else:
            self._tell_nothing(growth, met)

    def applied(self) -> PlanFolder:
        """Return the folder with everything multiplied."""
        changed: dict[str, Any] = {}
        for part in self._parts:
            if part.by:
                grown = {name: part.frame[name].to_numpy(float) * by for name, by in part.by.items()}
                changed[part.name] = part.frame.assign(**grown)
        table = self._folder.history
        if table is not None and (self._history != 1).any():
            cents = [round(int(c) * f) for c, f in zip(table["amount_cents"], self._history, strict=True)]
            changed["history"] = table.assign(amount_cents=np.array(cents, dtype=np.int64))
        return replace(self._folder, **changed)

    def _take_history(self, growth: Growth, chosen: dict[str, MaskArray]) -> None:
        table = self._folder.history
        if table is None or not len(table):
            why, what = (
                "The history cannot grow: the folder has none.",
                "Add a file history, or grow a measure.",
            )
            self._error("no_history", growth, why, what, HISTORY)
            return
        by_entity = {part.name: part.frame for part in self._parts}
        accounts = by_entity.get("accounts")
        named = np.zeros(len(table), bool)
        rows = np.ones(len(table), bool)
        if growth.region or growth.segment or growth.where:
            ids = [] if accounts is None else accounts.loc[chosen["accounts"], "account_id"]
            named = (table["account_id"] != "").to_numpy(bool)
            rows = table["account_id"].isin(ids).to_numpy(bool) & named
            if growth.region and not growth.segment and not growth.where:
                rows |= ~named & self._owners_in(table, growth.region)
            elif not named.all():
                self._error(
                    "history_by_territory",
                    growth,
                    f"{int((~named).sum()):,} rows of the history are of territories or seats, so nothing tells which "
                    "part of them is meant.",
                    "Grow a whole region, or bring a history by account.",
                    growth.segment or growth.where,
                )
                return
        step = 1 + Fraction(str(growth.by))
        self._history[rows] = self._history[rows] * step
        self._tell_nothing(growth, int(rows.sum()))

    def _chosen(self, part: _Part, growth: Growth) -> MaskArray | None:
        """Return which rows of a table a growth means; None where that cannot be told."""
        rows = np.ones(len(part.frame), bool)
        if growth.region:
            rows &= self._in_region(part, growth.region)
        if growth.segment:
            if part.name != "accounts":
                return np.zeros(len(part.frame), bool)
            rows &= (part.frame["segment"].astype(str).str.strip() == growth.segment.strip()).to_numpy(bool)
        if growth.where:
            of = growth.of or self._parts[0].name
            if of != part.name:
                return np.zeros(len(part.frame), bool)
            try:
                rows &= matching(parse_condition(growth.where), part.frame)
            except ConditionError as fault:
                self._error("condition", growth, str(fault), "Correct the condition.", growth.where)
                return None
        return rows

    def _in_region(self, part: _Part, region: str) -> MaskArray:
        """Return which accounts or areas belong to a region: by what they state, else by who has them today."""
        below = self._below(region)
        stated = part.frame["region"].astype(str).str.strip()
        owner = part.frame["territory_id"].astype(str)
        units = self._folder.units
        if part.name == "accounts" and units is not None and len(units):
            area = units.drop_duplicates("unit_id").set_index("unit_id")
            at = part.frame["unit_id"].astype(str)
            stated = stated.where(stated != "", at.map(area["region"].astype(str).str.strip()).fillna(""))
            owner = owner.where(owner != "", at.map(area["territory_id"].astype(str)).fillna(""))
        own = stated.where(stated != "", owner.map(self._region_of_owner()).fillna(""))
        return own.map(key).isin(below).to_numpy(bool)

    def _owners_in(self, table: pd.DataFrame, region: str) -> MaskArray:
        of_owner = self._region_of_owner()
        owner = table["territory_id"].where(table["territory_id"] != "", table["seat_id"])
        return owner.map(of_owner).fillna("").map(key).isin(self._below(region)).to_numpy(bool)

    def _region_of_owner(self) -> dict[str, str]:
        """Return the region of each seat and of its territory, by their ids."""
        seats = self._folder.seats
        if seats is None or "region" not in seats:
            return {}
        regions = seats["region"].astype(str).str.strip()
        if "node_id" in seats:
            regions = regions.where(regions != "", seats["node_id"].astype(str).str.strip())
        found = dict(zip(seats["seat_id"], regions, strict=True))
        territory = seats["territory_id"].where(seats["territory_id"] != "", seats["seat_id"])
        return found | dict(zip(territory, regions, strict=True))

    def _below(self, region: str) -> set[str]:
        """Return the keys of a region and of every node of the hierarchy below it, ids and names."""
        nodes = self._folder.hierarchy
        found = {key(region)}
        if nodes is None:
            return found
        ids = [str(name) for name in nodes["node_id"]]
        names = {str(node): str(name) for node, name in zip(nodes["node_id"], nodes["name"], strict=True)}
        parent = dict(zip(ids, map(str, nodes["parent_id"]), strict=True))
        inside = {node for node in ids if key(region) in (key(node), key(names[node]))}
        for _ in ids:
            more = {node for node in ids if parent[node] in inside} - inside
            if not more:
                break
            inside |= more
        return found | {key(text) for node in inside for text in (node, names[node]) if text}

    def _tell_nothing(self, growth: Growth, met: int) -> None:
        if met:
            return
        self._error(
            "growth_of_nothing",
            growth,
            f"There is nothing to grow: no {growth.of_what} is in the folder.",
            "Check the region, the segment or the condition; text is compared exactly.",
            growth.region or growth.segment or growth.where or growth.measure,
        )

    def _error(self, code: str, growth: Growth, why: str, what: str, value: str) -> None:
        self._findings.error(
            code, why, what, table=SCENARIO, column=f"growth of {growth.of_what}", value=value
        )


def _tell_growth(folder: PlanFolder, grown: PlanFolder, findings: Findings) -> None:
    """Tell what growth came to: sums before and after."""
    told = []
    for name, measures in (("accounts", folder.account_measures), ("units", folder.unit_measures)):
        before, after = getattr(folder, name), getattr(grown, name)
        for measure in measures if before is not None else ():
            sums = [float(np.nansum(frame[measure].to_numpy(float))) for frame in (before, after)]
            if sums[0] != sums[1]:
                told.append(
                    (measure, f"{measure} of the {name} from {amount(sums[0])} to {amount(sums[1])} in all")
                )
    if folder.history is not None and grown.history is not None:
        cents = [int(frame["amount_cents"].sum()) for frame in (folder.history, grown.history)]
        if cents[0] != cents[1]:
            share = cents[1] / cents[0] - 1 if cents[0] else 0.0
            told.append((HISTORY, f"the history by {share:+.2%} in all"))
    for measure, what in told:
        findings.warn(
            "scenario_growth",
            f"The scenario changes {what}.",
            "Nothing to do: the plan is made with these numbers, the files stay as they are.",
            table=SCENARIO,
            column=measure,
        )
