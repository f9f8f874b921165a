"""The same plan in every format reads alike."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from data.read import read_folder
from tests.data.damaged.kit import FILES, SQUARES, collection, good_folder, problems_of, square


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return good_folder(tmp_path / "plan")


def as_workbook(frame: pd.DataFrame, path: Path, sheet: str = "Sheet1") -> None:
    """Write a table as a workbook, numbers as numbers and ids as text."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    book.active.append(list(frame.columns))
    for cells in frame.itertuples(index=False):
        book.active.append([None if pd.isna(cell) else cell for cell in cells])
    book.save(path)


@pytest.mark.parametrize("format_", ["xlsx", "parquet", "tsv", "semicolon", "utf-16", "old-mac"])
def test_accounts_read_alike_in_every_format(format_: str, folder: Path) -> None:
    plain = read_folder(folder).accounts
    assert plain is not None
    path = folder / "accounts.csv"
    frame = pd.read_csv(path, dtype={"postal_code": str})
    text = FILES["accounts.csv"]
    path.unlink()
    if format_ == "xlsx":
        as_workbook(frame, folder / "accounts.xlsx")
    elif format_ == "parquet":
        frame.to_parquet(folder / "accounts.parquet")
    elif format_ == "tsv":
        (folder / "accounts.tsv").write_text(text.replace(",", "\t"))
    elif format_ == "semicolon":
        path.write_text("sep=;\n" + text.replace(",", ";").replace(".", ","))
    elif format_ == "utf-16":
        path.write_bytes(text.encode("utf-16"))
    else:
        path.write_bytes(text.replace("\n", "\r").encode())
    again = read_folder(folder)
    pd.testing.assert_frame_equal(again.accounts, plain)
    assert {problem.code for problem in again.problems} <= {"encoding"}


def test_typed_formats_keep_ids_and_periods(tmp_path: Path) -> None:
    ids, codes = [10.0, 2**53 + 2.0, 7.0], ["00501", None, "1"]
    accounts = pd.DataFrame({"account_id": ids, "zip": codes, "sales": [1.5, 2, None]})
    accounts.to_parquet(tmp_path / "accounts.parquet")
    dates = pd.to_datetime(["2025-01-31", "2025-02-01"])
    history = pd.DataFrame({"account_id": [10, 7], "period": dates, "amount": [0.1 + 0.2, 2.675]})
    history.to_parquet(tmp_path / "history.parquet")
    read = read_folder(tmp_path)
    assert read.accounts is not None
    assert read.history is not None
    assert read.accounts["account_id"].tolist() == ["10", "9007199254740994", "7"]
    assert read.accounts["postal_code"].tolist() == ["00501", "", "1"]
    assert read.history["period"].tolist() == ["2025-01", "2025-02"]
    assert read.history["amount_cents"].tolist() == [30, 268]


def test_the_sheet_named_as_the_table_is_read(folder: Path) -> None:
    frame = pd.read_csv(folder / "seats.csv")
    (folder / "seats.csv").unlink()
    with pd.ExcelWriter(folder / "seats.xlsx") as book:
        pd.DataFrame({"notes": ["hello"]}).to_excel(book, sheet_name="Cover", index=False)
        frame.to_excel(book, sheet_name="Seats", index=False)
    read = read_folder(folder)
    assert read.seats is not None
    assert read.seats["seat_id"].tolist() == ["S1", "S2"]
    assert read.problems == ()


def test_the_first_sheet_is_read_and_told_where_none_has_the_name(folder: Path) -> None:
    frame = pd.read_csv(folder / "seats.csv")
    (folder / "seats.csv").unlink()
    with pd.ExcelWriter(folder / "seats.xlsx") as book:
        frame.to_excel(book, sheet_name="People", index=False)
        frame.to_excel(book, sheet_name="Old", index=False)
    assert [(p.code, p.value) for p in read_folder(folder).problems] == [("other_sheets", "People")]


def topology() -> str:
    """Return the units as TopoJSON with quantised arcs."""
    arcs, geometries = [], []
    for at, (unit_id, (x, y)) in enumerate(SQUARES.items()):
        arcs.append([[(x + 94) * 10, (y - 40) * 10], [20, 0], [0, 20], [-20, 0], [0, -20]])
        properties = {"unit_id": unit_id, "name": f"Unit {unit_id}"}
        geometries.append({"type": "Polygon", "arcs": [[at]], "properties": properties})
    objects = {"units": {"type": "GeometryCollection", "geometries": geometries}}
    transform = {"scale": [0.1, 0.1], "translate": [-94, 40]}
    return json.dumps({"type": "Topology", "transform": transform, "objects": objects, "arcs": arcs})


@pytest.mark.parametrize("epsg", [4326, 3857, 5070])
@pytest.mark.parametrize("format_", ["geojson", "json", "topojson", "gpkg", "shp", "parquet"])
def test_units_read_alike_in_every_format_and_coordinate_system(
    format_: str, epsg: int, folder: Path
) -> None:
    plain = read_folder(folder).units
    assert plain is not None
    shapes = gpd.read_file(folder / "units.geojson").to_crs(epsg)
    (folder / "units.geojson").unlink()
    path = folder / f"units.{format_}"
    if format_ == "topojson":
        path.write_text(topology())
    elif format_ == "parquet":
        shapes.to_parquet(path)
    elif format_ in ("geojson", "json"):
        shapes.to_file(path, driver="GeoJSON")
    else:
        shapes.to_file(path)
    read = read_folder(folder)
    assert read.units is not None
    assert read.problems == ()
    assert read.units.crs.to_epsg() == 4326
    pd.testing.assert_frame_equal(read.units.drop(columns="geometry"), plain.drop(columns="geometry"))
    off = shapely.hausdorff_distance(read.units.geometry.to_numpy(), plain.geometry.to_numpy())
    assert np.all(off < 1e-6)


