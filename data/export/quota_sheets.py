"""Quotas and their tie-out as sheets whose totals are live formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from data.export.assignments import Owners
from data.export.sheet import Formula, Sheet, cell, span
from planner.quota.quota_plan import QuotaPlan
from planner.quota.tie_out import SINGLE

QUOTAS = "Quotas"
HEAD_ROW = 2
FIRST_PERIOD = 3


@dataclass(frozen=True)
class QuotaGrid:
    """Where the numbers of the quota sheet stand, so that other sheets can refer to them.

    Rows are territories × components, columns are periods and the sum of the row.
    """

    n_rows: int
    n_periods: int

    @property
    def first_row(self) -> int:
        """Row of the first quota."""
        return HEAD_ROW + 1

    @property
    def last_row(self) -> int:
        """Row of the last quota."""
        return HEAD_ROW + self.n_rows

    @property
    def sum_column(self) -> int:
        """Column of the sums over all periods."""
        return FIRST_PERIOD + self.n_periods

    def column(self, column: int) -> str:
        """Return the cells of one column of the grid."""
        return span((self.first_row, column), (self.last_row, column))


def grid_of(quotas: QuotaPlan) -> QuotaGrid:
    """Return where the numbers of `quotas` stand on its sheet."""
    k, components, periods = quotas.amount_cents.shape
    return QuotaGrid(k * components, periods)


def add_quotas(sheet: Sheet, owners: Owners, quotas: QuotaPlan) -> None:
    """Write the quotas by period with live sums per territory, per period and in all."""
    grid, territories = grid_of(quotas), owners.assembled.problem.territories
    sheet.add([f"Quotas by period, {quotas.currency}"], "title")
    sheet.skip()
    sheet.add(["Territory", "Seat", "Component", *quotas.periods, "Total"], "head")
    for j, by_component in enumerate(quotas.amount_cents):
        for name, cents in zip(quotas.components, by_component, strict=True):
            row = span((sheet.row, FIRST_PERIOD), (sheet.row, grid.sum_column - 1))
            total = Formula(f"=SUM({row})", _money(cents.sum()))
            ids = [territories.territory_id[j], territories.seat_id[j], name]
            amounts = [_money(amount) for amount in cents]
            sheet.add([*ids, *amounts, total], ["text"] * 3 + ["money"] * (len(cents) + 1))
    by_period = quotas.amount_cents.sum(axis=(0, 1))
    sums = np.append(by_period, by_period.sum())
    live = [
        Formula(f"=SUM({grid.column(FIRST_PERIOD + position)})", _money(cents))
        for position, cents in enumerate(sums)
    ]
    total_row = sheet.add(["Total", "", "", *live], ["strong"] * 3 + ["money_total"] * len(live))
    sheet.skip()
    street = int(quotas.street_cents.sum())
    blank = [""] * (grid.sum_column - 1)
    street_row = sheet.add(["Street quota", *blank, _money(street)], ["strong", *[""] * len(blank), "money"])
    difference = f"=ROUND({cell(total_row, grid.sum_column)}-{cell(street_row, grid.sum_column)},2)"
    sheet.add(
        ["Difference", *blank, Formula(difference, _money(by_period.sum() - street))],
        ["strong", *[""] * len(blank), "difference"],
    )


def add_tie_out(sheet: Sheet, quotas: QuotaPlan) -> None:
    """Write the chain from company target to quotas, and every sum that must hold, with live differences."""
    grid = grid_of(quotas)
    sheet.add([f"Tie-out, {quotas.currency}"], "title")
    held = quotas.ties_out and bool((_carried(quotas) == quotas.street_cents).all())
    verdict = "Every sum holds to the cent." if held else "Sums do not hold: see the differences in red."
    sheet.add([verdict], "good" if held else "bad")
    sheet.skip()
    head = ["Component", "Company target", "Over-assignment", "Street quota", "Sum of quotas", "Difference"]
    sheet.add(head, "head")
    first, totals = sheet.row, f"'{QUOTAS}'!{_absolute(grid, grid.sum_column)}"
    for name, target, street, carried in zip(
        quotas.components, quotas.target_cents, quotas.street_cents, _carried(quotas), strict=True
    ):
        row, names = sheet.row, f"'{QUOTAS}'!{_absolute(grid, 2)}"
        # EXACT rather than SUMIF: a component may be called ">5" or differ from another in case only.
        live = f"=SUMPRODUCT(--EXACT({names},{cell(row, 0)}),{totals})"
        sheet.add(
            [
                name,
                _money(target),
                float(street / target - 1) if target else quotas.over_assignment,
                _money(street),
                Formula(live, _money(carried)),
                Formula(f"=ROUND({cell(row, 4)}-{cell(row, 3)},2)", _money(carried - street)),
            ],
            ["text", "money", "percent", "money", "money", "difference"],
        )
    if quotas.components != SINGLE:
        _add_sums(sheet, first, quotas)
    _add_bridge(sheet, quotas)
    if quotas.node_cents:
        sheet.skip()
        sheet.add(["Node of the hierarchy", "Street quota below it"], "head")
        for node, cents in quotas.node_cents.items():
            sheet.add([node, _money(cents)], ["text", "money"])
    if quotas.equations:
        sheet.skip()
        sheet.add(["Sum that must hold", "Kind", "Stated", "Adds up to", "Difference"], "head")
        for equation in quotas.equations:
            live = f"=ROUND({cell(sheet.row, 2)}-{cell(sheet.row, 3)},2)"
            values = [equation.name, equation.kind, _money(equation.left_cents), _money(equation.right_cents)]
            sheet.add(
                [*values, Formula(live, _money(equation.difference_cents))],
                ["text", "text", "money", "money", "difference"],
            )
    if quotas.notes:
        sheet.skip()
        sheet.add(["How the quotas were set"], "head")
        for note in quotas.notes:
            sheet.add([note])


def add_steps(sheet: Sheet, owners: Owners, quotas: QuotaPlan) -> None:
    """Write what led to the quota of each territory: what every step added, and the quota as their live sum."""
    territories = owners.assembled.problem.territories
    sheet.add([f"How each quota came about, {quotas.currency}"], "title")
    sheet.skip()
    names = [step.name.replace("_", " ") for step in quotas.explain(0)]
    head = ["Territory", "Seat", *names, "Quota", "Limited by"]
    sheet.add(head, "head")
    for j, (territory_id, seat_id) in enumerate(
        zip(territories.territory_id, territories.seat_id, strict=True)
    ):
        steps = quotas.explain(j)
        row = span((sheet.row, 2), (sheet.row, 1 + len(steps)))
        quota = Formula(f"=SUM({row})", _money(steps[-1].carried_cents))
        added = [_money(step.added_cents) for step in steps]
        limit = quotas.limited_by[j].replace("_", " ")
        formats = ["text", "text", *["money"] * (len(added) + 1), "text"]
        sheet.add([territory_id, seat_id, *added, quota, limit], formats)
    sheet.skip()
    for step in quotas.explain(0):
        sheet.add([step.name.replace("_", " "), step.text], ["strong", ""])


def _add_bridge(sheet: Sheet, quotas: QuotaPlan) -> None:
    """Write what every level adds on the way from the company target to the street quota."""
    if not quotas.bridge:
        return
    sheet.skip()
    sheet.add(["From target to street quota", "Carried", "Over-assignment", "Added"], "head")
    for position, step in enumerate(quotas.bridge):
        live = f"=ROUND({cell(sheet.row, 1)}-{cell(sheet.row - 1, 1)},2)"
        added = Formula(live, _money(step.added_cents)) if position else None
        values = [step.name, _money(step.carried_cents), step.over_assignment, added]
        sheet.add(values, ["text", "money", "percent", "money"])


def _add_sums(sheet: Sheet, first: int, quotas: QuotaPlan) -> None:
    """Write the sums over all components below their rows."""
    last, carried = sheet.row - 1, _carried(quotas).sum()
    amounts = [
        quotas.target_cents.sum(),
        quotas.street_cents.sum(),
        carried,
        carried - quotas.street_cents.sum(),
    ]
    live = [
        Formula(f"=SUM({span((first, column), (last, column))})", _money(cents))
        for column, cents in zip((1, 3, 4, 5), amounts, strict=True)
    ]
    sheet.add(["All components", live[0], "", *live[1:]], ["strong", "money_total", "", *["money_total"] * 3])


def _carried(quotas: QuotaPlan) -> np.ndarray:
    return quotas.amount_cents.sum(axis=(0, 2))


def _money(cents: int | np.integer) -> float:
    """Return minor units as the nearest number to two decimals, which is what a spreadsheet cell holds."""
    return int(cents) / 100


def _absolute(grid: QuotaGrid, column: int) -> str:
    """Return one column of the grid as an address that stays put when a formula is copied."""
    ends = (xl_rowcol_to_cell(row, column, True, True) for row in (grid.first_row, grid.last_row))
    return ":".join(ends)
