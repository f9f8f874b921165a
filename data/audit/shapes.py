"""Whether territories hang together, worked out again from the areas of the input."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.audit.evidence import Evidence
from data.audit.report import NotChecked, some, verdict
from data.audit.sums import SOLVED
from data.folder import PlanFolder
from geo.adjacency import shared_borders
from geo.crs import Projection
from geo.islands import join_islands
from geo.shapes import inner_points_m
from planner.graph import Graph
from planner.measures.contiguity import surplus_pieces

Finding = tuple[bool, str]


def territories_hang_together(evidence: Evidence) -> Finding:
    """Every territory is in one piece within each connected part of the map, where that was asked."""
    if not evidence.run["contiguous"]:
        raise NotChecked("Contiguity was not asked for.")
    folder, rows = evidence.folder, evidence.areas
    if folder.units is None:
        raise NotChecked("There are no areas, so contiguity was not worked out again.")
    if len(evidence.split_areas):
        raise NotChecked(
            f"{len(evidence.split_areas)} areas were split, so contiguity was not worked out again."
        )
    owner = (
        rows.drop_duplicates("unit_id").set_index("unit_id")["territory_id"].reindex(folder.units["unit_id"])
    )
    index = pd.Index(evidence.territory_id)
    graph = _graph(folder, evidence.run["scenario"]["island_policy"])
    surplus = surplus_pieces(graph, index.get_indexer(owner).astype(np.int32), len(index))
    torn = index[surplus > 0].tolist()
    if torn and evidence.run["status"] not in SOLVED:
        return True, f"the plan itself says that its rules do not hold: in several pieces: {some(torn)}"
    return verdict(
        [f"in several pieces: {some(torn)}"] if torn else [], f"{len(index)} territories in one piece"
    )


def _graph(folder: PlanFolder, island_policy: str) -> Graph:
    """Return the neighbour graph of the areas: as declared, else from shared borders; islands joined."""
    shapes = folder.units.geometry
    polygons = bool(shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    inside = shapes.representative_point()
    projection = Projection.for_points(inside.x, inside.y)
    shapes_m = projection.shapes_to_m(shapes)
    xy_m = inner_points_m(shapes_m) if polygons else np.c_[shapes_m.x, shapes_m.y]
    if folder.adjacency is not None:
        ids = pd.Index(folder.units["unit_id"])
        pairs = np.c_[[ids.get_indexer(folder.adjacency[name]) for name in ("unit_id", "neighbour_id")]].T
        pairs = pairs[(pairs >= 0).all(axis=1)]
    elif polygons:
        pairs = shared_borders(shapes_m).pairs
    else:
        raise NotChecked("The areas are points without declared neighbours.")
    bridges = join_islands(len(shapes), pairs, xy_m, shapes_m if polygons else None, policy=island_policy)
    return Graph.from_edges(
        len(shapes), np.vstack([np.reshape(pairs, (-1, 2)), np.reshape(bridges, (-1, 2))])
    )
