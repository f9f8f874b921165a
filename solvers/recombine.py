"""Recombination: take a few neighbouring territories out, solve them anew, and keep what is better.

Adaptive large neighbourhood search (Ropke and Pisinger 2006, https://doi.org/10.1287/trsc.1050.0135): groups of
neighbouring territories become problems of their own (`solvers.submodel`) and are solved by one of several ways; ways
that gained more often are tried more often. All rules are exact within a group, so that the same search leads into the
bands where the best so far is still outside. Groups without a territory in common are solved side by side.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import IntArray
from planner.stop import Stop
from solvers.centres import held_centres
from solvers.cp_sat.assignment import reassign
from solvers.cp_sat.neighbourhood import free_units, territory_breach, territory_neighbours
from solvers.local_search.annealing import TOLERANCE, AnnealParams, Found, anneal, found
from solvers.local_search.search_state import SearchState
from solvers.median.part import PartEffort, solve_part
from solvers.median.search import MedianParams, anneal_about_units, drawn_around_units
from solvers.model import SearchModel
from solvers.repair import fill_empty, make_contiguous
from solvers.seeding import start_centres
from solvers.starts import obey
from solvers.submodel import Part, part_of
from solvers.transport import TransportParams, balance

WARM, FRESH, SWAPPED, EXACT, PROGRAMME = "warm", "fresh", "swapped", "exact", "programme"
"""Ways to solve a group: anneal what is there; balance around new centres, all or one of them, and anneal; CP-SAT with
centres held; an integer programme that chooses centre units as well."""


FIRMER, MOST_FIRMER = 2.0, 8.0
"""Factor by which prices of breaches rise while nothing is gained, and how often at most."""

LEAST_CHANCE = 0.08
"""Chance of a way that never gains, before chances are made to sum to 1: what fails now may help later."""


ABOUT_UNITS = MedianParams(proposals_per_unit=10_000, steps=24, hot=0.2, price=4.0)
PROGRAMME_EFFORT = PartEffort(evaluations=200, most_pairs=2_500, nodes=50, most_seconds=1.0)
"""Defaults for groups about best units."""


@dataclass(frozen=True)
class RecombineParams:
    """Tuning of the recombination.

    Parameters
    ----------
    least_size, most_size
        Territories in a group.
    least_units, most_small
        Units that a group may have in any case, so that small territories come in larger groups, up to this number.
    most_units
        Units in a group of more than `least_size` territories, about.
    anneal
        Annealing of a group; temperature and price are varied around it.
    firm, firmer_after
        Factor on prices where the group breaks a band, and groups without a gain after which it doubles.
    rounds
        Times that centres of a group move to the centroids of their cells.
    about_units
        Annealing of a group about best units; temperature and price are varied around it.
    programme_units, programme
        Units of a group up to which the integer programme is tried, and its effort.
    exact_units, effort
        Free units that CP-SAT takes at once, and its deterministic time.
    patience
        Groups per territory without a gain after which the search ends, and groups at least.
    """

    least_size: int = 2
    most_size: int = 8
    least_units: int = 60
    most_small: int = 30
    most_units: int = 900
    anneal: AnnealParams = AnnealParams(
        proposals_per_unit=2_500, most_proposals=4_000_000, steps=24, hot=0.7, price=1.0, rise=1.15
    )
    firm: float = 8.0
    firmer_after: int = 6
    rounds: int = 6
    about_units: MedianParams = ABOUT_UNITS
    programme_units: int = 160
    programme: PartEffort = PROGRAMME_EFFORT
    exact_units: int = 80
    effort: float = 0.15
    patience: int = 8
    least_patience: int = 40


class Recombination:
    """One running search over groups; keeps the best and what each way has gained.

    Parameters
    ----------
    model
        The scaled problem, with at least two territories.
    best
        Where it begins.
    seed
        Seed of groups, ways and searches.
    params
        Tuning.
    """

    def __init__(
        self, model: SearchModel, best: Found, seed: int, params: RecombineParams | None = None
    ) -> None:
        self.model, self.best, self.params = model, best, params or RecombineParams()
        self.tried = 0
        self.gains = 0
        self._stale = 0
        self._random = np.random.default_rng([seed, 4])
        ways = [WARM, FRESH, SWAPPED, EXACT]
        if model.fixed_centre:
            ways = [WARM, EXACT]
        elif model.unit_centre:
            ways = [WARM, FRESH, EXACT, PROGRAMME]
        self._tries = dict.fromkeys(ways, 0)
        self._gained = dict.fromkeys(ways, 1.0)
        self._beside: list[list[int]] = []
        self._age = 0

    @property
    def _most_size(self) -> int:
        """Territories in a group at most: more where each has a handful of units only."""
        params = self.params
        by_units = int(params.least_units * self.model.n_territories / self.model.n_units)
        return max(params.most_size, min(by_units, params.most_small))

    @property
    def exhausted(self) -> bool:
        """Whether many groups in a row have brought nothing."""
        params = self.params
        return self._stale >= max(params.least_patience, params.patience * self.model.n_territories)

    def round(self, pool: Executor, workers: int, stop: Stop) -> None:
        """Solve up to `workers` groups at once and keep what is better."""
        tasks = []
        taken: set[int] = set()
        for _ in range(workers):
            group = self._group(taken)
            if group is None:
                break
            taken.update(group.tolist())
            way = self._way()
            number = int(self._random.integers(2**31))
            tasks.append((way, part_of(self.model, self.best.territory, group), number))
        firm = self.params.firm * FIRMER ** min(self._stale / self.params.firmer_after, MOST_FIRMER)
        params = replace(self.params, firm=firm)
        futures = [pool.submit(_solve, way, part, number, params, stop) for way, part, number in tasks]
        for (way, part, _), future in zip(tasks, futures, strict=True):
            self._tries[way] += 1
            self.tried += 1
            territory = future.result()
            before = self.best
            better = territory is not None and self._take(part, territory)
            self._gained[way] += _worth(before, self.best, self.model.n_territories) if better else 0.0
            self._stale = 0 if better else self._stale + 1

    def _take(self, part: Part, territory: IntArray) -> bool:
        whole = found(SearchState(self.model, part.into(self.best.territory, territory), 0))
        if not whole.better_than(self.best):
            return False
        self.best = whole
        self.gains += 1
        return True

    def _way(self) -> str:
        """Draw a way, more likely the more it has gained."""
        ways = list(self._tries)
        chance = np.array([self._gained[way] / (5.0 + self._tries[way]) for way in ways])
        chance = np.maximum(chance / chance.sum(), LEAST_CHANCE)
        return ways[int(self._random.choice(len(ways), p=chance / chance.sum()))]

    def _group(self, taken: set[int]) -> IntArray | None:
        """Draw neighbouring territories without any of `taken`; where bands are broken, around one that breaks them."""
        model, random, params = self.model, self._random, self.params
        k = model.n_territories
        if not self._beside or self._age >= max(k // 4, 4):
            self._beside, self._age = territory_neighbours(model, self.best.territory), 0
        self._age += 1
        chance = np.ones(k)
        if self.best.breach > TOLERANCE and random.random() < 0.8:
            breach = territory_breach(model, self.best.territory)
            chance = breach if breach.any() else chance
        chance[sorted(taken)] = 0.0
        if not chance.any():
            return None
        group = [int(random.choice(k, p=chance / chance.sum()))]
        count = np.bincount(self.best.territory, minlength=k)
        size = int(random.integers(params.least_size, self._most_size + 1))
        while len(group) < size:
            around = sorted({o for member in group for o in self._beside[member]} - set(group) - taken)
            if not around:
                break
            following = around[int(random.integers(len(around)))]
            if len(group) >= params.least_size and count[[*group, following]].sum() > params.most_units:
                break
            group.append(following)
        return np.array(sorted(group), np.int32) if len(group) > 1 else None


def _worth(before: Found, after: Found, k: int) -> float:
    """Return what a gain is worth in [0, 1]: 1 for a way into the bands or a percent of one territory's cost."""
    if before.breach > TOLERANCE:
        return 1.0
    return float(min(1.0, 100.0 * k * (before.cost - after.cost) / max(before.cost, 1e-300)))


