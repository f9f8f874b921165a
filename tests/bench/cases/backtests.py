"""Quotas of past years with what was known then: real stores, bank branches, and worlds with known truth."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.results import CaseResult, Cell, Column, Table, Target

SIZES = (20, 60, 120)
WAPE_SIZE, WAPE_LESS = 60, 0.15
PLAIN_SPREAD, PLAIN_NEAR = (0.08, 0.11), (0.75, 0.90)
"""What last year plus shows at 60 territories: a check on territories and measures."""
COVERED = (0.75, 0.85)
BANKS = 300
WORLDS, QUICK_WORLDS = 12, 3
PLAIN = "last_year_plus"

POOLED = (
    Column("territories_asked", "territories", Cell.COUNT),
    Column("method", "method"),
    Column("spread", "spread", Cell.PERCENT),
    Column("spread_low", "from", Cell.PERCENT),
    Column("spread_high", "to", Cell.PERCENT),
    Column("wape", "WAPE", Cell.PERCENT),
    Column("wape_fair", "WAPE, fair", Cell.PERCENT),
    Column("size_correlation", "size bias", Cell.NUMBER),
    Column("at_or_above", "at or above quota", Cell.PERCENT),
    Column("within_10", "within ±10 %", Cell.PERCENT),
    Column("within_20", "within ±20 %", Cell.PERCENT),
)
DRAWN = (
    Column("kind", "worlds"),
    Column("worlds", "number", Cell.COUNT),
    Column("method", "quotas"),
    Column("spread", "spread", Cell.PERCENT),
    Column("at_or_above", "at or above quota", Cell.PERCENT),
    Column("in_goal", "years with 60-70 % at quota", Cell.PERCENT),
    Column("slope", "attainment where size doubles", Cell.PERCENT),
    Column("correlation", "size bias", Cell.NUMBER),
)


def backtest(context: Context) -> CaseResult:
    """Quota years 2016-2021 of stores in Iowa, all methods; bank branches; worlds with known truth."""
    targets: list[Target] = []
    tables: list[Table] = []
    pooled: list[dict[str, Any]] = []
    for size in SIZES:
        run = context.ours_of("backtests:iowa", None, 600.0, territories=size, seed=context.seed)
        value = run.value or {"rows": [], "best": None, "covered": {}, "cpu_s": None}
        rows = {row["method"]: row for row in value["rows"] if row["year"] == "all"}
        pooled += rows.values()
        targets += _of_stores(size, value, rows, run.failure)
    tables.append(Table("Stores in Iowa, quota years 2016 to 2021 together", POOLED, pooled))
    if context.data is not None and context.full:
        run = context.ours_of(
            "backtests:banks", None, 1200.0, data=context.data, territories=BANKS, seed=context.seed
        )
        value = run.value or {"rows": [], "best": None}
        rows = {row["method"]: row for row in value["rows"] if row["year"] == "all"}
        targets.append(_least(f"bank branches, {BANKS} territories", rows, run.failure))
        tables.append(Table("Bank branches, quota years 2021 to 2023 together", POOLED, [*rows.values()]))
    each = WORLDS if context.full else QUICK_WORLDS
    run = context.ours_of("backtests:worlds", None, 1200.0, each=each)
    drawn = [] if run.value is None else run.value["rows"]
    targets += _of_worlds(drawn, run.failure)
    tables.append(Table("Worlds with known truth", DRAWN, drawn))
    about = (
        "Every method sets the quotas of past years with what was known before each. Spread: standard deviation of "
        "attainment over its mean. `picked` sets each year with the method that the years before it had picked."
    )
    return CaseResult("backtest", "Quotas of past years", about, targets, tables)


def _of_stores(size: int, value: dict[str, Any], rows: dict[str, Any], failure: str | None) -> list[Target]:
    where = f"{size} territories"
    targets = [_least(where, rows, failure)]
    best, plain = rows.get(value["best"]), rows.get(PLAIN)
    if best is None or plain is None:
        return targets
    low, high = best["size_correlation_low"], best["size_correlation_high"]
    targets.append(
        Target(f"{where}: no bias against size", f"correlation {low:+.2f} to {high:+.2f}", low <= 0 <= high)
    )
    held = value["covered"].get("80%", {})
    if held:
        told = f"{held['whole']:.1%}, {held['own']:.1%} once the company's year is known"
        met = COVERED[0] <= held["whole"] <= COVERED[1]
        targets.append(Target(f"{where}: stated 80 % intervals cover 75 to 85 %", told, met))
    if size == WAPE_SIZE:
        less = 1 - best["wape"] / plain["wape"]
        told = f"{less:.1%} ({best['wape']:.2%} against {plain['wape']:.2%})"
        targets.append(
            Target(f"{where}: WAPE at least 15 % below {PLAIN}", told, less >= WAPE_LESS, value["cpu_s"])
        )
        near = plain["within_10"]
        usual = (
            PLAIN_SPREAD[0] <= plain["spread"] <= PLAIN_SPREAD[1] and PLAIN_NEAR[0] <= near <= PLAIN_NEAR[1]
        )
        told = f"spread {plain['spread']:.3f}, within ±10 % {near:.0%}"
        targets.append(Target(f"{where}: {PLAIN} spreads by 0.08-0.11, within ±10 % 75-90 %", told, usual))
    return targets


def _least(where: str, rows: dict[str, Any], failure: str | None) -> Target:
    """Return whether what the years before had picked spreads least, which the later years cannot have helped."""
    text = f"{where}: the default, picked from earlier years alone, spreads attainment least"
    fair = {name: row["spread"] for name, row in rows.items() if not row["hindsight"]}
    if "picked" not in fair:
        return Target(text, failure or "nothing was picked", False)
    picked = fair.pop("picked")
    second = min((spread, name) for name, spread in fair.items())
    told = f"{picked:.2%}, {PLAIN} {fair.get(PLAIN, float('nan')):.2%}"
    return Target(text, told, picked <= second[0] + 1e-12)


def _of_worlds(rows: list[dict[str, Any]], failure: str | None) -> list[Target]:
    ours = [row for row in rows if row["method"] == "default"]
    plain = [row for row in rows if row["method"] == PLAIN]

    def mean(of: list[dict[str, Any]], name: str) -> float:
        return sum(abs(row[name]) for row in of) / max(1, len(of))

    def target(text: str, name: str, more: bool) -> Target:
        one, other = mean(ours, name), mean(plain, name)
        met = bool(rows) and (one > other if more else one < other)
        return Target(text, failure or f"{one:.1%} against {other:.1%}", met)

    return [
        target("known truth: more years with 60-70 % of sellers at quota", "in_goal", True),
        target("known truth: size matters less (attainment where size doubles)", "slope", False),
    ]
