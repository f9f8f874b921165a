"""Improve territories about best units: anneal all of them from new centres, or a few neighbours again and again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import IntArray
from planner.stop import Stop, Termination
from solvers.centres import held_centres
from solvers.local_search.annealing import Found, found
from solvers.local_search.search_state import SearchState
from solvers.median.part import solve_part
from solvers.median.search import MedianParams, anneal_about_units, drawn_around_units
from solvers.model import SearchModel
from solvers.submodel import part_of

WHOLE_SHARE = 0.5
"""Share of the iterations that anneal everything while groups of territories have not yet done better."""

FEW_TERRITORIES = 12
"""Territories up to which everything is annealed from new centres, and solved as a whole, in between groups."""

MOST_EXACT_UNITS = 1_600
"""Units up to which everything is solved by the integer model."""

EXACT_AFTER = 4
"""Annealings in a row that found nothing better before the integer model is asked."""

GROUP_SIZES = (3, 5, 8)
"""Territories of a group, drawn from."""

GROUP = MedianParams(proposals_per_unit=12_000, steps=24, hot=0.2, price=4.0)
"""Annealing of a few territories, warm enough to move their centres."""


@dataclass(frozen=True)
class ImproveParams:
    """Tuning of the improvement.

    Parameters
    ----------
    whole, whole_proposals
        Annealings of everything, tried in turn: soft prices for heavy units, firm ones for light units. Proposals of
        one of them in all, at most.
    group
        Annealing of a few territories.
    workers
        Groups worked on at once, of different territories.
    """

    whole: tuple[MedianParams, ...] = (
        MedianParams(proposals_per_unit=30_000, cold=0.01),
        MedianParams(proposals_per_unit=30_000, hot=1.0, price=0.2, rise=1.05, ease=1.0, pair_share=0.4),
        MedianParams(proposals_per_unit=30_000, hot=1.0, price=0.2, rise=1.15, ease=1.0, pair_share=0.4),
        MedianParams(proposals_per_unit=30_000, hot=4.0, price=1.0, rise=1.05, ease=1.0, pair_share=0.4),
    )
    whole_proposals: int = 60_000_000
    group: MedianParams = GROUP
    workers: int = 2


def improve_medians(
    model: SearchModel,
    best: Found | None,
    *,
    stop: Stop,
    seed: int,
    params: ImproveParams | None = None,
    on_better: Callable[[Found], None] = lambda _: None,
) -> Found:
    """Return the best alignment found until `stop` says so.

    Parameters
    ----------
    model
        The scaled problem, its distance taken from the best units.
    best
        Where to begin; None to begin with drawn centres.
    stop
        Asked between annealings and inside them; its iterations are annealings.
    seed
        Seed of every choice.
    params
        Tuning.
    on_better
        Told each improvement.
    """
    params = params or ImproveParams()
    random = np.random.default_rng([seed, 5])
    iterations, whole_turn, stale = 0, 0, 0
    asked: Found | None = None
    with ThreadPoolExecutor(params.workers) as pool:
        while best is None or stop.reason(iterations) is None:
            groups = [] if best is None else _disjoint_groups(model, best.territory, random, params.workers)
            whole = best is None or not groups or _whole_next(model, whole_turn, iterations, stale)
            if best is not None and best is not asked and stale >= EXACT_AFTER and _small(model):
                asked = solve_part(model, best.territory, stop=_TimeOf(stop))
                results, asked = [asked], asked if asked.better_than(best) else best
            elif whole:
                way = params.whole[whole_turn % len(params.whole)]
                whole_turn += 1
                results = [_whole(model, _fitted(model, way, params), int(random.integers(2**31)), stop)]
            else:
                assert best is not None
                seeds = random.integers(2**31, size=len(groups)).tolist()
                label = best.territory
                futures = [
                    pool.submit(_group, model, label, group, params.group, one, stop)
                    for group, one in zip(groups, seeds, strict=True)
                ]
                results = _joined(model, label, [future.result() for future in futures])
            iterations += 1
            stale += 1
            for result in results:
                if result.better_than(best):
                    best, stale = result, 0
                    on_better(best)
    return best


def _whole_next(model: SearchModel, done: int, iterations: int, stale: int) -> bool:
    """Return whether to anneal everything: at first, and then as groups fail to help, few territories more often."""
    if (
        done * (1 + model.n_territories) < iterations * 2 * WHOLE_SHARE
        and model.n_territories <= FEW_TERRITORIES
    ):
        return True
    return stale > 6 * model.n_territories and stale % (3 * model.n_territories) == 0


def _small(model: SearchModel) -> bool:
    """Return whether everything may be solved by the integer model."""
    return model.n_territories <= FEW_TERRITORIES and model.n_units <= MOST_EXACT_UNITS


def _fitted(model: SearchModel, way: MedianParams, params: ImproveParams) -> MedianParams:
    per_unit = min(way.proposals_per_unit, params.whole_proposals // model.n_units)
    return replace(way, proposals_per_unit=max(1, per_unit))


def _whole(model: SearchModel, way: MedianParams, seed: int, stop: Stop) -> Found:
    start = drawn_around_units(model, np.random.default_rng(seed))
    result = anneal_about_units(model, start, way, seed=seed, stop=_TimeOf(stop))
    return found(SearchState(model, result.territory, 0))


def _group(
    model: SearchModel, label: IntArray, group: IntArray, way: MedianParams, seed: int, stop: Stop
) -> IntArray:
    """Return the whole alignment with `group` annealed, from new centres one time in three."""
    part = part_of(model, label, group)
    start = part.start
    if seed % 3 == 0:
        start, way = drawn_around_units(part.model, np.random.default_rng(seed)), replace(way, hot=0.5)
    result = anneal_about_units(part.model, start, way, seed=seed, stop=_TimeOf(stop))
    known = found(SearchState(part.model, part.start, 0))
    return part.into(label, result.territory) if result.better_than(known) else label


def _joined(model: SearchModel, label: IntArray, changed: list[IntArray]) -> list[Found]:
    """Return what comes of the changes of different territories, together and, where they share a budget, alone."""
    together = label.copy()
    for one in changed:
        together = np.where(one != label, one, together)
    options = [together] if np.isinf(model.budget) else [together, *changed]
    return [found(SearchState(model, one, 0)) for one in options if (one != label).any()]


def _disjoint_groups(
    model: SearchModel, label: IntArray, random: np.random.Generator, most: int
) -> list[IntArray]:
    """Return up to `most` groups of territories near each other, no territory in two; none where there are too few."""
    k = model.n_territories
    size = int(random.choice(GROUP_SIZES))
    if k <= size:
        size = k - 1
    if size < 2:
        return []
    place = held_centres(model, label).place
    free = np.ones(k, bool)
    groups: list[IntArray] = []
    while len(groups) < most and free.sum() >= size:
        first = int(random.choice(np.flatnonzero(free)))
        squared = ((place - place[first]) ** 2).sum(axis=1)
        squared[~free] = np.inf
        group = np.sort(np.argsort(squared, kind="stable")[:size]).astype(np.int32)
        free[group] = False
        groups.append(group)
    return groups


@dataclass(frozen=True)
class _TimeOf:
    """The time limit and the cancel button of a rule, not its iterations: those count annealings, not their parts."""

    stop: Stop

    def reason(self, iterations: int) -> Termination | None:
        return self.stop.reason(0)

    def seconds_left(self) -> float:
        return self.stop.seconds_left()

    def iterations_left(self, iterations: int) -> float:
        return float("inf")
