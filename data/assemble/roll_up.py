"""Activity of basic units, from their accounts and from the areas they were cut from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.assemble.basic_units import BasicUnits
from data.assemble.values import Values
from planner.arrays import FloatArray


def roll_up(basic: BasicUnits, by_place: NDArray[np.bool_], values: Values) -> tuple[FloatArray, FloatArray]:
    """Return the activity of units and accounts; what a unit holds itself is spread evenly over its accounts."""
    n, unit = len(basic.units), basic.unit_of_account
    own = np.asarray(basic.share_of_area @ values.of_area)
    here = np.flatnonzero(by_place & (unit >= 0))
    sums = [np.bincount(unit[here], column[here], n) for column in values.of_account.T]
    count = np.bincount(unit[here], minlength=n)
    of_account = values.of_account.copy()
    of_account[here] += (own / np.maximum(count, 1)[:, None])[unit[here]]
    return own + np.stack(sums, axis=1), of_account
