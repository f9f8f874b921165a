"""What the tables of a folder say of quotas, as arrays over the territories of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from data.assemble.history import TOTAL
from data.assemble.workload import seat_capacity
from data.assembled import Assembled
from data.folder import PlanFolder
from data.read.quota_tables import exact_share
from planner.arrays import FloatArray, IntArray
from planner.quota.currency import minor_digits
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.history import History
from planner.quota.inputs import Credit, Override, QuotaInputs, Staffing
from planner.quota.target import Targets
from planner.scenario import Scenario
from planner.scorecard import Scorecard


def quota_inputs(assembled: Assembled, territory: IntArray, after: Scorecard) -> QuotaInputs:
    """Return everything that quotas of a plan are set from.

    Parameters
    ----------
    territory
        Territory of each basic unit, shape ``(n_units,)``.
    after
        Scorecard of the plan: what each territory holds.
    """
    problem, accounts, folder = assembled.problem, assembled.accounts, assembled.folder
    scenario = assembled.scenario
    measures = {name: after.loads[:, j] for j, name in enumerate(after.measures)}
    potential = potential_measure(scenario, after.measures)
    hierarchy = hierarchy_of(folder)
    seats = _Seats(assembled)
    rates = rates_of(folder)
    return QuotaInputs(
        territory if accounts is None else accounts.territory(territory),
        problem.n_territories,
        territory_id=tuple(map(str, problem.territories.territory_id)),
        seat_id=tuple(map(str, problem.territories.seat_id)),
        history=assembled.history,
        potential=None if potential is None else measures[potential],
        measures=measures,
        asked=_asked(assembled),
        capacity=seats.capacity(scenario),
        targets=targets_of(folder),
        hierarchy=hierarchy,
        node_of_territory=None if hierarchy is None else seats.nodes(folder),
        overrides=_overrides(assembled, hierarchy, rates),
        staffing=seats.staffing(),
        credits=_credits(assembled),
        currency_of_territory=seats.currencies(scenario.quota.currency),
        rates=rates,
    )


def targets_of(folder: PlanFolder) -> Targets | None:
    """Return the targets as stated; None where the folder has none."""
    if folder.targets is None:
        return None
    table = folder.targets
    columns = (tuple(table[name]) for name in ("node_id", "component", "period"))
    return Targets(*columns, table["amount_cents"].to_numpy(np.int64))


def hierarchy_of(folder: PlanFolder) -> Hierarchy | None:
    """Return the hierarchy; None where the folder has none."""
    if folder.hierarchy is None:
        return None
    nodes = folder.hierarchy
    columns = (list(nodes[name]) for name in ("node_id", "parent_id", "level", "name"))
    return Hierarchy.from_ids(*columns, nodes["over_assignment"].to_numpy(float))


def rates_of(folder: PlanFolder) -> dict[str, Fraction]:
    """Return what a unit of each currency is worth in that of the plan, exactly as written."""
    if folder.rates is None:
        return {}
    return {
        code: Fraction(rate)
        for code, rate in zip(folder.rates["currency"], folder.rates["rate"], strict=True)
    }


def converted(cents: int, currency: str, plan_currency: str, rates: Mapping[str, Fraction]) -> int:
    """Return an amount in minor units of the plan's currency, halves to even."""
    if currency in ("", plan_currency):
        return cents
    unit = Fraction(10) ** (minor_digits(plan_currency) - minor_digits(currency))
    return round(cents * rates[currency] * unit)


def potential_measure(scenario: Scenario, measures: tuple[str, ...]) -> str | None:
    """Return the measure that stands for potential: the one named, else the first balanced one."""
    wanted = [scenario.quota.potential, *scenario.measures, *measures]
    return next((name for name in wanted if name in measures), None)


