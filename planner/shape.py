"""What makes a territory compact, by name; light to import, so that the command line starts at once."""

from __future__ import annotations

from enum import StrEnum


class Centre(StrEnum):
    """Point that the distance of a territory's units is taken from."""

    CENTROID = "centroid"
    """The activity-weighted centroid of the territory: free, moves with the territory."""
    HOME = "home"
    """The home place of the seat: fixed, so the objective is linear in the assignment."""
    UNIT = "unit"
    """The best of the territory's own units: free, but always a place where there is one."""


class Compactness(StrEnum):
    """What makes a territory compact."""

    INERTIA = "inertia"
    """Moment of inertia ``Σ weight · distance²``, in activity · m²."""
    DISTANCE = "distance"
    """Sum of distances ``Σ weight · distance``, in activity · m."""
    HOURS = "hours"
    """Sum of travel times ``Σ weight · hours``, in activity · h."""
    DIAMETER = "diameter"
    """Largest distance between two units of one territory, over all territories, in m."""


UNIT_OF_COST = {
    Compactness.INERTIA: "activity · m²",
    Compactness.DISTANCE: "activity · m",
    Compactness.HOURS: "activity · h",
    Compactness.DIAMETER: "m",
}
