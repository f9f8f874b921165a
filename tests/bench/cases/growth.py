"""How time grows with size: seconds until the first plan inside the band, from 10,000 to 1,000,000 accounts."""

from __future__ import annotations

from math import log, log10
from typing import Any

from tests.bench.cases.side_by_side import SideBySide
from tests.bench.context import Context
from tests.bench.data_sets import drawn_points
from tests.bench.results import CaseResult, Cell, Column, Table, Target

BAND = 0.01
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
QUICK_SIZES = SIZES[:3]
LIMIT_S = 600.0
QUICK_LIMIT_S = 60.0

COLUMNS = (
    Column("units", "accounts", Cell.COUNT),
    Column("territories", "territories", Cell.COUNT),
    Column("inside_s", "seconds to the first plan inside", Cell.SECONDS),
    Column("growth", "times the smallest", Cell.RATIO),
    Column("allowed", "n · log n", Cell.RATIO),
    Column("deviation", "largest deviation", Cell.PERCENT),
    Column("peak_mb", "peak memory", Cell.MB),
)


def territories_at(n: int) -> int:
    """Return how many territories `n` accounts get: 500 at 100,000 and 1,000 at 1,000,000, between by powers."""
    return round(500 * (n / 100_000) ** float(log10(2)))


def growth(context: Context) -> CaseResult:
    """Time until a plan is inside ±1 % must not grow faster than n · log n."""
    rows: list[dict[str, Any]] = []
    for n in SIZES if context.full else QUICK_SIZES:
        data, k = drawn_points(context.data, n, context.seed), territories_at(n)
        side = SideBySide(context, f"growth-{n}", data, k, BAND, contiguous=False)
        entry = side.ours(LIMIT_S if context.full else QUICK_LIMIT_S, until_inside=True)
        value = entry.run.value or {}
        deviation = None if entry.standing is None else entry.standing.worst
        rows.append(
            {
                "units": n,
                "territories": k,
                "inside_s": value.get("inside_s"),
                "deviation": deviation,
                "peak_mb": entry.run.peak_mb,
            }
        )
    about = (
        "Accounts drawn as for the large cases, potential within 1 %. The run is stopped when its first plan inside "
        "the band is there; the seconds up to then are compared."
    )
    targets = [_target(rows)]
    return CaseResult("growth", "Growth with size", about, targets, [Table("Growth", COLUMNS, rows)])


def _target(rows: list[dict[str, Any]]) -> Target:
    first, last = rows[0], rows[-1]
    text = f"time grows no faster than n · log n from {first['units']:,} to {last['units']:,}"
    late = [f"{row['units']:,}" for row in rows if row["inside_s"] is None]
    if first["inside_s"] is not None:
        for row in rows:
            n, base = row["units"], first["units"]
            row["allowed"] = n * log(n) / (base * log(base))
            row["growth"] = None if row["inside_s"] is None else row["inside_s"] / first["inside_s"]
    if late:
        return Target(text, f"no plan inside the band in time at {', '.join(late)}", False)
    worst = max(row["growth"] / row["allowed"] for row in rows)
    reached = (
        f"{last['growth']:.1f} × against {last['allowed']:.1f} × allowed; worst share of allowed {worst:.2f}"
    )
    return Target(text, reached, worst <= 1.0, last["inside_s"], last["peak_mb"])
