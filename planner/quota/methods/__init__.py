"""Baseline methods: what each territory is expected to sell, from what is known before the year.

`METHODS` holds them by name, with the source of each; `blended` puts several together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from planner.quota.known import Estimate, Known
from planner.quota.methods import simple
from planner.quota.methods.blend import blend_of
from planner.quota.methods.bottom_up import bottom_up, lacks_targets
from planner.quota.methods.method import Formula, Method
from planner.quota.methods.shrinkage import lacks_year, shrunk

__all__ = ["FALLBACK", "METHODS", "Method", "blended"]

GOALS = "Zoltners, Sinha and Lorimer 2006, The Complete Guide to Sales Force Incentive Compensation, AMACOM, ch. 7"

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Formula("even", GOALS, simple.lacks_nothing, simple.even),
            Formula("last_year_plus", GOALS, simple.lacks_history, simple.last_year_plus),
            Formula(
                "potential_share",
                "Cravens, Woodruff and Stamper 1972, An analytical approach for evaluating sales territory "
                "performance, Journal of Marketing 36 (1)",
                simple.lacks_potential,
                simple.potential_share,
            ),
            Formula(
                "weighted_index",
                "Buying power index: Sales & Marketing Management, Survey of Buying Power; "
                "Kotler, Marketing Management, ch. on forecasting demand",
                simple.lacks_index,
                simple.weighted_index,
            ),
            Formula(
                "history_and_untapped", GOALS, simple.lacks_history_or_potential, simple.history_and_untapped
            ),
            Formula(
                "shrinkage",
                "Efron and Morris 1975, https://doi.org/10.1080/01621459.1975.10479864; Lindley and Smith 1972, "
                "https://doi.org/10.1111/j.2517-6161.1972.tb00885.x; the model: planner.quota.methods.shrinkage",
                lacks_year,
                shrunk,
            ),
            Formula(
                "bottom_up",
                "Wotruba and Thurlow 1976, Sales force participation in quota setting and sales forecasting, "
                "Journal of Marketing 40 (2)",
                lacks_targets,
                bottom_up,
            ),
            Formula(
                "capacity",
                "Talley 1961, How to design sales territories, Journal of Marketing 25 (3)",
                simple.lacks_capacity,
                simple.capacity,
            ),
        )
    }
)
"""Baseline methods by name."""

FALLBACK: Mapping[str, float] = MappingProxyType({"last_year_plus": 0.7, "potential_share": 0.3})
"""Weights of the methods that are used where the history is too short for a back-test."""


def blended(weights: Mapping[str, float], known: Known) -> Estimate:
    """Blend methods by their weights.

    Parameters
    ----------
    weights
        Weight of each method, by name; only proportions count. Weights that are 0, negative or no number do not count.
    known
        What is known before the year.

    Returns
    -------
    The weighted mean of the shares. Methods that cannot be used are left out, with the reason in the notes; where none
    can, every territory carries the same.

    Raises
    ------
    ValueError
        Where a name is none of `METHODS`.
    """
    return blend_of(METHODS, weights, known)
