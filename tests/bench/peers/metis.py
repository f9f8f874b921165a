"""METIS through pymetis: parts of a graph with few cut edges, weights balanced, contiguous.

Points without neighbours get those of their Delaunay triangulation; making it is not counted.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pymetis
from scipy.spatial import Delaunay

MOST_WEIGHT = 1_000_000_000


def cluster(path: Path, *, k: int, seed: int) -> dict[str, Any]:
    """Partition by k-way METIS, balanced to 1 % as far as it can."""
    stated = np.load(path)
    weight, edges = stated["activity"][:, 0], stated["edges"]
    n = len(weight)
    if not len(edges):
        corner = Delaunay(stated["xy_m"]).simplices
        edges = np.unique(
            np.sort(np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])), axis=0
        )
    both = np.vstack([edges, edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    start = np.searchsorted(both[:, 0], np.arange(n + 1))
    scale = min(1.0, MOST_WEIGHT / weight.sum()) if np.array_equal(weight, np.rint(weight)) else 1000.0
    whole = np.maximum(np.rint(weight * scale), 1).astype(int)
    began = time.monotonic()
    found = pymetis.part_graph(
        k,
        xadj=start.tolist(),
        adjncy=both[:, 1].tolist(),
        vweights=whole.tolist(),
        recursive=False,
        contiguous=True,
        options=pymetis.Options(ufactor=10, seed=seed),
    )
    return {"label": np.array(found.vertex_part, np.int32), "seconds": time.monotonic() - began}
