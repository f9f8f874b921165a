"""Where centres start: seat homes, the current alignment, or drawn over the activity (k-means++)."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray, MaskArray
from solvers.model import SearchModel
from solvers.transport.sampling import spread_sample

MANY = 10
"""Territories above which drawn centres come from cuts into parts of equal mass."""
FINE = 3
"""Units per territory from which the map can be cut so."""
PER_PART = 60
"""Units drawn for each of those parts."""
LLOYD_ROUNDS = 4
"""Unbalanced centre updates after drawing: cheap, and they take the worst draws away."""


def start_centres(
    model: SearchModel, current: IntArray, random: np.random.Generator
) -> tuple[FloatArray, MaskArray]:
    """Return start centres and which of them are drawn.

    A home place comes first, then the centroid of what the territory owns today; the rest is drawn so that far and
    busy places are likely (k-means++, Arthur and Vassilvitskii 2007), or, for many territories, from cuts of the map
    into parts of equal mass.

    Returns
    -------
    centre, drawn
        Scaled, shape ``(n_territories, 2)``; shape ``(n_territories,)``.
    """
    k = model.n_territories
    centre = model.home.copy()
    owned = (current >= 0) & (current < k)
    weight = model.weight + 1e-9
    mass = np.bincount(current[owned], weight[owned], k)
    for axis in (0, 1):
        moment = np.bincount(current[owned], weight[owned] * model.xy[owned, axis], k)
        missing = ~np.isfinite(centre[:, axis]) & (mass > 0)
        centre[missing, axis] = moment[missing] / mass[missing]
    known: MaskArray = np.isfinite(centre)
    drawn = ~(known[:, 0] & known[:, 1])
    if drawn.all() and k > MANY and model.n_units >= FINE * k:
        centre = _halves(model, random)
    elif drawn.any():
        centre[drawn] = _plus_plus(model.xy, weight, centre[~drawn], int(drawn.sum()), random)
        _lloyd(model.xy, weight, centre, drawn)
    return centre, drawn


def _halves(model: SearchModel, random: np.random.Generator) -> FloatArray:
    """Return the centres of parts of equal mass: the map is cut in two, again and again, at random angles.

    k-means++ draws too few centres where much mass is close together to balance many territories from there. The
    sample is spread evenly, and all of its mass counts: a region that gets a centre too many would have to export it
    across the map.
    """
    k = model.n_territories
    pick, stands_for = spread_sample(model, PER_PART * k, random)
    mass, place = (model.weight[pick] + 1e-9) * stands_for, model.xy[pick]
    angle = random.uniform(0, np.pi)
    turned = place @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    parts = [(np.arange(len(pick)), k)]
    centre = np.empty((k, 2))
    done = 0
    while parts:
        inside, share = parts.pop()
        if share == 1:
            centre[done] = mass[inside] @ place[inside] / mass[inside].sum()
            done += 1
            continue
        axis = int(np.argmax(turned[inside].std(axis=0)))
        low = share // 2 if random.random() < 0.5 else share - share // 2
        order = inside[np.argsort(turned[inside, axis])]
        so_far = np.cumsum(mass[order])
        cut = int(np.searchsorted(so_far, so_far[-1] * low / share))
        cut = min(max(cut, low), len(order) - (share - low))
        parts += [(order[:cut], low), (order[cut:], share - low)]
    return centre


def _plus_plus(
    xy: FloatArray, weight: FloatArray, given: FloatArray, count: int, random: np.random.Generator
) -> FloatArray:
    """Draw `count` units, each with a chance in proportion to weight × squared distance to the centres so far."""
    sample = xy
    if len(xy) > 50 * (count + len(given)) and len(xy) > 20_000:
        pick = random.choice(len(xy), 50 * (count + len(given)), p=weight / weight.sum())
        sample, weight = xy[pick], np.ones(len(pick))
    squared = np.full(len(sample), np.inf)
    for centre in given:
        squared = np.minimum(squared, ((sample - centre) ** 2).sum(axis=1))
    chosen = np.empty((count, 2))
    for c in range(count):
        chance = weight * (squared if np.isfinite(squared).all() else 1.0)
        whole = chance.sum()
        chance = chance / whole if whole > 0 else np.full(len(sample), 1 / len(sample))
        # Several draws, the best kept: "greedy" k-means++ as in scikit-learn.
        draws = random.choice(len(sample), 3, p=chance)
        options = [np.minimum(squared, ((sample - sample[d]) ** 2).sum(axis=1)) for d in draws]
        best = int(np.argmin([option @ weight for option in options]))
        squared, chosen[c] = options[best], sample[draws[best]]
    return chosen


def _lloyd(xy: FloatArray, weight: FloatArray, centre: FloatArray, free: MaskArray) -> None:
    """Move free centres to the centroids of their nearest units, in place."""
    for _ in range(LLOYD_ROUNDS):
        _, near = cKDTree(centre).query(xy)
        mass = np.bincount(near, weight, len(centre))
        first = np.stack([np.bincount(near, weight * xy[:, axis], len(centre)) for axis in (0, 1)], axis=1)
        moved = free & (mass > 0)
        centre[moved] = first[moved] / mass[moved, None]
