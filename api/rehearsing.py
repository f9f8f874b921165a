"""Quotas set once before anything is solved, so that time is not spent on inputs that contradict each other.

What targets, credit, currencies and most overrides say does not depend on who will own what: it is wrong with every
alignment, and known at once. A few contradictions do depend on it; those are told once the plan is there, which is
then kept without quotas (`api.planning.plan_assembled`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.assemble.pay import compensation_of
from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from planner.arrays import IntArray
from planner.errors import InvalidInput
from planner.quota import set_quotas
from planner.quota.inputs import Override, QuotaInputs
from planner.quota.methods import METHODS
from planner.quota.settings import QuotaSettings, Relief
from planner.scorecard import scorecard

CONTRADICTION = "overrides_contradict"
"""Code of overrides that cannot hold together."""


def rehearse_quotas(assembled: Assembled) -> None:
    """Set the quotas of a problem that is not solved yet, on the alignment of today, and forget them.

    What belongs to nobody today goes round the territories. Methods are left out: nothing that they estimate makes
    quotas impossible.

    Raises
    ------
    InvalidInput
        With what is wrong whatever the alignment, and the warnings that assembling produced.
    """
    settings, territory = assembled.scenario.quota, complete_alignment(assembled)
    # Estimates are what costs time; names of methods that do not exist are still to be found.
    if all(name in METHODS for name in settings.methods):
        settings = replace(settings, methods={"even": 1.0}, equal_difficulty=False)
    after = scorecard(assembled.problem, territory, assembled.accounts)
    inputs = quota_inputs(assembled, territory, after)
    try:
        compensation_of(assembled, set_quotas(settings, inputs))
    except InvalidInput as error:
        certain = [p for p in error.problems if p.code != CONTRADICTION or _holds_for_all(settings, inputs)]
        if certain:
            raise InvalidInput([*certain, *assembled.problems]) from None


def complete_alignment(assembled: Assembled) -> IntArray:
    """Return the territory of each basic unit as it is today; units without one go round the territories in order."""
    problem = assembled.problem
    around = np.arange(problem.n_units) % problem.n_territories
    return np.where(problem.current >= 0, problem.current, around).astype(np.int32)


def _holds_for_all(settings: QuotaSettings, inputs: QuotaInputs) -> bool:
    """Return whether a contradiction between overrides is one with every alignment.

    Its proof rests on sums alone: the street quota of each target and the amounts decided. Sums depend on shares of
    the territories where levels add over-assignment of their own or relief takes off what seats cannot carry, and
    amounts where an override is first cut over components or periods in the proportions of what stood before.
    """
    hierarchy = inputs.hierarchy
    by_level = bool(settings.level_over_assignment) or (
        hierarchy is not None and bool(np.nan_to_num(hierarchy.over_assignment).any())
    )
    absorbed = settings.relief is Relief.ABSORBED and inputs.staffing is not None
    return not (by_level or absorbed or any(map(_is_cut, inputs.overrides)))


def _is_cut(override: Override) -> bool:
    """Return whether an override is of a part of the year, so that it may be cut in the proportions of before."""
    return bool(override.period)
