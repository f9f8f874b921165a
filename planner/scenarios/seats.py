"""Changes to who there is: seats that leave or are hired, and the number of territories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from planner.demands import RegionRules, Span
from planner.scenarios.change import Asked, Change, listed
from planner.scenarios.fields import Check, number, optional_text, some_ids, territories, text
from planner.seat_changes import Hire, SeatChanges


@dataclass(frozen=True)
class Leave(Change):
    """Seats are given up.

    Where the base asks for a number of territories, that number falls with them. Numbers asked of single regions stay.

    Parameters
    ----------
    seats
        Ids of the seats, or of their territories.
    """

    seats: tuple[str, ...]

    kind: ClassVar[str] = "leave"
    CHECKS: ClassVar[Mapping[str, Check]] = {"seats": some_ids}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each seat."""
        return tuple(("seat", name) for name in self.seats)

    def sentence(self) -> str:
        """Return the change in words."""
        return f"{'Seat' if len(self.seats) == 1 else 'Seats'} {listed(self.seats)} given up."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the seats gone."""
        before = asked.scenario.seat_changes
        after = SeatChanges((*before.leave, *self.seats), before.hire)
        return asked.replace(
            seat_changes=after, territories=_shifted(asked.scenario.territories, -len(self.seats))
        )


@dataclass(frozen=True)
class HireSeat(Change):
    """Somebody is hired; where the base asks for a number of territories, it grows by one.

    Parameters
    ----------
    seat_id
        Id of the new seat, also that of its territory.
    latitude, longitude
        Home in degrees; None where it is not known.
    region
        Region that it belongs to; empty for none.
    """

    seat_id: str
    latitude: float | None = None
    longitude: float | None = None
    region: str = ""

    kind: ClassVar[str] = "hire"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "seat_id": text,
        "latitude": number(-90.0, 90.0),
        "longitude": number(-180.0, 180.0),
        "region": optional_text,
    }

    def faults(self) -> list[str]:
        """Return whether half a home is stated."""
        half = (self.latitude is None) != (self.longitude is None)
        return ["a home needs latitude and longitude"] if half else []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the seat."""
        return (("seat", self.seat_id),)

    def sentence(self) -> str:
        """Return the change in words."""
        where = f" in the region {self.region}" if self.region else ""
        home = "" if self.latitude is None else f", home at {self.latitude:.10g}, {self.longitude:.10g}"
        return f"New seat {self.seat_id}{where}{home}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the new seat."""
        before = asked.scenario.seat_changes
        hire = Hire(self.seat_id, self.latitude, self.longitude, self.region)
        return asked.replace(
            seat_changes=SeatChanges(before.leave, (*before.hire, hire)),
            territories=_shifted(asked.scenario.territories, 1),
        )


@dataclass(frozen=True)
class Territories(Change):
    """Another number of territories, of all or of one region.

    Parameters
    ----------
    number
        A number, a range, or ``capacity``.
    region
        Region that it is for; empty for all together. A region takes a number only.
    """

    number: int | Span | str
    region: str = ""

    kind: ClassVar[str] = "territories"
    CHECKS: ClassVar[Mapping[str, Check]] = {"number": territories, "region": optional_text}

    def faults(self) -> list[str]:
        """Return whether a region is asked for what only all together can be."""
        wrong = bool(self.region) and not isinstance(self.number, int)
        return ["a region takes a number of territories, no range and no capacity"] if wrong else []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the number."""
        return (("territories", self.region.casefold()),)

    def sentence(self) -> str:
        """Return the change in words."""
        if isinstance(self.number, Span):
            told = f"{self.number.minimum} to {self.number.maximum} territories"
        else:
            many = "as few territories as capacity allows"
            told = many if isinstance(self.number, str) else f"{self.number} territories"
        return f"{told[:1].upper()}{told[1:]}{f' in the region {self.region}' if self.region else ''}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the number."""
        if not self.region:
            return asked.replace(territories=self.number)
        assert isinstance(self.number, int), "checked when it was made"
        regions = dict(asked.scenario.regions)
        rules = regions.get(self.region, RegionRules())
        return asked.replace(regions={**regions, self.region: replace(rules, territories=self.number)})


def _shifted(asked: Any, by: int) -> Any:
    """Return a number of territories with seats more or fewer; one that follows from seats or capacity stays."""
    if isinstance(asked, Span):
        low = max(asked.minimum + by, 1)
        return Span(low, max(asked.maximum + by, low))
    return max(asked + by, 1) if isinstance(asked, int) else asked
