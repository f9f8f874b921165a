r"""Balanced clustering by semi-discrete optimal transport: power diagrams on several measures at once.

For fixed centres :math:`c_j` the relaxed assignment problem

.. math::

    \min_{z \ge 0} \sum_{ij} \bigl(w_i \lVert x_i - c_j\rVert^2 + q_{ij}\bigr) z_{ij}
    \quad\text{s.t.}\quad \sum_j z_{ij} = 1,\qquad L_{jm} \le f_{jm} + \sum_i a_{im} z_{ij} \le U_{jm}

has the concave dual

.. math::

    D(\lambda) = \sum_i \min_j \Bigl(w_i \lVert x_i - c_j\rVert^2 + q_{ij} + \sum_m a_{im}\lambda_{jm}\Bigr)
    + \sum_{jm} \bigl(f_{jm}\lambda_{jm} - U_{jm}\lambda_{jm}^+ + L_{jm}\lambda_{jm}^-\bigr),

a lower bound on the assignment for those centres whatever :math:`\lambda`. With one measure that is also the weight,
the minimisers are the cells of a power diagram (Aurenhammer, Hoffmann, Aronov 1998,
https://doi.org/10.1007/PL00009187). The minimum is smoothed by a softmin of falling temperature and the band by a
smooth support function, so that damped Newton steps apply (Kitagawa, Mérigot, Thibert 2019,
https://doi.org/10.4171/JEMS/889); between steps free centres move to the centroids of their cells.

`balancing` holds the whole, `dense` the steps over all pairs of unit and territory for few territories, `nearby` and
`ascent` those over the cheapest territories of each unit for many, `moving` the centres of many and `gathering` the few
units that they move on first, `groups` the first prices of several measures, `pruning` the cheapest territories and the
dual value, `rounding` the repair of what indivisible units leave.
"""

from solvers.transport.balancing import Clustering, balance
from solvers.transport.bands import SmoothBand, squared_spacing
from solvers.transport.params import TransportParams
from solvers.transport.pruning import cheapest_candidates, dual_value
from solvers.transport.rounding import round_into_bands

__all__ = [
    "Clustering",
    "SmoothBand",
    "TransportParams",
    "balance",
    "cheapest_candidates",
    "dual_value",
    "round_into_bands",
    "squared_spacing",
]
