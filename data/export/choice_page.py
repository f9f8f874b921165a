"""A page to choose one of several plans: three small charts and a table, in one file that needs no network.

Plain SVG without scripts: colours follow the reader's light or dark setting, every point is a link with a name, and
the table says all that the charts show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from planner.proposals import Axes

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 400, 320, 56, 46, 16, 18
"""Size of a chart and of its margins, in units of its drawing."""

PANELS = ((1, 2), (1, 0), (0, 2))
"""Axes shown against each other: across and up, positions in `planner.proposals.Axes`."""

PERCENT = (100.0, 1.0, 100.0)
"""What values are multiplied by where they are shown."""

STYLE = """
:root { color-scheme: light dark; --ground: light-dark(#f5f6f8, #0e1116); --surface: light-dark(#fff, #161a21);
  --line: light-dark(#c9ced6, #39424e); --text: light-dark(#161b22, #e9ecf1); --muted: light-dark(#565f6c, #a3adba);
  --accent: light-dark(#2456c9, #8db0ff); --on-accent: light-dark(#fff, #0d1528);
  --today: light-dark(#8a4b00, #f2b866); }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 ui-sans-serif, system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } p { color: var(--muted); margin: 0 0 1rem; max-width: 60rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 1.5rem; }
figure { margin: 0; flex: 1 1 22rem; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--text); font-size: 12px; }
svg .tick { fill: var(--muted); } svg .grid { stroke: var(--line); stroke-width: .6; }
svg .axis { stroke: var(--muted); }
svg circle { fill: var(--accent); } svg .mark { fill: var(--on-accent); font-weight: 700; text-anchor: middle; }
svg .today { fill: var(--today); } svg a:focus circle, svg a:hover circle { stroke: var(--text); stroke-width: 3; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; background: var(--surface); }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } a { color: var(--accent); }
"""


@dataclass(frozen=True)
class Choice:
    """One plan to choose, or the alignment in force.

    Parameters
    ----------
    mark
        What its point is labelled with.
    name, how
        What it is best at, and how it was found.
    axes
        Where it is.
    link
        Page that shows it; None where there is none.
    """

    mark: str
    name: str
    how: str
    axes: Axes
    link: str | None


KEPT = "Every plan keeps all rules, and none is better than another in all three respects."
BROKEN = "No plan that keeps all rules was found: this is the best one so far; its files say which rules it breaks."


def choice_page(
    title: str, labels: tuple[str, str, str], choices: Sequence[Choice], feasible: bool = True
) -> str:
    """Return the page.

    Parameters
    ----------
    title
        Name of what is planned.
    labels
        Names of the three axes with their units, in the order of `Axes`.
    choices
        What is shown.
    feasible
        Whether every plan keeps every rule.
    """
    figures = "\n".join(_figure(labels, choices, across, up) for across, up in PANELS)
    head = "".join(f'<th class="n" scope="col">{escape(label)}</th>' for label in labels)
    rows = "\n".join(_row(choice) for choice in choices)
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Proposals: {escape(title)}</title><style>{STYLE}</style></head>
<body><main>
<h1>Proposals: {escape(title)}</h1>
<p>{KEPT if feasible else BROKEN} Less is better on every axis. Choose a point to open its map.</p>
<div class="charts">
{figures}
</div>
<div class="scroll"><table><caption hidden>The plans and their numbers</caption>
<thead><tr><th scope="col">Plan</th><th scope="col">Best at</th>{head}
<th scope="col">Asked for besides the rules</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>
</main></body></html>
"""


def _row(choice: Choice) -> str:
    cells = "".join(f'<td class="n">{_shown(choice.axes, axis)}</td>' for axis in range(3))
    name = escape(choice.name)
    name = name if choice.link is None else f'<a href="{escape(choice.link)}">{name}</a>'
    mark = f'<th scope="row">{escape(choice.mark)}</th>'
    return f"<tr>{mark}<td>{name}</td>{cells}<td>{escape(choice.how)}</td></tr>"


def _shown(axes: Axes, axis: int) -> str:
    return f"{axes[axis] * PERCENT[axis]:,.4g}"


def _figure(labels: tuple[str, str, str], choices: Sequence[Choice], across: int, up: int) -> str:
    """Return one chart of two axes against each other."""
    points = np.array([[c.axes[across] * PERCENT[across], c.axes[up] * PERCENT[up]] for c in choices])
    low, step, high = zip(*(_range(points[:, axis]) for axis in (0, 1)), strict=True)
    span = np.array([WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM])

    def at(x: float, y: float) -> tuple[float, float]:
        share = (np.array([x, y]) - low) / (np.array(high) - low)
        return float(LEFT + share[0] * span[0]), float(HEIGHT - BOTTOM - share[1] * span[1])

    name = f"{labels[across]} against {labels[up]}"
    parts = [
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{escape(name)}">',
        f'<line class="axis" x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" y2="{HEIGHT - BOTTOM}"/>',
        f'<line class="axis" x1="{LEFT}" y1="{TOP}" x2="{LEFT}" y2="{HEIGHT - BOTTOM}"/>',
    ]
    for value in np.arange(low[0], high[0] + step[0] / 2, step[0]):
        x, _ = at(value, low[1])
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>'
        )
    for value in np.arange(low[1], high[1] + step[1] / 2, step[1]):
        _, y = at(low[0], value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    parts.append(
        f'<text x="{LEFT + span[0] / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(labels[across])}</text>'
    )
    middle = TOP + span[1] / 2
    parts.append(
        f'<text x="14" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 14 {middle:.0f})">'
        f"{escape(labels[up])}</text>"
    )
    parts += [_point(choice, *at(*point)) for choice, point in zip(choices, points, strict=True)]
    return "\n".join([*parts, "</svg></figure>"])


def _point(choice: Choice, x: float, y: float) -> str:
    """Return the point of one plan; the alignment in force is a diamond."""
    told = f"{choice.mark}: {choice.name}, {', '.join(_shown(choice.axes, axis) for axis in range(3))}"
    title = f"<title>{escape(told)}</title>"
    if choice.link is None:
        corners = f"{x:.1f},{y - 8:.1f} {x + 8:.1f},{y:.1f} {x:.1f},{y + 8:.1f} {x - 8:.1f},{y:.1f}"
        label = f'<text x="{x:.1f}" y="{y - 12:.1f}" text-anchor="middle">{escape(choice.mark)}</text>'
        diamond = f'<polygon class="today" points="{corners}"/>'
        return f'<g role="img" aria-label="{escape(told)}">{title}{diamond}{label}</g>'
    mark = f'<text class="mark" x="{x:.1f}" y="{y + 4:.1f}">{escape(choice.mark)}</text>'
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
    return f'<a href="{escape(choice.link)}" aria-label="{escape(told)}">{title}{circle}{mark}</a>'


def _range(values: np.ndarray) -> tuple[float, float, float]:
    """Return begin, step and end of an axis with round numbers that holds all values."""
    low, high = float(values.min()), float(values.max())
    width = max(high - low, 0.02 * abs(high), 1e-6)
    rough = width / 4
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(next(s * size for s in (1, 2, 5, 10) if s * size >= rough))
    begin, end = step * np.floor(low / step), step * np.ceil(high / step)
    return float(begin), step, float(end if end > begin else begin + step)
