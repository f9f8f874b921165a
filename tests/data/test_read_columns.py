"""Columns are found by the names people use, mapped by plan.toml, and become measures by a stated rule."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from data.folder import PlanFolder
from data.read import read_folder
from data.read.measures import like_an_id
from data.schema import TABLES, key, measure_named, nearest
from planner.errors import InvalidInput
from tests.data.damaged.kit import problems_of


def accounts(folder: Path, header: str, *rows: str, plan: str = "") -> PlanFolder:
    """Read a folder of accounts and plan.toml."""
    (folder / "accounts.csv").write_text("\n".join([header, *rows]) + "\n")
    if plan:
        (folder / "plan.toml").write_text(plan)
    return read_folder(folder)


def test_a_salesforce_export_reads_as_it_is(tmp_path: Path) -> None:
    folder = accounts(
        tmp_path,
        "Id,Name,ParentId,OwnerId,BillingPostalCode,BillingCountry,BillingLatitude,BillingLongitude,AnnualRevenue,"
        "NumberOfEmployees",
        '001A,"Acme, Inc.",,005X,00501,United States,40.8,-73.0,"$1,200,000",250',
        "001a,Beta,001A,005Y,1001,United States,42.1,-72.6,800000,",
    )
    frame = folder.accounts
    assert frame is not None
    assert frame["account_id"].tolist() == ["001A", "001a"]
    assert frame["name"].tolist() == ["Acme, Inc.", "Beta"]
    assert frame["parent_account_id"].tolist() == ["", "001A"]
    assert frame["territory_id"].tolist() == ["005X", "005Y"]
    assert frame["postal_code"].tolist() == ["00501", "01001"]
    assert folder.account_measures == ("revenue", "employees")
    assert frame["revenue"].tolist() == [1_200_000, 800_000]
    assert {p.code for p in folder.problems} == {
        "fallback_column",
        "similar_id",
        "postal_zeros",
        "missing_values",
    }


@pytest.mark.parametrize(
    "header", ["account_id", "Account ID", "ACCOUNT-ID", " accountId ", "Id", "Áccount id"]
)
def test_names_are_matched_without_case_space_and_punctuation(header: str, tmp_path: Path) -> None:
    frame = accounts(tmp_path, f"{header},Zip Code", "A1,50010").accounts
    assert frame is not None
    assert frame["account_id"].tolist() == ["A1"]
    assert frame["postal_code"].tolist() == ["50010"]


def test_plan_toml_maps_the_rest(tmp_path: Path) -> None:
    folder = accounts(
        tmp_path,
        "Cust Nr,PLZ,Est. Potential $,Growth,account_id",
        'K1,01067,"$1,000.50",-0.5,old',
        "K2,01069,$900,-0.5,older",
        plan='[columns.accounts]\naccount_id = "Cust Nr"\npotential = "Est. Potential $"\nignore = ["Growth"]\n',
    )
    frame = folder.accounts
    assert frame is not None
    assert frame["account_id"].tolist() == ["K1", "K2"]
    assert frame["potential"].tolist() == [1000.5, 900]
    assert folder.account_measures == ("potential",)


def test_a_measure_of_any_name_can_be_mapped(tmp_path: Path) -> None:
    folder = accounts(
        tmp_path,
        "id,zip,Call time (h)",
        "A,1,2.5",
        plan='[columns.accounts]\nhours = "Call time (h)"\n[measures]\nhours = 0.1\n',
    )
    assert folder.account_measures == ("hours",)
    assert folder.scenario.measures["hours"].above == 0.1


def test_two_columns_for_one_name_are_told_by_both_names(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts(tmp_path, "account_id,postal_code,lat,latitude,lng", "A,1,42,42,-93")
    problem = caught.value.problems[0]
    assert problem.code == "ambiguous_column"
    assert "'lat' and 'latitude'" in problem.why


@pytest.mark.parametrize(
    ("header", "cells", "is_measure"),
    [
        ("visits", ["1", "2", "3"], True),
        ("Bank deposits", ["$1.50", "$2", ""], True),
        ("phone", ["5155550101", "5155550102", "5155550103"], False),
        ("county_fips", ["19001", "19003", "19005"], False),
        ("DUNS Number", ["1", "2", "3"], False),
        ("badge", ["001", "002", "003"], False),
        ("rating", ["A", "B", "C"], False),
        ("address", ["12 Main St", "14 Main St", "7"], False),
        ("change", ["-1", "-2", "3"], False),
        ("nothing", ["", "", ""], False),
        ("OwnerRoleId", ["1", "2", "3"], False),
    ],
)
def test_which_columns_become_measures(
    header: str, cells: list[str], is_measure: bool, tmp_path: Path
) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows(
        [["id", "zip", header], *([f"A{i}", "1", cell] for i, cell in enumerate(cells))]
    )
    folder = accounts(tmp_path, stream.getvalue().strip())
    assert folder.account_measures == ((header,) if is_measure else ())


def test_a_slip_in_a_column_of_numbers_is_an_error(tmp_path: Path) -> None:
    rows = [f"A{i},1,{i}" for i in range(20)]
    with pytest.raises(InvalidInput) as caught:
        accounts(tmp_path, "id,zip,visits", *rows, "A20,1,2O")
    assert [(p.code, p.row, p.value) for p in caught.value.problems] == [("not_a_number", 22, "2O")]


def test_a_column_that_plan_toml_balances_must_be_numbers(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts(tmp_path, "id,zip,Rating", "A,1,5", "B,1,good", "C,1,bad", plan="[measures]\nrating = 0.1\n")
    assert {(p.code, p.row) for p in caught.value.problems} == {("not_a_number", 3), ("not_a_number", 4)}


def test_a_measure_in_percent_is_a_fraction(tmp_path: Path) -> None:
    frame = accounts(tmp_path, "id,zip,share_of_wallet", "A,1,12.5%", "B,1,50%").accounts
    assert frame is not None
    assert frame["share_of_wallet"].tolist() == [0.125, 0.5]


def test_empty_cells_are_no_number(tmp_path: Path) -> None:
    frame = accounts(tmp_path, "id,zip,sales", "A,1,", "B,1,0", "C,1,NULL").accounts
    assert frame is not None
    assert np.isnan(frame["sales"].tolist()).tolist() == [True, False, True]


def test_measures_are_found_by_the_names_people_use() -> None:
    measures = ["revenue", "Est. Potential"]
    assert measure_named("AnnualRevenue", measures) == "revenue"
    assert measure_named("est potential", measures) == "Est. Potential"
    assert measure_named("accounts", measures) == "accounts"
    assert measure_named("profit", measures) is None


def test_names_of_one_table_never_mean_two_columns() -> None:
    for table in TABLES.values():
        names = [
            name for column in table.columns for name in {key(n) for n in (column.name, *column.aliases)}
        ]
        assert len(names) == len(set(names)), table.name


def test_the_nearest_name() -> None:
    assert nearest("acount_id", ["account_id", "unit_id"]) == "account_id"
    assert nearest("xyz", ["account_id"]) is None
    assert like_an_id("Account Number")
    assert not like_an_id("NumberOfEmployees")


def test_files_are_found_whatever_their_case_and_number(tmp_path: Path) -> None:
    (tmp_path / "Account.CSV").write_text("id,zip\nA,1\n")
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / ".DS_Store").write_text("")
    assert problems_of(tmp_path) == ()
