"""The page of a back-test: what was picked and why, drawings, and every number as a table; one file, no network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from data.export.chart import Axis, Chart, percents, short
from data.export.page import Number, figures, html_table, numbers, page, section, tables
from planner.quota.backtest.calibration import Calibration
from planner.quota.backtest.measuring import PICKED
from planner.quota.backtest.result import BackTest, Findings, Interval, Row
from planner.quota.currency import minor_digits

COLUMNS = (
    "method",
    "year",
    "spread",
    "95 % interval",
    "WAPE",
    "WAPE, fair",
    "size bias",
    "95 % interval",
    "at or above quota",
    "within ±10 %",
    "within ±20 %",
    "lowest · middle · highest",
    "company",
)
"""Columns of the table of measures."""

READING = (
    "Every method set the quotas of past years with nothing but what was known before each. Spread is the standard "
    "deviation of attainment over its mean: how unequal quotas turned out, whatever the company did. WAPE is the share "
    "of sales that quotas were off by: as they would have been set, under the company target known then (last full "
    "year, grown by the mean of up to three years), and fair: scaled to what the company sold, so that only unfairness "
    "among territories is left; within ±10 and ±20 % are fair too. Size bias is the correlation of attainment with the "
    "logarithm of yearly sales known then. Lowest, middle and highest are the mean attainment of the lowest 20, the "
    "middle 60 and the highest 20 % of territories. Intervals: bootstrap over territories, Fisher's z for the "
    "correlation; all 95 %."
)

ROLLING = (
    f"The rows “{PICKED}” set each year with the method that the years before it had picked; they show what the "
    "default is worth where it could not know the outcome."
)

SHADED_TONE = ("good", "")
"""Tones of a share of sellers inside and outside the goal."""


def backtest_page(
    title: str,
    lead: str,
    test: Findings,
    goal: tuple[float, float],
    currency: str,
    calibration: Calibration | None = None,
    detail: BackTest | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    title, lead
        Name of the plan, and where the territories come from and what was picked.
    goal
        Share of sellers at or above quota that is aimed for, two fractions.
    currency
        ISO 4217 code of all money.
    calibration
        How often stated intervals of the best method held; None where that was not asked, or no past year can tell.
    detail
        The whole back-test, for drawings that show every territory; None for the page without them.
    """
    drawn = [] if test.best is None else _drawings(test, test.best, goal)
    if test.best is not None and detail is not None:
        drawn += [_sizes(detail, test.best, currency), _distribution(detail, test.best)]
    if test.best is not None and calibration is not None:
        drawn.append(_places(calibration))
    pooled = [row for row in test.rows if row.year is None]
    pooled.sort(key=lambda row: row.spread.value)
    body = [
        numbers(_key_numbers(test, calibration, goal)),
        section("In pictures", figures(drawn)) if drawn else "",
        section("All compared years together", _measures("Best first", pooled, test), READING),
        section("Year by year", _measures("In the order of the methods", test.rows, test), ROLLING),
    ]
    if calibration is not None:
        body.append(
            section("Stated intervals", tables([_coverage(calibration)]), _calibration_words(calibration))
        )
    if test.skipped:
        years: dict[tuple[str, str], list[str]] = {}
        for skip in test.skipped:
            years.setdefault((skip.method, skip.reason), []).append(str(skip.year))
        rows = [(method, ", ".join(told), why) for (method, why), told in years.items()]
        table = html_table("Not used", ("method", "years", "why"), rows, (0, 1, 2))
        body.append(section("What could not be used", table))
    return page(f"Back-test of quotas: {title}", "\n".join(body), lead)


def _key_numbers(test: Findings, calibration: Calibration | None, goal: tuple[float, float]) -> list[Number]:
    if test.best is None:
        return [Number("Picked", "nothing", test.reason)]
    row = test.row(test.best)
    assert row is not None
    shown = [Number("Picked", test.best, f"least spread in {_percent(test.certainty)} of draws")]
    plain = test.row("last_year_plus")

    def against(name: str) -> str:
        if plain is None or plain is row:
            return ""
        return f"last_year_plus: {_percent(getattr(plain, name).value)}"

    shown += [
        Number("Spread of attainment", _percent(row.spread.value), against("spread")),
        Number("WAPE", _percent(row.wape.value), against("wape")),
        Number("Within ±10 % of a fair quota", _percent(row.within_10.value), against("within_10")),
        Number(
            "Size bias",
            _signed(row.size_correlation.value),
            _range(row.size_correlation, _signed),
            "good" if _holds_zero(row.size_correlation) else "watch",
        ),
        Number(
            "At or above quota",
            _percent(row.at_or_above.value),
            f"goal {percents(goal[0])} to {percents(goal[1])}",
            SHADED_TONE[not goal[0] <= row.at_or_above.value <= goal[1]],
        ),
    ]
    if calibration is not None:
        for one in calibration.covered:
            if math.isclose(one.level, 0.8):
                shown.append(
                    Number("Stated 80 % intervals held", _percent(one.whole), "of territories and years")
                )
    return shown


