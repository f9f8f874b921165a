r"""How much more of a quota is expected to be missed when it rises by one step, exact in both tails.

A step from :math:`q_0` to :math:`q_1` costs :math:`\int_{q_0}^{q_1} F(x)\,dx`. Where it is short against the width of
the distribution that is integrated by Gauss and Legendre; where it is long, in closed form,

.. math:: E[(q - X)^+] = \sum_j w_j \left( q\, \Phi(d_j) - m_j\, \Phi(d_j - s_j) \right), \qquad
   d_j = \frac{\log q - \mu}{s_j},\; m_j = e^{\mu + s_j^2/2},

the formula of Black and Scholes (1973, https://doi.org/10.1086/260062) for a put. Above the median the chance to
attain is integrated instead (a call), so that differences count however certain a shortfall is.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from planner.arrays import FloatArray
from planner.quota.outlook.distribution import Outlook
from planner.quota.rounding import Cents

SHORT, VERY_SHORT = 0.25, 1e-3
"""Steps up to this part of a width are integrated with 8 and with 2 nodes: to float accuracy."""
NODES = {nodes: np.polynomial.legendre.leggauss(nodes) for nodes in (2, 8)}
"""Places in [−1, 1] and weights of the integration."""
SURE = 1e300
"""Log odds of a shortfall where nothing can be sold."""


def step_log_odds(outlook: Outlook, held: Cents, unit: int) -> FloatArray:
    """Return the log odds of the mean chance to fall short over one more unit, shape ``(n,)``.

    They rise with every step. Where nothing can be sold they are `SURE`.

    Parameters
    ----------
    held
        Whole units before the step, ≥ 0, shape ``(n,)``.
    unit
        Minor units of one.
    """
    out = np.full(len(held), SURE)
    asked = outlook.mean_cents > 0
    start: FloatArray = held.astype(np.float64) * unit
    end: FloatArray = start + unit
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(asked, np.log(end / start) / outlook.widths[0], 0.0)
    for nodes, at in (
        (2, asked & (length <= VERY_SHORT)),
        (8, asked & (length > VERY_SHORT) & (length <= SHORT)),
        (0, asked & (length > SHORT)),
    ):
        if at.any():
            some = outlook if at.all() else outlook.only(np.flatnonzero(at))
            out[at] = (
                _integrated(some, start[at], end[at], nodes) if nodes else _closed(some, start[at], end[at])
            )
    return out


def _integrated(outlook: Outlook, start: FloatArray, end: FloatArray, nodes: int) -> FloatArray:
    at, weight = NODES[nodes]
    places = start + (end - start) * ((at + 1) / 2)[:, None]
    below, above = outlook.log_chances(places)
    log_weight = np.log(weight / 2)[:, None]
    return np.asarray(np.logaddexp.reduce(below + log_weight, 0) - np.logaddexp.reduce(above + log_weight, 0))


def _closed(outlook: Outlook, start: FloatArray, end: FloatArray) -> FloatArray:
    length = end - start
    below = (_put(outlook, end) - _put(outlook, start)) / length
    above = (_call(outlook, start) - _call(outlook, end)) / length
    below = np.where(below <= 0.5, below, 1 - above)
    above = np.where(below <= 0.5, 1 - below, above)
    log_below, log_above = outlook.log_chances((start + end) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(below) - np.log(above)
    # Beyond what floats hold, the chance in the middle stands for the mean.
    return np.where((below > 0) & (above > 0), odds, log_below - log_above)


def _put(outlook: Outlook, quota: FloatArray) -> FloatArray:
    """Return the money by which quotas are missed in expectation, shape of `quota`."""
    return _parts(outlook, quota, 1.0)


def _call(outlook: Outlook, quota: FloatArray) -> FloatArray:
    """Return the money by which quotas are exceeded in expectation, shape of `quota`."""
    return _parts(outlook, quota, -1.0)


def _parts(outlook: Outlook, quota: FloatArray, sign: float) -> FloatArray:
    total = np.zeros(quota.shape)
    with np.errstate(divide="ignore"):
        logs = np.log(quota) - outlook.centre
    for weight, width in zip(outlook.weights, outlook.widths, strict=True):
        mean = np.exp(outlook.centre + width**2 / 2)
        d = logs / width
        total += weight * sign * (quota * ndtr(sign * d) - mean * ndtr(sign * (d - width)))
    return np.maximum(total, 0.0)


def expected_shortfall(outlook: Outlook, quota_cents: FloatArray) -> FloatArray:
    """Return by how much each territory is expected to miss its quota, E[(q − X)⁺], minor units, shape ``(n,)``."""
    missed = _put(outlook, np.asarray(quota_cents, dtype=np.float64))
    return np.where(outlook.mean_cents > 0, missed, quota_cents)
