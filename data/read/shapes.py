"""Files with shapes (GeoJSON, TopoJSON, GeoPackage, Shapefile, GeoParquet) to raw tables with geometry in EPSG:4326."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import shapely

from data.read.limits import MAX_ROWS
from data.read.parquet import raw_column, read_parquet
from data.read.raw import RawColumn, RawTable
from data.read.report import Report, shown
from data.schema import Table, key
from geo.clean import clean_shapes
from planner.errors import Severity

DEGREES = "EPSG:4326"
_NO_DECLARED_SYSTEM = (".topojson",)
"""Formats that have no place to say which coordinate system they use; they mean degrees."""

_ADVICE = {
    "shape_repaired": "Nothing to do if the map looks right.",
    "shape_overlap": "Draw the border again, so that every place lies in one unit only.",
    "broken_shape": "Draw or export this shape again.",
}


def read_shapes(path: Path, file: str, schema: Table, report: Report) -> RawTable | None:
    """Return the table with one usable shape per row; None, reported, where the file cannot be read.

    Rows count as in the attribute table with its header as row 1. Shapes in another coordinate system are turned into
    degrees; broken ones are mended and reported; one that cannot be used is an error.
    """
    if path.suffix.lower() == ".shp" and not _complete_shapefile(path, file, report):
        return None
    loaded = (
        _geoparquet(path, file, report)
        if path.suffix.lower() == ".parquet"
        else _layer(path, file, schema, report)
    )
    if loaded is None:
        return None
    table, shapes = loaded
    if not len(table):
        report.error("no_rows", "The file has no shapes.", "Export it again.", file=file)
        return None
    shapes = _in_degrees(shapes, path, file, report)
    if shapes is None:
        return None
    return RawTable(file, table.columns, table.row, geometry=_clean(table, shapes, report))


def _complete_shapefile(path: Path, file: str, report: Report) -> bool:
    there = {
        other.suffix.lower() for other in path.parent.iterdir() if other.stem.lower() == path.stem.lower()
    }
    lost = [ending for ending in (".shx", ".dbf") if ending not in there]
    if lost:
        report.error(
            "shapefile_incomplete",
            f"A shapefile is several files; {' and '.join(path.stem + e for e in lost)} "
            "is missing beside it.",
            "Copy all files of the shapefile (.shp, .shx, .dbf, .prj) into the folder.",
            file=file,
        )
    return not lost


def _layer(path: Path, file: str, schema: Table, report: Report) -> tuple[RawTable, gpd.GeoSeries] | None:
    """Return attributes and shapes of the layer named as the table, or of the only one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # notes of the driver; what matters is checked below
            layers = [str(name) for name, _ in pyogrio.list_layers(path)]
            layer = (
                layers[0]
                if len(layers) == 1
                else next((n for n in layers if key(n) == key(schema.name)), None)
            )
            if layer is None:
                report.error(
                    "which_layer",
                    f"The file has {len(layers)} layers ({', '.join(layers[:10])}), none named "
                    f"{schema.name!r}.",
                    f"Name the layer {schema.name!r}, or keep only that one.",
                    file=file,
                )
                return None
            options = {"DATE_AS_STRING": "YES"} if path.suffix.lower() in (".geojson", ".json") else {}
            if pyogrio.read_info(path, layer=layer)["features"] > MAX_ROWS:
                report.error(
                    "too_big", "The file has too many shapes.", f"Keep it to {MAX_ROWS:,}.", file=file
                )
                return None
            meta, content = pyogrio.read_arrow(path, layer=layer, **options)
    except Exception as fault:  # a damaged file raises whatever its driver raises
        why = _json_fault(path) or shown(str(fault).replace(str(path), file))
        report.error(
            "broken_shapes",
            f"The file cannot be read: {why}.",
            "Export it again from the mapping program.",
            file=file,
        )
        return None
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in content.column_names:
        report.error(
            "no_shapes", "The file has attributes but no shapes.", "Export it with its geometry.", file=file
        )
        return None
    columns = []
    for header, values in zip(content.column_names, content.columns, strict=True):
        if header in (name, meta["fid_column"], "OGC_FID"):
            continue
        column = raw_column(header, _valid_text(header, values, file, report))
        if column is not None:
            columns.append(column)
    wkb = content.column(name).combine_chunks()
    wkb = wkb.storage if isinstance(wkb, pa.ExtensionArray) else wkb
    geometry = shapely.from_wkb(np.array(wkb.to_pylist(), dtype=object), on_invalid="ignore")
    crs = None if path.suffix.lower() in _NO_DECLARED_SYSTEM else meta["crs"]
    table = RawTable(file, columns, np.arange(2, content.num_rows + 2))
    return table, gpd.GeoSeries(geometry, crs=crs)


