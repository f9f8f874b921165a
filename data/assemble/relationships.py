"""Who serves each customer today and what its sales are worth, to price a change of rep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.assemble.roster import Roster
from data.assemble.skills import skills_in
from data.folder import PlanFolder
from data.schema import measure_named
from planner.arrays import FloatArray, IdArray, MaskArray
from planner.measures.disruption import EXPECTED_LOSS, SIMILAR_RELIEF, LossRates
from planner.quota.baseline import full_years
from planner.quota.currency import minor_digits
from planner.quota.history import History
from planner.quota.periods import PER_YEAR, kind_of, parse
from planner.relationships import Relationships
from planner.scenario import Scenario

RECOGNISED = ("revenue", "sales", "turnover")
"""Measures that hold the annual sales of a customer where the scenario names none, in this order."""


@dataclass(frozen=True, eq=False)
class Revenue:
    """Annual sales of each entity in minor units, and where they were taken from, in words."""

    cents: NDArray[np.int64]
    source: str


def revenue_at_stake(
    scenario: Scenario, names: tuple[str, ...], activity: FloatArray, history: History | None
) -> Revenue | None:
    """Return the annual sales of each entity; None where nothing tells them.

    The measure that the scenario names, else one that is always revenue by its name, else the last full year of the
    history, else its latest periods up to a year.

    Parameters
    ----------
    names, activity
        The measures and what each entity holds of them, shape ``(n_entities, n_measures)``.
    """
    wanted = [scenario.revenue] if scenario.revenue else [name for name in RECOGNISED if name in names]
    name = next((found for w in wanted if (found := measure_named(w, names)) in names), None)
    if name is not None:
        how = "as plan.toml says" if scenario.revenue else "recognised by its name"
        value = activity[:, names.index(name)]
        return Revenue(
            np.rint(value * 10 ** minor_digits(scenario.quota.currency)).astype(np.int64),
            f"measure {name}, {how}",
        )
    if history is None or not len(history.periods):
        return None
    years = full_years(history)
    if years:
        parsed = [parse(period) for period in history.periods]
        chosen = [p for p, found in enumerate(parsed) if found is not None and found[0] == years[-1]]
        source = f"history of {years[-1]}, its last full year"
    else:
        kind = kind_of(history.periods)
        chosen = list(range(len(history.periods)))[-PER_YEAR[kind or "year"] :]
        source = f"history of {history.periods[chosen[0]]} to {history.periods[chosen[-1]]}, no year being complete"
    cents = np.zeros(history.n_entities, np.int64)
    here = np.isin(history.period, chosen)
    np.add.at(cents, history.entity[here], history.amount_cents[here])
    return Revenue(cents, source)


def loss_rates(scenario: Scenario) -> LossRates:
    """Return what a change of rep is expected to cost, as the scenario says, else by the study."""
    loss, relief = scenario.expected_loss, scenario.similar_relief
    return LossRates(EXPECTED_LOSS if loss is None else loss, SIMILAR_RELIEF if relief is None else relief)


def relationships(
    folder: PlanFolder, scenario: Scenario, roster: Roster, in_force: IdArray, revenue: Revenue | None
) -> Relationships | None:
    """Return who serves each entity today and what is at stake; None where its sales are unknown.

    Parameters
    ----------
    in_force
        Territory id in force of each entity (account, else basic unit), shape ``(n_entities,)``.
    """
    if revenue is None or len(revenue.cents) != len(in_force):
        return None
    code, owners = pd.factorize(pd.Series(in_force, dtype=object).where(in_force != "", None))
    seats = _seats_of(folder, [str(owner) for owner in owners])
    mine = _seats_of(folder, list(roster.territory_id))
    same = np.array([[owner == territory for territory in roster.territory_id] for owner in owners], bool)
    same_seat = _equal(seats["seat_id"], pd.Series(roster.seat_id, dtype=object))
    shape = (len(owners), len(roster))
    similar = _equal(seats["region"], mine["region"]) | _able(seats["skills"], mine["skills"])
    return Relationships(
        revenue_cents=revenue.cents,
        owner=code.astype(np.int32),
        stays=same.reshape(shape) | same_seat,
        similar=similar,
        named=_named(folder, roster, len(in_force)),
        rates=loss_rates(scenario),
        source=revenue.source,
        currency=scenario.quota.currency,
    )


def _seats_of(folder: PlanFolder, territory_id: list[str]) -> pd.DataFrame:
    """Return ``seat_id``, ``region`` and ``skills`` of the seat of each territory; ``""`` where unknown.

    A seat that names no territory has its own id for one. Of several seats the one that has not ended counts.
    """
    names = ["seat_id", "region", "skills"]
    tables = [table for table in (folder.seats, folder.former_seats) if table is not None and len(table)]
    if not tables:
        return pd.DataFrame("", index=range(len(territory_id)), columns=names)
    seats = pd.concat(tables, ignore_index=True).reindex(
        columns=[*names, "territory_id", "end_date"], fill_value=""
    )
    seats = seats.fillna("")
    seats["territory_id"] = seats["territory_id"].where(seats["territory_id"] != "", seats["seat_id"])
    order = seats.assign(left=seats["end_date"] != "").sort_values("left", kind="stable")
    known = order.drop_duplicates("territory_id").set_index("territory_id")[names]
    return known.reindex(territory_id, fill_value="").reset_index(drop=True)


def _equal(of_owner: pd.Series, of_territory: pd.Series) -> MaskArray:
    """Return which pairs have the same text, shape ``(n_owners, n_territories)``; empty text is like none."""
    a, b = of_owner.to_numpy(dtype=object), of_territory.to_numpy(dtype=object)
    return (a[:, None] == b[None, :]) & (a != "")[:, None]


def _able(of_owner: pd.Series, of_territory: pd.Series) -> MaskArray:
    """Return which new reps have every skill of the old one, where that has any."""
    old, new = ([skills_in(text) for text in column] for column in (of_owner, of_territory))
    able = [[bool(skills) and skills <= other for other in new] for skills in old]
    return np.array(able, bool).reshape(len(old), len(new))


def _named(folder: PlanFolder, roster: Roster, n_entities: int) -> NDArray[np.int32]:
    """Return the territory of the seat that each account is named for, −1 where none."""
    if folder.accounts is None:
        return np.full(n_entities, -1, np.int32)
    known = roster.position | roster.position_of_seat
    return folder.accounts["seat_id"].map(known).fillna(-1).to_numpy().astype(np.int32)
