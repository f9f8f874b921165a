"""Search for the alignment whose widest territory is the narrowest, inside every limit.

Rounds of annealing aim at a target below the record and start again from the best; every improvement is the new
record. What limits are not held yet is priced more and more. The layout of few territories hardly changes once the
search has begun, so many starts get one round each and only the best ones get more (successive halving). When the
best of them no longer gets better, a few neighbouring territories of it are scattered, again and again (iterated
local search, Lourenço et al. 2019, https://doi.org/10.1007/978-3-319-91086-4_5); then other starts are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.diameter import kernel
from solvers.diameter.starts import scattered_part
from solvers.diameter.state import DiameterState
from solvers.effort import Effort
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.model import SearchModel

FAR_CANDIDATES = 8
"""Territories that a unit may join without being next to them, where they need not hang together."""


@dataclass(frozen=True)
class Round:
    """Tuning of one round of annealing.

    Parameters
    ----------
    proposals_per_unit
        Proposals of the round, per basic unit.
    hot, cold
        First and last temperature, in excesses (see `solvers.diameter.kernel`).
    ambition
        How far below the record the target lies, as a share of it.
    """

    proposals_per_unit: int
    hot: float
    cold: float
    ambition: float


@dataclass(frozen=True)
class DiameterParams:
    """Tuning of the search for a smaller largest diameter.

    Parameters
    ----------
    first
        Round of a fresh start.
    rounds
        Rounds that follow, in turn.
    most_proposals, part
        Proposals of a round at most, and between two questions whether to stop.
    steps
        Temperatures of a round.
    pair_share
        Share of proposals that move two units at once.
    price, rise
        First price of a breach of one whole ideal, in excesses; factor per temperature while a breach lasts.
    step
        Cost of a pair as wide as the record, in excesses of one.
    typical
        Multiple of the median diameter of a fresh start that it aims at, where that is less than its largest one.
    batch, start_share
        Starts compared with each other, and share of the time or iterations left after which no more join them.
    kept, rounds_compared
        Share of the starts that go on after each comparison, and rounds of each that goes on before the next one.
    patience, patience_behind
        Rounds without anything better after which other starts are drawn, from the best start so far and from others.
    most_scattered, patience_scattering
        Neighbouring territories that are scattered at a time, and times without anything better.
    promising, slack
        How much worse than the best of its start, as a share of the cost, an alignment with scattered territories may
        be to get another round, and how much worse than the one it came from to take its place.
    """

    first: Round = Round(500, 0.1, 0.004, 0.02)
    rounds: tuple[Round, ...] = (
        Round(500, 0.1, 0.005, 0.01),
        Round(2_000, 0.1, 0.003, 0.03),
        Round(500, 0.05, 0.003, 0.005),
        Round(4_000, 0.5, 0.003, 0.03),
    )
    most_proposals: int = 30_000_000
    part: int = 200_000
    steps: int = 12
    pair_share: float = 0.3
    price: float = 10.0
    rise: float = 1.2
    step: float = 0.2
    typical: float = 1.08
    batch: int = 24
    start_share: float = 0.35
    kept: float = 0.35
    rounds_compared: int = 1
    patience: int = 4
    patience_behind: int = 2
    most_scattered: int = 5
    patience_scattering: int = 50
    promising: float = 0.01
    slack: float = 0.002


Told = Callable[[Found], None]
"""Told of every better alignment."""


def search_diameter(
    model: SearchModel,
    territory: IntArray,
    *,
    stop: Stop,
    seed: int,
    params: DiameterParams | None = None,
    on_better: Told | None = None,
) -> Found:
    """Return the best alignment found from `territory` until `stop` says so.

    Parameters
    ----------
    model
        The scaled problem; only its positions, rules and limits count.
    territory
        Complete start, shape ``(n_units,)``, in one piece per territory where that is asked; it may breach limits.
    stop
        Asked after every part of a round; a part is one iteration.
    seed
        Seed of the random stream.
    params
        Tuning.
    on_better
        Told of every better alignment.
    """
    run = _Run(model, stop, seed, params or DiameterParams(), on_better)
    return run.squeeze(run.enter(territory))


def search_diameter_from_starts(
    model: SearchModel,
    draw: Callable[[int], IntArray],
    *,
    stop: Stop,
    seed: int,
    params: DiameterParams | None = None,
    on_better: Told | None = None,
) -> Found:
    """Return the best alignment found from several starts until `stop` says so.

    Parameters
    ----------
    draw
        Returns start number `index`; see `search_diameter` for what a start is.
    model, stop, seed, params, on_better
        See `search_diameter`.
    """
    run = _Run(model, stop, seed, params or DiameterParams(), on_better)
    return run.hunt(draw)


@dataclass(eq=False)
class _Entry:
    """One start: its best so far, how wide that is, and how many rounds it had."""

    best: Found
    diameter: float
    rounds: int = 0

    @property
    def inside(self) -> bool:
        """Whether the best breaks no rule, so that its diameter is a record to beat."""
        return self.best.breach <= TOLERANCE and not self.best.surplus_pieces

    def rank(self) -> tuple[int, float, float]:
        """Return what orders starts: pieces too many, breach, cost."""
        return self.best.surplus_pieces, self.best.breach, self.best.cost


@dataclass(eq=False)
class _Run:
    """One search: what it may use, what it used, and the best of all starts."""

    model: SearchModel
    stop: Stop
    seed: int
    params: DiameterParams
    on_better: Told | None
    best: _Entry | None = None
    iterations: int = 0
    _searches: int = 0
    _effort: Effort = field(init=False)

    def __post_init__(self) -> None:
        self._effort = Effort(self.stop)
        self._dear = bool(self.model.own_cost.any())

    def _stopped(self) -> bool:
        return self.stop.reason(self.iterations) is not None

    def hunt(self, draw: Callable[[int], IntArray]) -> Found:
        """Compare starts, squeeze the best, and begin again with others once that no longer helps."""
        index, champion, params = 0, None, self.params
        while champion is None or not self._stopped():
            before = self.iterations
            entries: list[_Entry] = []
            began = self._effort.spent(self.iterations)
            while len(entries) < params.batch:
                used = self._effort.spent(self.iterations) - began
                if entries and (self._stopped() or used >= params.start_share * (1 - began)):
                    break
                entries.append(self.enter(draw(index)))
                index += 1
            champion = self._select(entries)
            leads = self.best is not None and champion.best is self.best.best
            self.squeeze(champion, params.patience if leads else params.patience_behind)
            if self._wander(champion):
                self.squeeze(champion, params.patience_behind)
            if self.iterations == before:
                break
        return self._answer(champion)

    def enter(self, territory: IntArray, beside: _Entry | None = None) -> _Entry:
        """Give a fresh start its first round, which aims below the best so far, or below `beside`."""
        state = self._state(territory)
        diameter = state.diameters()
        entry = _Entry(found(state), float(diameter.max()))
        self._keep(entry)
        way = self.params.first
        target = min(entry.diameter * (1 - way.ambition), self.params.typical * float(np.median(diameter)))
        aim = self.best if beside is None else beside
        if aim is not None and aim.inside:
            target = aim.diameter * (1 - way.ambition)
        self._anneal(entry, state, way, target)
        return entry

    def _select(self, entries: list[_Entry]) -> _Entry:
        """Give the better starts further rounds until one is left."""
        while len(entries) > 1 and not self._stopped():
            entries.sort(key=_Entry.rank)
            entries = entries[: max(1, int(len(entries) * self.params.kept))]
            if len(entries) > 1:
                for entry in entries:
                    self._rounds(entry)
        return min(entries, key=_Entry.rank)

    def _rounds(self, entry: _Entry) -> None:
        for _ in range(self.params.rounds_compared):
            if self._stopped():
                return
            self.again(entry)

    def squeeze(self, entry: _Entry, patience: float = np.inf) -> Found:
        """Run rounds until told to stop, out of patience, or no pair of units lies inside one territory."""
        stale = 0
        while stale < patience and not self._stopped() and entry.rank() > (0, 0.0, 0.0):
            before, known = self.iterations, entry.best
            self.again(entry)
            stale = stale + 1 if entry.best is known else 0
            if self.iterations == before:
                break
        return self._answer(entry)

    def _wander(self, entry: _Entry) -> bool:
        """Scatter a few neighbouring territories again and again, go on from what is hardly worse, keep the best.

        Returns whether `entry` is better than before.
        """
        params, known = self.params, entry.best
        random = np.random.default_rng([self.seed, self._searches, 1])
        here, stale = replace(entry), 0
        while stale < params.patience_scattering and not self._stopped() and entry.diameter > 0.0:
            before = self.iterations
            size = min(int(random.integers(2, params.most_scattered + 1)), self.model.n_territories)
            trial = self.enter(scattered_part(self.model, here.best.territory, size, random), here)
            if trial.best.cost < entry.best.cost * (1 + params.promising):
                self.again(trial)
            stale += 1
            if trial.best.better_than(entry.best):
                entry.best, entry.diameter, stale = trial.best, trial.diameter, 0
            if trial.rank()[:2] <= here.rank()[:2] and trial.best.cost <= here.best.cost * (1 + params.slack):
                here = trial
            if self.iterations == before:
                break
        return entry.best is not known

    def again(self, entry: _Entry) -> None:
        """Give a start its next round, from its best."""
        way = self.params.rounds[entry.rounds % len(self.params.rounds)]
        # Where changes of owner cost something, fewer of them may be worth a wider territory: try that in turn.
        wider = self._dear and (entry.rounds + entry.rounds // len(self.params.rounds)) % 2
        target = entry.diameter * (1 + way.ambition if wider else 1 - way.ambition)
        entry.rounds += 1
        self._anneal(entry, self._state(entry.best.territory), way, target)

    def _answer(self, entry: _Entry) -> Found:
        return entry.best if self.best is None else self.best.best

    def _state(self, territory: IntArray) -> DiameterState:
        self._searches += 1
        number = int(np.random.default_rng([self.seed, self._searches]).integers(2**31))
        near = None if self.model.contiguous else _near_territories(self.model, territory)
        return DiameterState(self.model, territory, number, near, self.params.step)

    def _keep(self, entry: _Entry) -> None:
        if self.best is None or entry.best.better_than(self.best.best):
            self.best = replace(entry)
            if self.on_better is not None:
                self.on_better(entry.best)

    def _improved(self, entry: _Entry, state: DiameterState) -> bool:
        """Keep where `state` is, and return whether it is the best of its start."""
        now = found(state)
        if not now.better_than(entry.best):
            return False
        entry.best, entry.diameter = now, float(state.diameters().max())
        self._keep(entry)
        return True

    def _aim(self, entry: _Entry, state: DiameterState, target: float, ambition: float) -> None:
        """Let `state` look for anything better than the best of its start, and price what is wider than `target`."""
        record = max(entry.diameter, target) if entry.inside else np.inf
        most_moved = entry.best.cost - record if entry.inside else np.inf
        # One wide pair weighs as much as all that the diameter gains on the way to the target.
        state.aim(target, record, most_moved, self.params.step / max(ambition * target, 1e-12))

    def _anneal(self, entry: _Entry, state: DiameterState, way: Round, target: float) -> None:
        """Anneal `state` towards `target` and keep in `entry` what is better."""
        params = self.params
        if target <= 0.0 or not len(self.model.graph_indices):
            return
        self._aim(entry, state, target, way.ambition)
        price = np.full(len(state.breach()), params.price)
        proposals = min(way.proposals_per_unit * self.model.n_units, params.most_proposals) // params.steps
        cooling = (way.cold / way.hot) ** (1 / max(1, params.steps - 1))
        temperature = way.hot
        for _ in range(params.steps):
            left = max(1, proposals)
            while left > 0:
                if self._stopped():
                    return
                left -= self._part(entry, state, min(left, params.part), temperature, way.ambition, price)
            state.refresh()
            breach = state.breach()
            price = np.where(breach > TOLERANCE, price * params.rise, price)
            if self._improved(entry, state):
                self._aim(entry, state, state.target, way.ambition)
            temperature *= cooling

    def _part(
        self,
        entry: _Entry,
        state: DiameterState,
        proposals: int,
        temperature: float,
        ambition: float,
        price: FloatArray,
    ) -> int:
        """Run up to `proposals` proposals, lower the record whenever it is beaten, and return how many ran."""
        left = proposals
        while left > 0:
            end, ran = state.anneal(left, temperature, temperature, self.params.pair_share, price)
            left -= ran
            if end == kernel.FULL:
                state.refresh()
            elif end == kernel.BETTER:
                if not self._improved(entry, state):
                    break
                if state.target < entry.diameter:
                    self._aim(entry, state, min(state.target, entry.diameter * (1 - ambition)), ambition)
                else:
                    self._aim(entry, state, state.target, ambition)
                if entry.diameter <= 0.0:
                    break
        self.iterations += 1
        return proposals


def _near_territories(model: SearchModel, territory: IntArray) -> IntArray:
    """Return the territories with the nearest centres, shape ``(n_units, width)``."""
    k = model.n_territories
    count = np.maximum(np.bincount(territory, minlength=k), 1)
    centre = np.c_[
        np.bincount(territory, model.xy[:, 0], k) / count, np.bincount(territory, model.xy[:, 1], k) / count
    ]
    _, near = cKDTree(centre).query(model.xy, k=min(FAR_CANDIDATES, k))
    return np.ascontiguousarray(near.reshape(model.n_units, -1), dtype=np.int32)
