"""``planner seats``: somebody leaves, somebody is hired, and as little else as possible changes."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.screen import results
from api.cli.solve import plan_to_files
from planner.seat_changes import Hire, SeatChanges

if TYPE_CHECKING:
    from data.assembled import Assembled
    from planner.plan import Plan
    from planner.solving import Observer
    from planner.stop import Stop

EXAMPLES = """
\b
Examples:
  planner seats data/samples/iowa --leave S25 -o out
  planner seats FOLDER --leave S12 --hire 2 --home 41.6,-93.6 --region west -o out
  planner compare out

Exit codes: as for planner solve.
"""
PREFIX = "NEW-"
"""How the ids of new seats begin."""


def seats(
    folder: options.Folder,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="OUT", help="Output folder; an earlier output there is replaced."
        ),
    ],
    leave: Annotated[
        list[str] | None,
        typer.Option("--leave", metavar="SEAT", help="Seat that is given up. Repeat for several."),
    ] = None,
    hire: Annotated[int, typer.Option("--hire", min=0, max=1000, help="How many new seats.")] = 0,
    home: Annotated[
        list[str] | None,
        typer.Option(
            "--home",
            metavar="LAT,LON",
            help="Home of a new rep in degrees; repeat for several, in the order of hiring.",
        ),
    ] = None,
    region: Annotated[
        str, typer.Option("--region", help="Region of the new seats, as in the hierarchy.")
    ] = "",
    target: options.Target = None,
    over_assignment: options.OverAssignment = None,
    seed: options.Seed = None,
    time_limit: options.TimeLimit = None,
    iterations: options.Iterations = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Let seats come or go with as little disturbance as possible.

    What a rep leaves behind is absorbed by neighbours; new seats are peeled from overloaded territories. Nobody else
    changes as long as the rules can hold so: the search widens ring by ring. Who is outside the limits today may stay
    so. The outcome tells the sales that change hands and what of them is expected to be lost.
    """
    if not leave and not hire:
        raise typer.BadParameter("nothing would change: name --leave SEAT or --hire NUMBER")
    changes = SeatChanges(tuple(leave or ()), new_seats(hire, home or [], region))
    overrides = options.scenario_changes(
        target=target, over_assignment=over_assignment, seed=seed, time_limit_s=time_limit
    )

    notes: list[str] = []

    def making(
        path: Path, asked: Mapping[str, Any], stop: Stop, observer: Observer
    ) -> tuple[Assembled, Plan]:
        from api.seat_planning import plan_seat_changes

        assembled, plan = plan_seat_changes(path, changes, asked, stop, observer)
        notes.extend(plan.result.report.notes)
        return assembled, plan

    code = plan_to_files(
        folder, out, overrides, iterations=iterations, quiet=quiet, as_json=as_json, making=making
    )
    if not quiet and not as_json:
        for note in notes:
            results().print(note, markup=False)
    raise typer.Exit(code)


seats.__doc__ = f"{cleandoc(seats.__doc__ or '')}\n{EXAMPLES}"


def new_seats(number: int, homes: list[str], region: str) -> tuple[Hire, ...]:
    """Return new seats with the homes that are known.

    Raises
    ------
    typer.BadParameter
        Where there are more homes than seats, or one is no place.
    """
    if len(homes) > number:
        raise typer.BadParameter(f"--home is stated {len(homes)} times, but --hire is {number}")
    places = [_place(home) for home in homes] + [(None, None)] * (number - len(homes))
    return tuple(
        Hire(f"{PREFIX}{n}", latitude, longitude, region) for n, (latitude, longitude) in enumerate(places, 1)
    )


def _place(text: str) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no place: write LAT,LON in degrees, such as 41.6,-93.6"
        ) from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise typer.BadParameter(f"{text!r} lies outside -90…90, -180…180 degrees")
    return latitude, longitude
