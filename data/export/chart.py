"""Small charts as plain SVG for pages without scripts: axes with round numbers, points, lines, bands and bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 400, 320, 62, 46, 16, 24
"""Size of a chart and of its margins, in units of its drawing."""

LEAST_WIDTH = 0.02
"""Least width of an axis over the values on it: numbers at its ticks stay different."""

LOG_STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
"""Ticks within each power of ten, the fewest first."""


def short(value: float) -> str:
    """Return a number in few characters: ``1.2M``, ``350k``, ``0.25``."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.4g}"


def percents(value: float) -> str:
    """Return a fraction as whole or nearly whole percents: ``12 %``."""
    return f"{100 * value:.4g} %"


@dataclass(frozen=True)
class Axis:
    """One axis of a chart.

    Parameters
    ----------
    label
        Name with unit.
    low, high
        Ends, low < high.
    ticks
        Where numbers stand.
    log
        Whether equal steps are equal factors.
    shown
        How a value is written.
    """

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False
    shown: Callable[[float], str] = "{:g}".format

    @classmethod
    def of(
        cls,
        label: str,
        values: ArrayLike,
        *,
        log: bool = False,
        shown: Callable[[float], str] = "{:g}".format,
        steps: int = 4,
    ) -> Axis:
        """Return an axis with round numbers that holds all finite values (all above 0 where `log`)."""
        found = np.asarray(values, dtype=np.float64).ravel()
        found = found[np.isfinite(found) & ((found > 0) | (not log))]
        if not len(found):
            return cls(
                label, 0.5 if log else 0.0, 2.0 if log else 1.0, (1.0,) if log else (0.0, 1.0), log, shown
            )
        low, high = float(found.min()), float(found.max())
        if log:
            low, high = (low / 1.15, high * 1.15) if high > low else (low / 2, high * 2)
            return cls(label, low, high, _log_ticks(low, high, steps), True, shown)
        if high - low < LEAST_WIDTH * max(abs(low), abs(high)):
            low, high = low - LEAST_WIDTH * abs(low) / 2, high + LEAST_WIDTH * abs(high) / 2
        begin, step, end = round_range(low, high, steps)
        count = round((end - begin) / step)
        return cls(label, begin, end, tuple(begin + step * k for k in range(count + 1)), False, shown)

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, in [0, 1] for values on the axis."""
        low, high = (np.log(self.low), np.log(self.high)) if self.log else (self.low, self.high)
        return float((np.log(value) if self.log else value) - low) / float(high - low)


class Chart:
    """A drawing of two axes that marks are added to; later marks lie above earlier ones.

    Parameters
    ----------
    across, up
        The axes.
    name
        What it shows, for people who hear it.
    width, height, left
        Size of the drawing and of its left margin.
    """

    def __init__(
        self,
        across: Axis,
        up: Axis,
        name: str,
        *,
        width: int = WIDTH,
        height: int = HEIGHT,
        left: int = LEFT,
    ) -> None:
        self.across, self.up, self.name = across, up, name
        self.width, self.height, self.left = width, height, left
        self._marks: list[str] = []

    def x(self, value: float) -> float:
        """Return the place of a value across."""
        return self.left + self.across.share(value) * (self.width - self.left - RIGHT)

    def y(self, value: float) -> float:
        """Return the place of a value up."""
        return self.height - BOTTOM - self.up.share(value) * (self.height - TOP - BOTTOM)

    def add(self, mark: str) -> None:
        """Add a mark as SVG."""
        self._marks.append(mark)

    def dots(
        self, xs: ArrayLike, ys: ArrayLike, told: Sequence[str], kind: str = "", radius: float = 4
    ) -> None:
        """Add a point for each pair; `told` is what it says when pointed at."""
        kinds = f"dot {kind}".strip()
        for x, y, text in zip(np.asarray(xs).tolist(), np.asarray(ys).tolist(), told, strict=True):
            place = f'cx="{self.x(x):.1f}" cy="{self.y(y):.1f}"'
            self.add(f'<circle class="{kinds}" {place} r="{radius:g}"><title>{escape(text)}</title></circle>')

    def line(self, xs: ArrayLike, ys: ArrayLike, kind: str = "line") -> None:
        """Add a line through the points."""
        self.add(f'<polyline class="{kind}" points="{self._path(xs, ys)}"/>')

    def band(self, xs: ArrayLike, lows: ArrayLike, highs: ArrayLike) -> None:
        """Add the area between two lines."""
        across = np.asarray(xs, dtype=np.float64)
        back = self._path(across[::-1], np.asarray(highs, dtype=np.float64)[::-1])
        self.add(f'<polygon class="band" points="{self._path(across, lows)} {back}"/>')

    def bars(
        self, edges: ArrayLike, heights: ArrayLike, told: Sequence[str], kinds: Sequence[str] = ()
    ) -> None:
        """Add a bar from the bottom for each pair of neighbouring edges."""
        sides, floor = np.asarray(edges, dtype=np.float64).tolist(), self.y(self.up.low)
        for k, height in enumerate(np.asarray(heights, dtype=np.float64).tolist()):
            x, end, y = self.x(sides[k]), self.x(sides[k + 1]), self.y(height)
            kind = f"bar {kinds[k]}".strip() if kinds else "bar"
            self.add(
                f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(end - x, 0):.1f}" '
                f'height="{max(floor - y, 0):.1f}"><title>{escape(told[k])}</title></rect>'
            )

    def segment(self, x: float, y: float, to_x: float, to_y: float, kind: str) -> None:
        """Add a straight line between two points."""
        self.add(
            f'<line class="{kind}" x1="{self.x(x):.1f}" y1="{self.y(y):.1f}" x2="{self.x(to_x):.1f}" '
            f'y2="{self.y(to_y):.1f}"/>'
        )

    def upright(self, value: float, name: str = "", *, before: bool = False) -> None:
        """Add a dashed line at a value across, with its name at the top, after the line or before it."""
        self.segment(value, self.up.low, value, self.up.high, "mean")
        anchor, gap = ("end", -4) if before else ("start", 4)
        place = f'x="{self.x(value) + gap:.1f}" y="{TOP + 11}" text-anchor="{anchor}"'
        self.add(f'<text class="name" {place}>{escape(name)}</text>')

    def level(self, value: float, name: str = "") -> None:
        """Add a dashed line at a value up, with its name at the right."""
        self.segment(self.across.low, value, self.across.high, value, "mean")
        place = f'x="{self.width - RIGHT - 2}" y="{self.y(value) - 4:.1f}" text-anchor="end"'
        self.add(f'<text class="name" {place}>{escape(name)}</text>')

    def svg(self, role: str = "img") -> str:
        """Return the drawing."""
        floor, end = self.height - BOTTOM, self.width - RIGHT
        parts = [
            f'<svg viewBox="0 0 {self.width} {self.height}" role="{role}" aria-label="{escape(self.name)}">',
            f'<line class="axis" x1="{self.left}" y1="{floor}" x2="{end}" y2="{floor}"/>',
            f'<line class="axis" x1="{self.left}" y1="{TOP}" x2="{self.left}" y2="{floor}"/>',
        ]
        for value in self.across.ticks:
            x = self.x(value)
            parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{floor}"/>')
            told = escape(self.across.shown(value))
            parts.append(
                f'<text class="tick" x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{told}</text>'
            )
        for value in self.up.ticks:
            y = self.y(value)
            parts.append(f'<line class="grid" x1="{self.left}" y1="{y:.1f}" x2="{end}" y2="{y:.1f}"/>')
            told = escape(self.up.shown(value))
            parts.append(
                f'<text class="tick" x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'
            )
        middle = (self.left + end) / 2
        parts.append(
            f'<text x="{middle:.0f}" y="{self.height - 10}" text-anchor="middle">{escape(self.across.label)}</text>'
        )
        half = (TOP + floor) / 2
        if self.up.label:
            parts.append(
                f'<text x="13" y="{half:.0f}" text-anchor="middle" transform="rotate(-90 13 {half:.0f})">'
                f"{escape(self.up.label)}</text>"
            )
        return "\n".join([*parts, *self._marks, "</svg>"])

    def figure(self, title: str = "", told: str = "", role: str = "img") -> str:
        """Return the drawing in a frame, with a title above and what it says below where given."""
        above = f"<h3>{escape(title)}</h3>" if title else ""
        below = f"<figcaption>{escape(told)}</figcaption>" if told else ""
        return f"<figure>{above}{self.svg(role)}{below}</figure>"

    def _path(self, xs: ArrayLike, ys: ArrayLike) -> str:
        pairs = zip(np.asarray(xs).tolist(), np.asarray(ys).tolist(), strict=True)
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in pairs)


def round_range(low: float, high: float, steps: int = 4) -> tuple[float, float, float]:
    """Return begin, step and end of an axis with round numbers that holds `low` to `high`."""
    width = max(high - low, 0.02 * abs(high), 1e-6)
    rough = width / steps
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(next(s * size for s in (1, 2, 5, 10) if s * size >= rough))
    begin, end = step * np.floor(low / step), step * np.ceil(high / step)
    return float(begin), step, float(end if end > begin else begin + step)


def _log_ticks(low: float, high: float, steps: int) -> tuple[float, ...]:
    """Return round numbers between the ends, about `steps` of them; at least one."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    found: list[float] = []
    for within in LOG_STEPS:
        found = [p * s for p in powers.tolist() for s in within if low <= p * s <= high]
        if len(found) >= steps - 1:
            break
    if len(found) < 2:
        begin, step, end = round_range(low, high, steps)
        found = [v for v in np.arange(begin, end + step / 2, step).tolist() if low <= v <= high] or [low]
    thin = -(-len(found) // (2 * steps))
    return tuple(found[::thin])
