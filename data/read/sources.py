"""Which files of a plan folder hold which table."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from data.read.limits import MAX_FILE_BYTES, MAX_PLAN_BYTES, MEBIBYTE
from data.read.parquet import has_shapes
from data.read.report import Report, shown
from data.schema import TABLES, key, nearest

PLAN_FILE = "plan.toml"
TEXT = (".csv", ".tsv", ".txt")
SHAPES = (".geojson", ".json", ".topojson", ".gpkg", ".shp")
_BESIDE_SHAPEFILE = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".cst", ".xml")
_NOT_READ = (
    ".xls",
    ".xlsm",
    ".xlsb",
    ".ods",
    ".numbers",
    ".zip",
    ".gz",
    ".kml",
    ".kmz",
    ".gdb",
    ".feather",
    ".jsonl",
    ".dta",
)
_PAPERS = re.compile(
    r"^(readme|licen[cs]e|source|notice|changelog|attribution|copying)[^/]*$|^.*\.(md|rst)$|^crm\.toml$|^scenarios$",
    re.IGNORECASE,
)
"""What a plan is not made of and may be there all the same: papers, scenarios, and what exports need to know."""
_CLUTTER = re.compile(
    r"^(\..*|~\$.*|thumbs\.db|desktop\.ini|__macosx|.*\.(gpkg-wal|gpkg-shm|gpkg-journal))$", re.IGNORECASE
)
_HASH_BYTES = 1 << 20


@dataclass
class Sources:
    """Files to read.

    Parameters
    ----------
    table
        Path of each table's file, by name of the table.
    shapes
        Path of the file with the shapes of the units, None where there is none.
    plan
        Path of plan.toml, None where there is none.
    refused
        Tables with a file that cannot be opened.
    """

    table: dict[str, Path] = field(default_factory=dict)
    shapes: Path | None = None
    plan: Path | None = None
    refused: set[str] = field(default_factory=set)

    def of(self, table: str) -> list[Path]:
        """Return the files of one table: two for units with a table beside their shapes."""
        found = [self.table.get(table), self.shapes if table == "units" else None]
        return [path for path in found if path is not None]

    def names(self) -> set[str]:
        """Return the tables that the folder has files of, readable or not."""
        return {*self.table, *self.refused} | ({"units"} if self.shapes is not None else set())

    def files(self) -> list[Path]:
        """Return every file that is read, the companions of a shapefile included."""
        files = [*self.table.values(), *(path for path in (self.shapes, self.plan) if path is not None)]
        if self.shapes is not None and self.shapes.suffix.lower() == ".shp":
            files += [p for p in self.shapes.parent.iterdir() if _is_companion(p, self.shapes)]
        return sorted(set(files))


def _is_companion(path: Path, shapefile: Path) -> bool:
    same = path.stem.lower() == shapefile.stem.lower() or path.stem.lower() == shapefile.name.lower()
    return same and path.suffix.lower() in _BESIDE_SHAPEFILE and path.is_file()


def find_sources(folder: Path, report: Report) -> Sources:
    """Return which file holds which table; report files that clash, are unreadable, or that nothing is made of."""
    found: dict[str, list[Path]] = {}
    plan: list[Path] = []
    inside = sorted(folder.iterdir())
    shapefiles = [path for path in inside if path.suffix.lower() == ".shp"]
    for path in inside:
        if _CLUTTER.match(path.name) or any(_is_companion(path, shapefile) for shapefile in shapefiles):
            continue
        table = _table_of(path)
        if path.name.lower() == PLAN_FILE:
            plan += [path] * _readable(path, folder, report)
        elif table is not None:
            found.setdefault(table, [])
            found[table] += [path] * _readable(path, folder, report)
        elif not _PAPERS.match(path.name):
            _tell_unknown(path, report)
    sources = Sources(plan=plan[0] if plan else None)
    sources.refused = {table for table, paths in found.items() if not paths}
    for table, paths in found.items():
        shapes = [path for path in paths if _holds_shapes(path)] if table == "units" else []
        plain = [path for path in paths if path not in shapes]
        for clash in (shapes, plain):
            if len(clash) > 1:
                names = " and ".join(path.name for path in clash)
                report.error(
                    "duplicate_file",
                    f"{names} both hold {table}; which one counts?",
                    "Keep one of them.",
                    file=clash[1].name,
                )
        sources.shapes = shapes[0] if shapes else sources.shapes
        if plain:
            sources.table[table] = plain[0]
    if not found.keys() & {"accounts", "units"}:
        names = ", ".join(path.name for path in inside[:20]) or "nothing"
        report.error(
            "no_accounts_or_units",
            f"The folder has neither accounts nor units; it has {names}.",
            "Add accounts.csv (account_id and a place) or units.geojson.",
        )
    return sources


def _table_of(path: Path) -> str | None:
    ending = path.suffix.lower()
    stem = key(path.stem)
    table = next((name for name in TABLES if stem in (key(name), key(name).removesuffix("s"))), None)
    if table is None or ending not in (*TEXT, ".xlsx", ".parquet", *(SHAPES if table == "units" else ())):
        return None
    return table


def _holds_shapes(path: Path) -> bool:
    return path.suffix.lower() in SHAPES or (path.suffix.lower() == ".parquet" and has_shapes(str(path)))


def _readable(path: Path, folder: Path, report: Report) -> bool:
    """Return whether a file is a plain file inside the folder that can be opened; reported if not."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(folder.resolve()):
            report.error(
                "link_outside",
                "The file is a link that leads out of the folder; it was not followed.",
                "Put the file itself into the folder.",
                file=path.name,
            )
            return False
        if not path.is_file():
            report.error(
                "not_a_file",
                "This is a folder or a device, not a file.",
                "Put the file itself here.",
                file=path.name,
            )
            return False
        with path.open("rb") as stream:
            stream.read(1)
        most = MAX_PLAN_BYTES if path.name.lower() == PLAN_FILE else MAX_FILE_BYTES
        if path.stat().st_size > most:
            report.error(
                "too_big",
                f"The file has {path.stat().st_size / MEBIBYTE:,.0f} MiB; at most {most // MEBIBYTE:,} MiB are read.",
                "Leave out columns or rows that are not needed.",
                file=path.name,
            )
            return False
        if path.stat().st_size == 0 and path.suffix.lower() not in TEXT and path.name.lower() != PLAN_FILE:
            report.error("empty_file", "The file is empty.", "Export it again, or remove it.", file=path.name)
            return False
    except (OSError, RuntimeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        report.error(
            "unreadable_file",
            f"The file cannot be opened: {shown(reason)}.",
            "Check that it is there and that you may read it.",
            file=path.name,
        )
        return False
    return True


def _tell_unknown(path: Path, report: Report) -> None:
    """Report something that nothing is made of; a table in a format that is not read is an error."""
    near = nearest(path.stem, TABLES)
    exact = near is not None and key(near) == key(path.stem)
    if exact and path.suffix.lower() in (*_NOT_READ, *SHAPES):
        report.error(
            "unsupported_format",
            f"{near} in the format {path.suffix} cannot be read.",
            "Save it as .csv, .xlsx or .parquet; shapes as .geojson, .gpkg or .shp.",
            file=path.name,
        )
        return
    hint = f" Was it meant to be {near}?" if near is not None and path.is_file() else ""
    what = "folder" if path.is_dir() else "file"
    report.warning(
        "unknown_file",
        f"No table has this name; the {what} was not read.{hint}",
        f"Tables are {', '.join(TABLES)}; rename it if it is one.",
        file=path.name,
    )


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_HASH_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
