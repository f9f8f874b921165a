"""Drive CP-SAT over neighbouring territories, worst breaches first, and over everything where that is small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray
from planner.stop import Stop, Termination
from solvers.bounds import fixed_centre_bound
from solvers.cp_sat.assignment import reassign
from solvers.cp_sat.full import prove
from solvers.cp_sat.neighbourhood import Neighbourhood, neighbourhoods
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel


@dataclass(frozen=True)
class ExactParams:
    """Tuning of the exact part.

    Parameters
    ----------
    most_pairs
        Unit-territory pairs up to which a linear problem is solved as a whole, to prove it optimal.
    most_units, sizes
        Free units of one neighbourhood; numbers of territories in one.
    effort, whole_effort
        Deterministic time of one neighbourhood and of the whole problem (CP-SAT's unit, near seconds).
    """

    most_pairs: int = 20_000
    most_units: int = 80
    sizes: tuple[int, ...] = (2, 3)
    effort: float = 0.2
    whole_effort: float = 20.0


@dataclass(frozen=True, eq=False)
class ExactOutcome:
    """What the exact part found.

    Parameters
    ----------
    best
        Never worse than what it began with.
    proved, bound
        Whether `best` is optimal, and a scaled lower bound over the whole problem where it was tried.
    iterations
        Count of the run, neighbourhoods included.
    termination
        Why it ended; None where the caller's rule did not end it.
    note
        What was done, for people.
    """

    best: Found
    proved: bool
    bound: float | None
    iterations: int
    termination: Termination | None
    note: str


def polish_exactly(
    model: SearchModel,
    best: Found,
    params: ExactParams,
    *,
    stop: Stop,
    iterations: int,
    seed: int,
    on_better: Callable[[Found], None],
) -> ExactOutcome:
    """Re-solve groups of neighbouring territories until none gets better, then try to prove the whole.

    Groups are taken anew after every gain; one whose territories did not change since it was last solved is left
    out, so the end means that no group of these sizes can gain (within the effort of each).
    """
    changed_at = np.zeros(model.n_territories, np.int64)
    solved_at: dict[tuple[int, ...], int] = {}
    gains, tried = 0, 0
    termination = stop.reason(iterations)
    while termination is None:
        gained = False
        for group in neighbourhoods(
            model, best.territory, seed=seed, most_units=params.most_units, sizes=params.sizes
        ):
            key = tuple(group.territories.tolist())
            if solved_at.get(key, -1) >= changed_at[group.territories].max():
                continue
            termination = stop.reason(iterations)
            if termination is not None:
                break
            iterations, tried = iterations + 1, tried + 1
            solved_at[key] = tried
            better = _resolve(model, best, group, params, stop, seed + tried)
            if better is not None:
                moved = np.unique(np.r_[better.territory[better.territory != best.territory],
                                        best.territory[better.territory != best.territory]])  # fmt: skip
                changed_at[moved] = tried + 1
                best, gained, gains = better, True, gains + 1
                on_better(best)
                break
        if not gained:
            break
    note = f"CP-SAT re-solved {tried} groups of neighbouring territories, {gains} of them for the better"
    small = model.n_units * model.n_territories <= params.most_pairs
    if (
        termination is None
        and model.fixed_centre
        and small
        and best.breach <= TOLERANCE
        and not best.surplus_pieces
    ):
        _, prices = fixed_centre_bound(model, stop)
        seconds = min(stop.seconds_left(), 1e6)
        whole = prove(
            model, best.territory, model.home, prices,
            deterministic_time=params.whole_effort, seconds=seconds, seed=seed, stop=stop,
        )  # fmt: skip
        iterations += 1
        better = None if whole.label is None else _judged(model, whole.label)
        if better is not None and better.better_than(best):
            best = better
            on_better(best)
        ending = "and proved the plan optimal" if whole.proved else "without a proof within its effort"
        note += f"; then it took on the whole problem ({whole.pairs_left} pairs left by prices) {ending}"
        return ExactOutcome(best, whole.proved, whole.bound, iterations, stop.reason(iterations), note)
    return ExactOutcome(best, False, None, iterations, termination, note)


def _resolve(
    model: SearchModel, best: Found, group: Neighbourhood, params: ExactParams, stop: Stop, seed: int
) -> Found | None:
    """Return a better alignment from one group, None where there is none."""
    result = reassign(
        model,
        best.territory,
        group.units,
        group.territories,
        deterministic_time=params.effort,
        seconds=min(stop.seconds_left(), 1e6),
        seed=seed % 2**31,
        minimise_breach=best.breach > TOLERANCE,
        stop=stop,
    )
    if result.label is None:
        return None
    candidate = _judged(model, result.label)
    return candidate if candidate.better_than(best) else None


def _judged(model: SearchModel, label: IntArray) -> Found:
    return found(SearchState(model, label, 0))
