"""Tables of a plan straight from a database: one query each, read only, checked like any other file."""

from __future__ import annotations

import datetime
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from data.exchange.database_url import DIALECTS, Address
from data.exchange.statement import why_not_read_only
from data.export.folder import replaced_folder
from data.export.text import number, write_csv
from data.folder import PlanFolder
from data.read import read_folder
from data.read.limits import MAX_COLUMNS, MAX_ROWS, MEBIBYTE
from data.read.report import Report, shown
from data.read.sources import find_sources
from data.schema import TABLES, nearest
from planner.errors import InvalidInput, Problem

BATCH = 5_000
"""Rows fetched at a time."""
_TOOK_TOO_LONG = re.compile(r"statement timeout|interrupted|max_execution_time", re.IGNORECASE)


@dataclass(frozen=True)
class ImportLimits:
    """How much one import may take.

    Parameters
    ----------
    rows, size_bytes
        Most rows of one table; most bytes of all tables, counted as text.
    seconds
        Longest time for all queries together.
    dialects
        Kinds of database that may be read; a service leaves out ``sqlite``, which is any file of its machine.
    """

    rows: int = MAX_ROWS
    size_bytes: int = 1024 * MEBIBYTE
    seconds: float = 600.0
    dialects: tuple[str, ...] = DIALECTS


@dataclass(frozen=True, eq=False)
class Imported:
    """What came of an import.

    Parameters
    ----------
    folder
        The plan folder as it was read after the import.
    rows
        Rows of each imported table.
    files
        Files that were written, by table.
    problems
        Warnings of the import and of reading.
    """

    folder: PlanFolder
    rows: dict[str, int]
    files: dict[str, Path] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def import_database(
    url: str,
    queries: Mapping[str, str],
    out: Path,
    *,
    password: str | None = None,
    form: Literal["parquet", "csv"] = "parquet",
    limits: ImportLimits | None = None,
    overwrite: bool = False,
) -> Imported:
    """Run one query for each table and write the plan folder that they make.

    All queries run in one transaction that cannot write, so they see one state. What comes is read and checked as any
    other plan folder before anything appears in `out`.

    Parameters
    ----------
    url
        SQLAlchemy URL of the database. Its password appears in no message.
    queries
        One SELECT (or WITH … SELECT) for each table of the plan folder, by its name.
    out
        Plan folder; tables that it holds besides stay, and are checked together with the new ones.
    password
        Password, where it is not part of the URL.
    form
        ``parquet`` keeps numbers exact; ``csv`` is for people.
    limits
        Most that is taken.
    overwrite
        Replace tables that `out` holds already.

    Raises
    ------
    InvalidInput
        With every problem found: URL, statements, limits, and whatever the reader finds. Nothing is written then.
    """
    limits = limits or ImportLimits()
    report, address = Report(), Address(url, password)
    _check_queries(queries, report)
    there = _there(out, queries, overwrite, report)
    engine = address.engine(report, limits.seconds, limits.dialects)
    if report.has_errors or engine is None:
        raise InvalidInput(report.problems())
    with replaced_folder(out, inputs=None, overwrite=True) as fresh:
        _keep(fresh, there)
        rows = _run(engine, address, queries, fresh, form, limits, report)
        if report.has_errors:
            raise InvalidInput(report.problems())
        folder = replace(read_folder(fresh), path=out)
    files = {name: out / f"{name}.{form}" for name in queries}
    return Imported(folder, rows, files, (*report.problems(), *folder.problems))


def _check_queries(queries: Mapping[str, str], report: Report) -> None:
    if not queries:
        report.error(
            "no_query", "No query is given.", 'Name at least one, such as accounts="SELECT * FROM accounts".'
        )
    for name, statement in queries.items():
        if name not in TABLES:
            near = nearest(name, TABLES)
            report.error(
                "unknown_table",
                f"A plan folder has no table {shown(name)!r}." + (f" The nearest is {near}." if near else ""),
                f"Use one of {', '.join(TABLES)}.",
                column=shown(name),
            )
        reason = why_not_read_only(statement)
        if reason is not None:
            report.error(
                "statement",
                f"The query of {shown(name)} is not run: {reason}.",
                "Write one SELECT.",
                column=shown(name),
                value=shown(statement),
            )


