"""What was decided by hand, who shares credit, and how fair quotas are, as sheets."""

from __future__ import annotations

from collections.abc import Sequence

from data.export.fairness import fairness_of, fairness_rows
from data.export.quota_sheets import QuotaSheets
from data.export.quota_table import QuotaTable, Value
from data.export.quotas import component_names, method_cents, shares_credit
from data.export.sheet import Book, Formula, Sheet, cell, span
from planner.quota.credits import Role
from planner.quota.inputs import Override

OVERRIDES = "Decided by hand"
CREDIT = "Credit"
FAIRNESS = "Fairness"
FORMATS = {"text": "text", "number": "short", "fraction": "percent", "signed": "signed", "money": "money"}
"""Format of a value by its kind in a table."""
TONES = {"good": "good", "watch": "strong", "bad": "bad"}


def add_overrides(book: Book, sheets: QuotaSheets) -> None:
    """Write the amounts that were decided by hand beside what the method gave, by whom and why."""
    quotas = sheets.quotas
    if not quotas.overridden:
        return
    sheet = book.sheet(OVERRIDES, [20, 14, 22, 16, 12, 18, 18, 18, 11, 50, 24], freeze=(3, 1))
    sheet.add([f"Decided by hand, {quotas.currency}"], "title")
    sheet.skip()
    head = [
        "Who",
        "Kind",
        "Name",
        "Component",
        "Period",
        "The method gave",
        "Decided",
        "Difference",
        "Difference, %",
    ]
    sheet.add([*head, "Reason", "Decided by"], "head")
    first = sheet.row
    for override in quotas.overridden:
        _add_override(sheet, sheets, override)
    sheet.filter(2, len(head) + 2)
    sheet.skip()
    locked = int(quotas.locked.any(axis=1).sum())
    seats = len(quotas.locked)
    sheet.add(["Seats decided by hand", locked], ["strong", "whole"])
    sheet.add(["Seats", seats], ["strong", "whole"])
    share = Formula(f"={cell(sheet.row - 2, 1)}/{cell(sheet.row - 1, 1)}", locked / seats)
    sheet.add(["Share of them (10-15 % is an alarm)", share], ["strong", "percent"])
    assert first == 3
    if quotas.beyond_limits:
        _add_beyond(sheet, sheets)


def _add_beyond(sheet: Sheet, sheets: QuotaSheets) -> None:
    """Write who is carried over limits by amounts decided for others, and by how much."""
    quotas, names = sheets.quotas, component_names(sheets.quotas)
    sheet.skip()
    sheet.add(["Carried over limits on change and shares by amounts decided for others"], "title")
    head = ["Territory", "Seat", "Rep", "Component", "Limit", "Limit allows", "Quota", "Beyond"]
    sheet.add(head, "head")
    for one in quotas.beyond_limits:
        row = sheet.row
        beyond = sheets.difference(cell(row, 6), cell(row, 5), one.beyond_cents)
        values = [
            *sheets.people(one.territory),
            names[one.component],
            one.limit,
            sheets.money(one.limit_cents),
            sheets.money(one.quota_cents),
            beyond,
        ]
        sheet.add(values, ["text"] * 5 + ["money", "money", "change"])


def _add_override(sheet: Sheet, sheets: QuotaSheets, override: Override) -> None:
    row, method = sheet.row, method_cents(sheets.quotas, override)
    if override.territory >= 0:
        who, _, rep = sheets.people(override.territory)
        kind, name = "territory", rep
    else:
        assert sheets.quotas.hierarchy is not None
        who = str(sheets.quotas.hierarchy.node_id[override.node])
        kind, name = "node", sheets.node_name(override.node)
    known = method is not None
    difference = sheets.difference(cell(row, 6), cell(row, 5), override.amount_cents - (method or 0))
    part = Formula(
        f'=IF({cell(row, 5)}=0,"",{cell(row, 7)}/{cell(row, 5)})',
        (override.amount_cents - method) / method if method else "",
    )
    values = [
        who,
        kind,
        name,
        override.component,
        override.period,
        sheets.money(method) if method is not None else None,
        sheets.money(override.amount_cents),
        difference if known else None,
        part if known else None,
        override.reason,
        override.author,
    ]
    formats = ["text"] * 5 + ["money", "money", "change", "signed", "wrapped", "text"]
    sheet.add(values, formats)


