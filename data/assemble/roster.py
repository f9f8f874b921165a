"""Which territories a plan fills: from the seats, the number asked for, and the alignment in force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.assemble.findings import Findings, examples, plural
from data.folder import PlanFolder
from planner.alignment import GONE, NOBODY
from planner.arrays import FloatArray, IdArray, IntArray
from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Roster:
    """The territories to fill.

    Parameters
    ----------
    territory_id, seat_id
        Identifiers, shape ``(n_territories,)``; seat ``""`` where nobody sits.
    home_deg
        Longitude and latitude of each seat's home, shape ``(n_territories, 2)``; NaN where unknown.
    share
        Share of the whole that each territory should hold, shape ``(n_territories,)``, sums to 1.
    position
        Position of each territory by its id, and of each seat by its id.
    """

    territory_id: IdArray
    seat_id: IdArray
    home_deg: FloatArray
    share: FloatArray
    position: dict[str, int]
    position_of_seat: dict[str, int]

    def __len__(self) -> int:
        return len(self.territory_id)

    def current(self, territory_id: IdArray) -> IntArray:
        """Return positions of territory ids: `NOBODY` for ``""``, `GONE` for one that is not to be filled."""
        names = pd.Series(territory_id, dtype=object)
        known = names.map(self.position).fillna(GONE).to_numpy()
        return np.where(names == "", NOBODY, known).astype(np.int32)


def current_ids(folder: PlanFolder, account_area: NDArray[np.intp]) -> tuple[IdArray, IdArray]:
    """Return the territory id in force for each account and each area, as they came in; ``""`` where none.

    An account without one belongs to the owner of its area.
    """
    of_area = np.zeros(0, dtype=object)
    if folder.units is not None:
        of_area = folder.units["territory_id"].to_numpy(dtype=object)
    if folder.accounts is None:
        return np.zeros(0, dtype=object), of_area
    own = folder.accounts["territory_id"].to_numpy(dtype=object)
    inherited = np.append(of_area, "")[account_area]
    return np.where(own == "", inherited, own).astype(object), of_area


def choose_territories(
    folder: PlanFolder,
    scenario: Scenario,
    in_force: IdArray,
    weight: FloatArray,
    findings: Findings,
) -> Roster:
    """Name the territories to fill.

    One per seat. Without seats, those in force; asked for more, new ones ``T001``, … are added; asked for fewer,
    the largest in force are kept.

    Parameters
    ----------
    in_force, weight
        Current territory id and activity of everything that has an owner: accounts, then areas.
    """
    held = in_force != ""
    size = pd.Series(weight[held]).groupby(pd.Series(in_force[held], dtype=object)).sum()
    existing = [str(name) for name in size.index]
    if folder.seats is not None and len(folder.seats):
        seats = _seats(folder.seats, findings)
        names = list(seats["territory_id"])
        wanted = scenario.territories or len(names)
        if wanted < len(names):
            findings.error(
                "more_seats_than_territories",
                f"{wanted} territories are asked for, but {len(names)} seats are to be filled.",
                f"Ask for {len(names)} territories, or remove {plural(len(names) - wanted, 'seat')} from seats.",
                table="seats",
                count=len(names) - wanted,
            )
        if wanted > len(names):
            free = [name for name in existing if name not in set(names)]
            extra = _more(names, free, wanted)
            findings.warn(
                "territories_without_seat",
                f"{wanted} territories are asked for, but there are {len(names)} seats. Without a seat: "
                f"{examples(extra)}.",
                "Add seats, or ask for fewer territories.",
                table="seats",
                count=len(extra),
            )
            names += extra
    else:
        seats = pd.DataFrame(columns=["territory_id", "seat_id", "longitude", "latitude", "target_share"])
        wanted = scenario.territories or len(existing)
        if wanted < 1:
            findings.error(
                "how_many_territories",
                "Nothing says how many territories to make: there are no seats and no current territories.",
                "Set territories in plan.toml (or --territories), or add a file seats.",
            )
        largest = size.sort_values(ascending=False, kind="stable").index[:wanted]
        kept = [name for name in existing if name in set(largest)]
        names = kept + _more(kept, [], wanted)
    _tell_gone(existing, names, folder, findings)
    return _roster(seats, names)


def _seats(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return the seats, one row a territory; a seat that names none gets its own id for one."""
    named = table["territory_id"].where(table["territory_id"] != "", table["seat_id"])
    seats = table.assign(territory_id=named)
    # The one who stays comes first where a leaver and a successor share a territory.
    order = seats.assign(left=seats["end_date"] != "").sort_values("left", kind="stable")
    twice = order["territory_id"].duplicated()
    if twice.any():
        shared = order.loc[twice, "territory_id"].unique()
        findings.warn(
            "territory_with_two_seats",
            f"More than one seat names the same territory: {examples(shared)}. The one without an end date, else the "
            "first in the file, holds it.",
            "Give every seat a territory of its own, or remove the seat that ended.",
            table="seats",
            column="territory_id",
            value=shared[0],
            count=int(twice.sum()),
        )
    return order[~twice].sort_index()


def _more(names: list[str], free: list[str], wanted: int) -> list[str]:
    """Return further territories to make `wanted` of `names`: those in `free` first, then new names."""
    extra = free[: max(wanted - len(names), 0)]
    taken = {*names, *extra}
    missing = wanted - len(names) - len(extra)
    width = max(3, len(str(wanted)))
    number = 0
    for _ in range(missing):
        number += 1
        while (name := f"T{number:0{width}d}") in taken:
            number += 1
        extra.append(name)
        taken.add(name)
    return extra


def _tell_gone(existing: list[str], names: list[str], folder: PlanFolder, findings: Findings) -> None:
    gone = [name for name in existing if name not in set(names)]
    if gone:
        findings.warn(
            "territory_not_filled",
            f"Current territories that are not among the {len(names)} to fill: {examples(gone)}. Others get what they "
            "hold.",
            "Correct the territory_id, or add a seat for each, if they should stay.",
            table="units" if folder.accounts is None else "accounts",
            column="territory_id",
            value=gone[0],
            count=len(gone),
        )


def _roster(seats: pd.DataFrame, names: list[str]) -> Roster:
    known = seats.set_index("territory_id").reindex(names)
    share = known["target_share"].to_numpy(dtype=float)
    stated = np.isfinite(share) & (share > 0)
    share = np.where(stated, share, share[stated].mean() if stated.any() else 1.0)
    seat_id = known["seat_id"].fillna("").to_numpy(dtype=object)
    return Roster(
        territory_id=np.array(names, dtype=object),
        seat_id=seat_id,
        home_deg=known[["longitude", "latitude"]].to_numpy(dtype=float),
        share=share / share.sum() if len(share) else share,
        position={name: j for j, name in enumerate(names)},
        position_of_seat={seat: j for j, seat in enumerate(seat_id) if seat},
    )
