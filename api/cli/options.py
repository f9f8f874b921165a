"""Options that several commands share, and the changes to a scenario that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from api.cli.amounts import MeasureBand, amount, fraction, measure_band
from api.cli.amounts import territories as territories_asked
from planner.basic_unit import BasicUnit
from planner.demands import NumberOfTerritories as NumberAsked
from planner.demands import Span
from planner.shape import Compactness

Value = TypeVar("Value")


class CentreChoice(StrEnum):
    """Point that compactness is measured from."""

    AUTO = "auto"
    HOME = "home"
    CENTROID = "centroid"
    UNIT = "unit"


def parser(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return `parse` with its complaint told as a usage error."""

    def parsed(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parsed


Folder = Annotated[
    Path,
    typer.Argument(
        help="Plan folder: accounts.csv or units.* and, where there are any, seats, history, targets, "
        "hierarchy, rules, plan.toml.",
        metavar="FOLDER",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else there.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress bar and no tables; errors still show.")
]
MovedInputs = Annotated[
    Path | None,
    typer.Option("--inputs", "-i", metavar="FOLDER", help="Plan folder it was made from, if that has moved."),
]
NumberOfTerritories = Annotated[
    Span | None,
    typer.Option(
        "--territories",
        "-n",
        parser=parser(territories_asked),
        metavar="NUMBER",
        help="How many territories: 40; 35..45 for the fewest of these that keep the rules; `capacity` for as few as "
        "can carry the workload. Else one per seat, or as many as there are today.",
    ),
]
Balance = Annotated[
    list[MeasureBand] | None,
    typer.Option(
        "--balance",
        "-b",
        parser=parser(measure_band),
        metavar="NAME=BAND",
        help="Hard balance band of a measure, as a fraction or percent of the ideal: potential=0.10 or "
        "potential=10%; NAME=BELOW:ABOVE where the sides differ. Repeat for several measures. `accounts` "
        "counts accounts, `units` counts units. Replaces the measures of plan.toml.",
    ),
]
Contiguous = Annotated[
    bool | None,
    typer.Option(
        "--contiguous/--no-contiguous",
        help="Whether every territory must hang together; else yes for areas, no for points.",
    ),
]
Target = Annotated[
    Decimal | None,
    typer.Option(
        "--target",
        parser=parser(amount),
        metavar="AMOUNT",
        help="Company target, e.g. 120000000 or 120_000_000.50; without one, here or in the folder, there "
        "are no quotas.",
    ),
]
OverAssignment = Annotated[
    float | None,
    typer.Option(
        "--over-assignment",
        parser=parser(fraction),
        metavar="FRACTION",
        help="Street quota over target less 1, e.g. 0.05 or 5%.",
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Random seed: with --iterations, same plan again.")
]
TimeLimit = Annotated[
    float | None, typer.Option("--time-limit", min=0.0, metavar="SECONDS", help="Seconds to optimise.")
]
Iterations = Annotated[
    int | None,
    typer.Option("--iterations", min=1, help="Stop after this many rounds: reproducible on any machine."),
]
BasicUnits = Annotated[
    BasicUnit | None,
    typer.Option(
        "--basic-unit",
        help="What territories are made of: whole areas (unit), areas split where one is too big (split), "
        "single accounts (account), or whatever the folder suggests (auto).",
    ),
]
CentreOption = Annotated[
    CentreChoice | None,
    typer.Option(
        "--centre",
        help="Distance from the seats' homes, the territories' own centroids or best units, or what fits (auto).",
    ),
]
CompactnessOption = Annotated[
    Compactness | None,
    typer.Option(
        "--compactness",
        help="What is optimised: moment of inertia, sum of distances (p-median), travel hours, or the largest "
        "diameter of a territory.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-w",
        min=1,
        metavar="NUMBER",
        help="Processes of this machine that work side by side: on cases of a sweep, on regions of one plan.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Dask scheduler whose workers do it, such as tcp://10.0.0.5:8786.",
    ),
]
DisruptionKm = Annotated[
    float | None,
    typer.Option(
        "--disruption-km",
        min=0.0,
        metavar="KM",
        help="Price of a change of owner: an account that moves costs as much as the same account this many "
        "km off centre.",
    ),
]


def scenario_changes(
    *,
    territories: NumberAsked = None,
    balance: list[MeasureBand] | None = None,
    contiguous: bool | None = None,
    target: Decimal | None = None,
    over_assignment: float | None = None,
    seed: int | None = None,
    time_limit_s: float | None = None,
    basic_unit: BasicUnit | None = None,
    centre: CentreChoice | None = None,
    compactness: Compactness | None = None,
    disruption_km: float | None = None,
) -> dict[str, Any]:
    """Return the fields of a scenario that the given options change; what was not given is absent.

    Raises
    ------
    typer.BadParameter
        Where a measure is given twice.
    """
    changes: dict[str, Any] = {
        "territories": territories,
        "contiguous": contiguous,
        "seed": seed,
        "time_limit_s": time_limit_s,
        "basic_unit": basic_unit,
        "centre": None if centre is None else centre.value,
        "compactness": compactness,
        "disruption_km": disruption_km,
    }
    quota = {"target": target, "over_assignment": over_assignment}
    changes["quota"] = {name: value for name, value in quota.items() if value is not None} or None
    if balance:
        names = [item.name for item in balance]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise typer.BadParameter(f"--balance states {', '.join(twice)} more than once")
        changes["measures"] = {item.name: item.band for item in balance}
    return {name: value for name, value in changes.items() if value is not None}
