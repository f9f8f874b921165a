"""Which column of a file is which column of the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.read.raw import RawColumn, RawTable
from data.read.report import Report, shown
from data.schema import Column, Table, key, nearest

IGNORE = "ignore"
"""Key of a ``[columns.<table>]`` table that lists headers to leave out."""


@dataclass(frozen=True)
class ColumnMap:
    """What ``[columns.<table>]`` of plan.toml says: canonical name → header, and headers to leave out."""

    source: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()

    def within(self, table: RawTable, beside: Sequence[RawTable | None]) -> ColumnMap:
        """Return what concerns `table`: without headers that it lacks and another file of the same table has."""
        own = {key(header) for header in table.headers}
        others = {key(header) for other in beside if other is not None for header in other.headers} - own
        return ColumnMap(
            {name: header for name, header in self.source.items() if key(header) not in others},
            tuple(header for header in self.ignore if key(header) not in others),
        )


@dataclass(frozen=True, eq=False)
class Matched:
    """A table whose columns were found.

    Parameters
    ----------
    schema, raw
        What was looked for and where.
    found
        Column of the file by canonical name.
    measures
        Columns that plan.toml names as measures: name → column.
    others
        Columns that match nothing, in order.
    """

    schema: Table
    raw: RawTable
    found: dict[str, RawColumn]
    measures: dict[str, RawColumn]
    others: tuple[RawColumn, ...]


def match_columns(raw: RawTable, schema: Table, mapping: ColumnMap, report: Report) -> Matched:
    """Find the columns of `schema` in `raw`: by plan.toml, then by name and alias, then by fallback.

    Reported: two columns for one name, headers that are empty or repeated, names in plan.toml that fit nothing,
    required columns that are missing.
    """
    usable = _usable(raw, report)
    ignored = _headers(mapping.ignore, usable, raw, schema, report, IGNORE)
    usable = [column for column in usable if not any(column is other for other in ignored)]
    found, measures = _mapped(usable, raw, schema, mapping, report)
    taken = {id(column) for column in [*found.values(), *measures.values()]}
    for wanted in schema.columns:
        if wanted.name in found:
            continue
        free = [column for column in usable if id(column) not in taken]
        column = _match(wanted, free, raw, schema, report)
        if column is not None:
            found[wanted.name] = column
            taken.add(id(column))
    _tell_missing(found, raw, schema, report)
    others = tuple(column for column in usable if id(column) not in taken)
    return Matched(schema, raw, found, measures, others)


def _usable(raw: RawTable, report: Report) -> list[RawColumn]:
    """Return columns with a header of their own; report the others where they hold anything."""
    seen: dict[str, int] = {}
    usable: list[RawColumn] = []
    for number, column in enumerate(raw.columns, start=1):
        if not column.header.strip():
            filled = column.text.str.strip() != ""
            if filled.any():
                at = int(filled.to_numpy().argmax())
                report.warning(
                    "unnamed_column",
                    f"Column number {number} has cells but no header; it was left out.",
                    "Give it a header, or remove it.",
                    file=raw.file,
                    row=int(raw.row[at]),
                    value=shown(column.text.iloc[at]),
                )
            continue
        if column.header in seen:
            report.error(
                "duplicate_column",
                f"Columns number {seen[column.header]} and {number} have the same header.",
                "Rename or remove one of them.",
                file=raw.file,
                row=1,
                column=column.header,
            )
            continue
        seen[column.header] = number
        usable.append(column)
    return usable


def _headers(
    names: tuple[str, ...], usable: list[RawColumn], raw: RawTable, schema: Table, report: Report, at: str
) -> list[RawColumn]:
    out = []
    for name in names:
        column = _by_header(name, usable)
        if column is None:
            near = nearest(name, [c.header for c in usable])
            report.error(
                "unknown_column",
                f"plan.toml speaks of a column {name!r} of {raw.file}, which the file does not have."
                + (f" The nearest is {near!r}." if near else ""),
                f"Correct [columns.{schema.name}] in plan.toml.",
                file="plan.toml",
                column=f"columns.{schema.name}.{at}",
                value=name,
            )
        else:
            out.append(column)
    return out


def _by_header(name: str, usable: list[RawColumn]) -> RawColumn | None:
    exact = [column for column in usable if column.header == name]
    near = exact or [column for column in usable if key(column.header) == key(name)]
    return near[0] if len(near) == 1 else None


def _mapped(
    usable: list[RawColumn], raw: RawTable, schema: Table, mapping: ColumnMap, report: Report
) -> tuple[dict[str, RawColumn], dict[str, RawColumn]]:
    """Return the columns that plan.toml names: those of the schema, and measures of other names."""
    found: dict[str, RawColumn] = {}
    measures: dict[str, RawColumn] = {}
    for name, header in mapping.source.items():
        at = f"columns.{schema.name}.{name}"
        wanted = schema.column(name) or next((c for c in schema.columns if key(c.name) == key(name)), None)
        if wanted is None and not schema.measures:
            near = nearest(name, [c.name for c in schema.columns])
            report.error(
                "unknown_column",
                f"{schema.name} has no column {name!r}." + (f" The nearest is {near!r}." if near else ""),
                f"Use one of {', '.join(c.name for c in schema.columns)}.",
                file="plan.toml",
                column=at,
                value=header,
            )
            continue
        columns = _headers((header,), usable, raw, schema, report, name)
        if not columns:
            continue
        if any(columns[0] is other for other in [*found.values(), *measures.values()]):
            report.error(
                "ambiguous_column",
                f"plan.toml maps the column {header!r} of {raw.file} twice.",
                f"Keep one line of it in [columns.{schema.name}].",
                file="plan.toml",
                column=at,
                value=header,
            )
        elif wanted is not None:
            found[wanted.name] = columns[0]
        else:
            measures[name] = columns[0]
    return found, measures


def _match(
    wanted: Column, free: list[RawColumn], raw: RawTable, schema: Table, report: Report
) -> RawColumn | None:
    for names, weak in (((wanted.name, *wanted.aliases), False), (wanted.fallback, True)):
        keys = {key(name) for name in names}
        hits = [column for column in free if key(column.header) in keys]
        if len(hits) > 1:
            # Formats with a feature id bring an empty column along: it does not compete.
            hits = [column for column in hits if (column.text.str.strip() != "").any()] or hits[:1]
        if len(hits) > 1:
            listed = " and ".join(repr(column.header) for column in hits)
            report.error(
                "ambiguous_column",
                f"The columns {listed} could both be {wanted.name!r}.",
                f"Say which in plan.toml: [columns.{schema.name}] {wanted.name} = {hits[0].header!r}, and list the "
                "other under ignore; or rename or remove one.",
                file=raw.file,
                row=1,
                column=hits[0].header,
                value=hits[1].header,
            )
            return hits[0]
        if hits:
            if weak:
                report.warning(
                    "fallback_column",
                    f"The column {hits[0].header!r} was read as {wanted.name!r}, as no other column is.",
                    f"If it is not, list it in plan.toml under [columns.{schema.name}] ignore = [{hits[0].header!r}].",
                    file=raw.file,
                    row=1,
                    column=hits[0].header,
                )
            return hits[0]
    return None


def _tell_missing(found: dict[str, RawColumn], raw: RawTable, schema: Table, report: Report) -> None:
    headers = [header for header in raw.headers if header]
    for wanted in schema.columns:
        if wanted.required and wanted.name not in found:
            tell_missing_column(wanted.name, headers, raw.file, schema, report)


def tell_missing_column(name: str, headers: list[str], file: str, schema: Table, report: Report) -> None:
    """Report a column that must be there, with what is there instead."""
    listed = ", ".join(repr(shown(header)) for header in headers[:20]) + (" …" if len(headers) > 20 else "")
    near = nearest(name, headers)
    one = " The file has one column only; perhaps its separator is none of comma, semicolon, tab, bar." * (
        len(headers) == 1
    )
    report.error(
        "missing_column",
        f"The column {name!r} is missing; the file has {listed}."
        + (f" The nearest is {near!r}." if near else "")
        + one,
        f'Rename the column to {name!r}, or map it in plan.toml: [columns.{schema.name}] {name} = "…".',
        file=file,
        row=1,
        column=name,
    )