def _drawings(test: Findings, best: str, goal: tuple[float, float]) -> list[str]:
    return [_spreads(test, best), _by_year(test, best), _at_quota(test, best, goal)]


def _spreads(test: Findings, best: str) -> str:
    """Draw the spread of every method with its interval, one below the other."""
    rows = sorted(
        (row for row in test.rows if row.year is None and math.isfinite(row.spread.value)),
        key=lambda row: -row.spread.value,
    )
    names = [row.method for row in rows]
    ends = [end for row in rows for end in (row.spread.low, row.spread.high, row.spread.value)]
    up = Axis("", -0.6, len(rows) - 0.4, tuple(range(len(rows))), shown=lambda at: names[round(at)])
    chart = Chart(
        Axis.of("spread of attainment", [*ends, 0.0], shown=percents), up, "Spread by method", left=150
    )
    for at, row in enumerate(rows):
        if math.isfinite(row.spread.low):
            chart.segment(row.spread.low, at, row.spread.high, at, "axis")
        told = f"{row.method}: {_percent(row.spread.value)} ({_range(row.spread, _percent)})"
        chart.dots([row.spread.value], [at], [told], "" if row.method == best else "before", 5)
    told = "All compared years together, with 95 % intervals; less is fairer."
    return chart.figure("Spread of attainment", told)


def _by_year(test: Findings, best: str) -> str:
    """Draw the spread of the best method and of last year plus, year by year."""
    chosen = [name for name in dict.fromkeys((best, "last_year_plus")) if test.row(name) is not None]
    found = {
        name: [(year, row.spread.value) for year in test.years if (row := test.row(name, year)) is not None]
        for name in chosen
    }
    values = [value for pairs in found.values() for _, value in pairs if math.isfinite(value)]
    chart = Chart(_years(test), Axis.of("spread", [*values, 0.0], shown=percents), "Spread by year")
    for name, pairs in found.items():
        xs, ys = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        chart.line(xs, ys, "line" if name == best else "mean")
        told = [f"{name} {x}: {_percent(y)}" for x, y in pairs]
        chart.dots(xs, ys, told, "" if name == best else "before")
    words = f"Line: {best}." + (" Dashed: last_year_plus." if len(found) > 1 else "")
    return chart.figure("Spread, year by year", words)


def _at_quota(test: Findings, best: str, goal: tuple[float, float]) -> str:
    """Draw which share of territories reached their quota, year by year, against the goal."""
    rows = [row for year in test.years if (row := test.row(best, year)) is not None]
    chart = Chart(
        _years(test), Axis.of("at or above quota", [0.0, 1.0], shown=percents), "Share at or above quota"
    )
    chart.band([chart.across.low, chart.across.high], [goal[0]] * 2, [goal[1]] * 2)
    known = [(row.year, row.at_or_above.value, row.at_or_above_fair.value) for row in rows]
    xs = [year for year, _, _ in known if year is not None]
    chart.line(xs, [each for _, each, _ in known])
    chart.line(xs, [each for _, _, each in known], "mean")
    told = [f"{x}: {_percent(y)}" for x, y, _ in known]
    chart.dots(xs, [each for _, each, _ in known], told)
    words = (
        f"Line: under the company target known then. Dashed: scaled to what was sold. Band: the goal, "
        f"{percents(goal[0])} to {percents(goal[1])}."
    )
    return chart.figure(f"At or above quota with {best}", words)


