r"""What momentum and last year's growth tell of steady accounts.

For accounts that sold all of the year, over all past years, with momentum :math:`m`, growth :math:`z` and company
growth :math:`g`:

.. math:: \frac{s_{i,y+1}}{g_y L_{iy}} - 1 = \gamma_0 + \gamma_1 m_{iy} + \gamma_2 z_{iy} + \varepsilon_{iy},
   \qquad \operatorname{var} \varepsilon_{iy} \propto 1 / L_{iy}, \qquad \gamma_j \sim N(0, \tau^2).

Growth that is part noise comes back, :math:`\gamma_2 < 0` (regression to the mean: Galton 1886; Efron and Morris 1975,
https://doi.org/10.1080/01621459.1975.10479864); a trend goes on, damped, :math:`0 < \gamma_1 < 1` (Gardner and McKenzie
1985, https://doi.org/10.1287/mnsc.31.10.1237).
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray
from planner.quota.methods.shrinkage.classes import company_growth
from planner.quota.methods.shrinkage.levels import Standing

LARGEST = 0.4
"""Momentum and growth change an account by at most this part."""
SPREAD = 0.3
""":math:`\\tau`: how large a coefficient is thought to be before looking."""


def coefficients(past: list[tuple[Standing, FloatArray]]) -> FloatArray:
    """Return :math:`\\gamma_1, \\gamma_2`, shape ``(2,)``; zeros without past years.

    Parameters
    ----------
    past
        Accounts at the end of each past year, and what each sold in the year that followed, shape ``(n_accounts,)``.
    """
    square, product, noise, count = np.zeros((3, 3)), np.zeros(3), 0.0, 0
    for standing, following in past:
        steady = standing.steady
        if not steady.any():
            continue
        sold = standing.sold[steady]
        change = np.clip(following[steady] / (company_growth(standing, following) * sold) - 1, -1.0, 1.0)
        weight = sold / sold.mean()
        signs = np.stack([np.ones(len(sold)), standing.momentum[steady], standing.growth[steady]], axis=1)
        square += signs.T @ (weight[:, None] * signs)
        product += signs.T @ (weight * change)
        noise += float((weight * change**2).sum())
        count += len(sold)
    if count == 0 or noise <= 0:
        return np.zeros(2)
    prior = noise / count / SPREAD**2 * np.eye(3)
    return np.asarray(np.linalg.solve(square + prior, product)[1:])


def carried_on(standing: Standing, gamma: FloatArray) -> FloatArray:
    """Return what momentum and growth add to each account, minor units, shape ``(n_accounts,)``."""
    change = np.clip(gamma[0] * standing.momentum + gamma[1] * standing.growth, -LARGEST, LARGEST)
    return np.asarray(np.where(standing.steady, standing.sold * change, 0.0))
