"""Centres that move while prices follow: on few units at a high temperature first, on all at a low one last.

Which territory ends where is decided while cells still mix, on units gathered into few. That is cheap enough to be done
from several starts side by side; the cheapest is followed on all units.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, MaskArray
from planner.stop import Stop
from solvers.model import SearchModel
from solvers.transport.ascent import Ascent
from solvers.transport.bands import INSIDE, INSIDE_SEVERAL, SmoothBand, squared_spacing
from solvers.transport.gathering import gathered
from solvers.transport.nearby import Nearby, everyone, part_of
from solvers.transport.params import TransportParams
from solvers.transport.pruning import THREADS, dual_value
from solvers.transport.sampling import spread_sample

SAMPLED, WORTH = 150, 4
"""Units per territory in a sample of single units, and how many times more there must be for it to save time."""


class Pace:
    """Tells how much of the time there was in the beginning is spent; none where time is not limited."""

    def __init__(self, stop: Stop) -> None:
        self._stop, self._whole = stop, stop.seconds_left()

    def spent(self) -> float:
        """Return the share of time that is spent, in [0, 1]."""
        if not np.isfinite(self._whole):
            return 0.0
        return 1.0 - self._stop.seconds_left() / max(self._whole, 1e-9)


@dataclass(frozen=True, eq=False)
class Few:
    """Few units that stand for all.

    Parameters
    ----------
    part
        They, without a graph.
    stands_for
        How many units' worth each stands for, shape ``(n_few,)``.
    """

    part: SearchModel
    stands_for: FloatArray

    @classmethod
    def of(cls, model: SearchModel, count: int, random: np.random.Generator) -> Few:
        """Return about `count` units gathered from all; some of them where rules tell them apart."""
        together = gathered(model, count)
        if together is not None:
            return cls(together, np.ones(together.n_units))
        pick, stands_for = spread_sample(model, count, random)
        return cls(part_of(model, pick), stands_for)


class Walk:
    """Centres on their way from one start, and the prices that follow them.

    Parameters
    ----------
    centre
        Start, shape ``(n_territories, 2)``; copied.
    price
        First multipliers, shape ``(n_territories, n_limited)``.
    free
        Which centres may move.
    stop, pace
        When to stop, and how much of the time is spent.
    params
        Tuning.
    warmth
        First temperature.
    """

    def __init__(
        self, centre: FloatArray, price: FloatArray, free: MaskArray, stop: Stop, pace: Pace, params: TransportParams,
        warmth: float = 1.0,
    ) -> None:  # fmt: skip
        self.centre, self.ascent, self.free = centre.copy(), Ascent(price), free
        self.warmth = warmth
        self._stop, self._pace, self._params, self._done = stop, pace, params, 0

    def on(self, soft: Nearby, moves: int, until: float) -> None:
        """Move at most `moves` times with the units of `soft`, until that share of the time is spent."""
        params, begun, cooled = self._params, self._pace.spent(), 0.0
        for _ in range(moves if self.free.any() else 1):
            if self._stop.reason(self._done) is not None:
                return
            steps = params.newton_steps_moving if self.free.any() else params.newton_steps
            steps = params.first_newton_steps if self._done == 0 else steps
            settle(self.ascent, soft, self.centre, self.warmth, steps, self._stop, params)
            if self._done == 0 and (self.ascent.worst() >= params.astray).mean() > params.most_astray:
                # Cells that reach far across the map to be balanced would drag their centres there.
                self.free = np.zeros_like(self.free)
            self._done += 1
            if not self.free.any():
                self.warmth = max(params.least_warm, params.hot * self.warmth)
                return
            self._move()
            # Where time is short fewer moves cool as far.
            wanted = max(cooled + 1.0, moves * (self._pace.spent() - begun) / max(until - begun, 1e-9))
            self.warmth = max(params.least_warm, params.cooling_moving ** (wanted - cooled) * self.warmth)
            cooled = wanted
            if self._pace.spent() >= until:
                return

    def _move(self) -> None:
        """Move free centres toward the centroids of their cells."""
        ascent = self.ascent
        mass = ascent.moment[:, 0]
        moved = self.free & (mass > 0) & (ascent.worst() < self._params.astray)
        step = np.zeros_like(self.centre)
        target = ascent.moment[moved, 1:3] / mass[moved, None]
        step[moved] = self._params.stride * (target - self.centre[moved])
        held = np.maximum(ascent.load.sum(axis=1), 1e-9) / np.maximum(mass, 1e-9)
        ascent.follow(self.centre, step, held)
        self.centre += step

    def rank(self, part: SearchModel) -> tuple[int, float]:
        """Return what orders walks, best first: territories astray, then the cost around the centres."""
        astray = int((self.ascent.worst() >= self._params.astray).sum())
        return astray, dual_value(part, self.centre, self.ascent.price)


def by_nearby(
    model: SearchModel, centres: tuple[FloatArray, ...], price: FloatArray, free: MaskArray, stop: Stop,
    random: np.random.Generator, params: TransportParams, *, on_all: bool = True, warmth: float = 1.0,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return centres and prices, each unit looking at its cheapest territories.

    The walks from all `centres` begin on few units, at temperature `warmth`; the best one ends on all, where `on_all`.
    Cooling is slow, since it decides better then, and steps are short, since a cell that loses all its mass is hard to
    win back.
    """
    pace = Pace(stop)
    # Gathered units cannot trade a busy neighbour for two quiet ones: prices of several measures need single ones.
    gather = free.any() or model.lower.shape[1] == 1
    few = _few(model, params.samples, random) if gather else _some(model, random)
    starts = [
        Walk(centre, price, free, stop, pace, params, warmth)
        for centre in (centres if free.any() else centres[:1])
    ]

    # What is not needed for all units is theirs.
    ends = 1.0 if on_all or not few else params.moving_shares[len(few) - 1]

    def begin(walk: Walk) -> None:
        for units, moves, until in zip(few, params.moves, params.moving_shares, strict=False):
            walk.on(Nearby(units.part, units.stands_for, params.width), moves, until / ends)

    if len(starts) > 1 and few:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(begin, starts))
        best = min(starts, key=lambda walk: walk.rank(few[-1].part))
    else:
        best = starts[0]
        begin(best)
    if on_all or not few:
        soft = Nearby(everyone(model), np.ones(model.n_units), params.final_width)
        best.on(soft, params.moves[len(few)], params.moving_shares[len(few)])
        finish(best.ascent, soft, best.centre, stop, params, pace, best.warmth)
    return best.centre, best.ascent.price


