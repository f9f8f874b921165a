r"""A predictive distribution of a year's sales of every territory, in closed form.

.. math:: \log X_t = \mu_t + \kappa C + \sigma_t S_t, \qquad C \sim N(0, 1), \quad
   S_t \sim (1 - \varepsilon)\, N(0, a^2) + \varepsilon\, N(0, (ka)^2), \quad
   a^2 = \frac{1}{1 - \varepsilon + \varepsilon k^2},

with one company-wide shock C that all territories share and own deviations :math:`S_t` that are independent and of
variance 1. A part :math:`\varepsilon` of them is *wild*: a large account comes or goes. That is Tukey's contaminated
normal distribution (1960, *A survey of sampling from contaminated distributions*): tails as heavy as those of
Student's t with few degrees of freedom, but with finite means in money and closed forms, since a normal shock added
to a mixture of normals is one again. With :math:`s_j^2 = \sigma_t^2 a_j^2 + \kappa^2` for :math:`a_j = a, ka` and the
weights :math:`w_j` of the two,

.. math:: P[X_t < q] = \sum_j w_j\, \Phi\!\left(\frac{\log q - \mu_t}{s_j}\right), \qquad
   E[X_t] = e^{\mu_t} \sum_j w_j\, e^{s_j^2 / 2} .

:math:`\mu_t` is such that the mean is the one given. Territories depend on each other by the shock alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from planner.arrays import FloatArray, read_only

WILD_WIDTH = 4.0
"""How many times as wide as usual ones wild deviations are (k)."""
RATIOS = np.linspace(1.0, WILD_WIDTH, 65)
"""Ratios of the wild to the usual width, shock included, at which quantiles are looked up to start from."""
CERTAIN = 1e-6
"""Widths below this count as this: sales that are certain."""
NEAR = 1e-9
"""From a Newton step of this part of a quantile on, what is left is below float accuracy."""
STEPS = 100
"""More than halving needs to get a quantile to float accuracy."""
SQRT_2PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Outlook:
    """What territories may sell in a year, and how likely.

    Parameters
    ----------
    mean_cents
        Expected sales in minor units, not negative, shape ``(n,)``. Who is expected to sell nothing sells nothing.
    spread
        Standard deviation of the log of a territory's own sales, given the company's year, not negative, shape
        ``(n,)``.
    shock
        Standard deviation of the log of the factor that all territories share, not negative.
    wild
        Part of the territories that deviate four times as widely as the others in a year, in [0, 0.5].
    learned_from
        Years whose errors this was learned from; empty where it was stated.
    notes
        What was done and why, for people.
    """

    mean_cents: FloatArray
    spread: FloatArray
    shock: float
    wild: float = 0.0
    learned_from: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        mean = read_only(np.asarray(self.mean_cents, dtype=np.float64), np.float64)
        spread = read_only(np.broadcast_to(np.asarray(self.spread, dtype=np.float64), mean.shape), np.float64)
        if not (np.isfinite(mean).all() and np.isfinite(spread).all() and np.isfinite(self.shock)):
            raise ValueError("means, spreads and the shock must be finite numbers")
        if (mean < 0).any() or (spread < 0).any() or self.shock < 0 or not 0 <= self.wild <= 0.5:
            raise ValueError(
                "means, spreads and the shock must not be negative, the wild part must be in [0, 0.5]"
            )
        object.__setattr__(self, "mean_cents", mean)
        object.__setattr__(self, "spread", spread)

    @cached_property
    def weights(self) -> FloatArray:
        """Weights of usual and wild deviations, shape ``(2,)``."""
        return np.array([1 - self.wild, self.wild])

    @cached_property
    def widths(self) -> FloatArray:
        """Standard deviation of the log of sales, usual and wild, shock included, shape ``(2, n)``; above 0."""
        return np.maximum(np.hypot(self._own_widths(), self.shock), CERTAIN)

    @cached_property
    def centre(self) -> FloatArray:
        """Log of the median in minor units, shape ``(n,)``; −inf where nothing is expected."""
        growth = np.log(self.weights @ np.exp(self.widths**2 / 2))
        return np.log(self.mean_cents, out=np.full(len(growth), -np.inf), where=self.mean_cents > 0) - growth

    def chance(self, quota_cents: ArrayLike) -> FloatArray:
        """Return the chance that each territory sells its quota or more.

        Parameters
        ----------
        quota_cents
            Minor units, any shape that ends in ``(n,)`` or is broadcast to it. A quota of nothing is always attained.
        """
        return np.asarray(1.0 - self.shortfall(quota_cents), dtype=np.float64)

    def shortfall(self, quota_cents: ArrayLike) -> FloatArray:
        """Return the chance that each territory sells less than its quota; exact also where it is tiny."""
        return np.asarray(self.weights @ self._each(ndtr, quota_cents), dtype=np.float64)

    def log_chances(self, quota_cents: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the logs of the chances to fall short of a quota and to attain it, exact in both tails."""
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weights)
        below = self._each(log_ndtr, quota_cents)
        above = self._each(_log_above, quota_cents)
        return (
            np.logaddexp(log_weights[0] + below[0], log_weights[1] + below[1]),
            np.logaddexp(log_weights[0] + above[0], log_weights[1] + above[1]),
        )

    def quantile(self, p: ArrayLike) -> FloatArray:
        """Return the sales that each territory stays below with chance `p`, minor units.

        Parameters
        ----------
        p
            In [0, 1]; one number, or any shape that ends in ``(n,)`` or is broadcast to it.
        """
        return self.at_score(ndtri(np.asarray(p, dtype=np.float64)))

    def at_score(self, score: ArrayLike) -> FloatArray:
        """Return the quantile for the chance Φ(`score`): chances beyond what a float can tell from 0 and 1, too."""
        score = np.asarray(score, dtype=np.float64)
        away = np.copysign(_upper_quantile(np.abs(score), self.wild, self.widths), score)
        with np.errstate(over="ignore", invalid="ignore"):
            cents = np.exp(self.centre + away)
        return np.asarray(np.where(self.mean_cents > 0, cents, 0.0), dtype=np.float64)

    def interval(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the sales between which each territory ends with chance `level`, as likely below as above."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def scaled(self, factor: ArrayLike) -> Outlook:
        """Return the outlook with means multiplied by `factor` (one, or one a territory) and the same spreads."""
        return replace(self, mean_cents=self.mean_cents * np.asarray(factor, dtype=np.float64))

    def with_mean(self, mean_cents: FloatArray) -> Outlook:
        """Return the outlook with other means, minor units, shape ``(n,)``, and the same spreads."""
        return replace(self, mean_cents=np.asarray(mean_cents, dtype=np.float64))

    def only(self, territory: NDArray[np.intp]) -> Outlook:
        """Return the outlook of some territories, by their positions."""
        return replace(self, mean_cents=self.mean_cents[territory], spread=self.spread[territory])

    def growth(self, score: float, cents: FloatArray) -> FloatArray:
        """Return by what part `at_score`, which is `cents`, rises with the score, shape ``(n,)``; 0 where nothing."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            steps = (np.log(cents) - self.centre) / self.widths
            likely = (self.weights[:, None] * np.exp((score**2 - steps**2) / 2) / self.widths).sum(0)
            return np.where(self.mean_cents > 0, 1 / likely, 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw `n` years; in each, all territories share the shock.

        Returns
        -------
        Sales in minor units, shape ``(n, n_territories)``.
        """
        size = (n, len(self.mean_cents))
        own = self._own_widths()
        common = rng.standard_normal((n, 1)) * self.shock
        deviation = rng.standard_normal(size) * np.where(rng.random(size) < self.wild, own[1], own[0])
        return np.asarray(np.exp(self.centre + common + deviation), dtype=np.float64)

    def _own_widths(self) -> FloatArray:
        usual = self.spread / np.sqrt(1 - self.wild + self.wild * WILD_WIDTH**2)
        return np.stack([usual, usual * WILD_WIDTH])

    def _each(self, function: Callable[[FloatArray], FloatArray], quota_cents: ArrayLike) -> FloatArray:
        """Return a function of the standardised log of quotas under usual and wild deviations, shape ``(2, …, n)``."""
        quota = np.asarray(quota_cents, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.maximum(quota, 0)) - self.centre
            logs = np.where(quota <= 0, -np.inf, logs)
            return np.stack([function(logs / width) for width in self.widths])


def _log_above(x: FloatArray) -> FloatArray:
    return np.asarray(log_ndtr(-x), dtype=np.float64)


def _upper_quantile(score: FloatArray, wild: float, widths: FloatArray) -> FloatArray:
    """Return the x ≥ 0 that the mixture of two normals of mean 0 exceeds as likely as a standard normal one `score`.

    It lies between the quantiles of the two. Newton's method on the log of the chance to exceed x, kept inside that
    bracket by halving, takes a few steps.
    """
    low, high = score * widths[0], score * widths[1]
    if wild == 0:
        return np.asarray(low, dtype=np.float64)
    log_weights = np.log([[1 - wild], [wild]])
    x, goal = low, log_ndtr(-score)
    if score.ndim == 0 and widths.shape[1] > 2 * len(RATIOS):
        # One chance for many territories: in usual widths their quantiles depend on the ratio of the two alone.
        table = _upper_quantile(score, wild, np.stack([np.ones(len(RATIOS)), RATIOS]))
        x = np.clip(widths[0] * np.interp(widths[1] / widths[0], RATIOS, table), low, high)
    if score.ndim > 0:
        widths = widths.reshape(2, *(1,) * (x.ndim - 1), -1)
        log_weights = log_weights.reshape(2, *(1,) * x.ndim)
    finite = np.isfinite(score)
    for _ in range(STEPS):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            steps = x / widths
            parts = log_weights + log_ndtr(-steps)
            above = np.logaddexp(parts[0], parts[1])
            # Derivative of the log of the chance: the density over it.
            slope = (np.exp(log_weights - steps**2 / 2 - above) / widths).sum(0)
            new = x + (above - goal) * SQRT_2PI / slope
            beyond = above > goal
            low, high = np.where(beyond, x, low), np.where(beyond, high, x)
            new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
            moved = np.abs(new - x) > NEAR * np.abs(new)
        x = np.where(finite, new, score)
        if not (moved & finite).any():
            break
    return np.asarray(x, dtype=np.float64)
