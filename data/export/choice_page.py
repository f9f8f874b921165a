"""A page to choose one of several plans: three small charts and a table, in one file that needs no network.

Plain SVG without scripts: colours follow the reader's light or dark setting, every point is a link with a name, and
the table says all that the charts show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from data.export.chart import Axis, Chart
from data.export.page import figures, page
from planner.proposals import Axes

PANELS = ((1, 2), (1, 0), (0, 2))
"""Axes shown against each other: across and up, positions in `planner.proposals.Axes`."""

PERCENT = (100.0, 1.0, 100.0)
"""What values are multiplied by where they are shown."""


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
    head = "".join(f'<th class="n" scope="col">{escape(label)}</th>' for label in labels)
    rows = "\n".join(_row(choice) for choice in choices)
    body = f"""{figures([_figure(labels, choices, across, up) for across, up in PANELS])}
<div class="scroll"><table><caption hidden>The plans and their numbers</caption>
<thead><tr><th scope="col">Plan</th><th scope="col">Best at</th>{head}
<th scope="col">Asked for besides the rules</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>"""
    lead = f"{KEPT if feasible else BROKEN} Less is better on every axis. Choose a point to open its map."
    return page(f"Proposals: {title}", body, lead)


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
    axes = [Axis.of(labels[axis], points[:, j]) for j, axis in enumerate((across, up))]
    chart = Chart(axes[0], axes[1], f"{labels[across]} against {labels[up]}")
    for choice, (x, y) in zip(choices, points.tolist(), strict=True):
        chart.add(_point(choice, chart.x(x), chart.y(y)))
    return chart.figure(role="group")


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
