"""Rules that cannot hold together: proved, told by few rules, and mended by changes that hold."""

from __future__ import annotations

from tests.bench.context import Context
from tests.bench.results import CaseResult, Cell, Column, Table, Target

LIMIT_S = 5.0
MOST_RULES = 3
SEEDS = (1, 2, 3)
QUICK_SEEDS = (1,)

COLUMNS = (
    Column("kind", "contradiction"),
    Column("seed", "seed", Cell.COUNT),
    Column("cpu_s", "CPU", Cell.SECONDS),
    Column("seconds", "time", Cell.SECONDS),
    Column("rules", "rules named", Cell.COUNT),
    Column("relaxations", "changes offered", Cell.COUNT),
    Column("feasible", "of these hold", Cell.COUNT),
    Column("conflict", "why"),
    Column("cheapest", "cheapest change"),
)


def contradictions(context: Context) -> CaseResult:
    """Every kind of contradiction among rules that can hold, from several seeds, five seconds each."""
    seeds = list(SEEDS if context.full else QUICK_SEEDS)
    run = context.ours_of("rules:explain_contradictions", LIMIT_S, wait_s=900.0, seeds=seeds)
    rows = [] if run.value is None else run.value["rows"]
    count = len(rows)
    told = [row for row in rows if row["proved"] and row["rules"] <= MOST_RULES]
    slowest = max((row["cpu_s"] for row in rows), default=0.0)
    helped = [row for row in rows if row["relaxations"]]
    offered, hold = sum(row["relaxations"] for row in rows), sum(row["feasible"] for row in rows)

    def target(text: str, reached: str, met: bool) -> Target:
        return Target(text, run.failure or reached, met and bool(rows), slowest, run.peak_mb)

    targets = [
        target(
            f"each proved and told by at most {MOST_RULES} rules",
            f"{len(told)} of {count}",
            len(told) == count,
        ),
        target(f"each in at most {LIMIT_S:.0f} s of CPU", f"slowest {slowest:.1f} s", slowest <= LIMIT_S),
        target("each with a change that helps", f"{len(helped)} of {count}", len(helped) == count),
        target("every change that is offered lets the rest hold", f"{hold} of {offered}", hold == offered),
    ]
    about = (
        "Problems with rules of every kind that a planted alignment keeps, each with one contradiction added; and "
        "1,020 records for three territories of ten. Every change that is offered is judged anew."
    )
    title = "Rules that cannot hold together"
    return CaseResult("contradictions", title, about, targets, [Table(title, COLUMNS, rows)])
