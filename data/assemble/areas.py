"""The areas of a folder on the plane: what accounts lie in and what basic units are cut from."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from data.assemble.findings import Findings, examples
from data.folder import PlanFolder
from geo.crs import Projection
from geo.shapes import inner_points_m
from planner.arrays import FloatArray, IdArray

MOST_VERTICES = 20_000
"""Vertices of outlines looked at to choose a projection."""


@dataclass(frozen=True, eq=False)
class Areas:
    """Areas of ``folder.units`` in their order.

    Parameters
    ----------
    area_id
        Identifiers, shape ``(n_areas,)``.
    xy_m
        A point inside each polygon, or the point itself, shape ``(n_areas, 2)``.
    shapes
        Polygons on the projection; None where units are points.
    """

    area_id: IdArray
    xy_m: FloatArray
    shapes: gpd.GeoSeries | None

    def __len__(self) -> int:
        return len(self.area_id)


def check_shapes(folder: PlanFolder, findings: Findings) -> None:
    """Report units that have no geometry."""
    if folder.units is None:
        return
    shapes = folder.units.geometry
    nothing = (shapes.isna() | shapes.is_empty).to_numpy()
    if nothing.any():
        ids = folder.units["unit_id"].to_numpy()[nothing]
        findings.error(
            "unit_without_geometry",
            f"{len(ids)} of {len(shapes)} units have no shape: {examples(ids)}.",
            "Give each unit a polygon or a point, or remove it.",
            table="units",
            column="geometry",
            count=len(ids),
        )


def have_polygons(folder: PlanFolder) -> bool:
    """Return whether every unit of the folder is a polygon."""
    if folder.units is None or not len(folder.units):
        return False
    return bool(folder.units.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all())


def choose_projection(folder: PlanFolder, postal_deg: FloatArray) -> Projection:
    """Pick the projection from the outlines of the units; from the places of accounts where there are none.

    `postal_deg` holds longitude and latitude of each account's postal code, shape ``(n_accounts, 2)``.
    """
    if folder.units is not None and len(folder.units):
        vertices = shapely.get_coordinates(folder.units.geometry.to_numpy())
        vertices = vertices[:: max(1, len(vertices) // MOST_VERTICES)]
        return Projection.for_points(vertices[:, 0], vertices[:, 1])
    given = folder.accounts[["longitude", "latitude"]].to_numpy(dtype=float)
    place = np.where(np.isfinite(given).all(axis=1, keepdims=True), given, postal_deg)
    return Projection.for_points(place[:, 0], place[:, 1])


def project_areas(folder: PlanFolder, projection: Projection) -> Areas | None:
    """Return the units of the folder on the plane; None where it has none."""
    if folder.units is None or not len(folder.units):
        return None
    area_id = folder.units["unit_id"].to_numpy(dtype=object)
    degrees = folder.units.geometry.reset_index(drop=True)
    if not have_polygons(folder):
        point = degrees.representative_point()
        return Areas(area_id, projection.to_m(point.x, point.y), None)
    shapes = projection.shapes_to_m(degrees)
    return Areas(area_id, inner_points_m(shapes), shapes)
