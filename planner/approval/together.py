r"""Challenges judged together: which of them contradict each other, and the most that can be granted at once.

Each challenge :math:`i` wants values for keys (account 17 in territory T3, quota of T5 at 120,000.00). Two that want
different values for the same key exclude each other. Loads of territories change by what each one adds:

.. math::

    \max \sum_i (1 + \epsilon_i) x_i \quad\text{s.t.}\quad x_i \le y_{kv} \;\forall i, (k, v) \in W_i,\quad
    \sum_v y_{kv} \le 1 \;\forall k,\quad l \le \sum_i d_i x_i \le u,\quad x, y \in \{0, 1\},

with :math:`\epsilon` so small that it only decides between sets of equal size, for those raised first. Rules that are
not sums (contiguity, keep-apart pairs) are asked of a judge afterwards; a set that it refuses is cut off and the next
best one is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from planner.arrays import FloatArray

Key = tuple[str, str]
"""What kind of thing, and its id: ``("account", "17")``, ``("quota", "T5")``."""
Wants = Mapping[Key, str | int]
"""Value that a challenge wants for each key."""
_ROUNDS = 40
_SLACK = 1e-9


@dataclass(frozen=True)
class Clash:
    """Two challenges that want different values for the same key; positions in the order given."""

    first: int
    second: int
    key: Key


@dataclass(frozen=True)
class Granted:
    """The most challenges that can be granted together.

    Parameters
    ----------
    chosen
        Positions, ascending.
    proved
        Whether no larger set exists. False where the judge refused so many that the rest was left out one by one.
    """

    chosen: tuple[int, ...]
    proved: bool


def clashes(wants: Sequence[Wants]) -> tuple[Clash, ...]:
    """Return every pair of challenges that contradict each other, one key each, in order."""
    by_key: dict[Key, list[int]] = {}
    for position, wanted in enumerate(wants):
        for key in wanted:
            by_key.setdefault(key, []).append(position)
    found: dict[tuple[int, int], Clash] = {}
    for key, positions in by_key.items():
        for i, j in combinations(positions, 2):
            if wants[i][key] != wants[j][key]:
                found.setdefault((i, j), Clash(i, j, key))
    return tuple(found[pair] for pair in sorted(found))


def most_together(
    wants: Sequence[Wants],
    adds: FloatArray | None = None,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
    judge: Callable[[tuple[int, ...]], bool] = lambda _: True,
) -> Granted:
    """Return a largest set of challenges that can be granted together.

    Parameters
    ----------
    wants
        What each of them wants, in the order raised.
    adds
        What each adds to each load, any unit, shape ``(n, m)``; None where no loads are limited.
    lower, upper
        Least and most that all together may add to each load, ``lower ≤ 0 ≤ upper``, shape ``(m,)``.
    judge
        Whether a set (positions, ascending) keeps every rule.
    """
    n = len(wants)
    if not n:
        return Granted((), True)
    model = _Model(wants, adds, lower, upper)
    for _ in range(_ROUNDS):
        chosen = model.solve()
        if not chosen or judge(chosen):
            return Granted(chosen, True)
        model.forbid(chosen)
    return Granted(_one_by_one(wants, judge), False)


class _Model:
    """The integer program, with a cut for each set that was refused."""

    def __init__(
        self,
        wants: Sequence[Wants],
        adds: FloatArray | None,
        lower: FloatArray | None,
        upper: FloatArray | None,
    ) -> None:
        self.n = len(wants)
        pairs = sorted({(key, str(value)) for wanted in wants for key, value in wanted.items()})
        at = {pair: self.n + column for column, pair in enumerate(pairs)}
        self.width = self.n + len(pairs)
        rows = [(i, at[key, str(value)]) for i, wanted in enumerate(wants) for key, value in wanted.items()]
        keys = {key: number for number, key in enumerate(dict.fromkeys(key for key, _ in pairs))}
        implied = coo_array(
            (
                np.tile([1.0, -1.0], len(rows)),
                (np.repeat(np.arange(len(rows)), 2), np.array(rows, dtype=np.int64).reshape(-1)),
            ),
            shape=(len(rows), self.width),
        )
        one_value = coo_array(
            (np.ones(len(pairs)), ([keys[key] for key, _ in pairs], [at[pair] for pair in pairs])),
            shape=(len(keys), self.width),
        )
        self.matrix = vstack([implied, one_value], format="csr")
        self.low = np.full(self.matrix.shape[0], -np.inf)
        self.high = np.r_[np.zeros(len(rows)), np.ones(len(keys))]
        if adds is not None and lower is not None and upper is not None and adds.size:
            self._limit(np.asarray(adds, np.float64), lower, upper)
        # Extra weights add up to less than one, so that they decide between sets of equal size only.
        extra = (self.n - np.arange(self.n)) / (self.n * (self.n + 1.0))
        self.cost = np.r_[-(1 + extra), np.zeros(len(pairs))]

    def _limit(self, adds: FloatArray, lower: FloatArray, upper: FloatArray) -> None:
        # A load in its own unit may be 1e9 or 1e-3: each row is scaled to its largest entry.
        scale = np.abs(adds).max(0)
        used = scale > 0
        rows = np.zeros((int(used.sum()), self.width))
        rows[:, : self.n] = (adds[:, used] / scale[used]).T
        low = np.minimum(lower, 0)[used] / scale[used] - _SLACK
        high = np.maximum(upper, 0)[used] / scale[used] + _SLACK
        self._append(csr_array(rows), low, high)

    def _append(self, rows: csr_array, low: FloatArray, high: FloatArray) -> None:
        self.matrix = vstack([self.matrix, rows], format="csr")
        self.low, self.high = np.r_[self.low, low], np.r_[self.high, high]

    def solve(self) -> tuple[int, ...]:
        """Return the best set that was not refused."""
        found = milp(
            self.cost,
            integrality=np.ones(self.width, np.int64),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(self.matrix, self.low, self.high),
            options={"mip_rel_gap": 0.0},
        )
        if found.x is None:  # the empty set too was cut off; it needs nobody's leave
            return ()
        return tuple(np.flatnonzero(found.x[: self.n] > 0.5).tolist())

    def forbid(self, chosen: tuple[int, ...]) -> None:
        """Cut off exactly one set."""
        row = np.zeros((1, self.width))
        row[0, : self.n] = -1
        row[0, list(chosen)] = 1
        self._append(csr_array(row), np.array([-np.inf]), np.array([len(chosen) - 1.0]))


def _one_by_one(wants: Sequence[Wants], judge: Callable[[tuple[int, ...]], bool]) -> tuple[int, ...]:
    """Return a set made by granting one challenge after the other, those raised first first."""
    chosen: tuple[int, ...] = ()
    for i in range(len(wants)):
        more = (*chosen, i)
        if not clashes([wants[j] for j in more]) and judge(more):
            chosen = more
    return chosen
