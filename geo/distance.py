"""Distances between places, on the globe and on a projection."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""


def great_circle_m(lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> FloatArray:
    """Return the distance along the globe between places given in degrees.

    The arguments broadcast against each other. The arctangent form keeps full precision for places that coincide
    and for antipodes (Vincenty 1975, doi:10.1179/sre.1975.23.176.88, on a sphere); the sphere is within 0.6 % of
    the ellipsoid.

    Returns
    -------
    distance_m
        Metres, 0 to half the circumference, in the broadcast shape; NaN where a coordinate is NaN.
    """
    lam_a, phi_a = np.radians(np.asarray(lon_a, dtype=float)), np.radians(np.asarray(lat_a, dtype=float))
    lam_b, phi_b = np.radians(np.asarray(lon_b, dtype=float)), np.radians(np.asarray(lat_b, dtype=float))
    turn = lam_b - lam_a
    across = np.cos(phi_b) * np.sin(turn)
    along = np.cos(phi_a) * np.sin(phi_b) - np.sin(phi_a) * np.cos(phi_b) * np.cos(turn)
    towards = np.sin(phi_a) * np.sin(phi_b) + np.cos(phi_a) * np.cos(phi_b) * np.cos(turn)
    return EARTH_RADIUS_M * np.arctan2(np.hypot(across, along), towards)


def straight_m(a_xy_m: ArrayLike, b_xy_m: ArrayLike) -> FloatArray:
    """Return the distance between projected points, shapes ``(…, 2)`` that broadcast, in metres."""
    step = np.asarray(a_xy_m, dtype=float) - np.asarray(b_xy_m, dtype=float)
    return np.hypot(step[..., 0], step[..., 1])
