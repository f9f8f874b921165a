"""Every rule of a plan in positions instead of ids: what `rule_reader` fills in and the rest of assembling takes up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, MaskArray

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Origin:
    """Where a rule stands, for messages: its table, row, the column that matters and what is written there."""

    table: str
    row: int | None
    column: str | None
    value: str | None


@dataclass(eq=False)
class Demands:
    """What is demanded of accounts, or of areas.

    Parameters
    ----------
    locked
        Territory that each must belong to, −1 where free.
    named
        Territory that holds each apart from geography, as a named account, −1 where none.
    excluded
        Blocks of what is not allowed: none of these accounts or areas may belong to any of these territories.
    lock_origin
        Where the lock of each that a rule locked stands.
    """

    locked: IntArray
    named: IntArray
    excluded: list[tuple[Positions, Positions, Origin]] = field(default_factory=list)
    lock_origin: dict[int, Origin] = field(default_factory=dict)

    def lock(self, rows: Positions, territory: Positions | int, origin: Origin) -> None:
        """Lock accounts or areas to a territory, one for all or one for each."""
        self.locked[rows] = territory
        for row in rows.tolist():
            self.lock_origin.setdefault(row, origin)

    @classmethod
    def none(cls, n: int) -> Demands:
        """Return no demands on `n` accounts or areas."""
        return cls(np.full(n, -1, np.int32), np.full(n, -1, np.int32))


@dataclass(frozen=True, eq=False)
class Limit:
    """A limit on the measure at a position; `value` is one number, or one for each of `territories`."""

    measure: int
    territories: Positions
    is_minimum: bool
    value: float | FloatArray


@dataclass(frozen=True, eq=False)
class Reach:
    """A greatest way from the home of each of `territories`: `most` kilometres, or hours."""

    territories: Positions
    most: float
    in_hours: bool
    origin: Origin


@dataclass(frozen=True, eq=False)
class Segment:
    """Part of what there is: accounts, or areas, that fulfil a condition, by one measure.

    Parameters
    ----------
    name
        For people.
    measure
        Position of the measure that counts it.
    accounts, areas
        What belongs to it, shapes ``(n_accounts,)`` and ``(n_areas,)``.
    """

    name: str
    measure: int
    accounts: MaskArray
    areas: MaskArray


@dataclass(eq=False)
class MixLimit:
    """Least and greatest share of a segment per territory, shapes ``(n_territories,)``."""

    segment: Segment
    lower: FloatArray
    upper: FloatArray


@dataclass(eq=False)
class Rules:
    """Every rule of a plan.

    Parameters
    ----------
    accounts, areas
        What is demanded of single ones.
    limits, segments
        Limits on measures; the segments that some of them count, as measures behind those of the tables.
    reach, mixes
        Limits on the way to a home, and on shares of a segment.
    together, apart
        Pairs that must, or must not, share a territory; areas count on behind the accounts.
    """

    accounts: Demands
    areas: Demands
    limits: list[Limit] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)
    mixes: list[MixLimit] = field(default_factory=list)
    together: list[tuple[int, int, Origin]] = field(default_factory=list)
    apart: list[tuple[int, int, Origin]] = field(default_factory=list)
