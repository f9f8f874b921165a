"""Tuning of the balanced clustering."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TransportParams:
    """Tuning of the balanced clustering.

    Parameters
    ----------
    sample_per_territory, least_sampled
        Units that stand for all where every pair of unit and territory is looked at; all of a small problem are taken.
    cooling
        Factor between temperatures while prices are found from nothing.
    rounds, moving, steps_between, at_rest
        How often free centres move, at most; temperature meanwhile (as `hot`) and Newton steps between two moves;
        longest way, over the distance between neighbours, that counts as rest.
    newton_steps, first_newton_steps
        Newton steps per temperature, at most; and at the first one where units look at nearby territories only.
    close
        Largest distance between soft load and band, relative to the ideal, that ends a temperature early.
    hot, cold
        First and last temperature of a round, in squared distances between neighbouring centres.
    band_softness
        Width of the smooth band in the same unit.
    many
        Territories above which units look at their cheapest ones only. What follows is for those problems.
    width, final_width
        Cheapest territories that a unit looks at: in a sample, and where all units are taken.
    samples, moves
        Units per territory in one sample after the other, and how often free centres move in each, then with all units.
    stride
        Share of the way to the centroid of its cell that a centre moves at once.
    cooling_moving, least_warm
        Factor between temperatures from one move to the next, beginning at 1, and where they end.
    coldest
        Last temperature of all, at which units are hardly shared: what is left to round is small.
    newton_steps_moving
        Newton steps between two moves, at most.
    moving_shares, finish_share
        Shares of the time there is after which each sample is left, and all is done, at the latest.
    astray, refills
        Distance from its band, in ideals, from which a territory is refilled rather than moved, and how often.
    most_astray
        Share of such territories at the first temperature from which no centre moves: cells drag them along.
    """

    sample_per_territory: int = 10
    least_sampled: int = 3_500
    cooling: float = 4.0
    rounds: int = 40
    moving: float = 0.06
    steps_between: int = 10
    at_rest: float = 0.01
    newton_steps: int = 5
    first_newton_steps: int = 16
    close: float = 0.02
    hot: float = 0.25
    cold: float = 0.015
    band_softness: float = 0.1
    many: int = 100
    width: int = 12
    final_width: int = 8
    samples: tuple[int, ...] = (10, 40)
    moves: tuple[int, ...] = (50, 30, 2)
    stride: float = 0.6
    cooling_moving: float = 0.9
    least_warm: float = 0.06
    newton_steps_moving: int = 2
    coldest: float = 0.004
    moving_shares: tuple[float, ...] = (0.4, 0.65, 0.75)
    finish_share: float = 0.9
    astray: float = 0.3
    refills: int = 2
    most_astray: float = 0.1
