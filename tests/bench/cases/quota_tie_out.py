"""Quotas of random firms added up by an adder that shares no code, and the time that the largest take."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np

from planner.quota import set_quotas
from tests.bench.context import Context
from tests.bench.results import CaseResult, Cell, Column, Table, Target
from tests.planner.quota.firms import differences, large_firm, quotas_of, random_firm

FIRMS, QUICK_FIRMS = 10_000, 500
SEATS, MOST_S = 5000, 1.0
SAID_EVERY = 500
KINDS = (
    ("in proportion", {"certain": False, "by_hand": False}),
    ("of equal difficulty", {"certain": True, "by_hand": False}),
    ("of equal difficulty, 100 amounts decided by hand", {"certain": True, "by_hand": True}),
)
COLUMNS = (
    Column("kind", "quotas"),
    Column("seats", "seats", Cell.COUNT),
    Column("amounts", "amounts", Cell.COUNT),
    Column("sums", "sums in the certificate", Cell.COUNT),
    Column("cpu_s", "CPU, best of 3", Cell.RATIO),
)
DRAWN = (Column("what", "firms"), Column("count", "number", Cell.COUNT))


def quota_tie_out(context: Context) -> CaseResult:
    """Random firms from 1 to 5,000 seats with every kind of rule, and 5,000 seats × 12 months × 4 components."""
    count = FIRMS if context.full else QUICK_FIRMS
    began = time.process_time()
    drawn: Counter[str] = Counter()
    largest, worst = 0, ""
    for number in range(count):
        if number % SAID_EVERY == 0:
            context.say(f"  {number:,} of {count:,} firms")
        rng = np.random.default_rng([context.seed, number])
        firm, plan = quotas_of(random_firm(rng, SEATS), rng)
        drawn["in all"] += 1
        drawn["with amounts decided by hand"] += bool(firm.inputs.overrides)
        drawn["of 1,000 seats or more"] += firm.inputs.n_territories >= 1000
        for name, cents in differences(firm, plan):
            if abs(cents) > largest:
                largest, worst = abs(cents), f"{name} of firm {number}"
    seconds = time.process_time() - began
    rows = [_timed(context, *kind) for kind in KINDS]
    slowest = max(row["cpu_s"] for row in rows)
    targets = [
        Target(
            f"{count:,} random firms: no sum is off",
            f"largest difference {largest} cents" + (f": {worst}" if largest else ""),
            largest == 0,
            seconds,
        ),
        Target(
            f"{SEATS:,} seats × 12 months × 4 components in at most {MOST_S:.0f} s of CPU",
            f"slowest {slowest:.2f} s",
            slowest <= MOST_S,
            slowest,
        ),
    ]
    about = (
        "Firms with 1 to 6 levels of nodes, 1 to 4 components, 1, 4 or 12 periods, over-assignment at every level, "
        "limits on change and share, new and vacant seats, rounding to 0.01, 1, 100 or 1,000, amounts decided by hand "
        "at seats and nodes, split credit, overlays and seats in other currencies. Every sum is added up again from "
        "the quotas: targets, levels, nodes, periods, overrides, credits, currencies. The method is stated, not picked "
        "by a back-test."
    )
    title = "Quotas that tie out"
    firms = [{"what": what, "count": number} for what, number in drawn.items()]
    tables = [Table("Time to set quotas", COLUMNS, rows), Table("Firms that were drawn", DRAWN, firms)]
    return CaseResult("quota-tie-out", title, about, targets, tables)


def _timed(context: Context, kind: str, drawn: dict[str, bool]) -> dict[str, Any]:
    """Return the processor time of one large firm, the best of three."""
    context.say(f"  {SEATS:,} seats, {kind}")
    firm = large_firm(np.random.default_rng(context.seed), SEATS, **drawn)
    taken = []
    for _ in range(3):
        began = time.process_time()
        plan = set_quotas(firm.settings, firm.inputs)
        taken.append(time.process_time() - began)
    assert plan is not None
    return {
        "kind": kind,
        "seats": SEATS,
        "amounts": plan.amount_cents.size,
        "sums": len(plan.equations),
        "cpu_s": min(taken),
    }
