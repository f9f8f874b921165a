"""The service under load: many people edit one plan while others are solved."""

from __future__ import annotations

from tests.bench import service_load
from tests.bench.context import Context
from tests.bench.results import CaseResult, Cell, Column, Table, Target

SECONDS = 600.0
READ_MS, EDIT_MS = 150.0, 300.0
COLUMNS = (
    Column("what", "requests"),
    Column("count", "how many", Cell.COUNT),
    Column("p50_ms", "p50 (ms)", Cell.NUMBER),
    Column("p95_ms", "p95 (ms)", Cell.NUMBER),
    Column("p99_ms", "p99 (ms)", Cell.NUMBER),
)


def service(context: Context) -> CaseResult:
    """Fifty people edit a plan of 25,000 accounts for ten minutes while five plans are solved."""
    told = service_load.run(
        context.scratch / "load",
        SECONDS,
        service_load.PEOPLE,
        service_load.SOLVES,
        context.seed,
        context.say,
    )
    rows = [
        {"what": what, "count": len(seconds), **service_load.percentiles(seconds)}
        for what, seconds in (("reads", told.reads_s), ("edits", told.edits_s))
    ]
    targets = [
        Target(
            f"95 % of {row['what']} answered within {most:.0f} ms",
            f"{row['p95_ms']:.0f} ms",
            row["p95_ms"] <= most,
        )
        for row, most in zip(rows, (READ_MS, EDIT_MS), strict=True)
    ]
    wrong = f"{len(told.faults)}: {told.faults[0]}" if told.faults else "none"
    targets.append(
        Target("no error, nothing lost, the state is what the log folds to", wrong, not told.faults)
    )
    about = (
        f"{service_load.PEOPLE} people look at one plan of {service_load.ACCOUNTS:,} accounts and "
        f"{service_load.TERRITORIES} territories and move accounts every six seconds or so; "
        f"{service_load.SOLVES} plans are solved at a time. Service, workers and people share this machine."
    )
    title = "The service under load"
    return CaseResult("service-load", title, about, targets, [Table(title, COLUMNS, rows)])
