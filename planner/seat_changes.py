"""Seats that come and go against those of the folder: a rep leaves, somebody is hired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hire:
    """A new seat.

    Parameters
    ----------
    seat_id
        Its id, also that of its territory.
    latitude, longitude
        Home of the new rep in degrees; None where it is not known yet.
    region
        Region that it belongs to; empty for none.
    """

    seat_id: str
    latitude: float | None = None
    longitude: float | None = None
    region: str = ""


@dataclass(frozen=True)
class SeatChanges:
    """What changes.

    Parameters
    ----------
    leave
        Ids of seats (or of their territories) that are given up.
    hire
        New seats.
    """

    leave: tuple[str, ...] = ()
    hire: tuple[Hire, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.leave or self.hire)


NO_CHANGES = SeatChanges()
"""The seats of the folder as they are."""


def seat_changes(stated: Mapping[str, Any] | SeatChanges) -> SeatChanges:
    """Return changes from plain values, as from JSON."""
    if isinstance(stated, SeatChanges):
        return stated
    hire = (Hire(**each) if isinstance(each, Mapping) else each for each in stated.get("hire", ()))
    return SeatChanges(tuple(stated.get("leave", ())), tuple(hire))
