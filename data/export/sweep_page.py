"""A page on a sweep: what each case is on balance, travel and disruption, and how these follow the grid.

Plain SVG without scripts, in the style of the page of proposals; the table says all that the charts show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from data.export.chart import Axis, Chart
from data.export.page import figures, page

DEVIATION, DISTANCE, MOVED = "deviation", "distance", "moved"
LABELS = {DEVIATION: "largest deviation, %", DISTANCE: "mean distance, km", MOVED: "changing hands, %"}
"""What is shown against each other, with units."""
PAIRS = ((DISTANCE, MOVED), (DISTANCE, DEVIATION), (DEVIATION, MOVED))
_VALUE = re.compile(r"[+-]?\d+(\.\d+)?%?")


def sweep_page(index: dict[str, Any]) -> str:
    """Return the page of a sweep.

    Parameters
    ----------
    index
        What ``sweep.json`` holds.
    """
    cases = index["cases"]
    done = [case for case in cases if case["measures"]]
    numbered = [(str(number), case, _places(case, index)) for number, case in enumerate(cases, 1)]
    shown = [each for each in numbered if each[2] is not None]
    drawn = [_figure(shown, across, up) for across, up in PAIRS] if shown else []
    for axis in index.get("axes", []):
        drawn += _along(shown, axis)
    rows = "\n".join(_row(mark, case, places) for mark, case, places in numbered)
    head = "".join(f'<th class="n" scope="col">{escape(label)}</th>' for label in LABELS.values())
    body = f"""{figures(drawn) if drawn else ""}
<div class="scroll"><table><caption hidden>The cases and their numbers</caption>
<thead><tr><th scope="col">Case</th><th scope="col">What it is</th>{head}
<th class="n" scope="col">territories</th><th scope="col">rules</th><th scope="col">What is changed</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>"""
    lead = f"{len(done)} of {len(cases)} cases are done. Less is better on every axis. Choose a point to open its map."
    return page(f"Sweep: {index['name']}", body, lead)


def _places(case: dict[str, Any], index: dict[str, Any]) -> dict[str, float] | None:
    """Return where a case is on each axis; None where it has no numbers."""
    told = case["measures"]
    if not told:
        return None
    balanced = index.get("balanced") or [
        name.removesuffix(": worst deviation") for name in told if name.endswith(": worst deviation")
    ]
    worst = [told.get(f"{name}: worst deviation") for name in balanced]
    moved = next((told[f"{name}: moved share"] for name in balanced if f"{name}: moved share" in told), None)
    return {
        DEVIATION: 100 * max((value for value in worst if value is not None), default=math.nan),
        DISTANCE: _or_nan(told.get("mean distance km")),
        MOVED: 100 * _or_nan(moved),
    }


def _or_nan(value: Any) -> float:
    return math.nan if value is None else float(value)


Shown = tuple[str, dict[str, Any], dict[str, float] | None]


def _row(mark: str, case: dict[str, Any], places: dict[str, float] | None) -> str:
    cells = "".join(
        f'<td class="n">{"" if places is None or math.isnan(places[axis]) else f"{places[axis]:,.4g}"}</td>'
        for axis in LABELS
    )
    told = case["measures"] or {}
    name = escape(case["name"])
    name = f'<a href="{escape(case["folder"])}/map.html">{name}</a>' if told else name
    rules = (
        ("all hold" if told["feasible"] else "not all hold") if told else f"{case['state']}: {case['reason']}"
    )
    count = f"{told['territories']:,.0f}" if told else ""
    changed = escape(" ".join(case["in_words"]) or "nothing")
    return (
        f'<tr><th scope="row">{mark}</th><td>{name}</td>{cells}<td class="n">{count}</td>'
        f"<td>{escape(rules)}</td><td>{changed}</td></tr>"
    )


def _figure(shown: Sequence[Shown], across: str, up: str) -> str:
    """Return one chart of two axes against each other, a point a case."""
    points = np.array([[places[across], places[up]] for _, _, places in shown if places is not None])
    chart = Chart(
        Axis.of(LABELS[across], points[:, 0]),
        Axis.of(LABELS[up], points[:, 1]),
        f"{LABELS[across]} against {LABELS[up]}",
    )
    for (mark, case, _), (x, y) in zip(shown, points.tolist(), strict=True):
        if math.isfinite(x) and math.isfinite(y):
            chart.add(_point(mark, case, chart.x(x), chart.y(y)))
    return chart.figure(role="group")


def _along(shown: Sequence[Shown], axis: str) -> list[str]:
    """Return the charts of everything along one axis of the grid; none where its values are no numbers."""
    at = [_number(case["point"].get(axis, "")) for _, case, _ in shown]
    if not at or any(value is None for value in at) or len(set(at)) < 2:
        return []
    found = []
    for what, label in LABELS.items():
        ups = [math.nan if places is None else places[what] for _, _, places in shown]
        if not np.isfinite(ups).any():
            continue
        chart = Chart(
            Axis.of(axis, [v for v in at if v is not None]), Axis.of(label, ups), f"{label} along {axis}"
        )
        for (mark, case, _), x, y in zip(shown, at, ups, strict=True):
            if x is not None and math.isfinite(y):
                chart.add(_point(mark, case, chart.x(x), chart.y(y)))
        found.append(chart.figure(role="group"))
    return found


def _number(text: str) -> float | None:
    if not _VALUE.fullmatch(text):
        return None
    return float(text.rstrip("%"))


def _point(mark: str, case: dict[str, Any], x: float, y: float) -> str:
    told = escape(f"{mark}: {case['name']}")
    label = f'<text class="mark" x="{x:.1f}" y="{y + 4:.1f}">{escape(mark)}</text>'
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
    return f'<a href="{escape(case["folder"])}/map.html" aria-label="{told}"><title>{told}</title>{circle}{label}</a>'
