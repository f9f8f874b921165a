r"""How much of an unusual year goes back.

The level of a mature account, a logarithm relative to the company's, moves from year to year by a random walk whose
squared spread among accounts, :math:`q`, is much the same in every year. In a year when accounts drift apart far more
than that (a pandemic, a strike, a change of what is recorded), the excess is taken for what the year alone added, until
a later year shows that it stayed. That is the rule of official statistics for the end of a series: a break appears as
an additive outlier first, and only further observations make it a level shift (Eurostat 2015, ESS guidelines on
seasonal adjustment, https://doi.org/10.2785/317290, 2.8; Chen and Liu 1993,
https://doi.org/10.1080/01621459.1993.10594321).

All accounts of a year share one noise, so that the filter of a local level (Harvey 1989,
https://doi.org/10.1017/CBO9781107049994, ch. 4) has one gain a year. With the squared spread :math:`d_y^2` of the
growth :math:`z_{iy}` over the level before (squared median deviation from the median, by sales), the years
:math:`\Delta_y` that it took, and the variance :math:`P` that the level before was known to,

.. math::
   e_y = \max(0,\; d_y^2 - \Delta_y q - P_{y-1}), \qquad
   \varphi_y = \alpha_y \frac{e_y}{d_y^2}, \qquad P_y = \varphi_y (d_y^2 - \alpha_y e_y),

the level is :math:`\log L_{iy} - \varphi_y z_{iy}`, and :math:`q` the median over the years before of what a usual
year's spread would have been, :math:`d_u^2\, q / (\Delta_u q + P_{u-1})`. It needs two of them. The next year's growth
is counted from that level, not from what was sold, so that accounts that come back are not taken for another unusual
year.

The part :math:`\alpha` of an excess that goes back is 1 before looking, and learned from what followed earlier unusual
years. With :math:`b_u`, what came back of the growth of year u (least squares of growth in the next year on
:math:`-z_{iu}`, by sales),

.. math::
   b_u = \alpha\, \frac{e_u}{d_u^2} + \varepsilon_u, \qquad \varepsilon_u \sim N(0, \sigma^2), \qquad
   \alpha \sim N(1, \tau^2),

kept in [0, 1]. Years are what counts, not accounts: all accounts of a year share what hit them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray
from planner.quota.methods.shrinkage.levels import Standing, growth_over, weighted_median

GOES_BACK = 1.0
"""Part of an excess that goes back, before looking."""
SPREAD = 0.3
""":math:`\\tau`: how far off that is thought to be."""
NOISE = 0.15
""":math:`\\sigma`: how far what comes back in a year is off from what was excess."""
YEARS_TO_TELL = 2
"""Earlier years needed to tell what is usual."""


@dataclass(frozen=True, eq=False)
class Filtered:
    """Accounts at the end of each year, seen from their levels.

    Parameters
    ----------
    standings
        Accounts as they stand, with growth over the level before.
    parts
        :math:`\\varphi` of each year: the part of that growth that goes back, in [0, 1].
    """

    standings: tuple[Standing, ...]
    parts: tuple[float, ...]


def filtered(standings: Sequence[Standing], apart: Sequence[float] | FloatArray) -> Filtered:
    """Return how accounts stand against their levels.

    Parameters
    ----------
    standings
        Accounts at the end of each year, in order.
    apart
        Years from each year to the next.
    """
    seen: list[Standing] = []
    parts: list[float] = []
    usual: list[float] = []
    goes_back = _GoesBack()
    level: FloatArray | None = None
    uncertain, share = 0.0, 0.0
    for year, each in enumerate(standings):
        now, part = each, 0.0
        if level is not None:
            goes_back.look(seen[-1], share, each)
            now = replace(each, growth=growth_over(each.sold, level, each.mature))
            spread, took, share = squared_spread(now), float(apart[year - 1]), 0.0
            if spread > 0:
                walk = float(np.median(usual)) if len(usual) >= YEARS_TO_TELL else spread / took
                due = took * walk + uncertain
                share = max(0.0, 1 - due / spread)
                part = goes_back.part * share
                uncertain = part * spread * (1 - part)
                usual.append(spread * walk / due)
            else:
                uncertain = 0.0
        seen.append(now)
        parts.append(part)
        level = now.sold + given_back(now, part)
    return Filtered(tuple(seen), tuple(parts))


def squared_spread(standing: Standing) -> float:
    """Return :math:`d^2`, the squared spread of growth; 0 where no account is mature."""
    mature = standing.mature
    return weighted_median(np.abs(standing.growth[mature]), standing.sold[mature]) ** 2


def given_back(standing: Standing, part: float) -> FloatArray:
    """Return what each account is expected to lose (or regain) by going back, minor units, shape ``(n_accounts,)``."""
    return np.asarray(np.where(standing.mature, standing.sold * np.expm1(-part * standing.growth), 0.0))


class _GoesBack:
    """The part of an excess that goes back, as learned so far."""

    def __init__(self) -> None:
        self._product, self._square = 0.0, 0.0

    def look(self, before: Standing, share: float, after: Standing) -> None:
        """Learn from the year that followed one in which `share` of the squared spread was excess."""
        both = before.mature & after.mature
        weight, was = before.sold[both], before.growth[both]
        if not (share > 0 and was.any()):
            return
        growth = growth_over(after.sold, before.sold, both)[both]
        came_back = -float((weight * was * growth).sum() / (weight * was**2).sum())
        self._product += share * came_back
        self._square += share**2

    @property
    def part(self) -> float:
        """:math:`\\alpha`."""
        prior = (NOISE / SPREAD) ** 2
        return float(np.clip((prior * GOES_BACK + self._product) / (prior + self._square), 0.0, 1.0))