def add_credit(book: Book, sheets: QuotaSheets) -> None:
    """Write what every seat is credited with; owners and splits add up to the street quota, overlays stand beside."""
    quotas = sheets.quotas
    if not shares_credit(quotas):
        return
    components = list(quotas.components)
    sheet = book.sheet(CREDIT, [16, 18, 12, 10, *[17] * (len(components) + 1)], freeze=(3, 2))
    sheet.add([f"Credit by seat, {quotas.currency}"], "title")
    sheet.skip()
    sheet.add(["Seat", "Territory", "Role", "Share", *components, "Total"], "head")
    total = 4 + len(components)
    counted, cents = _add_credited(sheet, sheets, (Role.OWNER, Role.SPLIT), "Counts towards the target")
    _add_credited(sheet, sheets, (Role.OVERLAY,), "Overlays, beside it")
    street = int(quotas.street_cents.sum())
    blank = [""] * (total - 1)
    row = sheet.add(["Street quota", *blank, sheets.money(street)], ["strong", *[""] * len(blank), "money"])
    difference = sheets.difference(cell(counted, total), cell(row, total), cents - street)
    sheet.add(["Difference", *blank, difference], ["strong", *[""] * len(blank), "difference"])


def _add_credited(sheet: Sheet, sheets: QuotaSheets, roles: tuple[Role, ...], label: str) -> tuple[int, int]:
    """Write what seats in these roles are credited with, and its sum; return the row of the sum and its minor units."""
    components = len(sheets.quotas.components)
    first, total, cents = sheet.row, 4 + components, 0
    for share in (share for share in sheets.quotas.seat_shares if share.role in roles):
        amounts = share.amount_cents.sum(1)
        row = span((sheet.row, 4), (sheet.row, total - 1))
        values = [share.seat_id, sheets.people(share.territory)[0], share.role.value, float(share.share)]
        live = sheets.total([row], amounts.sum())
        formats = ["text"] * 3 + ["percent"] + ["money"] * (components + 1)
        sheet.add([*values, *(sheets.money(amount) for amount in amounts), live], formats)
        cents += int(amounts.sum())
    cells = [] if sheet.row == first else [span((first, total), (sheet.row - 1, total))]
    blank = [""] * (total - 1)
    values = [label, *blank, sheets.total(cells, cents)]
    return sheet.add(values, ["strong", *[""] * len(blank), "money_total"]), cents


def add_fairness(book: Book, sheets: QuotaSheets) -> None:
    """Write how fair the quotas are, table by table."""
    report = fairness_of(sheets.owners)
    if report is None:
        return
    ids = [str(name) for name in sheets.owners.assembled.problem.territories.territory_id]
    sheet = book.sheet(FAIRNESS, [34, *[18] * 9])
    sheet.add([f"Fairness, {sheets.quotas.currency}"], "title")
    for table in fairness_rows(report, ids):
        sheet.skip()
        sheet.add([table.title], "strong")
        sheet.add(list(table.columns), "head")
        for position, row in enumerate(table.rows):
            sheet.add(
                [_value(sheets, v, kind) for v, kind in zip(row, table.kinds, strict=True)],
                _formats(table, row, position),
            )


def _value(sheets: QuotaSheets, value: Value, kind: str) -> object:
    return sheets.money(round(value)) if kind == "money" and isinstance(value, int | float) else value


def _formats(table: QuotaTable, row: Sequence[Value], position: int) -> list[str]:
    tone = TONES.get(table.tones[position], "") if table.tones else ""
    named = [
        "whole" if kind == "number" and isinstance(value, int) else FORMATS.get(kind, "text")
        for value, kind in zip(row, table.kinds, strict=True)
    ]
    return [tone or named[0], *named[1:]] if tone else named
