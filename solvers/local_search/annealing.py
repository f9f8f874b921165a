"""Simulated annealing on the borders with prices on breaches that rise until the bands hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.local_search.search_state import SearchState

TOLERANCE = 1e-9
"""Breach that counts as none, as a share of an average ideal; sums of floats are no more exact."""


@dataclass(frozen=True)
class AnnealParams:
    """Tuning of one annealing run.

    Parameters
    ----------
    proposals_per_unit, most_proposals
        Proposals over the whole run, per basic unit, and at most in all.
    steps
        Parts of the run; prices and the best so far are looked after in between.
    hot, cold
        First and last temperature, in shares of the mean cost of one unit's mass over one territory's size.
    pair_share
        Share of proposals that move two units at once.
    price, rise
        First price of a breach of one whole ideal, in mean territory costs; factor per part while a breach lasts.
    """

    proposals_per_unit: int = 8_000
    most_proposals: int = 30_000_000
    steps: int = 40
    hot: float = 3.0
    cold: float = 0.004
    pair_share: float = 0.3
    price: float = 4.0
    rise: float = 1.05

    def proposals(self, n_units: int) -> int:
        """Return the proposals of a whole run over `n_units` units."""
        return min(self.proposals_per_unit * n_units, self.most_proposals)


@dataclass(frozen=True, eq=False)
class Found:
    """An alignment with what decides between two of them.

    Parameters
    ----------
    territory
        Territory of each unit, shape ``(n_units,)``.
    breach
        Summed breach of all hard rules but contiguity, scaled; 0 where all hold.
    cost
        Scaled objective.
    surplus_pieces
        Pieces of territories that are too many; 0 where all hang together or need not.
    """

    territory: IntArray
    breach: float
    cost: float
    surplus_pieces: int = 0

    def better_than(self, other: Found | None) -> bool:
        """Return whether this one hangs together better, else breaches less, else, where none does, costs less."""
        if other is None:
            return True
        if self.surplus_pieces != other.surplus_pieces:
            return self.surplus_pieces < other.surplus_pieces
        if max(self.breach, other.breach) > TOLERANCE:
            return self.breach < other.breach - TOLERANCE
        return self.cost < other.cost * (1 - 1e-9) - 1e-15


class Measured(Protocol):
    """A running search: what decides between where it is and another alignment."""

    label: IntArray

    def breach(self) -> FloatArray:
        """Return the breach of each limited measure and of the disruption budget."""
        ...

    def cost(self) -> float:
        """Return the scaled objective."""
        ...

    def surplus_pieces(self) -> int:
        """Return how many pieces of territories are too many."""
        ...


def found(state: Measured) -> Found:
    """Return a copy of where `state` is."""
    breach = float(state.breach().sum())
    breach = breach if breach > TOLERANCE else 0.0
    return Found(state.label.copy(), breach, state.cost(), state.surplus_pieces())


def anneal(
    state: SearchState,
    params: AnnealParams,
    stop: Stop,
    on_step: Callable[[float, Found], None] | None = None,
) -> Found:
    """Anneal from where `state` is and return the best alignment seen at the end of a part.

    Parameters
    ----------
    state
        Changed in place; ends where the run ended.
    params
        Tuning.
    stop
        Asked between parts.
    on_step
        Told the share of the run that is done and the best so far.
    """
    model = state.model
    unit_cost = model.n_territories / model.n_units
    price = np.full(len(state.breach()), params.price)
    proposals = max(1, params.proposals(model.n_units) // params.steps)
    # Few proposals per unit cannot restore what a high temperature takes apart: begin cooler.
    share = params.proposals(model.n_units) / (params.proposals_per_unit * model.n_units)
    hot = max(params.hot * share, 2 * params.cold)
    cooling = (params.cold / hot) ** (1 / params.steps)
    best = found(state)
    temperature = hot * unit_cost
    for step in range(params.steps):
        if stop.reason(0) is not None:
            break
        state.anneal(proposals, temperature, temperature * cooling, params.pair_share, price)
        state.refresh()
        now = found(state)
        price = np.where(state.breach() > TOLERANCE, price * params.rise, price)
        if now.better_than(best):
            best = now
        if on_step is not None:
            on_step((step + 1) / params.steps, best)
        temperature *= cooling
    return best