def _sizes(test: BackTest, best: str, currency: str) -> str:
    """Draw fair attainment against size, all compared years."""
    at = [test.years.index(year) for year in test.compared]
    size, attainment = (
        test.size_cents[at].ravel() / 10.0 ** minor_digits(currency),
        _fair(test, best)[at].ravel(),
    )
    there = np.flatnonzero((size > 0) & np.isfinite(attainment))
    there = there[:: max(1, len(there) // 1200)]
    chart = Chart(
        Axis.of(f"yearly sales known then, {currency}", size[there], log=True, shown=short),
        Axis.of("attainment", [*attainment[there], 1.0], shown=percents),
        "Attainment against size",
    )
    chart.level(1.0, "quota")
    chart.dots(size[there], attainment[there], [percents(round(a, 3)) for a in attainment[there]], radius=2.5)
    row = test.row(best)
    words = "" if row is None else f"Correlation {_signed(row.size_correlation.value)} "
    words += "" if row is None else f"({_range(row.size_correlation, _signed)}); no bias against size is 0."
    return chart.figure(f"Attainment against size with {best}", words)


def _distribution(test: BackTest, best: str) -> str:
    """Draw how fair attainment is distributed, all compared years."""
    at = [test.years.index(year) for year in test.compared]
    values = _fair(test, best)[at].ravel()
    values = np.clip(values[np.isfinite(values)], 0.5, 1.5)
    edges = np.linspace(0.5, 1.5, 21)
    share = np.histogram(values, edges)[0] / max(1, len(values))
    near = np.abs((edges[:-1] + edges[1:]) / 2 - 1) < 0.1
    chart = Chart(
        Axis.of("attainment", [0.5, 1.5], shown=percents),
        Axis.of("territories", [0.0, float(share.max(initial=0.01))], shown=percents),
        "Distribution of attainment",
    )
    told = [
        f"{percents(round(low, 2))} and above: {_percent(s)}" for low, s in zip(edges, share, strict=False)
    ]
    chart.bars(edges, share, told, ["" if inside else "other" for inside in near])
    return chart.figure(
        f"Distribution of attainment with {best}",
        "Scaled to what was sold; coloured: within ±10 %. The outermost bars hold all beyond.",
    )


def _places(found: Calibration) -> str:
    """Draw where actual sales fell in what was foretold."""
    share = np.array(found.histogram)
    edges = np.linspace(0, 1, len(share) + 1)
    chart = Chart(
        Axis.of("place in the predictive distribution", [0.0, 1.0], shown=percents),
        Axis.of("territories", [0.0, float(share.max())], shown=percents),
        "Calibration",
    )
    told = [f"{percents(round(low, 2))}: {_percent(s)}" for low, s in zip(edges, share, strict=False)]
    chart.bars(edges, share, told)
    chart.level(1 / len(share), "as stated")
    return chart.figure("Calibration", "All bars alike: what was stated is what happened.")


def _fair(test: BackTest, method: str) -> np.ndarray:
    """Return attainment of quotas scaled to what was sold, shape ``(n_years, n_territories)``."""
    quota = test.quota_cents[test.methods.index(method)]
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = quota * (test.actual_cents.sum(1) / quota.sum(1))[:, None]
        return np.asarray(np.where(scaled > 0, test.actual_cents / scaled, np.nan))


def _years(test: Findings) -> Axis:
    years = [float(year) for year in test.years]
    return Axis("quota year", years[0] - 0.5, years[-1] + 0.5, tuple(years))


def _measures(caption: str, rows: Sequence[Row], test: Findings) -> str:
    cells = [measure_cells(row) for row in rows]
    tones = ["good" if row.method == test.best else "" for row in rows]
    return html_table(caption, COLUMNS, cells, (0, 1), tones)


def measure_cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a row for `COLUMNS`, ready to show."""
    groups = " · ".join(_percent(value) for value in (row.lowest_fifth, row.middle, row.highest_fifth))
    return (
        f"{row.method} (hindsight)" if row.hindsight else row.method,
        "all" if row.year is None else str(row.year),
        _percent(row.spread.value),
        _range(row.spread, _percent),
        _percent(row.wape.value),
        _percent(row.wape_fair.value),
        _signed(row.size_correlation.value),
        _range(row.size_correlation, _signed),
        _percent(row.at_or_above.value),
        _percent(row.within_10.value),
        _percent(row.within_20.value),
        groups,
        _percent(row.company),
    )


def _coverage(found: Calibration) -> str:
    rows = [
        (_percent(one.level), _percent(one.whole), _percent(one.own), *map(_percent, one.by_year))
        for one in found.covered
    ]
    columns = ("stated", "held", "held, company's year known", *map(str, found.years))
    return html_table(f"Intervals of {found.method}", columns, rows, ())


def _calibration_words(found: Calibration) -> str:
    return (
        f"Every year the outlook was learned anew from the years before it; {found.territories} pairs of territory and "
        "year. All territories share the company's good or bad year, so that single years are far off either way; "
        "the second column takes the company's year as known."
    )


def _holds_zero(found: Interval) -> bool:
    return found.low <= 0 <= found.high


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if math.isfinite(value) else "–"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "–"


def _range(found: Interval, shown: object) -> str:
    assert callable(shown)
    return f"{shown(found.low)} to {shown(found.high)}" if math.isfinite(found.low) else "–"
