"""Quotas by period, by node and by seat as sheets whose totals are live formulas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from data.export.assignments import Owners
from data.export.quota_grid import FIRST_ROW, NODES, QUOTAS, TEXTS, QuotaGrid
from data.export.sheet import Book, Formula, Sheet, cell, span
from planner.quota.currency import minor_digits
from planner.quota.hierarchy import COMPANY
from planner.quota.quota_plan import QuotaPlan

SEATS = "Seats"
STEPS = "Quota steps"
MOST_ADDENDS = 100
"""Cells that a sum names one by one; more of them are looked up."""


class QuotaSheets:
    """Writes the sheets of one plan's quotas.

    Parameters
    ----------
    owners
        The plan; it has quotas.
    """

    def __init__(self, owners: Owners, quotas: QuotaPlan) -> None:
        self.owners, self.quotas, self.grid = owners, quotas, QuotaGrid(quotas)
        self.digits = minor_digits(quotas.currency)

    def money(self, cents: int | np.integer) -> float:
        """Return minor units as the nearest number of whole units, which is what a spreadsheet cell holds."""
        return float(int(cents) / 10**self.digits)

    def total(self, cells: Sequence[str], cents: int | np.integer) -> Formula:
        """Return the live sum of cells and ranges."""
        return Formula(f"=SUM({','.join(cells)})" if cells else "=0", self.money(cents))

    def difference(self, left: str, right: str, cents: int | np.integer) -> Formula:
        """Return the live difference of two cells, without the dust of binary fractions."""
        return Formula(f"=ROUND({left}-{right},{self.digits})", self.money(cents))

    def people(self, territory: int) -> list[str]:
        """Return territory, seat and rep."""
        territories = self.owners.assembled.problem.territories
        seat = str(territories.seat_id[territory])
        return [str(territories.territory_id[territory]), seat, self._rep.get(seat, "")]

    def node(self, territory: int) -> str:
        """Return the name of the node that a territory hangs below, its id where it has none."""
        return self.node_name(int(self.grid.node_of_territory[territory]))

    def node_name(self, node: int) -> str:
        """Return the name of a node, its id where it has none; nothing for `COMPANY`."""
        hierarchy = self.quotas.hierarchy
        if node == COMPANY or hierarchy is None:
            return ""
        return hierarchy.name[node] or str(hierarchy.node_id[node])

    def add_quotas(self, book: Book) -> None:
        """Write the quota of every territory, component and period, with live sums both ways."""
        grid, quotas = self.grid, self.quotas
        widths = [18, 14, 22, 20, 16, *[15] * grid.n_periods, 17]
        sheet = book.sheet(QUOTAS, widths, freeze=(FIRST_ROW, 3))
        sheet.add([f"Quotas by period, {quotas.currency}"], "title")
        sheet.skip()
        sheet.add(["Territory", "Seat", "Rep", "Node", "Component", *quotas.periods, "Total"], "head")
        for c, name in enumerate(quotas.components):
            for j in grid.territories.tolist():
                cents = quotas.amount_cents[j, c]
                texts = [*self.people(j), self.node(j), name]
                self._add_periods(sheet, texts, [self.money(amount) for amount in cents], cents.sum())
        sheet.filter(FIRST_ROW - 1, grid.sum_column + 1)
        by_period = quotas.amount_cents.sum(axis=(0, 1))
        sums = np.append(by_period, by_period.sum())
        live = [
            self.total([span((FIRST_ROW, TEXTS + p), (grid.last_row, TEXTS + p))], cents)
            for p, cents in enumerate(sums)
        ]
        row = sheet.add(
            ["Total", *[""] * (TEXTS - 1), *live], ["strong"] * TEXTS + ["money_total"] * len(live)
        )
        self._add_check(sheet, row, int(by_period.sum()))

    def _add_check(self, sheet: Sheet, total_row: int, carried: int) -> None:
        sheet.skip()
        street = int(self.quotas.street_cents.sum())
        blank = [""] * (self.grid.sum_column - 1)
        row = sheet.add(["Street quota", *blank, self.money(street)], ["strong", *[""] * len(blank), "money"])
        at = self.grid.sum_column
        difference = self.difference(cell(total_row, at), cell(row, at), carried - street)
        sheet.add(["Difference", *blank, difference], ["strong", *[""] * len(blank), "difference"])

    def add_nodes(self, book: Book) -> None:
        """Write what every node carries by component and period: live sums of the nodes and territories below it."""
        grid, quotas, hierarchy = self.grid, self.quotas, self.quotas.hierarchy
        assert hierarchy is not None
        widths = [24, 26, 16, 24, 16, *[15] * grid.n_periods, 17]
        sheet = book.sheet(NODES, widths, freeze=(FIRST_ROW, 2))
        sheet.add([f"Quotas by node of the hierarchy, {quotas.currency}"], "title")
        sheet.skip()
        sheet.add(["Node", "Name", "Level", "Below", "Component", *quotas.periods, "Total"], "head")
        amounts = quotas.node_amounts()
        for c, name in enumerate(quotas.components):
            for node in grid.nodes.tolist():
                above = int(hierarchy.parent[node])
                texts = [str(hierarchy.node_id[node]), hierarchy.name[node], hierarchy.level[node]]
                texts += ["" if above == COMPANY else str(hierarchy.node_id[above]), name]
                live = [
                    self.total(grid.below(c, node, TEXTS + p), cents)
                    for p, cents in enumerate(amounts[node, c])
                ]
                self._add_periods(sheet, texts, live, amounts[node, c].sum())
        sheet.filter(FIRST_ROW - 1, grid.sum_column + 1)
        company = quotas.amount_cents.sum(axis=0)
        for c, name in enumerate(quotas.components):
            live = [
                self.total(grid.below(c, COMPANY, TEXTS + p), cents) for p, cents in enumerate(company[c])
            ]
            texts = ["Company", "all top nodes", "", "", name]
            self._add_periods(sheet, texts, live, company[c].sum(), "money_total")

    def _add_periods(
        self, sheet: Sheet, texts: list[str], amounts: Sequence[object], total: int, format_: str = "money"
    ) -> None:
        """Write one row of amounts by period and their live sum."""
        row = span((sheet.row, TEXTS), (sheet.row, self.grid.sum_column - 1))
        style = "strong" if format_ == "money_total" else "text"
        formats = [style] * TEXTS + [format_] * (len(amounts) + 1)
        sheet.add([*texts, *amounts, self.total([row], total)], formats)

    def add_seats(self, book: Book) -> None:
        """Write one row a territory: last year, quota, change, what the method expects, what held it, its currency."""
        quotas = self.quotas
        local = quotas.local
        head = ["Territory", "Seat", "Rep", "Node", "Sold last year", "Quota", "Change", "Change, %"]
        head += ["Expected sales", "Expected ÷ quota", "Relief", "Limited by", "Decided by hand"]
        foreign = ["Currency", "Quota in it", "Worth", "Conversion rounding"] if local is not None else []
        widths = [18, 14, 22, 20, 17, 17, 17, 11, 17, 11, 15, 16, 11, *[16] * len(foreign)]
        sheet = book.sheet(SEATS, widths, freeze=(FIRST_ROW, 3))
        sheet.add([f"Quotas by seat, and against last year, {quotas.currency}"], "title")
        sheet.skip()
        sheet.add([*head, *foreign], "head")
        first = sheet.row
        for j in self.grid.territories.tolist():
            self._add_seat(sheet, j)
        last = sheet.row - 1
        sheet.filter(FIRST_ROW - 1, len(head) + len(foreign))
        quota, sold = quotas.amount_cents.sum(), quotas.last_year_cents.sum()
        sums = {4: sold, 5: quota, 6: quota - sold, 10: quotas.relief_cents.sum()}
        live: list[object] = ["Total", *[""] * 12]
        for column, cents in sums.items():
            live[column] = self.total([span((first, column), (last, column))], cents)
        live[7] = self._part(sheet.row, 6, 4, int(quota - sold), int(sold))
        live[8] = Formula(
            f"=SUM({span((first, 8), (last, 8))})", float(quotas.expected_cents.sum() / 10**self.digits)
        )
        live[9] = self._part(sheet.row, 8, 5, float(quotas.expected_cents.sum()), int(quota))
        formats = (
            ["strong"] * 4 + ["money_total"] * 3 + ["signed", "money_total", "percent", "money_total", "", ""]
        )
        sheet.add(live, formats)

    def _add_seat(self, sheet: Sheet, territory: int) -> None:
        quotas, row = self.quotas, sheet.row
        quota, sold = int(quotas.amount_cents[territory].sum()), int(quotas.last_year_cents[territory])
        expected = float(quotas.expected_cents[territory].sum())
        values = [
            *self.people(territory),
            self.node(territory),
            self.money(sold),
            self.quota_of(territory),
            self.difference(cell(row, 5), cell(row, 4), quota - sold),
            self._part(row, 6, 4, quota - sold, sold),
            expected / 10**self.digits,
            self._part(row, 8, 5, expected, quota),
            self.money(quotas.relief_cents[territory]),
            quotas.limited_by[territory].replace("_", " "),
            "yes" if quotas.locked[territory].any() else "",
        ]
        formats = ["text"] * 4 + [
            "money",
            "money",
            "change",
            "signed",
            "money",
            "percent",
            "change",
            "text",
            "text",
        ]
        local = quotas.local
        if local is not None:
            code = local.currency[territory]
            values += [
                code,
                int(local.amount[territory].sum()) / 10 ** minor_digits(code),
                self.money(local.worth_cents[territory]),
                self.money(local.difference_cents[territory]),
            ]
            formats += ["text", f"money_{minor_digits(code)}", "money", "change"]
        sheet.add(values, formats)

    def quota_of(self, territory: int) -> Formula:
        """Return the live quota of a territory over all components and periods."""
        grid, components = self.grid, len(self.quotas.components)
        cents = self.quotas.amount_cents[territory].sum()
        if components <= MOST_ADDENDS:
            cells = [grid.quota(c, territory, grid.sum_column) for c in range(components)]
            return Formula(f"={'+'.join(cells)}", self.money(cents))
        name = grid.quota(0, territory, 0)
        # EXACT rather than SUMIF: an id may be called ">5" or differ from another in case only.
        live = f"=SUMPRODUCT(--EXACT({grid.everything(0)},{name}),{grid.everything(grid.sum_column)})"
        return Formula(live, self.money(cents))

    def _part(self, row: int, part: int, whole: int, value: float, of: float) -> Formula:
        """Return the live ratio of two cells of a row; nothing where the lower one is 0."""
        ratio = float(value) / float(of) if of else ""
        return Formula(f'=IF({cell(row, whole)}=0,"",{cell(row, part)}/{cell(row, whole)})', ratio)

    def add_steps(self, book: Book) -> None:
        """Write what led to the quota of each territory: what every step added, and the quota as their live sum."""
        quotas = self.quotas
        names = [step.name.replace("_", " ") for step in quotas.explain(0)]
        widths = [18, 14, *[16] * (len(names) + 2), 16]
        sheet = book.sheet(STEPS, widths, freeze=(FIRST_ROW, 2))
        sheet.add([f"How each quota came about, {quotas.currency}"], "title")
        sheet.skip()
        sheet.add(["Territory", "Seat", *names, "Quota", "Difference to Quotas", "Limited by"], "head")
        first = sheet.row
        for j in self.grid.territories.tolist():
            steps, row = quotas.explain(j), sheet.row
            at = 2 + len(steps)
            quota = self.total([span((row, 2), (row, at - 1))], steps[-1].carried_cents)
            off = steps[-1].carried_cents - int(quotas.amount_cents[j].sum())
            check = self.difference(cell(row, at), f"({self.quota_of(j).text[1:]})", off)
            added = [self.money(step.added_cents) for step in steps]
            limit = quotas.limited_by[j].replace("_", " ")
            formats = ["text", "text", *["change"] * len(added), "money", "difference", "text"]
            sheet.add([*self.people(j)[:2], *added, quota, check, limit], formats)
        last = sheet.row - 1
        carried = (
            np.zeros(len(names), np.int64) if quotas.stage_cents is None else quotas.stage_cents.sum((1, 2))
        )
        sums = [*np.diff(carried, prepend=0), carried[-1]]
        live = [self.total([span((first, 2 + p), (last, 2 + p))], cents) for p, cents in enumerate(sums)]
        sheet.add(["Total", "", *live], ["strong", "", *["money_total"] * len(live)])
        sheet.skip()
        for step in quotas.explain(0):
            sheet.add([step.name.replace("_", " "), step.text], ["strong", ""])

    @cached_property
    def _rep(self) -> dict[str, str]:
        seats = self.owners.assembled.folder.seats
        if seats is None or "rep_name" not in seats:
            return {}
        return dict(zip(seats["seat_id"], seats["rep_name"], strict=True))
