"""Recursive bisection: cut across the longer side so that both parts get their share of weight, and again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np


def cluster(path: Path, *, k: int, seed: int) -> dict[str, Any]:  # noqa: ARG001 - all peers are called alike
    """Cut until there are `k` parts; the seed is not needed."""
    stated = np.load(path)
    xy, weight = stated["xy_m"], stated["activity"][:, 0]
    began = time.monotonic()
    label = np.zeros(len(xy), np.int32)
    work = [(np.arange(len(xy)), 0, k)]
    while work:
        unit, first, parts = work.pop()
        label[unit] = first
        if parts == 1:
            continue
        left = parts // 2
        axis = int(np.argmax(np.ptp(xy[unit], axis=0)))
        order = unit[np.argsort(xy[unit, axis], kind="stable")]
        held = np.cumsum(weight[order])
        cut = int(np.argmin(np.abs(held - held[-1] * left / parts))) + 1
        cut = min(max(cut, left), len(unit) - (parts - left))
        work += [(order[:cut], first, left), (order[cut:], first + left, parts - left)]
    return {"label": label, "seconds": time.monotonic() - began}
