"""The neighbour graph of basic units: declared borders, shared borders, nearest points; islands joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.assemble.areas import Areas
from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.folder import PlanFolder
from geo.adjacency import point_neighbours, shared_borders
from geo.islands import join_islands
from planner.arrays import FloatArray
from planner.graph import Graph
from planner.scenario import Scenario

Pairs = NDArray[np.int64]

TOLD_ONE_BY_ONE = 10
"""Bridges told one by one; more are told together."""


def neighbour_graph(
    folder: PlanFolder,
    scenario: Scenario,
    areas: Areas | None,
    basic: BasicUnits,
    contiguous: bool,
    findings: Findings,
) -> Graph | None:
    """Return the neighbour graph of the basic units; None for points that need none.

    Declared neighbours decide where the folder has any and its areas are whole or split each for itself: cells of
    two areas are then neighbours only if their areas are, or are the same. Else polygons that share a border are
    neighbours, and points around each other.
    """
    n = len(basic.units)
    declared = folder.adjacency is not None and len(folder.adjacency) > 0 and areas is not None
    if declared and len(np.unique(basic.area_of_unit)) < len(areas):
        declared = False
        findings.warn(
            "adjacency_not_used",
            "The basic units are cut across the borders of areas, so declared neighbours say nothing about them; their "
            "own borders decide.",
            "Set basic_unit = 'split' to keep to the declared neighbours.",
            table="adjacency",
        )
    if basic.shapes is None and not declared and not contiguous:
        return None
    if basic.shapes is None:
        pairs = np.empty((0, 2), np.int64) if declared else point_neighbours(basic.units.xy_m)
        length = np.zeros(len(pairs))
    else:
        borders = shared_borders(basic.shapes)
        pairs, length = borders.pairs, borders.length_m
    if declared:
        pairs, length = _as_declared(folder.adjacency, areas, basic, pairs, length)
    bridges = join_islands(n, pairs, basic.units.xy_m, basic.shapes, scenario.island_policy)
    if len(bridges):
        _tell_bridges(bridges, basic, contiguous, findings)
        pairs, length = np.r_[pairs, bridges], np.r_[length, np.zeros(len(bridges))]
    return Graph.from_edges(n, pairs, length)


def _as_declared(
    adjacency: pd.DataFrame,
    areas: Areas,
    basic: BasicUnits,
    pairs: Pairs,
    length: FloatArray,
) -> tuple[Pairs, FloatArray]:
    """Keep the borders that the folder declares, and those inside one area; add what shapes do not show."""
    index = pd.Index(areas.area_id)
    given = np.c_[index.get_indexer(adjacency["unit_id"]), index.get_indexer(adjacency["neighbour_id"])]
    known = (given >= 0).all(axis=1)
    stated = adjacency["length_m"].to_numpy(dtype=float)[known]
    given = np.sort(given[known], axis=1)
    loops = given[:, 0] == given[:, 1]
    given, stated = given[~loops], stated[~loops]

    declared = pd.DataFrame(given, columns=["a", "b"]).assign(length=stated)
    declared = declared.groupby(["a", "b"], as_index=False)["length"].max()
    between = np.sort(basic.area_of_unit[pairs], axis=1)
    shown = pd.DataFrame(between, columns=["a", "b"]).assign(edge=np.arange(len(pairs)), shape_m=length)
    whole = np.bincount(basic.area_of_unit, minlength=len(areas)) == 1
    joined = shown.merge(declared, on=["a", "b"], how="inner")
    # A stated length is that of the border between two whole areas; cells share it as their shapes say.
    both_whole = whole[joined["a"]] & whole[joined["b"]] & joined["length"].notna()
    metres = np.where(both_whole, joined["length"], joined["shape_m"])
    inside = shown[(shown["a"] == shown["b"])]
    unseen = declared.merge(shown[["a", "b"]].drop_duplicates(), on=["a", "b"], how="left", indicator=True)
    unseen = unseen[unseen["_merge"] == "left_only"]
    extra = _closest_units(unseen[["a", "b"]].to_numpy(), basic)
    rows = np.r_[joined["edge"].to_numpy(), inside["edge"].to_numpy()].astype(np.int64)
    return (
        np.r_[pairs[rows], extra],
        np.r_[metres, inside["shape_m"], unseen["length"].fillna(0.0)].astype(float),
    )


def _closest_units(area_pairs: NDArray[np.int64], basic: BasicUnits) -> Pairs:
    """Return for each pair of areas the two basic units in them that are closest, shape ``(n_pairs, 2)``."""
    members = pd.Series(np.arange(len(basic.units))).groupby(basic.area_of_unit).indices
    found = np.empty((len(area_pairs), 2), np.int64)
    for row, (a, b) in enumerate(area_pairs):
        one, other = members[a], members[b]
        if len(one) > 1 or len(other) > 1:
            apart = np.linalg.norm(basic.units.xy_m[one][:, None] - basic.units.xy_m[other][None], axis=2)
            i, j = np.unravel_index(apart.argmin(), apart.shape)
        else:
            i = j = 0
        found[row] = one[i], other[j]
    return found


def _tell_bridges(bridges: Pairs, basic: BasicUnits, contiguous: bool, findings: Findings) -> None:
    if not contiguous:
        return
    unit_id, xy = basic.units.unit_id, basic.units.xy_m
    if basic.shapes is None:
        km = np.hypot(*(xy[bridges[:, 0]] - xy[bridges[:, 1]]).T) / 1000
    else:
        shapes = basic.shapes.to_numpy()
        km = shapely.distance(shapes[bridges[:, 0]], shapes[bridges[:, 1]]) / 1000
    told = [f"{unit_id[a]} and {unit_id[b]} ({far:,.1f} km)" for (a, b), far in zip(bridges, km, strict=True)]
    advice = "Add a file adjacency where others should be neighbours, or set island_policy = 'none'."
    if len(told) > TOLD_ONE_BY_ONE:
        findings.warn(
            "islands_joined",
            f"{len(told)} parts of the map hang together with nothing, and count as neighbours of what is "
            f"nearest: {examples(told)}.",
            advice,
            table="units",
            count=len(told),
        )
        return
    for text in told:
        findings.warn(
            "islands_joined", f"No border joins {text}; they count as neighbours.", advice, table="units"
        )
