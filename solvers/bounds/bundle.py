r"""Maximise a concave function from values and slopes: a proximal bundle method.

Each evaluation gives an affine function above the concave one. The next point maximises the least of those less a
quadratic distance from the best point so far; its dual is a small quadratic programme over the unit simplex, solved by
moves between two cuts. Steps whose gain is a fair part of what the cuts promise are taken, others only add a cut
(Kiwiel 1990, https://doi.org/10.1007/BF01585731, also for the changes of the step length). Unlike a plain subgradient
method it does not stall at kinks, and what it promises is a stopping rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba as nb
import numpy as np

from planner.arrays import FloatArray
from planner.stop import Stop

Concave = Callable[[FloatArray], tuple[float, FloatArray]]
"""Value and slope at a point."""

SERIOUS = 0.1
"""Part of the promised gain that a step must bring to be taken."""
MOST_NULLS = 20
"""Cuts added at one place before the step is shortened."""
MOST_STRETCHES = 4
"""Times that steps are made ten times as long where little is promised, before the end is believed."""


@dataclass(frozen=True, eq=False)
class Ascent:
    """Where an ascent ended.

    Parameters
    ----------
    point, value
        Best point and its value.
    promised
        Gain that the cuts still promised within reach of the last step.
    iterations
        Evaluations of the function.
    """

    point: FloatArray
    value: float
    promised: float
    iterations: int


@nb.njit(cache=True, nogil=True)
def _mix(gram: FloatArray, error: FloatArray, step: float, part: FloatArray, most: int, close: float) -> None:
    """Improve `part` on the simplex towards the least of ``step/2 · part'gram part + error'part``."""
    m = len(error)
    slope = step * np.dot(gram, part) + error
    for _ in range(most):
        low, high = 0, -1
        for q in range(m):
            if slope[q] < slope[low]:
                low = q
            if part[q] > 0.0 and (high < 0 or slope[q] > slope[high]):
                high = q
        difference = slope[high] - slope[low]
        if difference <= close:
            break
        curvature = step * (gram[low, low] + gram[high, high] - 2.0 * gram[low, high])
        moved = part[high] if curvature <= 0.0 else min(part[high], difference / curvature)
        part[low] += moved
        part[high] -= moved
        for q in range(m):
            slope[q] += step * moved * (gram[q, low] - gram[q, high])


class _Cuts:
    """Cuts in scaled coordinates: their slopes, and by how much each lies above the value at the centre."""

    def __init__(self, size: int, width: int) -> None:
        self._slope = np.empty((size, width))
        self._gram = np.empty((size, size))
        self._error = np.empty(size)
        self._part = np.zeros(size)
        self.count = 0

    def add(self, slope: FloatArray, error: float) -> None:
        """Add a cut, at the cost of the least used ones where there is no room."""
        if self.count == len(self._error):
            self._shrink()
        new = self.count
        self._slope[new], self._error[new] = slope, max(error, 0.0)
        self.count = new + 1
        row = self._slope[: self.count] @ slope
        self._gram[new, : self.count] = row
        self._gram[: self.count, new] = row
        self._part[new] = 1.0 if new == 0 else 0.0

    def _shrink(self) -> None:
        """Keep the half used most, and the mixture of all as one cut, so that nothing promised is lost."""
        m = self.count
        mixed, error = self._part[:m] @ self._slope[:m], float(self._part[:m] @ self._error[:m])
        keep = np.sort(np.argsort(-self._part[:m], kind="stable")[: m // 2])
        count = len(keep)
        self._slope[:count], self._error[:count] = self._slope[keep], self._error[keep]
        self._gram[:count, :count] = self._gram[np.ix_(keep, keep)]
        self._part[:] = 0.0
        self.count = count
        self.add(mixed, error)
        self._part[self.count - 1] = 1.0

    def direction(self, step: float, close: float) -> tuple[FloatArray, float]:
        """Return the slope and the error of the best mixture of cuts at this step length."""
        m = self.count
        part = self._part[:m]
        _mix(np.ascontiguousarray(self._gram[:m, :m]), self._error[:m], step, part, 20 * m + 200, close)
        return part @ self._slope[:m], float(part @ self._error[:m])

    def move(self, shift: FloatArray, gain: float) -> None:
        """Measure errors from another centre."""
        m = self.count
        self._error[:m] = np.maximum(self._error[:m] + self._slope[:m] @ shift - gain, 0.0)


def ascend(
    function: Concave,
    start: FloatArray,
    scale: FloatArray,
    *,
    stop: Stop,
    iterations: int,
    step: float,
    close: float = 1e-6,
    size: int = 150,
    counted: int = 0,
) -> Ascent:
    """Maximise `function` from `start`.

    Parameters
    ----------
    function
        A concave function; its slope may be any supergradient.
    start, scale
        Where to begin, and the natural size of a change of each variable, positive.
    stop
        Asked before each evaluation but the first, with the evaluations done and `counted`.
    iterations
        Most evaluations.
    step
        Gain that the first step aims at, positive.
    close
        Ends where no more than this, relative to the value, is promised.
    size
        Most cuts held.
    counted
        Iterations done before, told to `stop`.
    """
    best, (value, slope) = start, function(start)
    cuts = _Cuts(size, len(start))
    cuts.add(slope * scale, 0.0)
    length = step / max(float((slope * scale) @ (slope * scale)), 1e-300)
    promised, nulls, serious, stretched, done = np.inf, 0, 0, 0, 1
    while done < iterations and stop.reason(counted + done) is None:
        mixed, error = cuts.direction(length, 1e-9 * max(abs(value), 1e-300))
        promised = error + length * float(mixed @ mixed)
        if promised <= close * abs(value):
            # Little may be promised only because steps are short.
            if stretched == MOST_STRETCHES:
                break
            stretched += 1
            length *= 10.0
            continue
        point = best + length * scale * mixed
        new, slope = function(point)
        done += 1
        gain = new - value
        scaled = slope * scale
        above = float(scaled @ ((best - point) / scale)) + gain
        if gain >= SERIOUS * promised:
            shift = (point - best) / scale
            cuts.move(shift, gain)
            cuts.add(scaled, 0.0)
            best, value = point, new
            serious, nulls = serious + 1, 0
            if gain >= 0.5 * promised or serious > 1:
                length *= 2.0 if gain >= 0.5 * promised else 1.3
        else:
            cuts.add(scaled, above)
            serious, nulls = 0, nulls + 1
            if nulls >= MOST_NULLS and above > 4 * promised:
                length *= 0.5
                nulls = 0
    return Ascent(best, value, float(promised), done)
