"""Whether territories hang together, worked out again from the input."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.assemble import assemble
from data.audit.evidence import Evidence
from data.audit.report import NotChecked, some, verdict
from data.audit.sums import SOLVED
from data.export.reasons import APART
from data.folder import PlanFolder
from geo.adjacency import shared_borders
from geo.crs import Projection
from geo.islands import join_islands
from geo.shapes import inner_points_m
from planner.arrays import IntArray, MaskArray
from planner.graph import Graph
from planner.measures.contiguity import surplus_pieces

Finding = tuple[bool, str]


def territories_hang_together(evidence: Evidence) -> Finding:
    """Every territory is in one piece within each connected part of the map, where that was asked.

    Whole areas are linked here by their borders; where the plan has cut areas up, or has none, or where rules say
    what hangs together, its basic units and their neighbours are made again from the input.
    """
    if not evidence.run["contiguous"]:
        raise NotChecked("Contiguity was not asked for.")
    faults: list[str] = []
    loose = np.zeros(len(evidence.territory_id), bool)
    if evidence.folder.units is not None and _areas_are_whole(evidence) and not _rules_say(evidence):
        graph = _area_graph(evidence.folder, evidence.run["scenario"]["island_policy"])
        territory = _of_areas(evidence)
    else:
        graph, territory, loose, faults = _cut_again(evidence)
    surplus = np.where(loose, 0, surplus_pieces(graph, territory, len(evidence.territory_id)))
    torn = pd.Index(evidence.territory_id)[surplus > 0].tolist()
    if torn and evidence.run["status"] not in SOLVED:
        return verdict(
            faults, f"the plan itself says that its rules do not hold: in several pieces: {some(torn)}"
        )
    if torn:
        faults.append(f"in several pieces: {some(torn)}")
    return verdict(faults, f"{len(surplus)} territories in one piece, made of {graph.n_units} basic units")


def _rules_say(evidence: Evidence) -> bool:
    """Return whether rules decide what hangs together: regions, and groups whose members count as neighbours."""
    scenario, table = evidence.run["scenario"], evidence.folder.rules
    kinds = {rule["kind"] for rule in scenario.get("rules", ())} | set(() if table is None else table["kind"])
    return bool(scenario.get("regions") or scenario.get("keep_regions")) or "together" in kinds


def _areas_are_whole(evidence: Evidence) -> bool:
    """Return whether every account is where its area is, but for those that are held apart from geography."""
    if len(evidence.split_areas):
        return False
    accounts = evidence.accounts
    owner = accounts["area_id"].map(
        evidence.areas.drop_duplicates("unit_id").set_index("unit_id")["territory_id"]
    )
    elsewhere = owner.notna() & (owner != accounts["territory_id"])
    return bool(accounts.loc[elsewhere, "reason"].str.startswith(APART).all())


def _area_graph(folder: PlanFolder, island_policy: str) -> Graph:
    """Return the neighbour graph of the areas: as declared, else from shared borders; islands joined."""
    shapes = folder.units.geometry
    polygons = bool(shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    inside = shapes.representative_point()
    projection = Projection.for_points(inside.x, inside.y)
    shapes_m = projection.shapes_to_m(shapes) if polygons else None
    xy_m = inner_points_m(shapes_m) if polygons else projection.to_m(inside.x, inside.y)
    if folder.adjacency is not None and len(folder.adjacency):
        ids = pd.Index(folder.units["unit_id"])
        ends = [ids.get_indexer(folder.adjacency[name]) for name in ("unit_id", "neighbour_id")]
        pairs = np.stack(ends, axis=1)
        pairs = pairs[(pairs >= 0).all(axis=1)]
    elif polygons:
        pairs = shared_borders(shapes_m).pairs
    else:
        raise NotChecked(
            "The areas are points without declared neighbours, so nothing tells what hangs together."
        )
    bridges = join_islands(len(shapes), pairs, xy_m, shapes_m, policy=island_policy)
    return Graph.from_edges(len(shapes), np.vstack([pairs, bridges]))


def _of_areas(evidence: Evidence) -> IntArray:
    """Return the position of the territory of each area, −1 where it has none."""
    owner = evidence.areas.drop_duplicates("unit_id").set_index("unit_id")["territory_id"]
    wanted = owner.reindex(evidence.folder.units["unit_id"])
    return pd.Index(evidence.territory_id).get_indexer(wanted).astype(np.int32)


def _cut_again(evidence: Evidence) -> tuple[Graph, IntArray, MaskArray, list[str]]:
    """Return neighbours and territories of the basic units, territories that may be in pieces, and contradictions."""
    assembled = assemble(evidence.read, evidence.scenario)
    accounts, problem = assembled.accounts, assembled.problem
    graph = problem.graph_within_regions()
    if graph is None or accounts is None:
        raise NotChecked("The basic units have no neighbours, so nothing tells what hangs together.")
    owner = evidence.accounts.drop_duplicates("account_id").set_index("account_id")["territory_id"]
    position = pd.Index(evidence.territory_id).get_indexer(owner.reindex(accounts.account_id))
    by_place = (accounts.unit >= 0) & (accounts.fixed < 0)
    territory = np.full(problem.n_units, -1, np.int32)
    in_area = assembled.unit_area >= 0
    if evidence.folder.units is not None:
        territory[in_area] = _of_areas(evidence)[assembled.unit_area[in_area]]
    territory[accounts.unit[by_place]] = position[by_place]
    apart = by_place & (territory[accounts.unit] != position)
    unit_id = problem.units.unit_id[np.unique(accounts.unit[apart])].tolist()
    faults = [f"accounts of one basic unit have several territories: {some(unit_id)}"] if unit_id else []
    return graph, territory, problem.loose, faults
