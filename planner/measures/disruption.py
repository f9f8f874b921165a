"""How much changes hands, and what that is expected to cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.alignment import NOBODY
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by

CentsArray = NDArray[np.int64]

EXPECTED_LOSS = 0.15
"""Share of a customer's annual sales lost after a change of rep: the middle of 13.2-17.6 %."""
SIMILAR_RELIEF = 0.40
"""Share of that loss spared where the new rep is similar: what better transitions would have saved in the study."""
LOSS_SOURCE = (
    "Shi, Sridhar, Grewal and Lilien, Journal of Marketing 81 (2017), https://doi.org/10.1509/jm.15.0358: "
    "a change of rep costs 13.2-17.6 % of a customer's annual sales; replacements similar to the former rep lose less, "
    "up to 40 % of the loss could have been saved"
)
"""Where the default rates come from, for people."""


def gained_and_lost(
    activity: FloatArray, current: IntArray, territory: IntArray, n_territories: int
) -> tuple[FloatArray, FloatArray]:
    """Return what each territory gains and loses, two arrays of shape ``(n_territories, n_measures)``.

    `activity` has shape ``(n_entities, n_measures)``. What nobody owned before is gained by someone and lost by
    nobody; it does not count as moved.
    """
    changed = territory != current
    gains, losses = changed & (territory >= 0), changed & (current >= 0)

    def total(of: IntArray, rows: MaskArray) -> FloatArray:
        columns = [sum_by(of[rows], column[rows], n_territories) for column in activity.T]
        return np.array(columns).reshape(activity.shape[1], n_territories).T

    return total(territory, gains), total(current, losses)


def moved(current: IntArray, territory: IntArray) -> MaskArray:
    """Return which entities had an owner and get another one, shape ``(n_entities,)``."""
    changed: MaskArray = (current != NOBODY) & (territory >= 0) & (territory != current)
    return changed


@dataclass(frozen=True)
class LossRates:
    """What a change of rep is expected to cost.

    Parameters
    ----------
    expected_loss
        Share of a customer's annual sales that is lost when its rep changes, in [0, 1].
    similar_relief
        Share of that loss which is spared where the new rep is similar to the old one, in [0, 1].
    """

    expected_loss: float = EXPECTED_LOSS
    similar_relief: float = SIMILAR_RELIEF

    def __post_init__(self) -> None:
        for name in ("expected_loss", "similar_relief"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value}, wanted a fraction in [0, 1]")


def loss_weight(revenue: FloatArray, rates: LossRates) -> FloatArray:
    """Return what each entity would lose at most by a change of rep: ``revenue · expected_loss``, in its unit.

    It does not know who the new rep is, so it grants no relief for a similar one: as the weight of a budget it keeps
    the expected loss of `expected_loss_cents` below the budget, whoever takes over.
    """
    return np.maximum(np.asarray(revenue, dtype=np.float64), 0.0) * rates.expected_loss


def expected_loss_cents(
    revenue_cents: CentsArray, changes: MaskArray, similar: MaskArray, rates: LossRates
) -> CentsArray:
    """Return the expected loss of each entity in whole minor units, shape ``(n_entities,)``.

    ``loss = changes · revenue · expected_loss · (1 − similar_relief · similar)``; revenue below zero (returns) loses
    nothing. Each entity is rounded by itself, half to even, so that seats and the plan are exact sums.

    Parameters
    ----------
    revenue_cents
        Annual sales of each entity in minor units, shape ``(n_entities,)``.
    changes
        Which entities get another rep; one that keeps its relationship does not, shape ``(n_entities,)``.
    similar
        Which of them get a rep who is similar to the old one, shape ``(n_entities,)``.
    """
    rate = rates.expected_loss * (1.0 - rates.similar_relief * similar)
    lost = np.rint(np.maximum(revenue_cents, 0) * rate * changes)
    return np.asarray(lost, dtype=np.int64)
