"""What a proof says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.problem import AlignmentProblem

SHOWN = 10
"""Units named in one finding; the rest are counted."""


@dataclass(frozen=True, eq=False)
class Conflict:
    """One proof that the hard rules cannot all hold.

    Parameters
    ----------
    kind
        ``too_few_units``, ``nowhere_allowed``, ``locked_where_excluded``, ``locked_apart``,
        ``out_of_reach``, ``budget``, ``total``, ``fixed``, ``locked``, ``oversize``, ``packing``, ``granularity``,
        ``dead_end`` or ``exhausted``.
    message
        The proof in plain words with names and numbers.
    measure
        Position of the measure it is about; −1 where none.
    units
        Positions of the units it is about.
    deviation
        Where the band of a measure is what cannot hold: the narrowest band that is not ruled out, as a fraction of
        the ideal; 0 where the proof says nothing of it.
    """

    kind: str
    message: str
    measure: int = -1
    units: tuple[int, ...] = ()
    deviation: float = 0.0


def named(
    problem: AlignmentProblem,
    units: Sequence[int] | NDArray[np.integer[Any]],
    values: Sequence[float] | None = None,
) -> str:
    """Return the names of `units`, with `values` behind them where given; a long list is cut."""
    names = [str(problem.units.unit_id[i]) for i in units[:SHOWN]]
    if values is not None:
        names = [f"{name} ({value:,.2f})" for name, value in zip(names, values, strict=False)]
    more = f" and {len(units) - SHOWN} more" if len(units) > SHOWN else ""
    return ", ".join(names) + more