def _few(model: SearchModel, samples: tuple[int, ...], random: np.random.Generator) -> list[Few]:
    """Return few units, then more, that stand for all: `samples` per territory; none where all are few."""
    sizes = [per * model.n_territories for per in samples]
    sizes = [size for size in sizes if size < model.n_units]
    found: list[Few] = []
    for size in reversed(sizes):
        # Gathering what is gathered already costs next to nothing.
        finer = found[-1].part if found and (found[-1].stands_for == 1).all() else model
        found.append(Few.of(finer, size, random))
    return found[::-1]


def _some(model: SearchModel, random: np.random.Generator) -> list[Few]:
    """Return a sample of single units, where there are many times more; else none."""
    size = SAMPLED * model.n_territories
    if model.n_units < WORTH * size:
        return []
    pick, stands_for = spread_sample(model, size, random)
    return [Few(part_of(model, pick), stands_for)]


def settle(
    ascent: Ascent, soft: Nearby, centre: FloatArray, warmth: float, steps: int, stop: Stop, params: TransportParams
) -> None:  # fmt: skip
    """Find prices at one temperature, in squared distances between neighbouring centres."""
    spacing = squared_spacing(centre)
    inside = INSIDE_SEVERAL if soft.model.lower.shape[1] > 1 else INSIDE
    band = SmoothBand(soft.model, np.maximum(params.band_softness, warmth) * spacing, inside)
    ascent.climb(soft, band, centre, warmth, spacing, steps, params.close, stop)
    for _ in range(params.refills):
        if ascent.worst().max() < params.astray or stop.reason(0) is not None:
            return
        ascent.refill(soft, centre, params.astray)
        ascent.climb(soft, band, centre, warmth, spacing, steps, params.close, stop)


def finish(
    ascent: Ascent, soft: Nearby, centre: FloatArray, stop: Stop, params: TransportParams, pace: Pace,
    reached: float = np.inf,
) -> None:  # fmt: skip
    """Find prices for all units at the last temperatures below the one `reached`, as far as there is time."""
    took = 0.0
    for cold in (params.least_warm, params.cold, params.coldest):
        if cold >= reached:
            continue
        begun = pace.spent()
        if stop.reason(0) is not None or begun + took > params.finish_share:
            return
        settle(ascent, soft, centre, cold, params.newton_steps, stop, params)
        took = pace.spent() - begun
