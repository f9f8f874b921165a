"""Which territories a plan fills: from the seats, the number asked for, and the alignment in force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.assemble.findings import Findings, examples, plural
from data.assemble.regions import Regions
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
    capacity_hours, skills
        What each seat can carry, NaN where it does not say; what it knows, as written; shape ``(n_territories,)``.
    region_name, region
        Names of the regions; region of each territory, −1 where none, shape ``(n_territories,)``.
    position
        Position of each territory by its id, and of each seat by its id.
    """

    territory_id: IdArray
    seat_id: IdArray
    home_deg: FloatArray
    share: FloatArray
    capacity_hours: FloatArray
    skills: tuple[str, ...]
    region_name: tuple[str, ...]
    region: IntArray
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
    regions: Regions,
    findings: Findings,
) -> Roster:
    """Name the territories to fill.

    One per seat. Without seats, those in force; asked for more, new ones ``T001``, … are added; asked for fewer,
    the largest in force are kept. Numbers that the scenario asks for single regions count there.

    Parameters
    ----------
    in_force, weight
        Current territory id and activity of everything that has an owner: accounts, then areas.
    """
    held = in_force != ""
    size = pd.Series(weight[held]).groupby(pd.Series(in_force[held], dtype=object)).sum()
    has_seats = folder.seats is not None and len(folder.seats) > 0
    if has_seats:
        seats = _seats(folder.seats, findings)
        region = dict(zip(seats["territory_id"], regions.of(_texts(seats, "region")), strict=True))
    else:
        seats = pd.DataFrame(columns=["territory_id", "seat_id", "longitude", "latitude", "target_share"])
        region = regions.of_territories(in_force[held], weight[held], held)
    names = _Names(size, region, list(seats["territory_id"]), regions, findings).chosen(
        scenario.territories if isinstance(scenario.territories, int) else None, has_seats
    )
    _tell_gone([str(name) for name in size.index], list(names), folder, findings)
    return _roster(seats, names, regions)


class _Names:
    """Chooses the ids of the territories, region by region where the scenario says how many a region has.

    Parameters
    ----------
    size
        Activity of each territory in force, by its id.
    region
        Region of each territory that is known, by its id.
    seated
        Territories that have a seat.
    """

    def __init__(
        self,
        size: pd.Series,
        region: dict[str, str],
        seated: list[str],
        regions: Regions,
        findings: Findings,
    ) -> None:
        self.size, self.region, self.regions, self.findings = size, region, regions, findings
        self.seated = seated
        self.existing = [str(name) for name in size.index]

    def chosen(self, asked: int | None, has_seats: bool) -> dict[str, str]:
        """Return the region of each territory to fill, by its id, ``""`` where it has none.

        Parameters
        ----------
        asked
            How many in all; None where only regions, seats or today say it.
        """
        names = self._seated(asked) if has_seats else self._in_force(asked)
        found = {name: self.region.get(name, "") for name in names}
        for region, wanted in self.regions.wanted.items():
            found |= dict.fromkeys(self._further(found, region, wanted), region)
        if asked is not None and len(found) != asked and self.regions.wanted:
            self._tell_total(asked, found)
        return found

    def _seated(self, asked: int | None) -> list[str]:
        names, fixed = list(self.seated), self.regions.wanted
        wanted = asked or len(names)
        if wanted < len(names):
            self.findings.error(
                "more_seats_than_territories",
                f"{wanted} territories are asked for, but {len(names)} seats are to be filled.",
                f"Ask for {len(names)} territories, or remove {plural(len(names) - wanted, 'seat')} from seats.",
                table="seats",
                count=len(names) - wanted,
            )
        if wanted > len(names) and not fixed:
            free = [name for name in self.existing if name not in set(names)]
            extra = _more(names, free, wanted)
            self.findings.warn(
                "territories_without_seat",
                f"{wanted} territories are asked for, but there are {len(names)} seats. Without a seat: "
                f"{examples(extra)}.",
                "Add seats, or ask for fewer territories.",
                table="seats",
                count=len(extra),
            )
            names += extra
        return names

    def _in_force(self, asked: int | None) -> list[str]:
        """Return the largest territories in force: as many as are asked for, in all or in their region."""
        ranked = [str(name) for name in self.size.sort_values(ascending=False, kind="stable").index]
        fixed = self.regions.wanted
        wanted = asked or (0 if fixed else len(self.existing))
        if wanted < 1 and not fixed:
            self.findings.error(
                "how_many_territories",
                "Nothing says how many territories to make: there are no seats and no current territories.",
                "Set territories in plan.toml (or --territories), or add a file seats.",
            )
        kept = {name for name in ranked if self.region.get(name, "") not in fixed}
        for region, number in fixed.items():
            kept |= set([name for name in ranked if self.region.get(name, "") == region][:number])
        if not fixed:
            kept = set(ranked[:wanted])
        names = [name for name in self.existing if name in kept]
        return names + (_more(names, [], wanted) if not fixed else [])

    def _further(self, found: dict[str, str], region: str, wanted: int) -> list[str]:
        """Return new territories of a region that is to have more than it has."""
        there = sum(of == region for of in found.values())
        if there > wanted:
            self.findings.error(
                "more_seats_than_territories",
                f"{wanted} territories are asked for in the region {region}, but {there} seats are to be filled there.",
                f"Ask for {there} territories, or remove {plural(there - wanted, 'seat')} from seats.",
                table="plan.toml",
                column=f"regions.{region}.territories",
                value=wanted,
            )
        return _more(list(found), [], len(found) + wanted - there) if there < wanted else []

    def _tell_total(self, asked: int, found: dict[str, str]) -> None:
        self.findings.error(
            "territories_differ",
            f"{asked} territories are asked for in all, but seats and regions make {len(found)}.",
            f"Ask for {len(found)}, or change the number of a region.",
            table="plan.toml",
            column="territories",
            value=asked,
        )


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


def _texts(seats: pd.DataFrame, name: str) -> IdArray:
    return seats[name].to_numpy(dtype=object) if name in seats else np.full(len(seats), "", dtype=object)


def _roster(seats: pd.DataFrame, names: dict[str, str], regions: Regions) -> Roster:
    known = seats.set_index("territory_id").reindex(list(names))
    share = known["target_share"].to_numpy(dtype=float)
    stated = np.isfinite(share) & (share > 0)
    share = np.where(stated, share, share[stated].mean() if stated.any() else 1.0)
    seat_id = known["seat_id"].fillna("").to_numpy(dtype=object)
    hours = known["capacity_hours"] if "capacity_hours" in known else pd.Series(np.nan, index=known.index)
    skills = known["skills"].fillna("") if "skills" in known else pd.Series("", index=known.index)
    region_name = regions.names_of(names.values())
    position = {name: r for r, name in enumerate(region_name)}
    return Roster(
        territory_id=np.array(list(names), dtype=object),
        seat_id=seat_id,
        home_deg=known[["longitude", "latitude"]].to_numpy(dtype=float),
        share=share / share.sum() if len(share) else share,
        capacity_hours=hours.to_numpy(dtype=float),
        skills=tuple(skills),
        region_name=region_name,
        region=np.array([position.get(name, -1) for name in names.values()], dtype=np.int32),
        position={name: j for j, name in enumerate(names)},
        position_of_seat={seat: j for j, seat in enumerate(seat_id) if seat},
    )
