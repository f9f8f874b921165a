"""Shares of segments per territory, from conditions on accounts and areas to parts of basic units."""

from __future__ import annotations

import numpy as np

from data.assemble.basic_units import BasicUnits
from data.assemble.rules import MixLimit, Rules
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.mix import Mix


def account_mixes(
    rules: Rules,
    basic: BasicUnits,
    by_place: MaskArray,
    fixed: IntArray,
    activity: FloatArray,
    account_activity: FloatArray,
    fixed_activity: FloatArray,
) -> tuple[Mix, ...]:
    """Return the limits on shares of segments.

    Parameters
    ----------
    by_place, fixed
        Which accounts geography decides on; territory that holds each of the others, −1 where none.
    activity, account_activity, fixed_activity
        Activity of units, of accounts, and of what territories hold apart from geography, by measure.
    """
    return tuple(
        _mix(mix, basic, by_place, fixed, activity, account_activity, fixed_activity) for mix in rules.mixes
    )


def _mix(
    mix: MixLimit,
    basic: BasicUnits,
    by_place: MaskArray,
    fixed: IntArray,
    activity: FloatArray,
    account_activity: FloatArray,
    fixed_activity: FloatArray,
) -> Mix:
    segment, measure = mix.segment, mix.segment.measure
    n, k = len(basic.units), len(mix.lower)
    whole, held = activity[:, measure], account_activity[:, measure]
    part = np.zeros(n)
    if segment.areas.any():
        inside = np.append(segment.areas, False)[basic.area_of_unit]
        part[inside] = whole[inside]
    here = np.flatnonzero(segment.accounts & by_place & (basic.unit_of_account >= 0))
    part += sum_by(basic.unit_of_account[here], held[here], n)
    apart = np.flatnonzero(segment.accounts & (fixed >= 0))
    fixed_part = sum_by(fixed[apart], held[apart], k)
    fixed_whole = fixed_activity[:, measure]
    return Mix(
        name=segment.name,
        part=np.minimum(part, whole),
        whole=whole,
        fixed_part=np.minimum(fixed_part, fixed_whole),
        fixed_whole=fixed_whole,
        lower=mix.lower,
        upper=mix.upper,
    )
