"""The report as a workbook with live formulas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from data.export.assignments import Owners
from data.export.backtest_sheet import add_back_test
from data.export.hand_sheets import add_credit, add_fairness, add_overrides
from data.export.pay import COMPENSATION, WIDTHS, add_compensation
from data.export.quota_sheets import QuotaSheets
from data.export.sheet import MOST_ROWS, Book, Formula, Sheet, span
from data.export.tie_out_sheet import TieOutSheet
from planner.errors import Problem
from planner.plan import Plan
from planner.quota.currency import minor_digits
from planner.scorecard import Scorecard

NUMBER_FORMATS = {
    "_deviation": "percent",
    "_latitude": "degrees",
    "_longitude": "degrees",
    "_km": "decimal",
    "polsby_popper": "short",
    "quota_total": "money",
    "revenue_taken_over": "money",
    "expected_loss": "money",
    "_hours": "decimal",
    "utilisation": "percent",
}
"""Formats of the columns of the territory table, by the end of their names; other numbers are whole."""


def write_workbook(path: Path, owners: Owners, territories: pd.DataFrame, assignments: pd.DataFrame) -> None:
    """Write the workbook: tie-out first where there are quotas, then summary, tables and problems.

    Texts are written as text even where they start as a formula does. Totals are formulas that carry the
    values they have now.
    """
    plan, assembled = owners.plan, owners.assembled
    properties = {"title": assembled.scenario.name, "created": _started(plan)}
    quotas = plan.quotas
    currency = assembled.scenario.quota.currency if quotas is None else quotas.currency
    with Book(str(path), properties, minor_digits(currency)) as book:
        sheets = None if quotas is None else QuotaSheets(owners, quotas)
        if sheets is not None:
            TieOutSheet(sheets).add(book)
        _add_summary(book.sheet("Summary", [44, 22, 22, 22]), owners)
        _add_territories(book, territories, plan.after.measures)
        if sheets is not None:
            _add_quota_sheets(book, sheets)
        if plan.compensation is not None:
            add_compensation(book.sheet(COMPENSATION, WIDTHS), plan.compensation)
        _add_assignments(book.sheet("Assignments", [22, 18, 18, 14, 20, 60, 18], freeze=(1, 1)), assignments)
        _add_problems(
            book.sheet("Problems", [10, 20, 8, 20, 24, 70, 60, 8], freeze=(1, 0)), assembled.problems
        )


def _add_quota_sheets(book: Book, sheets: QuotaSheets) -> None:
    """Write quotas by seat, by node, by period, how they came about, and what goes with them where there is any."""
    sheets.add_seats(book)
    if len(sheets.grid.nodes):
        sheets.add_nodes(book)
    sheets.add_quotas(book)
    if sheets.quotas.stage_cents is not None:
        sheets.add_steps(book)
    add_overrides(book, sheets)
    add_credit(book, sheets)
    add_fairness(book, sheets)
    add_back_test(book, sheets.quotas.back_test, len(sheets.quotas.amount_cents))


def _add_summary(sheet: Sheet, owners: Owners) -> None:
    plan, problem = owners.plan, owners.assembled.problem
    report, cost_unit = plan.result.report, problem.objective.unit_of_cost
    sheet.add([owners.assembled.scenario.name], "title")
    sheet.skip()
    facts = [
        ("Status", str(plan.result.status), ""),
        ("Why it stopped", str(plan.result.termination), ""),
        ("Solver", report.solver, ""),
        (f"Cost, {cost_unit}", report.objective, "whole"),
        (f"Lower bound, {report.bound_kind or cost_unit}", report.bound, "whole"),
        ("Gap", report.gap, "percent"),
        ("Seconds", report.seconds, "decimal"),
        ("Seed", owners.assembled.scenario.seed, "whole"),
        ("Started", plan.provenance.started, ""),
        ("Territories", problem.n_territories, "whole"),
        ("Units" if owners.assembled.accounts is None else "Accounts", len(owners.entity_territory), "whole"),
        ("Accounts without a place and owner", int((owners.entity_territory < 0).sum()), "whole"),
    ]
    for name, value, format_ in facts:
        known = value is not None
        sheet.add([name, value if known else "unknown"], ["strong", format_ if known else "text"])
    sheet.skip()
    sheet.add(["Measure of the plan", "Before", "After", "Change"], "head")
    for name, before, after, format_ in [*_before_and_after(plan), *_at_stake(owners)]:
        change = None if before is None or after is None else after - before
        if change is not None:
            cells = f"=C{sheet.row + 1}-B{sheet.row + 1}"
            sheet.add([name, before, after, Formula(cells, change)], ["text", format_, format_, format_])
        else:
            sheet.add([name, before, after, None], ["text", format_, format_, format_])
    for title, lines in (("Why not every rule holds", report.reasons), ("What the solver did", report.notes)):
        if lines:
            sheet.skip()
            sheet.add([title], "head")
            for line in lines:
                sheet.add([line])


def _before_and_after(plan: Plan) -> list[tuple[str, float | None, float | None, str]]:
    """Return the measures of the whole plan: name, before, after, format; None where unknown."""
    rows: list[tuple[str, float | None, float | None, str]] = []

    def add(name: str, format_: str, value_of: Callable[[Scorecard], float]) -> None:
        pair = [None if card is None else float(value_of(card)) for card in (plan.before, plan.after)]
        known = [value if value is not None and np.isfinite(value) else None for value in pair]
        rows.append((name, known[0], known[1], format_))

    for m, name in enumerate(plan.after.measures):
        add(f"{name}: total held", "decimal", lambda card, m=m: card.loads[:, m].sum())
        add(f"{name}: worst deviation from ideal", "percent", lambda card, m=m: card.worst_deviation[m])
        add(f"{name}: Gini coefficient", "short", lambda card, m=m: card.gini[m])
        add(f"{name}: share that changes hands", "percent", lambda card, m=m: card.moved_share[m])
    add("Moment of inertia, activity · m²", "whole", lambda card: np.nansum(card.inertia))
    add("Mean Polsby-Popper compactness", "short", lambda card: _mean(card.polsby_popper))
    add("Mean distance, km", "decimal", lambda card: _mean(card.mean_distance_m) / 1000)
    add("Greatest reach, km", "decimal", lambda card: _greatest(card) / 1000)
    add("Pieces too many", "whole", lambda card: card.surplus_pieces.sum())
    add("Accounts or units that change owner", "whole", lambda card: card.moved_entities)
    return rows


def _at_stake(owners: Owners) -> list[tuple[str, float | None, float | None, str]]:
    """Return money and hours at stake under the plan, like `_before_and_after`."""
    found, rows = owners.stakes, []
    if found.loss is not None and owners.assembled.relationships is not None:
        currency = owners.assembled.relationships.currency
        unit = 10 ** minor_digits(currency)
        moved, lost = found.loss.total_revenue_cents / unit, found.loss.total_cents / unit
        rows.append((f"Annual sales that change hands, {currency}", None, moved, "money"))
        rows.append((f"Expected loss from changes of rep, {currency}", None, lost, "money"))
    if found.workload is not None and owners.assembled.call_plan is not None:
        hours = float(found.workload.working_hours(owners.assembled.call_plan.day).sum())
        rows.append(("Working hours a year, calls and travel", None, hours, "whole"))
    return rows


def _add_territories(book: Book, rows: pd.DataFrame, measures: tuple[str, ...]) -> None:
    sheet = book.sheet("Territories", [16, 14, 22, 18, *[16] * (rows.shape[1] - 4)], freeze=(1, 1))
    sheet.add([name.replace("_", " ") for name in rows.columns], "head")
    formats = [_format(name, rows[name]) for name in rows.columns]
    # Amounts of money come as decimal text; a measure may bear the name of such a column.
    columns = [
        [float(text) for text in rows[name]]
        if format_ == "money" and not pd.api.types.is_numeric_dtype(rows[name])
        else rows[name].tolist()
        for name, format_ in zip(rows.columns, formats, strict=True)
    ]
    for values in zip(*columns, strict=True):
        sheet.add(values, formats)
    summed = {rows.columns.get_loc(name) for name in measures}
    total: list[object] = ["Total"]
    for position in range(1, len(columns)):
        if position in summed and len(rows):
            live = f"=SUM({span((1, position), (len(rows), position))})"
            total.append(Formula(live, float(np.sum(columns[position]))))
        else:
            total.append("")
    sheet.add(total, ["strong", *formats[1:]])


def _add_assignments(sheet: Sheet, rows: pd.DataFrame) -> None:
    sheet.add([name.replace("_", " ") for name in rows.columns], "head")
    room = MOST_ROWS - 2
    columns = [rows[name].tolist()[:room] for name in rows.columns]
    for values in zip(*columns, strict=True):
        sheet.add(values)
    sheet.filter(0, rows.shape[1])
    if len(rows) > room:
        sheet.add(
            [f"{len(rows) - room} more rows are in assignments.csv; a sheet has no room for them."], "bad"
        )


def _add_problems(sheet: Sheet, problems: tuple[Problem, ...]) -> None:
    sheet.add(["Weight", "File", "Row", "Column", "Value", "Why", "What to do", "Times"], "head")
    for p in problems[: MOST_ROWS - 1]:
        values = [str(p.severity), p.file, p.row, p.column, p.value, p.why, p.what_to_do, p.count]
        sheet.add(values, ["", "", "", "", "", "wrapped", "wrapped", ""])


def _format(name: str, column: pd.Series) -> str:
    ending = next((format_ for end, format_ in NUMBER_FORMATS.items() if name.endswith(end)), None)
    if ending is not None:
        return ending
    return "whole" if pd.api.types.is_numeric_dtype(column) else "text"


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _greatest(card: Scorecard) -> float:
    known = card.reach_m[np.isfinite(card.reach_m)]
    return float(known.max()) if len(known) else float("nan")


def _started(plan: Plan) -> datetime:
    """Return when the plan was made, without time zone as workbooks want it; a fixed day where unknown."""
    try:
        started = datetime.fromisoformat(plan.provenance.started)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return (started.astimezone(UTC) if started.tzinfo else started).replace(tzinfo=None)