def _valid_text(header: str, values: pa.ChunkedArray, file: str, report: Report) -> pa.ChunkedArray:
    """Return a column; text that is not in the encoding that its file declares is read as Windows-1252 and told."""
    plain = values.combine_chunks()
    plain = plain.storage if isinstance(plain, pa.ExtensionArray) else plain
    if not (pa.types.is_string(plain.type) or pa.types.is_large_string(plain.type)):
        return pa.chunked_array([plain])
    try:
        plain.validate(full=True)
    except pa.ArrowInvalid:
        cells = plain.view(pa.binary() if pa.types.is_string(plain.type) else pa.large_binary()).to_pylist()
        plain = pa.array([None if cell is None else _decoded(cell) for cell in cells], pa.large_string())
        report.warning(
            "encoding",
            "The text is not in the encoding that the file declares; it was read as Windows-1252.",
            "Look at a name with accents; if it is wrong, export the file as UTF-8.",
            file=file,
            column=header,
        )
    return pa.chunked_array([plain])


def _decoded(cell: bytes) -> str:
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("cp1252", errors="replace")


def _json_fault(path: Path) -> str | None:
    """Return where a JSON file breaks off, None where it is no JSON file or is well-formed."""
    if path.suffix.lower() not in (".geojson", ".json", ".topojson"):
        return None
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError) as fault:
        return f"it is no complete JSON ({shown(str(fault))})"
    return "it is JSON, but not GeoJSON or TopoJSON"


def _geoparquet(path: Path, file: str, report: Report) -> tuple[RawTable, gpd.GeoSeries] | None:
    try:
        frame = gpd.read_parquet(path)
        shapes, name = frame.geometry, str(frame.geometry.name)
        others = tuple(str(n) for n in frame.columns[frame.dtypes == "geometry"])
    except Exception as fault:  # a damaged file raises whatever its parts raise
        report.error(
            "broken_shapes",
            f"The file cannot be read as GeoParquet: {shown(str(fault))}.",
            "Export it again from the mapping program.",
            file=file,
        )
        return None
    table = read_parquet(str(path), file, report, without=(name, *others))
    return None if table is None else (table, shapes.reset_index(drop=True))


def _in_degrees(shapes: gpd.GeoSeries, path: Path, file: str, report: Report) -> gpd.GeoSeries | None:
    """Return shapes in EPSG:4326; None, reported, where their coordinate system is unknown or does not fit them."""
    bounds = shapely.bounds(shapes.to_numpy())
    if shapes.crs is None:
        low, high = np.nanmin(bounds, axis=0, initial=np.inf), np.nanmax(bounds, axis=0, initial=-np.inf)
        if low[0] >= -180.0001 and low[1] >= -90.0001 and high[2] <= 180.0001 and high[3] <= 90.0001:
            if path.suffix.lower() not in _NO_DECLARED_SYSTEM:
                report.warning(
                    "no_coordinate_system",
                    "The file does not say which coordinate system it uses; its coordinates "
                    "fit degrees and were taken as longitude and latitude (WGS 84).",
                    "Add the .prj file, or export as GeoJSON.",
                    file=file,
                )
            return shapes.set_crs(DEGREES)
        report.error(
            "no_coordinate_system",
            "The file does not say which coordinate system it uses, and its coordinates are no degrees.",
            "Add the .prj file, or export in WGS 84 (EPSG:4326).",
            file=file,
            value=shown(f"{low[0]:g}, {low[1]:g}"),
        )
        return None
    try:
        turned = shapes.to_crs(DEGREES)
    except (pyproj.exceptions.ProjError, ValueError) as fault:
        report.error(
            "coordinate_system",
            f"The coordinates cannot be turned into degrees: {shown(str(fault))}.",
            "Export in WGS 84 (EPSG:4326).",
            file=file,
            value=shown(str(shapes.crs.name)),
        )
        return None
    with np.errstate(invalid="ignore"):
        after = shapely.bounds(turned.to_numpy())
        off = (np.abs(after[:, [1, 3]]) > 90.0001).any(axis=1) | (np.abs(after[:, [0, 2]]) > 360).any(axis=1)
        off |= np.isinf(after).any(axis=1) | (
            np.isfinite(bounds).all(axis=1) & ~np.isfinite(after).all(axis=1)
        )
    if off.any():
        at = int(np.argmax(off))
        report.error(
            "coordinates_off",
            "The shape lies off the globe in the coordinate system that the file declares "
            f"({shapes.crs.name}); it is probably in another one.",
            "Export in WGS 84 (EPSG:4326), longitude first.",
            file=file,
            row=at + 2,
            value=shown(f"{bounds[at][0]:g}, {bounds[at][1]:g}"),
            count=int(off.sum()),
        )
        return None
    return turned


def _clean(table: RawTable, shapes: gpd.GeoSeries, report: Report) -> gpd.GeoSeries:
    """Return mended shapes, and report what was wrong with each."""
    cleaned, faults = clean_shapes(shapes)
    for fault in faults:
        usable = not (cleaned.iloc[fault.position] is None or cleaned.iloc[fault.position].is_empty)
        code = "shape_repaired" if fault.repaired else "shape_overlap" if usable else "broken_shape"
        severity = Severity.WARNING if usable else Severity.ERROR
        named = table.columns[0] if table.columns else RawColumn("", cleaned.astype(str))
        tell = report.warning if severity is Severity.WARNING else report.error
        tell(
            code,
            f"The shape {fault.what}.",
            _ADVICE[code],
            file=table.file,
            row=int(table.row[fault.position]),
            column="geometry",
            value=shown(f"{named.header} {named.text.iloc[fault.position]}"),
        )
    return cleaned
