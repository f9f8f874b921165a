"""A plan folder without a fault, and ways to damage it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd

from data.read import read_folder
from planner.errors import InvalidInput, Problem, Severity

Change = Callable[[Path], object]

FILES = {
    "accounts.csv": "account_id,name,latitude,longitude,postal_code,country,unit_id,territory_id,locked,potential,"
    "revenue\n"
    "A1,Ames Hardware,42.03,-93.62,50010,United States,U1,T1,no,100.5,1000\n"
    "A2,Boone Feed,42.06,-93.88,50036,United States,U1,T1,yes,200,2000\n"
    "A3,Cedar Mill,41.98,-91.67,52401,United States,U2,T2,no,300,3000\n"
    "A4,Dubuque Dairy,42.50,-90.66,52001,United States,U2,T2,no,400,4000\n"
    "A5,Eldora Electric,42.36,-93.10,50627,United States,U3,T1,no,500,5000\n"
    "A6,Fairfield Farms,41.01,-91.96,52556,United States,U4,T2,no,600,6000\n",
    "adjacency.csv": "unit_id,neighbour_id,length_m\nU1,U2,1000\nU1,U3,1000\nU2,U4,1000\nU3,U4,1000\n",
    "seats.csv": "seat_id,territory_id,rep_name,region,latitude,longitude,start_date,end_date,target_share\n"
    "S1,T1,Ann,west,42.0,-93.6,2020-01-01,,0.5\n"
    "S2,T2,Bob,east,41.9,-91.6,2020-01-01,,50%\n",
    "hierarchy.csv": "node_id,parent_id,level,name,over_assignment\nco,,company,Company,\nwest,co,region,West,0.05\n"
    "east,co,region,East,0.05\n",
    "targets.csv": "node_id,amount,currency\nco,1000000.00,USD\n",
    "history.csv": "account_id,period,amount,currency\n"
    + "".join(f"A{a},2025-{m:02d},{a * 100 + m}.25,USD\n" for a in range(1, 7) for m in (1, 2, 3)),
    "rules.csv": "kind,account_id,territory_id,measure,value\nlock,A1,T1,,\nexclude,A3,T1,,\nreach_km,,,,400\n"
    "max,,,potential,5000\n",
    "plan.toml": 'name = "Toy"\nterritories = 2\ncontiguous = true\n\n[measures.potential]\nband = 0.5\n\n'
    '[quota]\ntarget = 1000000\n\n[columns.accounts]\nname = "name"\n',
}
"""A small folder without a fault, by file name; its units are `SQUARES`."""
SQUARES = {"U1": (-94, 42), "U2": (-92, 42), "U3": (-94, 40), "U4": (-92, 40)}


def square(unit_id: str, corner: tuple[float, float]) -> dict[str, object]:
    """Return a GeoJSON feature: two degrees by two from its south-west corner."""
    x, y = corner
    ring = [[x, y], [x + 2, y], [x + 2, y + 2], [x, y + 2], [x, y]]
    return {
        "type": "Feature",
        "properties": {"unit_id": unit_id, "name": f"Unit {unit_id}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(features: list[dict[str, object]], **more: object) -> str:
    """Return GeoJSON text."""
    return json.dumps({"type": "FeatureCollection", **more, "features": features})


def good_folder(folder: Path) -> Path:
    """Write the folder without a fault."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    features = [square(unit_id, corner) for unit_id, corner in SQUARES.items()]
    (folder / "units.geojson").write_text(collection(features), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Damage:
    """One kind of damage and the one problem that names it."""

    kind: str
    change: Change
    code: str
    file: str | None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = Severity.ERROR
    count: int = 1


def text(file: str, old: str, new: str) -> Change:
    """Return what replaces the one place in `file` that says `old`."""

    def change(folder: Path) -> None:
        before = (folder / file).read_text(encoding="utf-8")
        assert before.count(old) == 1, (file, old, before.count(old))
        (folder / file).write_text(before.replace(old, new), encoding="utf-8")

    return change


def cell(file: str, row: int, column: str, value: str) -> Change:
    """Return what puts `value` into a cell; rows count as a spreadsheet does."""

    def change(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        cells = lines[row - 1].split(",")
        cells[lines[0].split(",").index(column)] = value
        lines[row - 1] = ",".join(cells)
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def write(file: str, content: str | bytes) -> Change:
    """Return what writes a whole file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(data)


def remove(*files: str) -> Change:
    """Return what removes files."""
    return lambda folder: [(folder / file).unlink() for file in files]


def both(*changes: Change) -> Change:
    """Return what does several changes in turn."""
    return lambda folder: [change(folder) for change in changes]


def column_only(file: str, columns: list[str]) -> Change:
    """Return what keeps only some columns of a table."""

    def change(folder: Path) -> None:
        frame = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
        frame[columns].to_csv(folder / file, index=False)

    return change


def units(features: list[dict[str, object]], **more: object) -> Change:
    """Return what replaces the units."""
    return write("units.geojson", collection(features, **more))


def squares(**changed: dict[str, object] | None) -> list[dict[str, object]]:
    """Return the units' features with some of them changed."""
    return [changed.get(unit_id) or square(unit_id, corner) for unit_id, corner in SQUARES.items()]


def shape(unit_id: str, geometry: object) -> dict[str, object]:
    """Return a feature of any geometry."""
    return {"type": "Feature", "properties": {"unit_id": unit_id}, "geometry": geometry}


def workbook(file: str, *, uncalculated: bool = False, extra: tuple[str, bytes] | None = None) -> Change:
    """Return what turns accounts.csv into a workbook, with a formula or an extra part."""

    def change(folder: Path) -> None:
        lines = (folder / "accounts.csv").read_text(encoding="utf-8").splitlines()
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line.split(","))
        if uncalculated:
            book.active["J2"] = "=1+2"
        book.save(folder / file)
        (folder / "accounts.csv").unlink()
        if extra:
            with zipfile.ZipFile(folder / file, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(*extra)

    return change


def shapefile(*, without: tuple[str, ...], epsg: int = 4326) -> Change:
    """Return what turns the units into a shapefile and removes some of its parts."""

    def change(folder: Path) -> None:
        gpd.read_file(folder / "units.geojson").to_crs(epsg).to_file(folder / "units.shp")
        (folder / "units.geojson").unlink()
        for ending in without:
            (folder / f"units{ending}").unlink()

    return change


def link_out(folder: Path) -> None:
    """Replace accounts.csv by a link to a file outside."""
    outside = folder.parent / "outside.csv"
    (folder / "accounts.csv").rename(outside)
    (folder / "accounts.csv").symlink_to(outside)


def directory(folder: Path) -> None:
    """Replace seats.csv by a directory."""
    (folder / "seats.csv").unlink()
    (folder / "seats.csv").mkdir()


ACCOUNTS, TOML = "accounts.csv", "plan.toml"
WARNING = Severity.WARNING


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """Return every problem that reading `folder` tells."""
    try:
        return read_folder(folder).problems
    except InvalidInput as fault:
        return fault.problems
