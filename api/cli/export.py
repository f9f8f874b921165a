"""``planner export``: a plan for other programs, and as changes for a CRM or a compensation system."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, print_problems, results, table

if TYPE_CHECKING:
    from data.exchange.load import Load, Step


class Format(StrEnum):
    """What is written."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    KML = "kml"
    SALESFORCE = "salesforce"
    VARICENT = "varicent"
    CLARI = "clari"


SYSTEMS = (Format.SALESFORCE, Format.VARICENT, Format.CLARI)
"""Formats that are changes for another system."""


def export(
    out: Annotated[
        Path, typer.Argument(help="Output folder of a solve; with --ids the folder of a load.", metavar="OUT")
    ],
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Files for other programs, or changes for a system."),
    ] = None,
    destination: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder to write; an earlier export there is replaced."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="PREVIOUS",
            help="Output folder of the plan that the system holds; else the alignment that OUT replaces.",
        ),
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(
            "--snapshot",
            metavar="DIR",
            help="Folder with exports of what the system holds now, such as Territory2.csv, with record ids.",
        ),
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(
            "--ids",
            metavar="DIR",
            help="Fill record ids into the load OUT, from success files of a loader or from exports.",
        ),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE",
            help="Ids and names of the system; else crm.toml of the plan folder.",
        ),
    ] = None,
    territory: Annotated[
        list[str] | None,
        typer.Option(
            "--territory",
            metavar="ID",
            help="Only this territory, in every file; for formats of other programs. Repeat for several.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell counts and problems, and write nothing.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace DIR also where it holds other files; they are lost.")
    ] = False,
    inputs: options.MovedInputs = None,
    as_json: options.AsJson = False,
) -> None:
    """Write a plan for other programs, or what must change in a system so that it says what the plan says.

    Changes come as numbered files in the order in which they are loaded, with load_order.json, README.txt, and a
    roll-back that restores the state before. Only what differs is written.

    \b
    Examples:
      planner export out --format xlsx -o book
      planner export out --format salesforce --dry-run
      planner export out --format salesforce --snapshot exports -o load
      planner export load --ids success -o load

    Exit codes: 0 written, or nothing wrong in a dry run; 1 a dry run found errors; 2 a folder or an option cannot be
    used, or there are errors: nothing was written.
    """
    _check(form, destination, ids, dry_run, against, snapshot, settings, territory)
    with errors_in_words(as_json=as_json):
        if ids is not None:
            told = _fill(out, ids, None if dry_run else destination, overwrite)
        elif form in SYSTEMS:
            told = _changes(
                out, form, None if dry_run else destination, against, snapshot, settings, inputs, overwrite
            )
        else:
            assert form is not None
            assert destination is not None
            told = _files(out, form, destination, territory, inputs, overwrite)
    problems = told.pop("found")
    if as_json:
        print_json({**told, "problems": [problem.as_dict() for problem in problems]})
    else:
        if problems:
            print_problems(problems)
        _print(told)
    raise typer.Exit(ExitCode.OK if told["ok"] else ExitCode.FAULTS)


def _check(
    form: Format | None,
    destination: Path | None,
    ids: Path | None,
    dry_run: bool,
    against: Path | None,
    snapshot: Path | None,
    settings: Path | None,
    territory: list[str] | None,
) -> None:
    """Refuse options that do not go together."""
    if ids is not None and form is not None:
        raise typer.BadParameter("--ids takes the format from the load; leave --format out")
    if ids is None and form is None:
        raise typer.BadParameter("say which format, with --format")
    if destination is None and not dry_run:
        raise typer.BadParameter("name a folder to write, with -o or --out, or ask for a --dry-run")
    if against is not None and snapshot is not None:
        raise typer.BadParameter("--against and --snapshot both say what the system holds; keep one")
    to_system = form in SYSTEMS
    for name, given in (("--against", against), ("--snapshot", snapshot), ("--settings", settings)):
        if given is not None and not to_system:
            raise typer.BadParameter(f"{name} is for {', '.join(SYSTEMS)}")
    if dry_run and not to_system and ids is None:
        raise typer.BadParameter(f"--dry-run is for {', '.join(SYSTEMS)}")
    if territory and (to_system or ids is not None):
        raise typer.BadParameter("--territory is for files of other programs; a system gets the whole plan")


def _files(
    out: Path,
    form: Format,
    destination: Path,
    territory: list[str] | None,
    inputs: Path | None,
    overwrite: bool,
) -> dict[str, Any]:
    from data.exchange.formats import FORMS, export_plan

    wanted = next(one for one in FORMS if one == form.value)
    done = export_plan(
        out, wanted, destination, territories=territory or None, inputs=inputs, overwrite=overwrite
    )
    return {
        "ok": True,
        "out": str(destination),
        "files": [path.name for path in done.files],
        "rows": dict(done.rows),
        "found": done.problems,
    }


def _fill(load: Path, ids: Path, destination: Path | None, overwrite: bool) -> dict[str, Any]:
    from data.exchange.fill_ids import fill_ids

    done = fill_ids(load, ids, destination, overwrite=overwrite)
    return {
        "ok": True,
        "out": None if destination is None else str(destination),
        "ids_found": done.found,
        "ids_missing": done.missing,
        "found": done.problems,
    }


def _changes(
    out: Path,
    form: Format | None,
    destination: Path | None,
    against: Path | None,
    snapshot: Path | None,
    settings: Path | None,
    inputs: Path | None,
    overwrite: bool,
) -> dict[str, Any]:
    from data.exchange.crm import LOADERS, prepare
    from data.exchange.load_folder import write_load

    target = next(one for one in LOADERS if form is not None and one == form.value)
    load = prepare(out, target, settings, against=against, snapshot=snapshot, inputs=inputs)
    if destination is not None:
        write_load(load, destination, overwrite=overwrite)
    return {
        "ok": load.ok,
        "out": None if destination is None else str(destination),
        "against": load.against,
        "counts": load.counts(),
        "unchanged": dict(load.unchanged),
        **_told(load),
        "found": load.problems,
    }


def _told(load: Load) -> dict[str, Any]:
    def of(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
        return [
            {
                "file": step.file(number),
                "object": step.kind,
                "action": step.action,
                "rows": len(step.rows),
                "needs_ids": list(step.needs_ids),
                "why": step.why,
            }
            for number, step in enumerate(steps, start=1)
        ]

    return {"steps": of(load.steps), "rollback": of(load.rollback)}


def _print(told: dict[str, Any]) -> None:
    console = results()
    if "rows" in told:
        for name, count in told["rows"].items():
            console.print(f"{name}: {count:,} rows", markup=False)
    elif "ids_found" in told:
        console.print(
            f"{told['ids_found']:,} record ids filled in; {told['ids_missing']:,} are still to come.",
            markup=False,
        )
    elif told["steps"]:
        rows = [(step["file"], f"{step['rows']:,}", " ".join(step["needs_ids"])) for step in told["steps"]]
        console.print(
            table(f"To load, against {told['against']}", ("file", "rows", "needs record ids of"), rows)
        )
        back = sum(step["rows"] for step in told["rollback"])
        console.print(
            f"Roll-back: {back:,} rows in {len(told['rollback'])} files.",
            markup=False,
        )
    elif told["ok"]:
        console.print(f"Nothing differs from {told['against']}: nothing is to be loaded.", markup=False)
    where = "Nothing was written." if told["out"] is None else f"Written to {told['out']}."
    console.print(where, markup=False)
