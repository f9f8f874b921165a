r"""How much of what the accounts tell reaches their territory.

What an account gains its neighbours may lose: a store that opens takes customers from the next one, and both are mostly
in one territory. So the accounts' expectation :math:`E_t` is judged where it matters, at the territories, on every past
year. With signs :math:`x_{tj}` (what accounts that opened lately add when brought to a full year and settled, what
silent ones lose, what is to open, and the trend of steady ones, each as a part of what the territory sold, less its
mean),

.. math::
   \log \frac{\text{sold}_{t,y+1}}{E_{ty}} - \text{median} = \sum_j \beta_j x_{tyj} + \varepsilon_{ty}, \qquad
   \beta_j \sim N(\mu, \tau^2),\; \varepsilon \sim N(0, \sigma^2),

the :math:`\beta` are the mean of the posterior (Lindley and Smith 1972,
https://doi.org/10.1111/j.2517-6161.1972.tb00885.x), with errors beyond 1.345 σ weighed down (Huber 1964,
https://doi.org/10.1214/aoms/1177703732). A :math:`\beta` of 0 takes the accounts at their word, −1 none of it;
before looking it is halfway, :math:`\mu = -\tfrac12`, and few years and few territories leave it near that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, MaskArray
from planner.quota.methods.shrinkage.levels import weighted_median

SIGNS = ("settling", "silent", "openings", "trend")
MEANS = np.full(len(SIGNS), -0.5)
"""Mean of each β before looking."""
SPREADS = np.full(len(SIGNS), 0.1)
"""τ of each sign."""
HUBER = 1.345
"""Errors beyond this many standard deviations count less: one account that multiplied must not speak for all."""
SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
ROUNDS = 10
"""Rounds of weighting."""
LARGEST_CHANGE = 0.3
"""Largest correction of a territory, as a logarithm."""
STRONGEST = 0.2
"""Signs count up to this part of what a territory sold: one large account that opened is not taken from neighbours."""
SMALL = 0.02
"""A territory below this part of the mean is not learned from."""


@dataclass(frozen=True, eq=False)
class Reading:
    """Territories at the end of a year.

    Parameters
    ----------
    sold, expected
        What they sold in the year and are expected to sell in the next, minor units, shape ``(n_territories,)``.
    signs
        Shape ``(n_territories, len(SIGNS))``, parts of what the territory sold.
    """

    sold: FloatArray
    expected: FloatArray
    signs: FloatArray

    @property
    def counts(self) -> MaskArray:
        """Whether each territory is large enough to learn from."""
        return np.asarray(self.sold > SMALL * self.sold.mean()) & (self.expected > 0)

    def centred(self) -> FloatArray:
        """Return the signs less their mean by sales; 0 where a territory does not count."""
        counts = self.counts
        if not counts.any():
            return np.zeros_like(self.signs)
        mean = np.average(self.signs[counts], axis=0, weights=self.sold[counts])
        return np.where(counts[:, None], np.clip(self.signs - mean, -STRONGEST, STRONGEST), 0.0)


def learn(past: list[tuple[Reading, FloatArray]]) -> FloatArray:
    """Return :math:`\\beta`, shape ``(len(SIGNS),)``, from readings and what followed each; its mean without any."""
    rows, targets = [], []
    for reading, following in past:
        counts = reading.counts & (following > 0)
        if counts.sum() < 2:
            continue
        error = np.log(following[counts] / reading.expected[counts])
        rows.append(reading.centred()[counts])
        targets.append(error - weighted_median(error, reading.sold[counts]))
    if not rows:
        return MEANS.copy()
    signs, error = np.concatenate(rows), np.concatenate(targets)
    beta = MEANS.copy()
    for _ in range(ROUNDS):
        rest = error - signs @ beta
        noise = SIGMA * float(np.median(np.abs(rest)))
        if not noise > 0:
            break
        weight = 1 / np.maximum(np.abs(rest) / (HUBER * noise), 1.0)
        square = signs.T @ (weight[:, None] * signs) + np.diag(noise**2 / SPREADS**2)
        beta = MEANS + np.linalg.solve(square, signs.T @ (weight * (error - signs @ MEANS)))
    return np.asarray(beta)


def corrected(reading: Reading, beta: FloatArray) -> FloatArray:
    """Return expected sales after the correction, minor units, shape ``(n_territories,)``."""
    change = np.clip(reading.centred() @ beta, -LARGEST_CHANGE, LARGEST_CHANGE)
    return np.asarray(reading.expected * np.exp(change))
