"""Finance's workbook: every formula recalculates to the value it carries, and no text can run."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from data.export import write_plan
from tests.data.full_quotas import DANGEROUS, DIGITS, full_plan, write_full_folder
from tests.data.spreadsheet import Recalculated

SHEETS = [
    "Tie-out",
    "Summary",
    "Territories",
    "Seats",
    "Nodes",
    "Quotas",
    "Quota steps",
    "Decided by hand",
    "Credit",
    "Fairness",
    "Back-test",
    "Assignments",
    "Problems",
]


@pytest.fixture(scope="module", params=sorted(DIGITS))
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the output of a plan with everything, in a currency of its own number of decimals."""
    place = tmp_path_factory.mktemp("full")
    write_plan(place / "out", *full_plan(write_full_folder(place / "plan", request.param)))
    return place / "out" / "report.xlsx"


def test_every_formula_recalculates_to_the_value_it_carries(full: Path) -> None:
    book = Recalculated(full)
    assert book.live.sheetnames == SHEETS
    formulas = book.formulas()
    assert len(formulas) > 300
    wrong = []
    for sheet, address in formulas:
        now, stated = book.cell(sheet, address), book.stated[sheet][address].value
        if now != ((stated or "") if isinstance(now, str) else pytest.approx(stated, rel=1e-9, abs=1e-7)):
            wrong.append((sheet, address, book.live[sheet][address].value, now, stated))
    assert wrong == []
    assert book.cell("Tie-out", "A2") == "Every sum holds to the cent."


def test_a_changed_quota_shows_in_the_verdict(full: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(full)
    book["Quotas"]["F5"].value += 0.01 if book["Quotas"]["F5"].number_format.startswith("#,##0.0") else 1
    book.save(tmp_path / "changed.xlsx")
    changed = Recalculated(tmp_path / "changed.xlsx")
    assert changed.cell("Tie-out", "A2").startswith("Sums do not hold")


def test_the_bridge_leads_from_the_target_to_the_street_quota(full: Path) -> None:
    book = Recalculated(full)
    sheet = book.live["Tie-out"]
    head = next(
        row for row in range(1, 30) if sheet.cell(row, 1).value == "From company target to street quota"
    )
    names = [sheet.cell(head + step, 1).value for step in range(1, 7)]
    assert names[:4] == [
        "company target",
        "over-assignment, plan",
        "over-assignment, region",
        "over-assignment, district",
    ]
    assert names[4:] == ["Street quota", "Difference"]
    assert sheet.cell(head + 2, 4).value == f"=D{head + 1}+B{head + 2}"
    assert book.cell("Tie-out", f"D{head + 4}") == pytest.approx(book.cell("Tie-out", f"D{head + 5}"))


def test_what_was_decided_by_hand_is_told_with_who_and_why(full: Path) -> None:
    sheet = openpyxl.load_workbook(full, data_only=True)["Decided by hand"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=6)]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("T1", "territory", None, None),
        ("east", "node", "Service", None),
        ("T5", "territory", "Hardware", "2026-Q2"),
    ]
    assert [(row[9], row[10]) for row in rows] == [
        ("=cmd|x", "Hall 2026-01-05"),
        ("New contract", None),
        ("Trade fair", "@me"),
    ]
    assert all(row[7] == pytest.approx(row[6] - row[5]) for row in rows)


def test_no_text_can_run(full: Path) -> None:
    book = openpyxl.load_workbook(full)
    texts = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if str(cell.value) in (*DANGEROUS, "=T4")
    ]
    assert {str(cell.value) for cell in texts} == {*DANGEROUS, "=T4"}
    assert {cell.data_type for cell in texts} == {"s"}
    with ZipFile(full) as archive:
        assert not [name for name in archive.namelist() if "external" in name or "vba" in name.lower()]


def test_amounts_have_the_decimals_of_their_currency(full: Path) -> None:
    sheet = openpyxl.load_workbook(full)["Quotas"]
    digits = DIGITS[str(sheet["A1"].value).rpartition(", ")[2]]
    shown = sheet["F4"].number_format.partition(";")[0]
    assert len(shown.partition(".")[2]) == digits
