"""scikit-learn's KMeans: weighted, not balanced. What compactness costs when balance does not matter."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans


def cluster(path: Path, *, k: int, seed: int) -> dict[str, Any]:
    """Cluster with default settings, one start."""
    stated = np.load(path)
    km, weight = stated["xy_m"] / 1000, stated["activity"][:, 0]
    began = time.monotonic()
    fitted = KMeans(n_clusters=k, n_init=1, random_state=seed).fit(km, sample_weight=weight)
    return {"label": fitted.labels_.astype(np.int32), "seconds": time.monotonic() - began}