def _there(out: Path, queries: Collection[str], overwrite: bool, report: Report) -> list[Path]:
    """Return the files of `out` that stay; report tables that are there already."""
    if not out.exists():
        return []
    if not out.is_dir():
        report.error(
            "output_folder",
            "A file stands where the plan folder should be.",
            "Choose another.",
            value=str(out),
        )
        return []
    sources = find_sources(out, Report())
    replaced = {path for name in queries for path in sources.of(name)}
    if replaced and not overwrite:
        names = ", ".join(sorted(path.name for path in replaced))
        report.error(
            "table_exists",
            f"The folder holds {names} already.",
            "Choose another folder, or ask for them to be replaced (--overwrite).",
            value=str(out),
        )
    links = [path for path in out.iterdir() if path.is_symlink()]
    if links:
        report.error(
            "link",
            "The folder holds a link, which an import does not carry over.",
            "Put the file itself there.",
            file=links[0].name,
        )
    return [path for path in out.iterdir() if path not in replaced]


def _keep(fresh: Path, there: Sequence[Path]) -> None:
    for path in there:
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, fresh / path.name)


def _run(
    engine: Engine,
    address: Address,
    queries: Mapping[str, str],
    fresh: Path,
    form: str,
    limits: ImportLimits,
    report: Report,
) -> dict[str, int]:
    """Run the queries and write their tables; return how many rows each has."""
    allowance = _Allowance(limits, time.monotonic() + limits.seconds)
    rows: dict[str, int] = {}
    at = ""
    try:
        with engine.connect() as connection:
            begin_reading(connection)
            if connection.dialect.name == "sqlite":
                driver: Any = connection.connection.driver_connection
                driver.set_progress_handler(lambda: int(allowance.late()), 10_000)
            for name, statement in queries.items():
                at = name
                table = _fetched(connection, statement, name, allowance, report)
                if table is not None:
                    rows[name] = table.num_rows
                    _write(table, fresh / f"{name}.{form}", form)
            connection.rollback()
    except (SQLAlchemyError, OSError, UnicodeError, ValueError) as fault:
        _tell_fault(fault, at, address, limits, report)
    finally:
        engine.dispose()
    return rows


