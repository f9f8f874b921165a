r"""What new and vacant seats cannot carry, and who carries it instead.

A seat that is a part :math:`k_{tp}` of a full one in period p, with the season :math:`\sigma_{tp}` of its sales,
carries the part :math:`k_t = \sum_p \sigma_{tp} k_{tp}` of a full seat's year. Quotas follow :math:`k_t` times what
a full seat is expected to sell. *Shared*, the street quota stays and the others carry more; *absorbed*, it falls by
what the seats cannot carry, in each period that targets state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray
from planner.quota.cut import Cut
from planner.quota.inputs import QuotaInputs
from planner.quota.ramp import carried_share, given_ramp, productive
from planner.quota.ramp_fit import fit_ramp
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings


@dataclass(frozen=True, eq=False)
class Presence:
    """How much of a full seat each seat is.

    Parameters
    ----------
    productive
        In each period, in [0, 1], shape ``(n_territories, n_periods)``.
    notes
        Where the ramp comes from, for people.
    """

    productive: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Whether all seats are full all the time."""
        return bool((self.productive == 1).all())

    def carried(self, season: FloatArray) -> FloatArray:
        """Return the part of a full seat's year that each seat carries, shape ``(n_territories,)``."""
        return np.ones(len(season)) if self.full else carried_share(self.productive, season)


def presence_of(
    settings: QuotaSettings, inputs: QuotaInputs, periods: Sequence[str], year: int | None
) -> Presence:
    """Return how much of a full seat each seat is in each period of the quotas."""
    n = inputs.n_territories
    if inputs.staffing is None:
        return Presence(np.ones((n, len(periods))))
    ramp = given_ramp(settings.ramp) or fit_ramp(
        inputs.history, inputs.territory_of_entity, inputs.staffing, before=year
    )
    share = productive(inputs.staffing, ramp, periods, year)
    partial = int((share < 1).any(1).sum())
    if not partial:
        return Presence(share)
    steps = ", ".join(f"{part:.0%}" for part in ramp.share_by_month)
    return Presence(
        share,
        (
            f"{partial} seats are new or vacant for a part of the year; ramp by month: {steps} ({ramp.source}).",
        ),
    )


def absorbed(
    street_cents: Cents, shares: FloatArray, season: FloatArray, present: FloatArray, cut: Cut
) -> Cents:
    """Return what a pool's seats cannot carry of each stated period, minor units, shape ``(n_stated,)``.

    Parameters
    ----------
    street_cents
        Street quota by stated period, shape ``(n_stated,)``.
    shares
        Part of the pool that each territory would carry with a full seat, shape ``(n,)``.
    season, present
        Part of the year's sales, and of a full seat, in each quota period, shape ``(n, n_periods)``.
    """
    out = np.zeros(len(street_cents), np.int64)
    weights = shares[:, None] * season
    for s, cents in enumerate(street_cents.tolist()):
        at = [cut.around[s]] if cut.around else list(cut.inside[s]) or list(range(season.shape[1]))
        whole = float(weights[:, at].sum())
        if whole > 0:
            missing = float((weights[:, at] * (1 - present[:, at])).sum()) / whole
            out[s] = min(cents, round(cents * min(1.0, missing)))
    return out
