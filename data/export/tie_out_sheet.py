"""The first sheet of the workbook: whether everything ties out, and how the company target becomes the street quota."""

from __future__ import annotations

from collections.abc import Sequence

from data.export.quota_grid import TEXTS, QuotaGrid
from data.export.quota_sheets import QuotaSheets
from data.export.sheet import Book, Formula, Sheet, cell, span
from planner.quota.hierarchy import COMPANY
from planner.quota.quota_plan import BridgeStep, Equation

TIE_OUT = "Tie-out"
VERDICT_ROW = 1
HELD = "Every sum holds to the cent."
BROKEN = "Sums do not hold"


class TieOutSheet:
    """Writes the verdict, the target by component, the bridge, every sum that must hold, and what was done and why."""

    def __init__(self, sheets: QuotaSheets) -> None:
        self.sheets, self.quotas, self.grid = sheets, sheets.quotas, sheets.grid

    def add(self, book: Book) -> None:
        """Write the sheet."""
        quotas = self.quotas
        sheet = book.sheet(TIE_OUT, [48, 24, 20, 20, 20, 16])
        sheet.add([f"Tie-out, {quotas.currency}"], "title")
        parts, rows = len(quotas.components), len(quotas.bridge)
        # Rows of what comes further down, for the verdict: target, bridge, sums.
        total_row = 4 + parts if parts > 1 else 4
        bridge = total_row + 3
        sums = bridge + rows + 4
        self._add_verdict(sheet, (sums, sums + len(quotas.equations) - 1), cell(bridge + rows + 1, 3))
        sheet.skip()
        self._add_targets(sheet)
        assert sheet.row == total_row + 1
        sheet.skip()
        self._add_bridge(sheet, total_row)
        assert sheet.row == sums - 2
        sheet.skip()
        self._add_sums(sheet)
        self._add_notes(sheet)

    def _add_verdict(self, sheet: Sheet, rows: tuple[int, int], bridge: str) -> None:
        quotas = self.quotas
        carried = quotas.amount_cents.sum(axis=(0, 2))
        held = quotas.ties_out and bool((carried == quotas.street_cents).all())
        told = HELD if held else f"{BROKEN}: see the differences in red."
        differences = [f"ABS({bridge})", f"ABS({cell(4, 5)})"]
        differences += [f"ABS({cell(4 + c, 5)})" for c in range(1, len(quotas.components))]
        if quotas.equations:
            differences.append(f"SUMPRODUCT(ABS({span((rows[0], 4), (rows[1], 4))}))")
        live = f'=IF({"+".join(differences)}=0,"{HELD}","{BROKEN}: see the differences in red.")'
        sheet.warn_where(VERDICT_ROW, 0, BROKEN)
        sheet.add([Formula(live, told)], "good")

    def _add_targets(self, sheet: Sheet) -> None:
        quotas, grid, sheets = self.quotas, self.grid, self.sheets
        head = [
            "Component",
            "Company target",
            "Street quota over it",
            "Street quota",
            "Sum of quotas",
            "Difference",
        ]
        sheet.add(head, "head")
        first, carried = sheet.row, quotas.amount_cents.sum(axis=(0, 2))
        formats = ["text", "money", "percent", "money", "money", "difference"]
        for c, name in enumerate(quotas.components):
            target, street = int(quotas.target_cents[c]), int(quotas.street_cents[c])
            values = [
                name,
                sheets.money(target),
                self._over(sheet.row, target, street),
                sheets.money(street),
                sheets.total([grid.component(c, grid.sum_column)], carried[c]),
                sheets.difference(cell(sheet.row, 4), cell(sheet.row, 3), carried[c] - street),
            ]
            sheet.add(values, formats)
        if len(quotas.components) == 1:
            return
        last, target, street = sheet.row - 1, int(quotas.target_cents.sum()), int(quotas.street_cents.sum())
        amounts = {1: target, 3: street, 4: carried.sum(), 5: carried.sum() - street}
        live: list[object] = ["All components", *[""] * 5]
        for column, cents in amounts.items():
            live[column] = sheets.total([span((first, column), (last, column))], cents)
        live[2] = self._over(sheet.row, target, street)
        sheet.add(live, ["strong", "money_total", "percent", *["money_total"] * 3])

    @staticmethod
    def _over(row: int, target: int, street: int) -> Formula:
        """Return the live over-assignment of a row."""
        live = f'=IF({cell(row, 1)}=0,"",{cell(row, 3)}/{cell(row, 1)}-1)'
        return Formula(live, street / target - 1 if target else "")

    def _add_bridge(self, sheet: Sheet, total_row: int) -> None:
        """Write what every level adds: what is carried is live, from the target down to the street quota."""
        sheets, bridge = self.sheets, self.quotas.bridge
        sheet.add(
            ["From company target to street quota", "Adds", "Share of what was carried", "Carried"], "head"
        )
        for position, step in enumerate(bridge):
            sheet.add(
                self._step(sheet.row, position, step, total_row), ["text", "change", "percent", "money"]
            )
        street = int(self.quotas.street_cents.sum())
        ends = bridge[-1].carried_cents if bridge else street
        last = sheet.row - 1
        sheet.add(
            ["Street quota", "", "", Formula(f"={cell(total_row, 3)}", sheets.money(street))],
            ["strong", "", "", "money_total"],
        )
        left = cell(last, 3) if bridge else cell(sheet.row - 1, 3)
        difference = sheets.difference(left, cell(sheet.row - 1, 3), ends - street)
        sheet.add(["Difference", "", "", difference], ["strong", "", "", "difference"])

    def _step(self, row: int, position: int, step: BridgeStep, total_row: int) -> list[object]:
        money = self.sheets.money
        if position == 0:
            return [step.name, "", "", Formula(f"={cell(total_row, 1)}", money(step.carried_cents))]
        before = step.carried_cents - step.added_cents
        share = Formula(
            f'=IF({cell(row - 1, 3)}=0,"",{cell(row, 1)}/{cell(row - 1, 3)})',
            step.added_cents / before if before else "",
        )
        carried = Formula(f"={cell(row - 1, 3)}+{cell(row, 1)}", money(step.carried_cents))
        return [step.name, money(step.added_cents), share, carried]

    def _add_sums(self, sheet: Sheet) -> None:
        sheet.add(["Sum that must hold", "Kind", "Stated", "Adds up to", "Difference"], "head")
        live = self._live()
        for equation in self.quotas.equations:
            sheet.add(
                self._sum(sheet.row, equation, live.get((equation.kind, equation.name))),
                ["text", "text", "money", "money", "difference"],
            )

    def _sum(self, row: int, equation: Equation, live: Sequence[str] | None) -> list[object]:
        sheets = self.sheets
        added: object = sheets.money(equation.right_cents)
        if live is not None:
            added = sheets.total(live, equation.right_cents)
        stated = sheets.money(equation.left_cents)
        difference = sheets.difference(cell(row, 2), cell(row, 3), equation.difference_cents)
        return [equation.name, equation.kind.replace("_", " "), stated, added, difference]

    def _live(self) -> dict[tuple[str, str], list[str]]:
        """Return the cells that add up to the sums, by kind and name; sums that no cells hold are left out."""
        grid, quotas = self.grid, self.quotas
        everything, components = grid.sum_column, range(len(quotas.components))
        ids = [str(name) for name in self.sheets.owners.assembled.problem.territories.territory_id]
        found = {("over_assignment", "street quota"): [grid.everything(everything)]}
        for c, name in enumerate(quotas.components):
            found["components", f"street quota {name}"] = [grid.component(c, everything)]
            for p, period in enumerate(quotas.periods):
                found["company_periods", f"street quota {name} {period}"] = [grid.component(c, TEXTS + p)]
            for t, label in enumerate(ids):
                found["territory_periods", f"territory {label} {name}"] = [grid.quota(c, t, everything)]
        if len(quotas.components) > 1:
            for t, label in enumerate(ids):
                found["components", f"territory {label}"] = [grid.quota(c, t, everything) for c in components]
        return found | self._live_nodes(grid)

    def _live_nodes(self, grid: QuotaGrid) -> dict[tuple[str, str], list[str]]:
        quotas, hierarchy = self.quotas, self.quotas.hierarchy
        if hierarchy is None:
            return {}
        components = range(len(quotas.components))
        found: dict[tuple[str, str], list[str]] = {}
        for node in grid.nodes.tolist():
            label = hierarchy.node_id[node]
            found["node", f"node {label}"] = [
                each for c in components for each in grid.below(c, node, grid.sum_column)
            ]
            for c, name in enumerate(quotas.components):
                for p, period in enumerate(quotas.periods):
                    key = "node_periods", f"node {label} {name} {period}"
                    found[key] = grid.below(c, node, TEXTS + p)
        found["node", "company, all nodes"] = [
            each for c in components for each in grid.below(c, COMPANY, grid.sum_column)
        ]
        return found

    def _add_notes(self, sheet: Sheet) -> None:
        quotas = self.quotas
        notes = tuple(dict.fromkeys((*quotas.method_notes, *quotas.notes)))
        if quotas.method or notes:
            sheet.skip()
            sheet.add(["How the quotas were set"], "head")
        if quotas.method:
            sheet.add([f"Method: {quotas.method}"], "strong")
        for note in notes:
            sheet.add([note])
