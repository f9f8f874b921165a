"""A plan in other formats: read back equal, ids untouched, nothing run, nothing foreign."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.exchange.crm import prepare
from data.exchange.formats import FORMS, Form, export_plan, is_export
from data.exchange.kml import printable, write_kml
from data.exchange.plan_tables import fenced, read_tables
from data.exchange.salesforce_state import ACCOUNTS
from planner.errors import InvalidInput
from tests.data.exchange.grid import write_crm_plan

SPACE = "{http://www.opengis.net/kml/2.2}"
RENAMED = {"T2": "=T2", "T3": "Nörd <3>, 0", "T4": "007"}
IDS = {"T1", *RENAMED.values()}


@pytest.fixture(scope="module")
def biting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a plan whose territories have ids that bite."""
    return write_crm_plan(tmp_path_factory.mktemp("biting"), RENAMED, ("geom", '<b>"&'))


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / f"{name}.csv", dtype=str, keep_default_na=False)


def all_text(folder: Path) -> str:
    """Return everything that a folder says, workbooks and Parquet as their cells."""
    said = []
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            said += [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        elif path.suffix == ".parquet":
            said.append(pq.read_table(path).to_pandas().to_csv())
        elif path.suffix == ".gpkg":
            said += [
                pyogrio.read_dataframe(path, layer=str(layer)).to_csv()
                for layer, _ in pyogrio.list_layers(path)
            ]
        else:
            said.append(path.read_text("utf-8"))
    return "\n".join(said)


def layer(folder: Path, form: str, name: str) -> gpd.GeoDataFrame:
    if form == "parquet":
        return gpd.read_parquet(folder / f"{name}.parquet")
    path = folder / ("plan.gpkg" if form == "gpkg" else f"{name}.{form}")
    return pyogrio.read_dataframe(path, layer=name)


def test_csv_reads_back_equal(biting: Path, tmp_path: Path) -> None:
    done = export_plan(biting, "csv", tmp_path / "x")
    for name in ("assignments", "territories", "quotas", "unplaced"):
        there, back = table(biting, name), table(tmp_path / "x", name)
        assert done.rows[name] == len(there)
        assert list(back.columns) == list(there.columns)
        for column in there.columns:
            if column.endswith("_id") or column in ("period", "amount", "currency", "quota_total"):
                assert back[column].tolist() == there[column].tolist()
    assert {p.column for p in done.problems} >= {"territory_id", "previous_territory_id"}
    assert {p.value for p in done.problems} == {"=T2"}


def test_a_workbook_reads_back_equal_and_runs_nothing(biting: Path, tmp_path: Path) -> None:
    export_plan(biting, "xlsx", tmp_path / "x")
    book = openpyxl.load_workbook(tmp_path / "x" / "plan.xlsx")
    assert book.sheetnames == ["Assignments", "Territories", "Quotas", "Unplaced"]
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    for name in ("assignments", "quotas", "territories"):
        there = table(biting, name)
        head, *rows = book[name.capitalize()].iter_rows(values_only=True)
        assert list(head) == list(there.columns)
        for at, column in enumerate(head):
            cells = ["" if row[at] is None else row[at] for row in rows]
            if column.endswith("_id") or column in ("period", "reason", "currency", "rep_name"):
                assert cells == there[column].tolist(), column
            else:
                numbers = [float(c or 0) for c in there[column]]
                assert [float(c or 0) for c in cells] == pytest.approx(numbers, rel=1e-14), column


def test_parquet_keeps_amounts_exact_and_ids_as_text(biting: Path, tmp_path: Path) -> None:
    export_plan(biting, "parquet", tmp_path / "x")
    for name in ("assignments", "quotas"):
        there, back = table(biting, name), pq.read_table(tmp_path / "x" / f"{name}.parquet").to_pydict()
        for column in there.columns:
            cells = ["" if cell is None else cell for cell in back[column]]
            if column == "amount":
                assert [f"{cell:f}" for cell in cells] == there[column].tolist()
            elif column.endswith("_id") or column == "period":
                assert cells == there[column].tolist()


@pytest.mark.parametrize("form", ["parquet", "geojson", "gpkg", "kml"])
def test_layers_read_back_equal_and_say_where_they_are(form: Form, biting: Path, tmp_path: Path) -> None:
    done = export_plan(biting, form, tmp_path / "x")
    plan = read_tables(biting, places=True)
    assert plan.points is not None
    assert plan.polygons is not None
    for name, there, key in (
        ("accounts", plan.points, "account_id"),
        ("territories", plan.polygons, "territory_id"),
    ):
        back = layer(tmp_path / "x", form, name)
        assert done.rows[name] == len(back) == len(there)
        assert back.crs is not None
        assert back.crs.to_epsg() == 4326
        assert back[key].tolist() == there[key].tolist()
        assert back["territory_id"].tolist() == there["territory_id"].tolist()
        assert back.geometry.geom_equals_exact(there.geometry, 1e-7, align=False).all()
    if form == "gpkg":
        assert {"geom_2", '<b>"&'} <= set(layer(tmp_path / "x", form, "territories").columns)
    if form != "kml":
        assert layer(tmp_path / "x", form, "accounts")["name"].tolist() == plan.points["name"].tolist()
        totals = layer(tmp_path / "x", form, "territories")["quota_total"]
        assert [f"{float(cell):.2f}" for cell in totals] == table(biting, "territories")[
            "quota_total"
        ].tolist()
    manifest = json.loads((tmp_path / "x" / "export.json").read_text())
    assert manifest["crs"].startswith("EPSG:4326")
    assert manifest["rows"] == dict(done.rows)


@given(st.text(), st.dictionaries(st.text(), st.text(min_size=1), max_size=3))
def test_any_text_makes_kml_that_says_it(name: str, properties: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "x.kml"
        hole = shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(5, 1), (6, 1), (6, 2)]])
        write_kml(path, name, [(name, shapely.MultiPolygon([hole, hole]), properties)])
        tree = ElementTree.fromstring(path.read_bytes())
    assert (tree.findtext(f".//{SPACE}Placemark/{SPACE}name") or "") == printable(name)
    told = [(one.get("name"), one.findtext(f"{SPACE}value")) for one in tree.iter(f"{SPACE}Data")]
    assert told == [(printable(key), printable(value)) for key, value in properties.items()]
    assert len(list(tree.iter(f"{SPACE}innerBoundaryIs"))) == 2