def begin_reading(connection: Connection) -> None:
    """Begin a transaction that the database keeps from writing, and that sees one state from end to end."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    elif dialect in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()
    elif dialect == "oracle":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    elif dialect == "sqlite":
        connection.exec_driver_sql("BEGIN")


def _fetched(
    connection: Connection, statement: str, name: str, allowance: _Allowance, report: Report
) -> pa.Table | None:
    """Return the rows of one query; None, reported, where they are too many or are no plain values."""
    streaming = connection.execution_options(stream_results=True, max_row_buffer=BATCH)
    # Colons are meant as they stand: a query has no parameters.
    result = streaming.exec_driver_sql(_without_parameters(statement, connection))
    headers = list(map(str, result.keys()))
    if len(headers) > MAX_COLUMNS:
        _refuse(report, name, f"The query gives {len(headers):,} columns.", f"Keep it to {MAX_COLUMNS:,}.")
        return None
    twice = sorted({header for header in headers if headers.count(header) > 1})
    if twice:
        _refuse(report, name, f"The query gives {twice[0]!r} more than once.", "Give columns names with AS.")
        return None
    columns: list[list[Any]] = [[] for _ in headers]
    rows = 0
    for batch in _batches(result):
        rows += len(batch)
        reason = allowance.spend(rows, batch)
        if reason is not None:
            _refuse(report, name, *reason)
            return None
        for column, cells in zip(columns, zip(*batch, strict=True), strict=True):
            column.extend(cells)
    if not rows:
        _refuse(report, name, "The query gives no rows.", "Check its conditions.")
        return None
    arrays = []
    for header, values in zip(headers, columns, strict=True):
        array = _array(values)
        if array is None:
            _refuse(
                report,
                name,
                f"The column {shown(header)!r} holds values that are no text, number, date or yes/no.",
                "Leave it out, or cast it to text.",
            )
            return None
        arrays.append(array)
    return pa.table(arrays, names=headers)


def _without_parameters(statement: str, connection: Connection) -> str:
    """Return a statement whose percent signs the driver does not take for places of parameters."""
    doubled = connection.dialect.paramstyle in ("format", "pyformat")
    body = statement.strip().removesuffix(";")
    return body.replace("%", "%%") if doubled else body


def _batches(result: Any) -> Iterator[Sequence[Sequence[Any]]]:
    while batch := result.fetchmany(BATCH):
        yield batch


class _Allowance:
    """What may still be taken."""

    def __init__(self, limits: ImportLimits, until: float) -> None:
        self._limits, self._until, self._bytes = limits, until, 0

    def late(self) -> bool:
        """Return whether time is up."""
        return time.monotonic() > self._until

    def spend(self, rows: int, batch: Sequence[Sequence[Any]]) -> tuple[str, str] | None:
        """Return why a further batch is too much and what to do, None where it is not."""
        limits = self._limits
        if rows > limits.rows:
            return f"The query gives more than {limits.rows:,} rows.", "Narrow it with WHERE."
        self._bytes += sum(_size(value) for row in batch for value in row)
        if self._bytes > limits.size_bytes:
            most = f"{limits.size_bytes / MEBIBYTE:,.0f} MiB"
            return (
                f"The tables are larger than {most} as text.",
                "Leave out columns or rows that are not needed.",
            )
        if self.late():
            return f"The queries took longer than {limits.seconds:g} seconds.", "Narrow them with WHERE."
        return None


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 8


def _array(values: list[Any]) -> pa.Array | None:
    """Return a column: numbers as numbers where all are, else text; None where a value is no plain one."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} and kinds and all(v is None or abs(v) < 2**63 for v in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float} and kinds:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    cells = [_cell(value) for value in values]
    return None if any(cell is None for cell in cells) else pa.array(cells, pa.large_string())


def _cell(value: Any) -> str | None:
    """Return a value as a cell of a text file; None where it is no plain one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, bytes | bytearray | memoryview | list | dict | tuple):
        return None
    return str(value)


def _decimal(value: Decimal) -> str:
    """Return a number in plain digits that no reader takes for thousands: never three decimals."""
    if not value.is_finite():
        return ""
    plain = f"{value:f}"
    return plain + "0" * (len(plain.partition(".")[2]) == 3)


def _write(table: pa.Table, path: Path, form: str) -> None:
    if form == "parquet":
        pq.write_table(table, path)
        return
    frame = table.to_pandas()
    for name in frame.columns:
        if table.schema.field(name).type == pa.float64():
            frame[name] = ["" if v != v else _decimal(Decimal(number(v) or "0")) for v in frame[name]]
        elif table.schema.field(name).type == pa.int64():
            frame[name] = ["" if v is None else str(v) for v in table.column(name).to_pylist()]
    write_csv(path, frame)


def _refuse(report: Report, table: str, why: str, what_to_do: str) -> None:
    report.error("query", why, what_to_do, file=table)


def _tell_fault(fault: Exception, table: str, address: Address, limits: ImportLimits, report: Report) -> None:
    """Report what the database said, without any secret."""
    said = str(getattr(fault, "orig", None) or fault)
    first = next((line for line in said.splitlines() if line.strip()), type(fault).__name__)
    if _TOOK_TOO_LONG.search(said):
        why = f"The query of {table} took longer than {limits.seconds:g} seconds."
        report.error("timeout", why, "Narrow it with WHERE, or give more time.", file=table or None)
        return
    why = f"The database refused: {shown(address.masked(first))}"
    what = "Check the query." if table else "Check address, user, password, and whether it can be reached."
    report.error("database", why.rstrip(".") + ".", what, file=table or None, value=str(address))
