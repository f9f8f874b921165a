"""The one place that turns degrees into metres and back, on an equal-area projection picked from the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

from geo.rings import degree_shapes, mended, split_long_edges, whole_shapes

FloatArray = NDArray[np.float64]

COMPACT_RADIUS_DEG = 15.0
"""Data within this angle of their centre are compact: azimuthal lengths are then off by less than 0.9 %."""

LONGEST_EDGE_DEG = 0.05
"""Longer edges are divided before projecting, so that a straight border in degrees stays the same line for both its
sides even where only one of them has a vertex; what remains is under half a metre."""

WORST_STRETCH = 10.0
"""Stretch counted for a point where a projection is singular."""


@dataclass(frozen=True)
class Projection:
    """An equal-area projection between longitude / latitude (EPSG:4326) and metres.

    Parameters
    ----------
    name
        What it is, for people: ``Lambert azimuthal equal-area, centred on 42.03, -93.50``.
    definition
        PROJ string.
    centre_deg
        Central meridian; shapes are laid within 180° of it where they can.
    """

    name: str
    definition: str
    centre_deg: float

    @classmethod
    def for_points(cls, lon: ArrayLike, lat: ArrayLike) -> Projection:
        """Pick the projection for points, shapes ``(n,)`` in degrees; points that are not finite are left out.

        Compact data get Lambert's azimuthal projection centred on them. For the rest the stretch of lengths under
        three projections is worked out on the sphere and the least one wins: the azimuthal (polar caps), Albers'
        conic with standard parallels a sixth of the extent inside its edges (wide extents in middle latitudes),
        the cylindrical (along the equator and the whole world). Centres are means of directions, and seams lie in
        the widest gap between longitudes, so neither the antimeridian nor a pole is a special place.

        Sources: Snyder, *Map Projections: A Working Manual*, USGS PP 1395 (1987), doi:10.3133/pp1395.
        """
        lon, lat = (np.asarray(values, dtype=float).ravel() for values in (lon, lat))
        usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)
        if not usable.any():
            return cls._cylindrical(0.0, 30.0)
        lon, lat = _wrap(lon[usable], 0.0), lat[usable]
        direction = _directions(lon, lat)
        mean = direction.mean(axis=0)
        if np.linalg.norm(mean) > 1e-6:
            mean /= np.linalg.norm(mean)
            angle = 2 * np.arcsin(np.clip(np.linalg.norm(direction - mean, axis=1) / 2, 0, 1))
            lat_0 = float(np.degrees(np.arcsin(np.clip(mean[2], -1, 1))))
            at_pole = np.hypot(mean[0], mean[1]) < 1e-9
            lon_0 = 0.0 if at_pole else float(np.degrees(np.arctan2(mean[1], mean[0])))
        else:
            angle, lat_0, lon_0 = np.full(len(lon), np.pi), 0.0, 0.0
        azimuthal = cls._azimuthal(lon_0, lat_0)
        if angle.max() <= np.radians(COMPACT_RADIUS_DEG):
            return azimuthal

        middle = _middle_of_arc(lon)
        low, high = float(lat.min()), float(lat.max())
        first, second = low + (high - low) / 6, high - (high - low) / 6
        # Equator and edge are then stretched equally, one in each direction.
        true_lat = float(np.degrees(np.arccos(np.sqrt(np.cos(np.radians(min(np.abs(lat).max(), 60.0)))))))
        choices = [
            (_usual_stretch(_azimuthal_stretch(angle)), azimuthal),
            (_usual_stretch(_cylindrical_stretch(lat, true_lat)), cls._cylindrical(middle, true_lat)),
        ]
        if abs(first + second) / 2 > 10:
            conic = cls._conic(middle, first, second)
            choices.append((_usual_stretch(_conic_stretch(lat, first, second)), conic))
        return min(choices, key=lambda choice: choice[0])[1]

    @classmethod
    def _azimuthal(cls, lon_0: float, lat_0: float) -> Projection:
        return cls(
            f"Lambert azimuthal equal-area, centred on {lat_0:.2f}, {lon_0:.2f}",
            f"+proj=laea +lat_0={lat_0:.6f} +lon_0={lon_0:.6f} +datum=WGS84 +units=m +no_defs",
            lon_0,
        )

    @classmethod
    def _conic(cls, lon_0: float, first: float, second: float) -> Projection:
        # +over: a shape that reaches a little past the seam stays whole.
        return cls(
            f"Albers equal-area conic, parallels {first:.2f} and {second:.2f}, meridian {lon_0:.2f}",
            f"+proj=aea +lat_1={first:.6f} +lat_2={second:.6f} +lat_0={(first + second) / 2:.6f} +lon_0={lon_0:.6f}"
            " +datum=WGS84 +units=m +no_defs +over",
            lon_0,
        )

    @classmethod
    def _cylindrical(cls, lon_0: float, true_lat: float) -> Projection:
        return cls(
            f"Cylindrical equal-area, parallel {true_lat:.2f}, meridian {lon_0:.2f}",
            f"+proj=cea +lat_ts={true_lat:.6f} +lon_0={lon_0:.6f} +datum=WGS84 +units=m +no_defs +over",
            lon_0,
        )

    @property
    def wkt(self) -> str:
        """Well-known text of the coordinate reference system."""
        return _crs(self.definition).to_wkt()

    def to_m(self, lon: ArrayLike, lat: ArrayLike) -> FloatArray:
        """Project points.

        Parameters
        ----------
        lon, lat
            Degrees, shapes ``(n,)``; any longitude, latitudes within ±90.

        Returns
        -------
        xy_m
            Metres, shape ``(n, 2)``; NaN where a coordinate was not finite.
        """
        lon, lat = np.asarray(lon, dtype=float).ravel(), np.asarray(lat, dtype=float).ravel()
        return self._forward(np.c_[_wrap(lon, self.centre_deg), lat])

    def to_degrees(self, xy_m: ArrayLike) -> FloatArray:
        """Return longitude within ±180 and latitude of projected points, shape ``(n, 2)``."""
        degrees = self._backward(np.asarray(xy_m, dtype=float).reshape(-1, 2))
        # Rounding may leave the last bit beyond 180.
        degrees[:, 0] = np.clip(_wrap(degrees[:, 0], 0.0), -180, 180)
        return degrees

    def shapes_to_m(self, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
        """Project shapes in EPSG:4326 (a missing system is read as that); index kept.

        Shapes over the antimeridian come out whole, whether they were stored split at ±180, with longitudes
        beyond 180, or with edges that jump from 180 to −180.
        """
        degrees = shapes.to_crs(4326) if shapes.crs is not None and shapes.crs != "EPSG:4326" else shapes
        whole = whole_shapes(degrees.to_numpy(), self.centre_deg)
        projected = mended(shapely.transform(split_long_edges(whole, LONGEST_EDGE_DEG), self._forward))
        return gpd.GeoSeries(projected, index=shapes.index, crs=_crs(self.definition))

    def shapes_to_degrees(self, shapes_m: gpd.GeoSeries) -> gpd.GeoSeries:
        """Return projected shapes in EPSG:4326, cut at the antimeridian where they lie over it; index kept."""
        # Only the azimuthal projection shows a pole as a point.
        azimuthal = "+proj=laea" in self.definition
        poles = self._forward(np.array([[self.centre_deg, 90.0], [self.centre_deg, -90.0]]))
        poles = poles[np.isfinite(poles).all(axis=1)] if azimuthal else poles[:0]
        degrees = degree_shapes(shapes_m.to_numpy(), self._backward, poles)
        return gpd.GeoSeries(degrees, index=shapes_m.index, crs="EPSG:4326")

    def _forward(self, degrees: FloatArray) -> FloatArray:
        x, y = _transformers(self.definition)[0].transform(degrees[:, 0], degrees[:, 1])
        return _finite_or_nan(np.c_[x, y])

    def _backward(self, xy_m: FloatArray) -> FloatArray:
        lon, lat = _transformers(self.definition)[1].transform(xy_m[:, 0], xy_m[:, 1])
        return _finite_or_nan(np.c_[lon, lat])


@lru_cache(maxsize=32)
def _crs(definition: str) -> CRS:
    return CRS.from_user_input(definition)


@lru_cache(maxsize=32)
def _transformers(definition: str) -> tuple[Transformer, Transformer]:
    geographic = CRS.from_user_input("OGC:CRS84")
    return (
        Transformer.from_crs(geographic, _crs(definition), always_xy=True),
        Transformer.from_crs(_crs(definition), geographic, always_xy=True),
    )


def _finite_or_nan(values: FloatArray) -> FloatArray:
    values[~np.isfinite(values).all(axis=1)] = np.nan
    return values


def _wrap(lon: FloatArray, centre: float) -> FloatArray:
    """Return longitudes moved by whole turns to within 180° of `centre`; those already there stay bit for bit."""
    turns = np.floor((lon - centre + 180) / 360)
    turns[lon == centre + 180] = 0
    return lon - 360 * turns


def _directions(lon: FloatArray, lat: FloatArray) -> FloatArray:
    lam, phi = np.radians(lon), np.radians(lat)
    return np.c_[np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]


def _middle_of_arc(lon: FloatArray) -> float:
    """Return the middle of the shortest arc that holds all longitudes, so that the seam lies in the widest gap."""
    ordered = np.unique(lon)
    gap = np.diff(np.r_[ordered, ordered[0] + 360])
    widest = int(gap.argmax())
    start, width = ordered[(widest + 1) % len(ordered)], 360 - gap[widest]
    return float(_wrap(np.array([start + width / 2]), 0.0)[0])


def _usual_stretch(scale: FloatArray) -> float:
    """Return the stretch, at least 1, that 95 % of the points stay below; a few outliers do not decide."""
    with np.errstate(divide="ignore"):
        stretch = np.maximum(scale, 1 / scale)
    stretch = np.nan_to_num(stretch, nan=WORST_STRETCH, posinf=WORST_STRETCH)
    return float(np.quantile(np.minimum(stretch, WORST_STRETCH), 0.95))


def _azimuthal_stretch(angle: FloatArray) -> FloatArray:
    return np.cos(angle / 2)


def _cylindrical_stretch(lat: FloatArray, true_lat: float) -> FloatArray:
    return np.cos(np.radians(lat)) / np.cos(np.radians(true_lat))


def _conic_stretch(lat: FloatArray, first: float, second: float) -> FloatArray:
    phi, one, two = np.radians(lat), np.radians(first), np.radians(second)
    n = (np.sin(one) + np.sin(two)) / 2
    radius = np.sqrt(np.maximum(np.cos(one) ** 2 + 2 * n * np.sin(one) - 2 * n * np.sin(phi), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return radius / np.cos(phi)