def test_a_layer_is_chosen_by_name_or_asked_for(folder: Path) -> None:
    shapes = gpd.read_file(folder / "units.geojson")
    (folder / "units.geojson").unlink()
    shapes.to_file(folder / "units.gpkg", layer="lakes")
    shapes.to_file(folder / "units.gpkg", layer="Units", mode="a")
    assert read_folder(folder).problems == ()
    (folder / "units.gpkg").unlink()
    shapes.to_file(folder / "units.gpkg", layer="lakes")
    shapes.to_file(folder / "units.gpkg", layer="rivers", mode="a")
    assert "which_layer" in {problem.code for problem in problems_of(folder)}


def test_units_can_be_points_in_a_table(folder: Path) -> None:
    (folder / "units.geojson").unlink()
    rows = ["unit_id,lat,lon,population", "U1,42,-93,5", "U2,42,-91,6", "U3,41,-93,7", "U4,41,-91,8"]
    (folder / "units.csv").write_text("\n".join(rows))
    read = read_folder(folder)
    assert read.units is not None
    assert read.unit_measures == ("population",)
    assert read.units.geometry.x.tolist() == [-93, -91, -93, -91]
    assert read.units.crs.to_epsg() == 4326


def test_measures_of_units_can_stand_beside_their_shapes(folder: Path) -> None:
    (folder / "units.csv").write_text("unit_id,population\nU4,8\nU2,6\nU1,5\nU3,7\n")
    read = read_folder(folder)
    assert read.units is not None
    assert read.units["population"].tolist() == [8, 6, 5, 7]
    assert read.units["name"].tolist() == ["Unit U4", "Unit U2", "Unit U1", "Unit U3"]
    corners = [tuple(shape.bounds[:2]) for shape in read.units.geometry]
    assert corners == [SQUARES["U4"], SQUARES["U2"], SQUARES["U1"], SQUARES["U3"]]


def test_units_of_one_file_only_are_told(folder: Path) -> None:
    (folder / "units.csv").write_text("unit_id,population\nU4,8\nU2,6\nU1,5\nU5,7\n")
    told = {(p.code, p.file, p.row, p.value) for p in problems_of(folder)}
    assert told >= {("unknown_unit", "units.csv", 5, "U5"), ("unknown_unit", "units.geojson", 4, "U3")}


def test_a_folder_of_units_alone_reads(tmp_path: Path) -> None:
    features = [square(unit_id, corner) for unit_id, corner in SQUARES.items()]
    (tmp_path / "units.geojson").write_text(collection(features))
    read = read_folder(tmp_path)
    assert read.accounts is None
    assert read.units is not None
    assert len(read.units) == 4


def test_numbers_of_units_keep_leading_zeros_of_ids(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"GEOID": ["01001", "01003"], "state_fips": ["01", "01"], "pop2010": [5, 6]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        crs="EPSG:4326",
    )
    frame.to_parquet(tmp_path / "units.parquet")
    read = read_folder(tmp_path)
    assert read.units is not None
    assert read.units["unit_id"].tolist() == ["01001", "01003"]
    assert read.unit_measures == ("pop2010",)


def test_mapped_columns_may_be_in_either_file_of_the_units(folder: Path) -> None:
    (folder / "units.csv").write_text("Code,People 2020\nU4,8\nU2,6\nU1,5\nU3,7\n")
    with (folder / "plan.toml").open("a") as plan:
        plan.write('[columns.units]\nunit_id = "Code"\npeople = "People 2020"\n')
    features = [square(unit_id, corner) for unit_id, corner in SQUARES.items()]
    for feature, roads in zip(features, (1, 2, 3, 4), strict=True):
        feature["properties"] = {"unit_id": feature["properties"]["unit_id"], "roads": roads}
    (folder / "units.geojson").write_text(collection(features))
    read = read_folder(folder)
    assert read.units is not None
    assert read.unit_measures == ("people", "roads")
    assert read.units[["people", "roads"]].to_numpy().tolist() == [[8, 4], [6, 2], [5, 1], [7, 3]]


def test_the_plan_is_in_the_currency_of_its_tables(folder: Path) -> None:
    for name in ("targets.csv", "history.csv"):
        (folder / name).write_text(FILES[name].replace("USD", "EUR"))
    assert read_folder(folder).scenario.quota.currency == "EUR"
    (folder / "targets.csv").write_text(FILES["targets.csv"])
    told = [(p.code, p.file, p.value) for p in problems_of(folder)]
    assert told == [("mixed_currency", "history.csv", "EUR")]


def test_attributes_in_another_encoding_than_declared_are_read_and_told(folder: Path) -> None:
    shapes = gpd.read_file(folder / "units.geojson")
    shapes["name"] = ["Ödland", "Feld", "Wald", "Wiese"]
    (folder / "units.geojson").unlink()
    shapes.to_file(folder / "units.shp", encoding="cp1252")
    (folder / "units.cpg").write_text("UTF-8")
    read = read_folder(folder)
    assert read.units is not None
    assert read.units["name"].tolist() == ["Ödland", "Feld", "Wald", "Wiese"]
    assert [(p.code, p.column) for p in read.problems] == [("encoding", "name")]
