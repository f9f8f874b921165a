"""A plan in the formats that other programs open: XLSX, CSV, Parquet, GeoJSON, GeoPackage, KML."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from data.exchange.kml import write_kml
from data.exchange.plan_tables import DEGREES, FREE_TEXT, MONEY, PlanTables, fenced, read_tables
from data.export.folder import PRODUCT, replaced_folder
from data.export.sheet import MOST_ROWS, Book
from data.export.text import FORMULA_STARTS, number, write_csv, write_json
from planner.errors import InvalidInput, Problem, Severity
from planner.quota.currency import minor_digits

Form = Literal["xlsx", "csv", "parquet", "geojson", "gpkg", "kml"]
MANIFEST = "export.json"
KIND = "export"
_MOST_DIGITS = 38


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    files
        Every file.
    rows
        Rows of each table or layer.
    problems
        What could not be told, or must be known before a file is opened, as warnings.
    """

    files: tuple[Path, ...]
    rows: Mapping[str, int]
    problems: tuple[Problem, ...]


def export_plan(
    out: Path,
    form: Form,
    destination: Path,
    *,
    territories: Collection[str] | None = None,
    inputs: Path | None = None,
    overwrite: bool = False,
) -> Exported:
    """Write a plan in another format into a folder.

    Ids come out exactly as they came in. Maps are in longitude and latitude (EPSG:4326), and say so. Texts that a
    spreadsheet would run as formulas are cells of text in a workbook and have an apostrophe in front in CSV; ids in CSV
    are left as they are, because other systems match on them, and it is told where one looks like a formula.

    Parameters
    ----------
    out
        Output folder of a solve.
    form
        ``csv`` and ``parquet``: one file a table; ``xlsx``: one workbook; ``geojson`` and ``kml``: one file a layer;
        ``gpkg``: one file with all layers and tables. In ``parquet`` the layers are GeoParquet.
    destination
        Folder to write; it appears whole or not at all. An earlier export there is replaced.
    territories
        Territories that every file is limited to, for a manager who may see no others; None for all.
    inputs
        Plan folder that the plan was made from, if that has moved.
    overwrite
        Replace `destination` also where it holds other files; they are lost.

    Raises
    ------
    InvalidInput
        Where a folder cannot be used, or the plan has no such territory.
    """
    places = form in ("parquet", "geojson", "gpkg", "kml")
    plan = read_tables(out, places=places, inputs=inputs)
    if territories is not None:
        _check_fence(plan, territories)
        plan = fenced(plan, territories)
    problems = [*plan.problems, *_risky_ids(plan, form)]
    with replaced_folder(destination, inputs=out, overwrite=overwrite, ours=is_export) as folder:
        rows = _WRITERS[form](folder, plan, problems)
        names = sorted(path.name for path in folder.iterdir())
        write_json(
            folder / MANIFEST,
            {
                "product": PRODUCT,
                "kind": KIND,
                "format": form,
                "plan": plan.name,
                "currency": plan.currency,
                "crs": f"{DEGREES}, longitude before latitude" if places else None,
                "territories": None if plan.fence is None else sorted(plan.fence),
                "files": names,
                "rows": rows,
            },
        )
    return Exported(tuple(destination / name for name in names), rows, tuple(problems))


