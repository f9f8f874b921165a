"""Many rules at once on real accounts, planned as a user's command does and audited from the files."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.data_sets import branches_of_years
from tests.bench.results import CaseResult, Cell, Column, Table, Target

GRACE_S = 600.0
SIZES = ((2_000, 40, 60.0, 60.0), (25_000, 200, 300.0, 30.0))
"""Accounts, territories, time limit, and most seconds until the first plan that keeps every rule."""

COLUMNS = (
    Column("accounts", "accounts", Cell.COUNT),
    Column("territories", "territories", Cell.COUNT),
    Column("status", "status"),
    Column("worst_before", "largest deviation today", Cell.PERCENT),
    Column("worst", "planned", Cell.PERCENT),
    Column("moved", "deposits that move", Cell.PERCENT),
    Column("inside_s", "first plan", Cell.SECONDS),
    Column("seconds", "seconds", Cell.SECONDS),
    Column("gap", "gap to own bound", Cell.PERCENT),
    Column("faults", "faults of the audit"),
    Column("peak_mb", "peak memory", Cell.MB),
    Column("note", "note"),
)


def rules(context: Context) -> CaseResult:
    """Three measures within 10 %, a cap on accounts, a quarter locked, at most 15 % of deposits moved."""
    branches_of_years(context.data)
    rows: list[dict[str, Any]] = []
    targets = []
    for accounts, territories, limit_s, first_s in SIZES:
        context.say(f"{accounts:,} accounts")
        run = context.ours_of(
            "rule_plans:solve_and_audit",
            limit_s,
            3 * limit_s + GRACE_S,
            data=context.data,
            folder=context.scratch,
            accounts=accounts,
            territories=territories,
            seed=context.seed,
        )
        value = run.value or {}
        row = {"accounts": accounts, "territories": territories, "note": run.failure}
        rows.append(
            row | value | {"faults": ", ".join(value.get("faults", [])) or "none", "peak_mb": run.peak_mb}
        )
        inside_s = value.get("inside_s")
        held = bool(value.get("feasible")) and not value.get("faults")
        told = (
            "no plan" if not value else f"{'every rule holds' if held else 'rules are broken'}, first after "
        )
        told += "" if not value else ("none" if inside_s is None else f"{inside_s:.0f} s")
        targets.append(
            Target(
                f"{accounts:,} accounts in {territories} territories: every rule holds within {limit_s:.0f} s, audited "
                f"from the files; first plan within {first_s:.0f} s",
                told,
                held and inside_s is not None and inside_s <= first_s,
                value.get("seconds"),
            )
        )
    about = (
        "Bank branches of at most 1 bn $: deposits, count and drawn hours each within 10 %, at most 1.2 times the mean "
        "number of accounts each, 25 % locked to today's territory, at most 15 % of deposits change hands. Today's "
        "alignment balances deposits of 2021 and other hours, and 5 % of accounts have drifted to a neighbour since."
    )
    return CaseResult("rules", "Many rules at once", about, targets, [Table("Plans", COLUMNS, rows)])
