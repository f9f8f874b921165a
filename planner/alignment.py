"""The map unit → territory, and the difference between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray, MaskArray, read_only

NOBODY = -1
"""Current territory of a unit that nobody owns."""
GONE = -2
"""Current territory of a unit whose owner is not among the territories to fill: it has to move."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """A complete, exclusive assignment: every unit belongs to exactly one territory.

    Parameters
    ----------
    territory
        Position of the territory of each unit, shape ``(n_units,)``, in ``[0, n_territories)``.
    """

    territory: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "territory", read_only(self.territory, np.int32))

    def __len__(self) -> int:
        return len(self.territory)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alignment) and np.array_equal(self.territory, other.territory)

    __hash__ = None  # type: ignore[assignment]

    def moved_from(self, current: IntArray) -> MaskArray:
        """Return which units change owner against `current`; a unit that nobody owned does not."""
        moved: MaskArray = (current != NOBODY) & (self.territory != current)
        return moved
