"""The folder as it is once seats have come or gone: what spoke of a seat that leaves is settled, and told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, examples, plural
from data.folder import PlanFolder
from data.schema import nearest
from planner.scenario import Scenario
from planner.seat_changes import Hire

TEXTS = ("rep_name", "region", "skills", "start_date", "end_date")
NUMBERS = ("latitude", "longitude", "target_share", "capacity_hours", "quota_last_year_cents")


def with_changed_seats(
    folder: PlanFolder, scenario: Scenario, findings: Findings
) -> tuple[PlanFolder, Scenario]:
    """Return folder and scenario with the seats that the scenario asks for.

    A seat that leaves takes with it the locks, names and rules that tie something to it; its history goes by its
    territory. Without a table of seats every territory in force counts as a seat.
    """
    changes = scenario.seat_changes
    if not changes:
        return folder, scenario
    seats = _seats(folder)
    territory = seats["territory_id"].where(seats["territory_id"] != "", seats["seat_id"])
    leaves = (seats["seat_id"].isin(changes.leave) | territory.isin(changes.leave)).to_numpy(bool)
    unknown = [name for name in changes.leave if name not in {*seats["seat_id"], *territory}]
    if unknown:
        near = nearest(unknown[0], [*seats["seat_id"], *territory])
        findings.error(
            "unknown_seat",
            f"There is no seat {examples(unknown)} that could leave."
            + (f" The nearest is {near!r}." if near else ""),
            "Name a seat of the folder.",
            table="seats",
            value=unknown[0],
        )
    taken = [hire.seat_id for hire in changes.hire if hire.seat_id in {*seats["seat_id"], *territory}]
    if taken:
        findings.error(
            "seat_exists",
            f"A new seat cannot be called {examples(taken)}: there is one already.",
            "Give it another id.",
            table="seats",
            value=taken[0],
        )
    if leaves.all() and not changes.hire:
        findings.error("nobody_left", "Every seat would leave.", "Keep a seat, or hire.", table="seats")
    findings.stop_on_errors()
    gone = seats[leaves].assign(territory_id=territory[leaves])
    names = {*gone["seat_id"], *gone["territory_id"]}
    hired = pd.DataFrame([_row(hire) for hire in changes.hire], columns=list(seats))
    # What nobody said of a new seat is empty text, whatever columns the file has.
    blank = [name for name in hired if not pd.api.types.is_numeric_dtype(seats[name])]
    hired[blank] = hired[blank].astype(object).fillna("")
    stay = [seats[~leaves], *([hired] if len(hired) else [])]
    folder = replace(
        _untied(folder, names, findings),
        seats=pd.concat(stay, ignore_index=True),
        former_seats=gone.reset_index(drop=True) if len(gone) else None,
    )
    rules = tuple(rule for rule in scenario.rules if not {rule.seat_id, rule.territory_id} & (names - {""}))
    return folder, scenario.replace(rules=rules)


def _seats(folder: PlanFolder) -> pd.DataFrame:
    """Return the seats of the folder; one per territory in force where it has none."""
    if folder.seats is not None and len(folder.seats):
        return folder.seats
    tables = [table["territory_id"] for table in (folder.accounts, folder.units) if table is not None]
    ids = sorted({str(name) for table in tables for name in table.unique()} - {""})
    return pd.DataFrame(
        {"seat_id": ids, "territory_id": ids} | dict.fromkeys(TEXTS, "") | dict.fromkeys(NUMBERS, np.nan)
    )


def _row(hire: Hire) -> dict[str, object]:
    place = {"latitude": hire.latitude, "longitude": hire.longitude}
    known = {name: np.nan if value is None else value for name, value in place.items()}
    row: dict[str, object] = dict.fromkeys(TEXTS, "") | dict.fromkeys(NUMBERS, np.nan)
    return row | {"seat_id": hire.seat_id, "territory_id": hire.seat_id, "region": hire.region} | known


def _untied(folder: PlanFolder, names: set[str], findings: Findings) -> PlanFolder:
    """Return the folder without what ties anything to seats or territories of these names."""
    changed: dict[str, object] = {}
    if folder.accounts is not None:
        accounts = folder.accounts
        locked = accounts["locked"].to_numpy(bool) & accounts["territory_id"].isin(names).to_numpy(bool)
        named = accounts["seat_id"].isin(names).to_numpy(bool)
        _tell(int(locked.sum()), "locked account", "locked", findings)
        _tell(int(named.sum()), "named account", "seat_id", findings)
        changed["accounts"] = accounts.assign(
            locked=accounts["locked"].to_numpy(bool) & ~locked,
            seat_id=accounts["seat_id"].mask(named, "").to_numpy(dtype=object),
        )
    if folder.units is not None:
        units = folder.units
        held = units["locked"].to_numpy(bool) & units["territory_id"].isin(names).to_numpy(bool)
        changed["units"] = units.assign(locked=units["locked"].to_numpy(bool) & ~held)
    if folder.rules is not None and names:
        speaks = folder.rules["seat_id"].isin(names) | folder.rules["territory_id"].isin(names)
        if speaks.any():
            findings.warn(
                "rule_of_former_seat",
                f"{plural(int(speaks.sum()), 'rule')} speak of a seat that leaves and were left out.",
                "Nothing to do, or name another seat in them.",
                table="rules",
                count=int(speaks.sum()),
            )
        changed["rules"] = folder.rules[~speaks].reset_index(drop=True)
    if folder.travel is not None:
        changed["travel"] = folder.travel[~folder.travel["seat_id"].isin(names)].reset_index(drop=True)
    if folder.history is not None and folder.seats is not None:
        changed["history"] = _history_by_territory(folder.history, folder.seats, names)
    return replace(folder, **changed)  # type: ignore[arg-type]


def _history_by_territory(history: pd.DataFrame, seats: pd.DataFrame, names: set[str]) -> pd.DataFrame:
    """Return the history with rows of seats that leave told by their territories, which accounts still name."""
    of_seat = dict(zip(seats["seat_id"], seats["territory_id"], strict=True))
    moved = history["seat_id"].isin(names) & (history["territory_id"] == "") & (history["account_id"] == "")
    territory = history["territory_id"].mask(
        moved, history["seat_id"].map(lambda name: of_seat.get(name) or name)
    )
    return history.assign(territory_id=territory)


def _tell(count: int, noun: str, column: str, findings: Findings) -> None:
    if count:
        findings.warn(
            "tie_to_former_seat",
            f"{plural(count, noun)} of a seat that leaves may go to anybody now.",
            "Lock or name them for another seat where they should go to a certain one.",
            table="accounts",
            column=column,
            count=count,
        )