def is_export(folder: Path) -> bool:
    """Return whether `folder` is an export of this product and holds nothing else."""
    try:
        said = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = {path.name for path in folder.iterdir()}
        return (
            said["product"] == PRODUCT
            and said["kind"] == KIND
            and names <= {MANIFEST, *map(str, said["files"])}
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _check_fence(plan: PlanTables, territories: Collection[str]) -> None:
    unknown = sorted(set(territories) - set(plan.tables["territories"]["territory_id"]))
    if unknown:
        raise InvalidInput(
            [
                Problem(
                    f"The plan has no territory {one!r}.",
                    "Name territories of territories.csv.",
                    "territories.csv",
                    column="territory_id",
                    value=one[:80],
                    code="unknown_territory",
                )
                for one in unknown
            ]
        )


def _risky_ids(plan: PlanTables, form: Form) -> list[Problem]:
    """Return warnings of ids that a spreadsheet would run: they are written as they are."""
    if form != "csv":
        return []
    found = []
    for name, rows in plan.tables.items():
        for column in rows.columns:
            if not column.endswith("_id"):
                continue
            risky = [cell for cell in rows[column] if cell.startswith(FORMULA_STARTS)]
            if risky:
                found.append(
                    Problem(
                        "The id begins as a formula does; it was written as it is, because other systems match on it.",
                        "Do not open the file in a spreadsheet; the format xlsx is safe there.",
                        f"{name}.csv",
                        None,
                        column,
                        risky[0][:80],
                        Severity.WARNING,
                        "formula_id",
                        len(risky),
                    )
                )
    return found


def _write_csv(folder: Path, plan: PlanTables, _problems: list[Problem]) -> dict[str, int]:
    for name, rows in plan.tables.items():
        plain = rows.copy()
        for column in rows.columns:
            if _is_money(rows, column):
                plain[column] = ["" if one is None else f"{one:f}" for one in rows[column]]
        write_csv(folder / f"{name}.csv", plain, [c for c in rows.columns if c in FREE_TEXT])
    return _counts(plan.tables)


def _write_xlsx(folder: Path, plan: PlanTables, _problems: list[Problem]) -> dict[str, int]:
    with Book(str(folder / "plan.xlsx"), {"title": plan.name}, minor_digits(plan.currency)) as book:
        for name, rows in plan.tables.items():
            room = MOST_ROWS - 1
            title = name.replace("_", " ").capitalize()
            for part, start in enumerate(range(0, max(len(rows), 1), room), start=1):
                sheet = book.sheet(title if part == 1 else f"{title} {part}", [18] * rows.shape[1], (1, 1))
                sheet.add(list(rows.columns), "head")
                formats = ["money" if _is_money(rows, column) else "" for column in rows.columns]
                cells = [_cells(rows[column].iloc[start : start + room]) for column in rows.columns]
                for row in zip(*cells, strict=True):
                    sheet.add(row, formats)
                sheet.filter(0, rows.shape[1])
    return _counts(plan.tables)


def _cells(column: pd.Series) -> list[object]:
    return [float(one) if isinstance(one, Decimal) else one for one in column.tolist()]


def _write_parquet(folder: Path, plan: PlanTables, _problems: list[Problem]) -> dict[str, int]:
    for name, rows in plan.tables.items():
        if name != "territories" or plan.polygons is None:
            pq.write_table(_arrow(rows), folder / f"{name}.parquet")
    counts = _counts(plan.tables)
    if plan.polygons is not None:
        plan.polygons.to_parquet(folder / "territories.parquet", index=False)
    if plan.points is not None:
        plan.points.to_parquet(folder / "accounts.parquet", index=False)
        counts["accounts"] = len(plan.points)
    return counts


def _arrow(rows: pd.DataFrame) -> pa.Table:
    """Return a table with texts, exact amounts and numbers."""
    arrays = []
    for column in rows.columns:
        values = rows[column].tolist()
        if _is_money(rows, column):
            digits = max((-int(v.as_tuple().exponent) for v in values if v is not None), default=0)
            arrays.append(pa.array(values, pa.decimal128(_MOST_DIGITS, max(digits, 0))))
        elif pd.api.types.is_numeric_dtype(rows[column]):
            arrays.append(pa.array(values, pa.float64(), from_pandas=True))
        else:
            arrays.append(pa.array(values, pa.string()))
    return pa.table(arrays, names=list(rows.columns))


def _write_geojson(folder: Path, plan: PlanTables, _problems: list[Problem]) -> dict[str, int]:
    return _write_layers(plan, lambda name: folder / f"{name}.geojson", "GeoJSON")


def _write_kml(folder: Path, plan: PlanTables, problems: list[Problem]) -> dict[str, int]:
    counts = {}
    for name, layer, key in (
        ("accounts", plan.points, "account_id"),
        ("territories", plan.polygons, "territory_id"),
    ):
        if layer is None:
            continue
        there = layer.geometry.notna() & ~layer.geometry.is_empty
        if not there.all():
            problems.append(
                _without_shape(f"{name}.kml", str(layer.loc[~there, key].iloc[0]), int((~there).sum()))
            )
        shown = _flat(layer[there].reset_index(drop=True))
        texts = {c: _texts(shown[c]) for c in shown.columns if c not in ("geometry", "name")}
        names = [name or one for name, one in zip(shown.get("name", shown[key]), shown[key], strict=True)]
        properties = [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]
        write_kml(folder / f"{name}.kml", name, zip(names, shown.geometry, properties, strict=True))
        counts[name] = len(shown)
    return counts


def _texts(column: pd.Series) -> list[str]:
    if pd.api.types.is_numeric_dtype(column):
        return [number(float(value)) for value in column]
    return ["" if value is None else str(value) for value in column]


def _without_shape(file: str, first: str, count: int) -> Problem:
    return Problem(
        "These have no shape, so KML cannot show them; the other formats have them.",
        "Nothing to do if they are meant to be empty.",
        file,
        value=first[:80],
        severity=Severity.WARNING,
        code="no_shape",
        count=count,
    )


def _write_gpkg(folder: Path, plan: PlanTables, _problems: list[Problem]) -> dict[str, int]:
    path = folder / "plan.gpkg"
    counts = _write_layers(plan, lambda _name: path, "GPKG")
    for name, rows in plan.tables.items():
        if name != "territories":
            pyogrio.write_dataframe(
                _for_gpkg(_flat(rows)), path, layer=name, driver="GPKG", append=path.exists()
            )
            counts[name] = len(rows)
    return counts


def _write_layers(plan: PlanTables, path: Callable[[str], Path], driver: str) -> dict[str, int]:
    """Write points and polygons as layers; return how many features each has."""
    counts = {}
    for name, layer in (("accounts", plan.points), ("territories", plan.polygons)):
        if layer is None:
            continue
        file, rows = path(name), _flat(layer)
        pyogrio.write_dataframe(
            _for_gpkg(rows) if driver == "GPKG" else rows,
            file,
            layer=name,
            driver=driver,
            append=file.exists(),
            geometry_type="Point" if name == "accounts" else "Unknown",
        )
        counts[name] = len(layer)
    return counts


def _for_gpkg(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns have names that a GeoPackage can tell apart: without case, none of its own."""
    seen, names = {"fid", "geom"}, {}
    for column in rows.columns:
        name, number_ = str(column), 2
        while name.casefold() in seen:
            name, number_ = f"{column}_{number_}", number_ + 1
        seen.add(name.casefold())
        names[column] = name
    return rows.rename(columns=names)


def _flat(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with amounts as exact decimal text: drivers know no exact numbers."""
    found = rows.copy()
    for column in rows.columns:
        if _is_money(rows, column):
            found[column] = [None if one is None else f"{one:f}" for one in rows[column]]
    return found


def _is_money(rows: pd.DataFrame, column: str) -> bool:
    return (
        column in MONEY and rows[column].dtype == object and not any(isinstance(v, str) for v in rows[column])
    )


def _counts(tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    return {name: len(rows) for name, rows in tables.items()}


_WRITERS: Mapping[str, Callable[[Path, PlanTables, list[Problem]], dict[str, int]]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
    "geojson": _write_geojson,
    "gpkg": _write_gpkg,
    "kml": _write_kml,
}
FORMS: tuple[Form, ...] = ("xlsx", "csv", "parquet", "geojson", "gpkg", "kml")
"""Every format."""