def test_names_in_kml_are_text_whatever_they_hold(biting: Path, tmp_path: Path) -> None:
    accounts = biting.parent / "plan" / "accounts.csv"
    kept = accounts.read_text("utf-8")
    nasty = ["<script>alert(1)</script>", "]]>&\"'", "<![CDATA[x]]>", "&lt;b&gt;", "a\x0bb"]
    try:
        lines = kept.splitlines()
        rows = list(csv.reader(lines))
        for row, name in zip(rows[1:], nasty, strict=False):
            row[1] = name
        with accounts.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        export_plan(biting, "kml", tmp_path / "x")
    finally:
        accounts.write_text(kept, "utf-8")
    text = (tmp_path / "x" / "accounts.kml").read_text("utf-8")
    assert "<script" not in text
    assert "<![CDATA" not in text
    tree = ElementTree.fromstring(text)
    names = [mark.findtext(f"{SPACE}name") for mark in tree.iter(f"{SPACE}Placemark")]
    assert names[:5] == [*nasty[:4], "a b"]


class TestFence:
    @pytest.mark.parametrize("form", FORMS)
    def test_nothing_foreign_is_in_any_file(self, form: Form, biting: Path, tmp_path: Path) -> None:
        own = {"=T2", "007"}
        seats = dict(table(biting, "territories")[["territory_id", "seat_id"]].to_numpy().tolist())
        there = table(biting, "assignments")
        foreign = there[~there["territory_id"].isin(own) & (there["account_id"] != "")]
        assert len(foreign)
        done = export_plan(biting, form, tmp_path / "x", territories=own)
        said = all_text(tmp_path / "x")
        for name in IDS - own:
            assert name not in said.replace("=T2", "")
            assert seats[name] not in said
        for account in foreign["account_id"]:
            assert account not in said
        assert not done.problems or form == "csv"
        rows = there[there["territory_id"].isin(own)]
        if "assignments" in done.rows:
            assert done.rows["assignments"] == len(rows)
        if "accounts" in done.rows:
            assert done.rows["accounts"] == (rows["account_id"] != "").sum()

    def test_rows_that_name_others_are_blank_there(self, biting: Path) -> None:
        plan = read_tables(biting, places=False)
        rows = plan.tables["assignments"]
        rows["reason"] = "split between T1, =T2: see its accounts"
        inside = fenced(plan, {"=T2"}).tables["assignments"]
        assert set(inside["reason"]) == {""}
        assert set(inside["previous_territory_id"]) <= {"=T2", ""}
        alone = fenced(plan, {"=T2", "T1"}).tables["assignments"]
        assert set(alone["reason"]) == {"split between T1, =T2: see its accounts"}

    def test_a_territory_that_the_plan_does_not_have_is_told(self, biting: Path, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="no territory 'T9'"):
            export_plan(biting, "csv", tmp_path / "x", territories=["T1", "T9"])
        assert not list(tmp_path.iterdir())


def test_an_earlier_export_is_replaced_other_folders_are_not(biting: Path, tmp_path: Path) -> None:
    export_plan(biting, "csv", tmp_path / "x")
    assert is_export(tmp_path / "x")
    export_plan(biting, "xlsx", tmp_path / "x")
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"plan.xlsx", "export.json"}
    (tmp_path / "x" / "mine").write_text("")
    with pytest.raises(InvalidInput, match="not an earlier output"):
        export_plan(biting, "csv", tmp_path / "x")
    export_plan(biting, "csv", tmp_path / "x", overwrite=True)
    with pytest.raises(InvalidInput, match="would replace"):
        export_plan(biting, "csv", biting)


def test_what_is_no_output_is_told(biting: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not a whole output"):
        export_plan(biting.parent / "plan", "csv", tmp_path / "x")


def test_a_plan_of_areas_alone_has_shapes_and_no_points(tmp_path: Path) -> None:
    out = write_crm_plan(tmp_path / "areas", accounts=False)
    for form in FORMS:
        done = export_plan(out, form, tmp_path / form)
        assert "accounts" not in done.rows
        assert done.rows["territories"] == 4
    back = layer(tmp_path / "geojson", "geojson", "territories")
    assert back["territory_id"].tolist() == ["T1", "T2", "T3", "T4"]
    load = prepare(out, "salesforce")
    assert load.ok
    assert ACCOUNTS not in load.counts()
