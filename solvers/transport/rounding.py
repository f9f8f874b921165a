"""Indivisible units into the bands: what a balanced clustering leaves is repaired on the borders, cheapest first.

At the prices of the clustering a unit on a border costs the same on both sides, so moving it is nearly free. What
leaves the bands is priced by its square, which rises from sweep to sweep: surplus then spreads from territory to
territory, like heat, until it reaches one that has room.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.local_search.kernel import allowed, row_value, stays_in_one_piece
from solvers.model import SearchModel
from solvers.transport.bands import squared_spacing
from solvers.transport.pruning import cheapest_candidates

SWEEPS = 40
"""Passes over all units, at most."""
FIRST_PRICE, RISE = 1.0, 1.3
"""First price of a squared ideal out of a band, in costs of one ideal over one squared distance between centres."""
MARGIN_OF_WIDTH = 0.1
"""Distance kept from the limits, as a share of the width of the band."""
WIDTH = 8
"""Cheapest territories of a unit that may take it."""


@nb.njit(cache=True, nogil=True)
def _sweep(
    label: IntArray, load: FloatArray, count: NDArray[np.int64],
    xy: FloatArray, weight: FloatArray, activity: FloatArray, lower: FloatArray, upper: FloatArray,
    centre: FloatArray, multiplier: FloatArray, penalty: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
    candidate: IntArray, indptr: IntArray, indices: IntArray, contiguous: bool,
    stamp: NDArray[np.int64], mark: NDArray[np.int64], queue: IntArray,
) -> int:  # fmt: skip
    """Move each unit that gains by it to the best of its candidates, or adjacent territories; return how many moved.

    `penalty` (k, m) prices the square of what leaves [`lower`, `upper`].
    """
    n_measures = activity.shape[1]
    moves = 0
    for i in range(label.shape[0]):
        s = label[i]
        if locked[i] >= 0 or count[s] <= 1:
            continue
        first, last = (indptr[i], indptr[i + 1]) if contiguous else (0, candidate.shape[1])
        freed, over = 0.0, False
        for m in range(n_measures):
            before = max(load[s, m] - upper[s, m], lower[s, m] - load[s, m], 0.0)
            rest = load[s, m] - activity[i, m]
            after = max(rest - upper[s, m], lower[s, m] - rest, 0.0)
            over = over or load[s, m] > upper[s, m]
            freed += penalty[s, m] * (after * after - before * before)
        best, target, here, known = -1e-12, -1, 0.0, False
        for e in range(first, last):
            t = label[indices[e]] if contiguous else candidate[i, e]
            if t < 0:
                break
            if target == t or s == t:
                continue
            short = over
            for m in range(n_measures):
                short = short or load[t, m] < lower[t, m]
            if not short:
                continue
            change = freed
            for m in range(n_measures):
                before = max(load[t, m] - upper[t, m], lower[t, m] - load[t, m], 0.0)
                more = load[t, m] + activity[i, m]
                after = max(more - upper[t, m], lower[t, m] - more, 0.0)
                change += penalty[t, m] * (after * after - before * before)
            if change >= 0.0:
                continue
            if not known:
                here = _price(
                    i, s, xy, weight, activity, centre, multiplier, own_indptr, own_indices, own_cost
                )
                known = True
            change -= here
            change += _price(
                i, t, xy, weight, activity, centre, multiplier, own_indptr, own_indices, own_cost
            )
            if change < best and allowed(i, t, locked, excluded_indptr, excluded_indices):
                best, target = change, t
        if target < 0:
            continue
        if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
            continue
        label[i] = target
        count[s] -= 1
        count[target] += 1
        for m in range(n_measures):
            load[s, m] -= activity[i, m]
            load[target, m] += activity[i, m]
        moves += 1
    return moves


@nb.njit(cache=True, nogil=True)
def _price(
    i: int, t: int, xy: FloatArray, weight: FloatArray, activity: FloatArray, centre: FloatArray,
    multiplier: FloatArray, own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
) -> float:  # fmt: skip
    """Return what unit `i` pays to territory `t`."""
    dx, dy = xy[i, 0] - centre[t, 0], xy[i, 1] - centre[t, 1]
    value = weight[i] * (dx * dx + dy * dy) - row_value(own_indptr, own_indices, own_cost, i, t)
    for m in range(activity.shape[1]):
        value += activity[i, m] * multiplier[t, m]
    return float(value)


def round_into_bands(
    model: SearchModel, territory: IntArray, centre: FloatArray, multiplier: FloatArray, stop: Stop
) -> IntArray:
    """Return `territory` with few units moved so that loads come inside the bands, or close.

    Parameters
    ----------
    model
        The scaled problem.
    territory
        Obeys locks and exclusions; hangs together where asked, and does so afterwards. Shape ``(n_units,)``.
    centre, multiplier
        Of the clustering, shapes ``(n_territories, 2)`` and ``(n_territories, n_limited)``.
    stop
        Asked before each sweep.
    """
    label = np.array(territory, dtype=np.int32)
    load = np.ascontiguousarray(model.loads(label))
    with np.errstate(invalid="ignore"):
        width = model.upper - model.lower
    margin = MARGIN_OF_WIDTH * np.where(np.isfinite(width), np.maximum(width, 0.0), 0.0)
    lower, upper = model.lower + margin, model.upper - margin
    if not ((load < lower) | (load > upper)).any():
        return label
    candidate = np.empty((0, 0), np.int32)
    scratch = model.n_units if model.contiguous else 1
    if not model.contiguous:
        candidate = cheapest_candidates(model, centre, multiplier, WIDTH)
    count = np.bincount(label, minlength=model.n_territories).astype(np.int64)
    stamp, mark, queue = np.zeros(scratch, np.int64), np.zeros(1, np.int64), np.zeros(scratch, np.int32)
    penalty = FIRST_PRICE * squared_spacing(centre)[:, None] / np.maximum(model.ideal, 1e-9)
    for sweep in range(SWEEPS):
        if stop.reason(sweep) is not None:
            break
        _sweep(
            label, load, count, model.xy, model.weight, model.activity, lower, upper,
            centre, multiplier, penalty, model.own_indptr, model.own_indices, model.own_cost,
            model.locked, model.excluded_indptr, model.excluded_indices,
            candidate, model.graph_indptr, model.graph_indices, model.contiguous, stamp, mark, queue,
        )  # fmt: skip
        inside = not ((load < lower) | (load > upper)).any()
        if inside:
            break
        penalty *= RISE
    return label