class _Seats:
    """What the seats file says, in the order of the territories; nothing for a territory without a seat."""

    def __init__(self, assembled: Assembled) -> None:
        self._problem = assembled.problem
        table = assembled.folder.seats
        rows = pd.DataFrame(columns=["seat_id"]) if table is None else table
        self._rows = rows.drop_duplicates("seat_id").set_index("seat_id")

    def _texts(self, name: str) -> list[str]:
        """Return one text a territory, empty where nothing is known."""
        told = self._rows[name] if name in self._rows else pd.Series([], dtype=object)
        seats = [str(seat) for seat in self._problem.territories.seat_id]
        found = told.reindex(seats).fillna("")
        return [str(text) if seat else "" for text, seat in zip(found, seats, strict=True)]

    def nodes(self, folder: PlanFolder) -> IntArray:
        """Return the node that each territory hangs below, by its seat, else by its region; `COMPANY` for none."""
        nodes = folder.hierarchy
        assert nodes is not None
        ids = list(nodes["node_id"])
        names = nodes["name"]
        once = ~names.duplicated(keep=False) & (names != "")
        position = {str(name): p for p, name in enumerate(names) if once.iloc[p]}
        position |= {str(node): p for p, node in enumerate(ids)}
        stated = self._texts("node_id" if "node_id" in self._rows else "region")
        region = self._problem.region_of_territory
        regions = ["" if r < 0 else self._problem.region_name[r] for r in region]
        found = [
            position.get(node, position.get(of, COMPANY)) for node, of in zip(stated, regions, strict=True)
        ]
        return np.array(found, dtype=np.int32)

    def staffing(self) -> Staffing | None:
        """Return when each seat is filled; None where no seat states a date."""
        start, end = (tuple(map(_day, self._texts(name))) for name in ("start_date", "end_date"))
        return Staffing(start, end) if any(start) or any(end) else None

    def currencies(self, plan_currency: str) -> tuple[str, ...]:
        """Return the currency of each seat, empty for that of the plan; nothing where all have that."""
        found = tuple("" if code == plan_currency else code for code in self._texts("currency"))
        return found if any(found) else ()

    def capacity(self, scenario: Scenario) -> FloatArray | None:
        """Return the hours that each seat can carry; None where nothing says it."""
        if "capacity_hours" not in self._rows:
            return None
        seats = [str(seat) for seat in self._problem.territories.seat_id]
        stated = self._rows["capacity_hours"].reindex(seats).to_numpy(float)
        hours = seat_capacity(scenario, stated)
        return hours if np.isfinite(stated).any() else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _overrides(
    assembled: Assembled, hierarchy: Hierarchy | None, rates: Mapping[str, Fraction]
) -> tuple[Override, ...]:
    table, territories = assembled.folder.overrides, assembled.problem.territories
    if table is None:
        return ()
    currency = assembled.scenario.quota.currency
    of_territory = {str(name): j for j, name in enumerate(territories.territory_id)}
    of_seat = {str(name): j for j, name in enumerate(territories.seat_id) if name}
    of_node = {} if hierarchy is None else {str(name): j for j, name in enumerate(hierarchy.node_id)}
    return tuple(
        Override(
            of_territory.get(row["territory_id"], of_seat.get(row["seat_id"], -1)),
            of_node.get(row["node_id"], -1),
            row["component"],
            # A whole year is all periods together, whatever quotas are cut into.
            "" if len(row["period"]) == len("2026") else row["period"],
            converted(int(row["amount_cents"]), row["currency"], currency, rates),
            row["reason"],
            row["author"] if not row["date"] else f"{row['author']} {row['date']}".strip(),
        )
        for row in table.to_dict("records")
    )


def _credits(assembled: Assembled) -> tuple[Credit, ...]:
    table = assembled.folder.credits
    if table is None:
        return ()
    position = {str(name): j for j, name in enumerate(assembled.problem.territories.territory_id)}
    return tuple(
        Credit(
            row["seat_id"],
            position[row["territory_id"]],
            exact_share(row["share"]),
            row["kind"] == "overlay",
            row["component"],
        )
        for row in table.to_dict("records")
    )


def _asked(assembled: Assembled) -> History | None:
    """Return what account managers expect of each account, as a history of the quota year."""
    table, accounts = assembled.folder.account_targets, assembled.accounts
    if table is None or accounts is None or not len(table):
        return None
    period = table["period"].where(table["period"] != "", quota_year(assembled.folder, assembled.scenario))
    periods = tuple(sorted(period.unique()))
    component = table["component"].where(table["component"] != "", TOTAL)
    components = tuple(dict.fromkeys(component))
    return History(
        periods=periods,
        components=components,
        entity=pd.Index(accounts.account_id).get_indexer(table["account_id"]).astype(np.int32),
        period=pd.Categorical(period, periods).codes.astype(np.int32),
        component=pd.Categorical(component, components).codes.astype(np.int32),
        amount_cents=table["amount_cents"].to_numpy(np.int64),
        n_entities=len(accounts),
    )


def quota_year(folder: PlanFolder, scenario: Scenario) -> str:
    """Return the year that quotas are for: as asked, that of the targets, else the one after the history."""
    year, targets, history = scenario.quota.year, folder.targets, folder.history
    if year is not None:
        return str(year)
    stated = [] if targets is None else [period for period in targets["period"] if period]
    if stated:
        return str(max(stated)[:4])
    return "" if history is None or not len(history) else str(int(max(history["period"])[:4]) + 1)