def _solve(way: str, part: Part, number: int, params: RecombineParams, stop: Stop) -> IntArray | None:
    """Return a better territory for each unit of the part, None where none was found."""
    begin = found(SearchState(part.model, part.start, 0))
    random = np.random.default_rng(number)
    if way == EXACT:
        return _exactly(part, begin, number, params, stop)
    if part.model.unit_centre:
        result = _about_units(part, way, number, params, stop)
        return result.territory if result.better_than(begin) else None
    start = part.start if way == WARM else _replaced(part, way, random, params, stop)
    tuning = params.anneal
    firm = params.firm if begin.breach > TOLERANCE else 1.0
    tuning = replace(
        tuning,
        hot=tuning.hot * float(random.choice([0.4, 1.0, 2.0])),
        price=tuning.price * firm * float(random.choice([0.5, 2.0])),
    )
    candidate = None
    if not part.model.contiguous:
        everyone = np.arange(part.model.n_territories, dtype=np.int32)
        candidate = np.broadcast_to(everyone, (part.model.n_units, len(everyone))).copy()
    result = anneal(SearchState(part.model, start, number, candidate), tuning, stop)
    return result.territory if result.better_than(begin) else None


def _about_units(part: Part, way: str, number: int, params: RecombineParams, stop: Stop) -> Found:
    """Solve a part with centre units that move along."""
    random = np.random.default_rng(number)
    if way == PROGRAMME and part.model.n_units <= params.programme_units:
        return solve_part(part.model, part.start, effort=params.programme, stop=stop)
    start = drawn_around_units(part.model, random) if way == FRESH else part.start
    tuning = replace(
        params.about_units,
        hot=params.about_units.hot * float(random.choice([0.4, 1.0, 4.0])),
        price=params.about_units.price * float(random.choice([0.1, 1.0, 3.0])),
    )
    return anneal_about_units(part.model, start, tuning, seed=number, stop=stop)


def _replaced(
    part: Part, way: str, random: np.random.Generator, params: RecombineParams, stop: Stop
) -> IntArray:
    """Return the part balanced around other centres."""
    model, k = part.model, part.model.n_territories
    if way == FRESH:
        centre, _ = start_centres(model, np.full(model.n_units, -1, np.int32), random)
    else:
        centre = held_centres(model, part.start).place.copy()
        chance = model.weight / model.weight.sum() if model.weight.any() else None
        centre[int(random.integers(k))] = model.xy[int(random.choice(model.n_units, p=chance))]
    tuning = TransportParams(rounds=params.rounds)
    every = np.ones(k, bool)
    drawn = balance(model, centre, free=every, stop=stop, random=random, params=tuning)
    return fill_empty(model, make_contiguous(model, obey(model, drawn.territory)))


def _exactly(part: Part, begin: Found, number: int, params: RecombineParams, stop: Stop) -> IntArray | None:
    territories = np.arange(part.model.n_territories, dtype=np.int32)
    result = reassign(
        part.model,
        part.start,
        free_units(part.model, part.start, territories, params.exact_units),
        territories,
        deterministic_time=params.effort,
        seconds=min(stop.seconds_left(), 1e6),
        seed=number,
        minimise_breach=begin.breach > TOLERANCE,
        stop=stop,
    )
    return result.label
