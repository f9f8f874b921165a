"""The front door of reading: from a folder (or a zip of one) to a `PlanFolder`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data.folder import PlanFolder
from data.read.archive import unpack
from data.read.asked_rules import asked_rules
from data.read.cells import Cells
from data.read.columns import ColumnMap, Matched, match_columns
from data.read.delimited import read_delimited
from data.read.entities import Entities, read_accounts, read_adjacency, read_units
from data.read.join import join_units
from data.read.parquet import read_parquet
from data.read.pay_plans import check_pay
from data.read.plan_tables import (
    read_hierarchy,
    read_history,
    read_postal_codes,
    read_seats,
    read_targets,
    read_travel,
)
from data.read.quota_tables import (
    read_account_targets,
    read_credits,
    read_overrides,
    read_rates,
)
from data.read.raw import RawTable
from data.read.references import PLAN_RULES, References
from data.read.report import Report
from data.read.rules import columns_spoken_of, read_rules
from data.read.scenario_file import DEFAULT_CURRENCY, PlanFile, read_scenario
from data.read.settle import settle_currency, settle_measures
from data.read.shapes import read_shapes
from data.read.sources import PLAN_FILE, Sources, find_sources, fingerprint
from data.read.workbook import read_workbook
from data.schema import TABLES, Table
from planner.errors import InvalidInput, Problem
from planner.quota.currency import minor_digits
from planner.solving import SILENT, Observer, Progress

_READERS: Mapping[str, Callable[[Cells], Entities]] = {
    "adjacency": read_adjacency,
    "seats": read_seats,
    "hierarchy": read_hierarchy,
    "targets": read_targets,
    "history": read_history,
    "rules": read_rules,
    "travel": read_travel,
    "postal_codes": read_postal_codes,
    "overrides": read_overrides,
    "credits": read_credits,
    "rates": read_rates,
    "account_targets": read_account_targets,
}


def read_folder(
    path: Path, observer: Observer | None = None, *, spoken_of: Collection[str] = ()
) -> PlanFolder:
    """Read and check a plan folder.

    Parameters
    ----------
    path
        A folder, or one zip file of a folder, which is unpacked to a temporary place and removed again.
    observer
        Told before each file.
    spoken_of
        Columns of accounts and units that conditions from elsewhere name; see `data.assemble.changes.columns_asked`.

    Raises
    ------
    InvalidInput
        Where anything stops the plan; carries every problem found, warnings included.
    """
    path = Path(path)
    report = Report()
    tell = observer or SILENT
    if path.is_dir():
        folder = _read(path, path, report, tell, spoken_of) if _may_list(path, report) else None
    elif not path.exists():
        report.error("no_folder", f"There is no folder {str(path)!r}.", "Check the path.", value=str(path))
        folder = None
    elif path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(prefix="plan-folder-") as place:
            inside = unpack(path, Path(place), report)
            folder = None if inside is None else _read(inside, path, report, tell, spoken_of)
    else:
        report.error(
            "not_a_folder",
            "This is a file; a plan is a folder with files in it, or a .zip of one.",
            "Put the file into a folder under the name accounts.csv, and name the folder.",
            file=path.name,
        )
        folder = None
    if folder is None:
        raise InvalidInput(report.problems())
    return folder


def _may_list(path: Path, report: Report) -> bool:
    try:
        next(path.iterdir(), None)
    except OSError as fault:
        report.error(
            "unreadable_folder",
            f"The folder cannot be opened: {fault.strerror}.",
            "Check that you may read it.",
            value=str(path),
        )
        return False
    return True


def _read(
    place: Path, path: Path, report: Report, tell: Observer, spoken_of: Collection[str]
) -> PlanFolder | None:
    """Read the folder at `place` that goes by the name of `path`; None where there are errors.

    How many decimals an amount has follows from the currency. Where the tables turn out to be in another one than
    plan.toml let expect, all is read again.
    """
    found = _read_once(place, path, Report(), tell, spoken_of)
    if minor_digits(found.settled) != minor_digits(found.assumed):
        found = _read_once(place, path, Report(), tell, spoken_of, found.settled)
    for problem in found.problems:
        report.add(problem)
    return found.folder


@dataclass(frozen=True)
class _Found:
    """What one reading found: the folder, None where there are errors, and the currency assumed and found."""

    folder: PlanFolder | None
    problems: tuple[Problem, ...]
    assumed: str
    settled: str


def _read_once(
    place: Path,
    path: Path,
    report: Report,
    tell: Observer,
    spoken_of: Collection[str],
    currency: str = DEFAULT_CURRENCY,
) -> _Found:
    """Read with amounts in `currency` where neither they nor plan.toml say theirs."""
    sources = find_sources(place, report)
    plan = (
        read_scenario(b"", PLAN_FILE, report, currency)
        if sources.plan is None
        else read_scenario(sources.plan.read_bytes(), sources.plan.name, report, currency)
    )
    currency = plan.scenario.quota.currency
    sheets: dict[str, Cells] = {}
    tables: dict[str, Entities] = {}
    if plan.rules is not None:
        sheets[PLAN_RULES], tables[PLAN_RULES] = plan.rules, read_rules(plan.rules)
    # Rules come first: they say which columns of the others are needed.
    for done, name in enumerate(sorted(TABLES, key=lambda name: name != "rules")):
        for file in sources.of(name):
            tell(Progress(f"Reading {file.name}", done / len(TABLES)))
        cells = table_cells(name, sources, plan, report, currency)
        if cells is None:
            continue
        sheets[name] = cells
        if name in ("accounts", "units"):
            named = {
                c
                for rules in (PLAN_RULES, "rules")
                if rules in tables
                for c in columns_spoken_of(tables[rules].frame)
            }
            reader = read_accounts if name == "accounts" else read_units
            tables[name] = reader(cells, plan.measures, named.union(spoken_of))
        else:
            tables[name] = _READERS[name](cells)
    if "units" in tables and not isinstance(tables["units"].frame, gpd.GeoDataFrame):
        report.error(
            "units_without_shapes",
            "The units have neither shapes nor latitude and longitude.",
            "Add units.geojson with the same unit_id, or the two columns.",
            file=tables["units"].file,
            row=1,
            column="latitude",
        )
    unread = frozenset(sources.names()) - tables.keys()
    shortened = References(tables, sheets, unread, report).check()
    plan_rules = tables.pop(PLAN_RULES, None)
    frames: dict[str, pd.DataFrame] = {name: entities.frame for name, entities in tables.items()} | shortened
    scenario = settle_currency(plan, tables, PLAN_FILE, report)
    measures = {name: tables[name].measures for name in ("accounts", "units") if name in tables}
    if not unread & {"accounts", "units"}:
        everything = [name for names in measures.values() for name in names]
        scenario = settle_measures(scenario, everything, PLAN_FILE, report)
    check_pay(scenario.pay, tables, sheets, PLAN_FILE, report)
    if plan_rules is not None:
        scenario = scenario.replace(rules=asked_rules(plan_rules.frame))
    problems, settled = report.problems(), scenario.quota.currency
    if report.has_errors:
        return _Found(None, problems, currency, settled)
    folder = PlanFolder(
        path=path,
        account_measures=measures.get("accounts", ()),
        unit_measures=measures.get("units", ()),
        scenario=scenario,
        problems=problems,
        fingerprints={file.name: fingerprint(file) for file in sources.files()},
        **frames,
    )
    return _Found(folder, problems, currency, settled)


def table_cells(name: str, sources: Sources, plan: PlanFile, report: Report, currency: str) -> Cells | None:
    """Return the cells of a table; None where the folder has no such table, or it cannot be read."""
    schema, mapping = TABLES[name], plan.columns.get(name, ColumnMap())
    files = sources.of(name)
    raws = [
        (read_shapes if file == sources.shapes else raw_table)(file, file.name, schema, report)
        for file in files
    ]
    found = [matched_table(raw, schema, mapping.within(raw, raws), report) for raw in raws if raw is not None]
    matched = [each for each in found if each is not None]
    if not matched or len(matched) < len(files):
        return None
    whole = matched[0] if len(matched) == 1 else join_units(matched[0], matched[1], report)
    return Cells(whole, report, currency)


def matched_table(raw: RawTable, schema: Table, mapping: ColumnMap, report: Report) -> Matched | None:
    """Return a table with its columns recognised; None, reported, where it has no rows or lacks a column."""
    if not len(raw):
        report.error(
            "no_rows", "The table has a header but no rows.", "Export it again, or remove it.", file=raw.file
        )
        match_columns(raw, schema, mapping, report)
        return None
    return match_columns(raw, schema, mapping, report)


def raw_table(path: Path, file: str, schema: Table, report: Report) -> RawTable | None:
    """Return the cells of one file of any kind that tables come in; None, reported, where it cannot be read."""
    ending = path.suffix.lower()
    if ending == ".xlsx":
        return read_workbook(path, file, schema, report)
    if ending == ".parquet":
        return read_parquet(str(path), file, report)
    return read_delimited(path.read_bytes(), file, schema, report)
