r"""Learn how certain a method's expectations are from its own errors in past years.

Errors of the log of sales are split into the company's, :math:`c_y`, and those of territories beyond it,
:math:`u_{ty}`. Where years are missing, g years lie between what was known and what was expected: the variance of the
company's error grows with g, as that of a random walk, and that of territories with (1 + g) / 2, half drift and half
noise of single years.

*Territories.* Accounts that deviate independently make the variance of a territory's log sales proportional to the
concentration :math:`h` of its sales on few accounts (Herfindahl's index); what moves whole territories adds a constant:

.. math:: \operatorname{Var} u_{ty} = \alpha + \beta h_{ty}, \qquad \alpha, \beta \ge 0 .

:math:`\alpha, \beta` and the wild part :math:`\varepsilon` of the contaminated normal distribution (`Outlook`) are
found together by expectation and maximisation (Dempster, Laird and Rubin 1977,
https://doi.org/10.1111/j.2517-6161.1977.tb01600.x), with Fisher scoring for the variances, so that single wild errors
do not widen everybody. The variances are then shrunk towards their mean by the number of errors.

*Company.* Few years tell little: the variance of the shock is the mean of its squares with a prior worth `PRIOR_YEARS`
years of `PRIOR_SHOCK`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Estimate, Known
from planner.quota.methods import METHODS
from planner.quota.methods.sold import full_years
from planner.quota.outlook.distribution import WILD_WIDTH, Outlook
from planner.quota.outlook.past import Expecting, PastErrors, concentration, past_errors

PRIOR_SHOCK = 0.10
"""Standard deviation of the log error of a yearly series one year ahead: mean absolute errors of 8 % in the M3
competition (Makridakis and Hibon 2000, https://doi.org/10.1016/S0169-2070(00)00057-1) times √(π/2)."""
PRIOR_YEARS = 0.5
"""Years of own errors that the prior is worth."""
PRIOR_ERRORS = 25
"""Errors of territories that the mean variance is worth against that by concentration."""
PRIOR_WILD, PRIOR_WILD_ERRORS = 0.05, 50.0
"""Wild part before any error is seen, and the number of errors it is worth."""
WIDEST, NARROWEST = 0.7, 0.005
"""Bounds of the spread: a factor of two up or down is as good as unknown, and nothing is certain to half a percent."""
FARTHEST_AHEAD = 20
"""Years ahead that are looked at."""
ROUNDS = 60
"""Rounds of expectation and maximisation: estimates move by less than a thousandth long before."""


def why_none(known: Known) -> str | None:
    """Return why nothing can be said about how certain sales are, for people; None where it can."""
    years = full_years(known) if known.periods else ()
    if len(years) < 2:
        have = f"only {years[0]} is" if years else "none is"
        return f"two full past years are needed to learn how far expectations were off, {have} known."
    if past_errors(known, METHODS["last_year_plus"]) is None:
        return "no territory sold anything in the years that expectations could be compared with."
    return None


def outlook_of(known: Known, method: Expecting, estimate: Estimate | None = None) -> Outlook | None:
    """Return the predictive distribution of a method's estimate, from the method's own errors in past years.

    Parameters
    ----------
    known
        What is known before the year.
    method
        Method, or blend of methods, called with what was known before each past year. Where it cannot be used for
        any of them, the errors of last year's sales plus growth stand in.
    estimate
        What it expects for the year itself; None to ask it, without any target: a target is what is asked, not what
        is expected.

    Returns
    -------
    None where there are not two full past years to learn from (`why_none` tells).
    """
    if why_none(known) is not None:
        return None
    if estimate is None:
        estimate = method(replace(known, target_cents=None))
    notes = []
    errors = past_errors(known, method)
    if errors is None:
        errors = past_errors(known, METHODS["last_year_plus"])
        notes.append(
            "The method cannot be tried on past years: errors of last year's sales plus growth stand in."
        )
    assert errors is not None
    ahead = years_ahead(known)
    spread, wild = territory_spread(errors, concentration(known))
    shock = common_shock(errors)
    notes.insert(
        0,
        f"How certain sales are was learned from the errors of {len(errors.years)} past years "
        f"({', '.join(map(str, errors.years))}): {shock:.1%} for the company, "
        f"{np.median(spread):.1%} for a typical territory beyond that.",
    )
    spread = np.clip(spread * ((1 + ahead) / 2) ** 0.5, NARROWEST, WIDEST)
    return Outlook(
        np.maximum(estimate.expected_cents, 0.0), spread, shock * ahead**0.5, wild, errors.years, tuple(notes)
    )


def years_ahead(known: Known) -> float:
    """Return the years from the last full year known to the quota year, at least 1."""
    ahead = known.year - full_years(known)[-1]
    # Nobody plans that far: a year beyond is one that nobody stated, so it is the next.
    return float(ahead) if 1 <= ahead <= FARTHEST_AHEAD else 1.0


def common_shock(errors: PastErrors) -> float:
    """Return the standard deviation of the company's log error one year ahead, with the prior."""
    squares = errors.common**2 / errors.ahead
    return float(np.sqrt((PRIOR_YEARS * PRIOR_SHOCK**2 + squares.sum()) / (PRIOR_YEARS + len(squares))))


def territory_spread(errors: PastErrors, concentrated: FloatArray) -> tuple[FloatArray, float]:
    """Return the spread of each territory one year ahead beyond the shock, shape ``(n,)``, and the wild part.

    Parameters
    ----------
    concentrated
        Concentration of each territory's sales now, shape ``(n,)``.
    """
    seen = np.isfinite(errors.own)
    n = errors.own.shape[1]
    # The common error is the mean of all: own errors about it are short of one in n.
    squares = (errors.own**2 / ((1 + errors.ahead[:, None]) / 2))[seen] * (n / (n - 1) if n > 1 else 1.0)
    at = errors.concentration[seen]
    if not squares.any():
        return np.full(len(concentrated), NARROWEST), 0.0
    slope, wild = variance_by_concentration(squares, at)
    fitted = slope[0] + slope[1] * at
    now = slope[0] + slope[1] * np.clip(concentrated, at.min(), at.max())
    belief = len(squares) / (len(squares) + PRIOR_ERRORS)
    return np.sqrt(belief * now + (1 - belief) * fitted.mean()), wild


def variance_by_concentration(squares: FloatArray, at: FloatArray) -> tuple[tuple[float, float], float]:
    """Return α, β of the variance α + β h, and the wild part.

    Parameters
    ----------
    squares
        Squared errors, shape ``(n_errors,)``, not all 0.
    at
        Concentration at each, same shape.
    """
    design = np.stack([np.ones(len(at)), at], axis=1)
    least = 1e-6 * float(squares.mean())
    usual = np.full(len(squares), float(np.median(squares)) + least)
    wild, alpha, beta = 0.1, 0.0, 0.0
    for _ in range(ROUNDS):
        # Chance that each error is a wild one, from the densities of the two.
        log_odds = np.log(wild / (1 - wild)) - np.log(WILD_WIDTH) + squares / usual / 2 * (1 - WILD_WIDTH**-2)
        is_wild = 1 / (1 + np.exp(-np.minimum(log_odds, 500)))
        tamed = squares * (1 - is_wild * (1 - WILD_WIDTH**-2))
        alpha, beta = _not_negative(design / usual[:, None], tamed / usual)
        usual = np.maximum(alpha + beta * at, least)
        wild = float((is_wild.sum() + PRIOR_WILD * PRIOR_WILD_ERRORS) / (len(squares) + PRIOR_WILD_ERRORS))
        wild = min(wild, 0.5)
    whole = 1 - wild + wild * WILD_WIDTH**2
    return (max(alpha * whole, least), beta * whole), wild


def _not_negative(design: FloatArray, values: FloatArray) -> tuple[float, float]:
    """Return the two coefficients ≥ 0 of least squares."""
    gram, right = design.T @ design, design.T @ values
    if np.linalg.det(gram) > 1e-9 * gram[0, 0] * gram[1, 1]:
        both = np.linalg.solve(gram, right)
        if (both >= 0).all():
            return float(both[0]), float(both[1])
    alone = np.maximum(right / np.diag(gram), 0.0)
    gain = right * alone
    return (float(alone[0]), 0.0) if gain[0] >= gain[1] else (0.0, float(alone[1]))
