"""Make an alignment complete and contiguous with few moves."""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from solvers.local_search.kernel import allowed
from solvers.model import SearchModel
from solvers.pieces import pieces


@nb.njit(cache=True, nogil=True)
def meets_rival(i: int, t: int, label: IntArray, indptr: IntArray, indices: IntArray) -> bool:
    """Return whether territory `t` holds a rival of unit `i`."""
    met = False
    for e in range(indptr[i], indptr[i + 1]):
        met = met or label[indices[e]] == t
    return met


@nb.njit(cache=True, nogil=True)
def _grow(
    label: IntArray,
    indptr: IntArray,
    indices: IntArray,
    xy: FloatArray,
    centre: FloatArray,
    locked: IntArray,
    excluded_indptr: IntArray,
    excluded_indices: IntArray,
    rival_indptr: IntArray,
    rival_indices: IntArray,
    component: IntArray,
    seeded: MaskArray,
) -> None:
    """Give every unit with label −1 to an adjacent territory without a rival, nearest centres first within each wave.

    `seeded` (n_components,) tells which components of the graph hold a labelled unit.
    """
    n = label.shape[0]
    frontier = np.empty(n, np.int32)
    waiting = 0
    for i in range(n):
        if label[i] < 0 and seeded[component[i]]:
            frontier[waiting] = i
            waiting += 1
    while waiting:
        left = 0
        changed = False
        chosen = np.full(waiting, -1, np.int32)
        for f in range(waiting):
            i = frontier[f]
            low = np.inf
            for e in range(indptr[i], indptr[i + 1]):
                t = label[indices[e]]
                if t < 0 or not allowed(i, t, locked, excluded_indptr, excluded_indices):
                    continue
                if meets_rival(i, t, label, rival_indptr, rival_indices):
                    continue
                dx, dy = xy[i, 0] - centre[t, 0], xy[i, 1] - centre[t, 1]
                if dx * dx + dy * dy < low:
                    low = dx * dx + dy * dy
                    chosen[f] = t
        for f in range(waiting):
            i = frontier[f]
            # A rival may have come in the same wave: then the next one decides.
            if chosen[f] >= 0 and not meets_rival(i, chosen[f], label, rival_indptr, rival_indices):
                label[i] = chosen[f]
                changed = True
            else:
                frontier[left] = i
                left += 1
        waiting = left
        if not changed:
            break


def make_contiguous(model: SearchModel, territory: IntArray) -> IntArray:
    """Return an alignment in which territories hang together, as far as locks and exclusions allow.

    Each territory keeps its heaviest piece within each component of the graph, and every piece that holds a locked
    unit; the rest joins adjacent territories, nearest centre first.
    """
    if not model.contiguous:
        return territory
    k = model.n_territories
    _, piece = pieces(model, territory)
    n_components, component = pieces(model, np.zeros(model.n_units, np.int32))

    mass = np.bincount(piece, model.weight + 1e-9)
    holder = np.zeros(len(mass), np.int64)
    holder[piece] = territory.astype(np.int64) * n_components + component
    order = np.lexsort((mass, holder))
    heaviest = order[np.flatnonzero(np.r_[holder[order][1:] != holder[order][:-1], True])]
    stays = np.zeros(len(mass), bool)
    stays[heaviest] = True
    stays[piece[model.locked >= 0]] = True

    label = np.where(stays[piece], territory, -1).astype(np.int32)
    centre = np.full((k, 2), 0.0)
    weight = np.bincount(territory, model.weight + 1e-9, k)
    for axis in (0, 1):
        moment = np.bincount(territory, (model.weight + 1e-9) * model.xy[:, axis], k)
        centre[:, axis] = moment / np.where(weight > 0, weight, 1.0)
    seeded = np.zeros(n_components, bool)
    seeded[component[label >= 0]] = True
    # To hang together counts for more than to be apart, which the search can mend: rivals matter at first only.
    rivals = model.rivals
    for indptr, indices in (
        (rivals.indptr, rivals.indices),
        (np.zeros_like(rivals.indptr), rivals.indices[:0]),
    ):
        _grow(
            label, model.graph_indptr, model.graph_indices, model.xy, centre,
            model.locked, model.excluded_indptr, model.excluded_indices, indptr, indices, component, seeded,
        )  # fmt: skip
    # What no neighbour may take stays where it was: the search and the scorecard see that it is not contiguous.
    return np.where(label < 0, territory, label).astype(np.int32)


def fill_empty(model: SearchModel, territory: IntArray) -> IntArray:
    """Return an alignment in which every territory holds at least one unit, where there are enough that may move.

    An empty territory takes the allowed unit farthest from the centre of a territory that can spare one without
    falling apart.
    """
    from solvers.local_search.search_state import SearchState

    state = SearchState(model, territory, seed=0)
    empty = np.flatnonzero(state.count == 0)
    if not len(empty):
        return state.label
    moment = state.moment[state.label]
    offset = model.xy - moment[:, 1:3] / np.maximum(moment[:, :1], 1e-12)
    farthest = np.argsort(-(offset**2).sum(axis=1), kind="stable")
    for j in empty:
        for i in farthest:
            if state.may_take(int(i), int(j)):
                state.count[state.label[i]] -= 1
                state.count[j] += 1
                state.label[i] = j
                break
    return state.label
