"""Published instances in three formats, and what is known about them.

| kind | file | source |
|---|---|---|
| `HESS` | ``*.json`` | Validi, Buchanan, Lykhovyd 2022, doi:10.1287/opre.2021.2141 |
| `DIAMETER` | ``*.in`` | Gliesch, Ritt, Moreira 2018, doi:10.1007/978-3-319-77449-7_11 |
| `MEDIAN` | ``*.txt`` | Lorena, Senne 2004, doi:10.1016/S0305-0548(03)00039-X |
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BEST_KNOWN = "best_known.csv"
DIAMETER_BAND = 0.05
"""Allowed deviation of each activity of a `DIAMETER` instance from its mean."""


class Kind(StrEnum):
    """Which problem an instance is of."""

    HESS = "hess"
    """Least moment of inertia about units, population within limits, contiguous."""
    DIAMETER = "districting_dl"
    """Smallest largest diameter, three activities each within a band, contiguous."""
    MEDIAN = "cpmp"
    """Capacitated p-median."""


ENDINGS = {".json": Kind.HESS, ".in": Kind.DIAMETER, ".txt": Kind.MEDIAN}


class NotAnInstance(ValueError):
    """A file that is in none of the three formats; the message says why."""


@dataclass(frozen=True, eq=False)
class Instance:
    """One instance as it stands in its file.

    Parameters
    ----------
    path, kind
        Where it was read from, and which problem it is.
    n_territories
        Territories wanted; the most medians of a `MEDIAN`.
    xy
        Places, shape ``(n_units, 2)``: km for `HESS`, units of the file for the others.
    activity
        Population, the three activities, or the demand, shape ``(n_units, n_measures)``.
    lower, upper
        Limits of what a territory may hold of each measure, shape ``(n_measures,)``.
    edges
        Neighbours, shape ``(n_edges, 2)``; empty where the kind has none.
    capacity
        Demand that a point can serve as a median, shape ``(n_units,)``; empty for the other kinds.
    """

    path: Path
    kind: Kind
    n_territories: int
    xy: NDArray[np.float64]
    activity: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    edges: NDArray[np.int64]
    capacity: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.path.stem

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.xy)


@dataclass(frozen=True)
class Known:
    """What others reached on an instance, None where nothing is stated.

    Parameters
    ----------
    best
        Best objective known; for `HESS` that of the published plan on the coordinates of the file.
    proven
        Proven optimum.
    bound
        Published lower bound, on the same coordinates.
    mean
        Mean objective of ten published runs.
    """

    best: float | None = None
    proven: float | None = None
    bound: float | None = None
    mean: float | None = None


def find_instances(folder: Path) -> list[Path]:
    """Return the files of `folder` and below that have the ending of an instance, sorted by path."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder; give a folder that holds instances")
    return sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())


def read_instance(path: Path) -> Instance:
    """Read one instance.

    Raises
    ------
    NotAnInstance
        Where the file is not in the format that its ending says.
    """
    reader = {Kind.HESS: _read_hess, Kind.DIAMETER: _read_diameter, Kind.MEDIAN: _read_median}
    try:
        return reader[ENDINGS[path.suffix]](path)
    except (KeyError, IndexError, TypeError, ValueError) as fault:
        reason = f"{type(fault).__name__}: {fault}"
        raise NotAnInstance(f"{path} is not in the format of a *{path.suffix} instance ({reason})") from fault


def read_all(paths: Iterable[Path]) -> tuple[list[Instance], list[str]]:
    """Return the instances among `paths` and, for every other file, why it is none."""
    instances, others = [], []
    for path in paths:
        try:
            instances.append(read_instance(path))
        except NotAnInstance as reason:
            others.append(str(reason))
    return instances, others


def _read_hess(path: Path) -> Instance:
    stated = json.loads(path.read_text(encoding="utf-8"))
    xy = np.array([stated["x_km"], stated["y_km"]], float).T
    population = np.array(stated["pop"], float).reshape(-1, 1)
    if not len(xy) == len(population) == stated["n"]:
        raise ValueError("n is not the number of units listed")
    edges = np.array(stated["edges"], np.int64).reshape(-1, 2)
    limits = np.array([stated["L"]], float), np.array([stated["U"]], float)
    return Instance(path, Kind.HESS, int(stated["k"]), xy, population, *limits, edges)


def _read_diameter(path: Path) -> Instance:
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    n = int(rows[0][0])
    units = np.array(rows[1 : n + 1], float)
    n_edges = int(rows[n + 1][0])
    edges = np.array(rows[n + 2 : n + 2 + n_edges], np.int64).reshape(-1, 2)
    k = int(rows[n + 2 + n_edges][0])
    activity = units[:, 3:6]
    mean = activity.sum(axis=0) / k
    limits = mean * (1 - DIAMETER_BAND), mean * (1 + DIAMETER_BAND)
    return Instance(path, Kind.DIAMETER, k, units[:, 1:3], activity, *limits, edges)


def _read_median(path: Path) -> Instance:
    numbers = path.read_text(encoding="utf-8").split()
    n, medians = int(numbers[0]), int(numbers[1])
    points = np.array(numbers[2 : 2 + 4 * n], float).reshape(n, 4)
    capacity = points[:, 2]
    limits = np.array([-np.inf]), np.array([capacity.max()])
    no_edges = np.empty((0, 2), np.int64)
    return Instance(path, Kind.MEDIAN, medians, points[:, :2], points[:, 3:], *limits, no_edges, capacity)


def known(instance: Instance) -> Known:
    """Return what ``best_known.csv`` beside the instance says about it."""
    table = instance.path.parent / BEST_KNOWN
    if not table.is_file():
        return Known()
    with table.open(encoding="utf-8", newline="") as rows:
        row = next((row for row in csv.DictReader(rows) if row.get("instance") == instance.name), None)
    return Known() if row is None else _known(row)


def _known(row: dict[str, str]) -> Known:
    def number(*columns: str) -> float | None:
        return next((float(row[column]) for column in columns if row.get(column)), None)

    published, bound = number("published_contiguous"), number("published_bound", "lagrangian_bound")
    if row.get("coordinates_exact") == "False":
        # The published optimum and bound hold on coordinates that nobody published.
        return Known(best=number("published_plan_on_these_coordinates"))
    proven = published if published is not None and published == bound else None
    best = number(
        "best_known", "best_diameter", "published_plan_on_these_coordinates", "published_contiguous"
    )
    return Known(best, proven, bound, number("mean_diameter_10_runs_30_min"))
