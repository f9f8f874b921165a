"""Search for the smallest largest diameter, from many starts, by several workers at once."""

from __future__ import annotations

from concurrent.futures import Executor
from queue import Empty, SimpleQueue

import numpy as np

from planner.arrays import IntArray
from planner.stop import AnyOf, MaxIterations, Stop
from solvers.diameter.search import search_diameter_from_starts
from solvers.diameter.starts import scattered_start
from solvers.local_search.annealing import Found
from solvers.polish import Polisher
from solvers.run import Run
from solvers.starts import draw_start

SECONDS_BETWEEN_LOOKS = 0.1
"""Time between two looks at what the workers have found."""

FREE_PARTS = 400
"""Parts of the search that one worker makes where neither time nor iterations are limited."""

BALANCED_EVERY = 3
"""Of so many starts one is balanced and compact; the others are cells around any units."""


def narrow(run: Run, pool: Executor, polisher: Polisher, seed: int, share: float) -> None:
    """Search until `share` of the effort is spent; what is found goes to `run`.

    Each worker searches from starts of its own; iterations are the parts that its search is made of.
    """
    told: SimpleQueue[Found] = SimpleQueue()
    clock = run.clock(share)
    limit = _limit(run, share)

    def search(worker: int) -> Found:
        def draw(index: int) -> IntArray:
            number = index * run.workers + worker
            if number == 0 and run.best is not None:
                return run.best.territory
            if index % BALANCED_EVERY:
                return scattered_start(run.model, np.random.default_rng([seed, 7, number]))
            start = draw_start(run.model, run.problem.current, number, seed, clock)
            return polisher.short(start, number, clock, share=0.1).territory

        stop: Stop = AnyOf((clock, MaxIterations(limit)))
        return search_diameter_from_starts(
            run.model, draw, stop=stop, seed=seed * run.workers + worker, on_better=told.put
        )

    futures = [pool.submit(search, worker) for worker in range(run.workers)]
    while not all(future.done() for future in futures):
        _keep_told(run, told)
    for future in futures:
        run.keep(future.result(), PHASE)
    run.iterations += limit * run.workers if np.isfinite(run.most_iterations) else 0
    run.over(share)
    run.notes.append(
        f"{run.workers} searches priced pairs of units too far apart, from many starts and from the best alignments "
        "with a few neighbouring territories scattered"
    )


PHASE = "search for narrower territories"


def _limit(run: Run, share: float) -> int:
    """Return how many parts each worker may make."""
    if np.isfinite(run.most_iterations):
        return max(1, int((share * run.most_iterations - run.iterations) / run.workers))
    return 2**62 if np.isfinite(run.seconds) else FREE_PARTS


def _keep_told(run: Run, told: SimpleQueue[Found]) -> None:
    """Pass on what workers have told since, the best of it."""
    best: Found | None = None
    try:
        best = told.get(timeout=SECONDS_BETWEEN_LOOKS)
        while True:
            another = told.get_nowait()
            best = another if another.better_than(best) else best
    except Empty:
        if best is not None:
            run.keep(best, PHASE)
