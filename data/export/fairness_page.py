"""The fairness report as a page that is one file: what to look at first, drawings, then every number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from data.export.assignments import Owners
from data.export.chart import Axis, Chart, percents, short
from data.export.fairness import (
    BASIS,
    JUDGED,
    NAMES,
    SOURCES,
    TONES,
    VERDICTS,
    fairness_of,
    fairness_record,
    fairness_rows,
)
from data.export.page import Finding, Number, figures, findings, numbers, page, section, tables
from data.export.quota_table import QuotaTable, Value, as_html, short_money, shown
from data.export.text import write_json
from planner.quota.currency import minor_digits
from planner.quota.fairness import FairnessReport
from planner.quota.fairness.association import Association
from planner.quota.fairness.interval import Interval
from planner.quota.fairness.spread import lorenz

DOTS = 1500
"""Most points of a drawing: more of them hide each other."""

BINS = 40
"""Most bars of a distribution."""

ROW = 22
"""Height of a row of the drawing of changes."""


def write_fairness(folder: Path, owners: Owners) -> None:
    """Write ``fairness.json`` and ``fairness.html`` of a plan with quotas."""
    report, quotas = fairness_of(owners), owners.plan.quotas
    assert report is not None
    assert quotas is not None
    territories = owners.assembled.problem.territories
    ids, seats = list(map(str, territories.territory_id)), list(map(str, territories.seat_id))
    write_json(folder / "fairness.json", fairness_record(report, ids, seats, quotas.currency))
    text = fairness_page(owners.assembled.scenario.name, report, ids, quotas.currency, quotas.method)
    (folder / "fairness.html").write_text(text, "utf-8")


def fairness_page(
    title: str, report: FairnessReport, territory_id: Sequence[str], currency: str, method: str = ""
) -> str:
    """Return the page.

    Parameters
    ----------
    title
        Name of the plan.
    territory_id
        Name of each territory.
    currency
        ISO 4217 code of all money.
    method
        What expected sales come from, in words; empty where unknown.
    """
    shorter = [
        _short_associations(report, table) if "Correlation" in table.columns else table
        for table in fairness_rows(report, territory_id)
        if table.title != JUDGED
    ]
    drawn = [
        *(_against(report, found, territory_id, currency) for found in report.associations if found.n),
        *([_histogram(report)] if report.spread is not None else []),
        *([_chances(report.chance[report.quota_cents > 0])] if report.chance is not None else []),
        *([_lorenz(report)] if (report.quota_cents > 0).sum() > 1 else []),
        *([_changes(report, territory_id, currency)] if report.changes.rises or report.changes.falls else []),
    ]
    lead = BASIS[report.basis] + (
        f" Expected sales: {method}." if method and report.basis == "expected" else ""
    )
    sources = "<ul>" + "".join(f"<li>{escape(source)}</li>" for source in SOURCES) + "</ul>"
    body = "\n".join(
        [
            numbers(_key_numbers(report)),
            section("What to look at", findings(_findings(report))) if report.flags else "",
            section("In pictures", figures(drawn)) if drawn else "",
            section("In numbers", tables([as_html(table, currency) for table in shorter])),
            section("Sources", sources),
        ]
    )
    return page(f"Are these quotas fair? {title}", body, lead)


def _short_associations(report: FairnessReport, full: QuotaTable) -> QuotaTable:
    """Return the table of associations with each estimate and its interval in one cell."""
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            NAMES[found.against],
            found.n,
            *(_estimate(interval) for interval in (found.pearson, found.spearman, found.slope)),
            shown(found.effect, "signed"),
        )
        for found in report.associations
    )
    columns = ("Attainment against", "Sellers", "Correlation", "Of ranks", "Slope", "Large less small")
    return QuotaTable(full.title, columns, ("text", "number", "text", "text", "text", "text"), rows)


def _estimate(found: Interval) -> str:
    if found.value is None:
        return f"– ({found.reason})"
    return f"{found.value:+.2f}" + ("" if found.low is None else f" ({found.low:+.2f} to {found.high:+.2f})")


def _findings(report: FairnessReport) -> list[Finding]:
    """Return what was judged, the worst first."""
    order = {"alarm": 0, "watch": 1, "good": 2, "unknown": 3}
    return [
        Finding(
            flag.title,
            VERDICTS[flag.verdict],
            flag.text,
            flag.todo,
            f"Limits: {flag.source}.",
            TONES[flag.verdict],
        )
        for flag in sorted(report.flags, key=lambda flag: order[flag.verdict])
    ]


def _key_numbers(report: FairnessReport) -> list[Number]:
    cards = [
        Number(flag.title, shown(flag.value, "fraction"), _limits(flag.low, flag.high), TONES[flag.verdict])
        for flag in report.flags
        if flag.value is not None and not flag.name.startswith("bias_")
    ]
    found = report.spread
    if found is not None:
        cards += [
            Number("Spread of attainment", shown(found.relative, "fraction"), "standard deviation over mean"),
            Number("Gini · Jain", f"{_index(found.gini)} · {_index(found.jain)}", "all alike: 0 · 1"),
        ]
    return cards


def _limits(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"goal {percents(low)} to {percents(high)}"
    if low is not None:
        return f"at least {percents(low)}"
    return "" if high is None else f"up to {percents(high)}"


def _index(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _against(report: FairnessReport, found: Association, territory_id: Sequence[str], currency: str) -> str:
    """Draw attainment against something, with the fitted line and its interval."""
    quota, last = report.quota_cents, report.last_year_cents
    scale = 10.0 ** minor_digits(currency)
    values: np.ndarray
    name = f"{NAMES[found.against]}, {currency}"
    write: Callable[[float], str] = short
    if found.against == "growth_asked":
        values, scale, name, write = (
            np.divide(quota, last, out=np.full(len(quota), np.nan), where=last > 0),
            1.0,
            "quota over last year's sales",
            percents,
        )
    elif found.against == "size":
        values = quota
    elif found.against == "last_year":
        values = last
    else:
        values, scale, name = report.potential, 1.0, "potential"
    with np.errstate(invalid="ignore"):
        there = np.flatnonzero((report.attainment > 0) & (values > 0) & (quota > 0))
    there = there[np.argsort(values[there], kind="stable")]
    every = -(-len(there) // DOTS) if len(there) else 1
    there = there[::every]
    x, y = values[there] / scale, report.attainment[there]
    line = found.line
    ends = [] if line is None else [line.low.min(), line.high.max()]
    lowest, highest = np.quantile(y, [0.0, 1.0]) if len(y) else (1.0, 1.0)
    ends = [end for end in ends if lowest / 1.5 < end < highest * 1.5]
    chart = Chart(
        Axis.of(name, x, log=True, shown=write),
        Axis.of("attainment", [*y, *ends, 1.0], shown=percents),
        f"Attainment against {NAMES[found.against]}",
    )
    chart.level(1.0, "quota")
    told = [
        f"{territory_id[j]}: {write(a)}, attains {percents(round(b, 4))}"
        for j, a, b in zip(there.tolist(), x, y, strict=True)
    ]
    chart.dots(x, y, told, radius=4 if len(there) < 300 else 2.5)
    if line is not None:
        low, high = np.clip([line.low, line.high], chart.up.low, chart.up.high)
        chart.band(line.at / scale, low, high)
        chart.line(line.at / scale, np.clip(line.fitted, chart.up.low, chart.up.high))
    told_all = f" Every {every}th seller is drawn." if every > 1 else ""
    return chart.figure(f"Attainment against {NAMES[found.against]}", _caption(found) + told_all)


def _caption(found: Association) -> str:
    pearson, slope = found.pearson, found.slope
    if pearson.value is None:
        return f"No correlation: {pearson.reason}."
    ends = "" if pearson.low is None else f" ({pearson.low:+.2f} to {pearson.high:+.2f})"
    words = f"Correlation {pearson.value:+.2f}{ends}"
    if slope.value is not None:
        words += f"; twice as much goes with {100 * (2**slope.value - 1):+.1f} % attainment"
    return f"{words}. {'A clear relation.' if found.clear else 'No clear relation.'}"


def _histogram(report: FairnessReport) -> str:
    """Draw how attainment is distributed."""
    found = report.spread
    assert found is not None
    values = report.attainment[np.isfinite(report.attainment)]
    edges = bins(values)
    middle = (edges[:-1] + edges[1:]) / 2
    near = np.abs(middle - found.company) <= 0.2 * abs(found.company)
    return _bars(
        values,
        edges,
        ["" if inside else "other" for inside in near],
        "Distribution of attainment",
        f"Company {shown(found.company, 'fraction')}, median {shown(found.median, 'fraction')}; coloured: within "
        "±20 % of the company's attainment.",
        "attainment",
        [(1.0, "quota"), (found.company, "company")],
    )


def _chances(chance: np.ndarray) -> str:
    """Draw how the chances to attain are distributed."""
    edges = np.linspace(0, 1, 21)
    told = f"Mean {shown(float(chance.mean()), 'fraction')}: so many sellers are expected to reach quota."
    marks = [(float(chance.mean()), "mean")]
    return _bars(chance, edges, [""] * 20, "Chance to attain", told, "chance to reach quota", marks)


def _bars(
    values: np.ndarray,
    edges: np.ndarray,
    kinds: Sequence[str],
    title: str,
    told: str,
    label: str,
    marks: Sequence[tuple[float, str]],
) -> str:
    count, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    chart = Chart(
        Axis.of(label, edges, shown=percents),
        Axis.of("sellers", [0, count.max()], shown=short),
        title,
    )
    said = [
        f"{percents(round(low, 4))} to {percents(round(high, 4))}: {number} sellers"
        for low, high, number in zip(edges[:-1], edges[1:], count.tolist(), strict=True)
    ]
    chart.bars(edges, count, said, kinds)
    for position, (value, name) in enumerate(sorted(marks)):
        if edges[0] <= value <= edges[-1]:
            chart.upright(value, name, before=position == 0)
    return chart.figure(title, told)


def bins(values: np.ndarray) -> np.ndarray:
    """Return edges of bars with round widths that hold values, 0 to 300 % at most."""
    low, high = max(float(values.min()), 0.0), min(float(values.max()), 3.0)
    high = max(high, low)
    step = next((s for s in (0.01, 0.02, 0.05, 0.1) if (high - low) / s <= BINS / 2), 0.1)
    begin, end = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return step * np.arange(begin - 1 if begin > 0 else begin, max(end, begin) + 2)


def _lorenz(report: FairnessReport) -> str:
    """Draw how attainment and quotas are shared out."""
    chart = Chart(
        Axis.of("share of sellers, the smallest first", [0, 1], shown=percents),
        Axis.of("share of all", [0, 1], shown=percents),
        "Lorenz curves of attainment and of quotas",
    )
    chart.segment(0, 0, 1, 1, "axis")
    attained = report.attainment[np.isfinite(report.attainment)]
    for values, kind in ((report.quota_cents[report.quota_cents > 0], "mean"), (attained, "line")):
        if len(values) and values.min() >= 0:
            seats, held = lorenz(values)
            thin = np.unique(np.linspace(0, len(seats) - 1, 201).astype(int))
            chart.line(seats[thin], held[thin], kind)
    found = report.spread
    told = "Solid: attainment. " if found is not None else ""
    gini = (
        f"Gini {found.gini:.3f}; quotas {found.gini_quota:.3f}."
        if found is not None and found.gini is not None
        else ""
    )
    return chart.figure(
        "Lorenz curves", f"{told}Dashed: quotas. The straight line is all alike. {gini}".strip()
    )


def _changes(report: FairnessReport, territory_id: Sequence[str], currency: str) -> str:
    """Draw last year's sales and quota of the territories that change most."""
    rows = (*report.changes.rises, *report.changes.falls[::-1])
    amounts = np.array(
        [[short_money(row.last_year_cents, currency), short_money(row.quota_cents, currency)] for row in rows]
    )
    names = [str(territory_id[row.territory])[:14] for row in rows]
    n = len(rows)
    across = Axis.of(f"last year's sales → quota, {currency}", amounts, log=True, shown=short)
    up = Axis("", -0.5, n - 0.5, tuple(range(n)), False, lambda k: names[n - 1 - int(k)])
    chart = Chart(across, up, "Last year's sales and quota", height=62 + ROW * n + 24, left=110)
    for k, (before, quota) in enumerate(amounts.tolist()):
        y = n - 1 - k
        chart.segment(before, y, quota, y, "up" if quota >= before else "down")
    told = [f"{name}: {row.fraction:+.1%}" for name, row in zip(names, rows, strict=True)]
    level = np.arange(n)[::-1]
    chart.dots(amounts[:, 0], level, [f"last year, {text}" for text in told], "before")
    chart.dots(amounts[:, 1], level, [f"quota, {text}" for text in told])
    company = report.changes.company
    against = "" if company is None else f" All quotas together: {company:+.1%}."
    return chart.figure("Largest changes against last year", f"Amber: sold last year; blue: quota.{against}")
