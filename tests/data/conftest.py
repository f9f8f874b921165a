"""A toy sales force on a grid, as files, as an assembled problem and as a plan, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.assembled import Assembled
from data.export import write_plan
from data.folder import PlanFolder
from geo.crs import Projection
from planner.accounts import Accounts
from planner.alignment import Alignment
from planner.errors import Problem, Severity
from planner.graph import Graph
from planner.objective import Objective
from planner.plan import Plan, Provenance
from planner.problem import AlignmentProblem, Measure
from planner.quota.quota_plan import BridgeStep, Equation, QuotaPlan
from planner.scenario import Band, QuotaSettings, Scenario
from planner.scorecard import current_scorecard, scorecard
from planner.seats import Territories
from planner.solving import SolveReport, SolveResult, Status
from planner.stop import Termination
from planner.units import Units

WEST, SOUTH, STEP = -93.6, 41.5, 0.1
COLUMNS, ROWS = 6, 2
TERRITORY_IDS = ("007", "=T2", "Nörd, 3")
SEAT_IDS = ("S1", "S2", "S3")


@dataclass
class Toy:
    """Where the input files stand, the assembled problem, and the plan made from it."""

    folder: Path
    assembled: Assembled
    plan: Plan


@pytest.fixture
def make_toy(tmp_path: Path) -> Callable[..., Toy]:
    """Build a toy in the folder ``plan`` of the test; see `_toy`."""
    return partial(_toy, tmp_path / "plan")


@pytest.fixture(scope="session")
def toy_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the full toy once: a folder that holds its ``plan`` and its ``out``."""
    place = tmp_path_factory.mktemp("toy")
    toy = _toy(place / "plan")
    write_plan(place / "out", toy.assembled, toy.plan)
    return place


def _toy(
    path: Path, areas: bool = True, accounts: bool = True, quotas: bool = True, split: bool = False
) -> Toy:
    """Build a grid of 6 × 2 areas, two accounts in each, three seats, and two accounts without a place."""
    path.mkdir()
    frames = _frames(areas, accounts)
    _write_inputs(path, frames)
    prints = {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(path.iterdir())}
    folder = PlanFolder(path, fingerprints=prints, **frames)
    assembled = _assemble(folder, split)
    return Toy(path, assembled, _plan(assembled, quotas))


def _frames(areas: bool, accounts: bool) -> dict[str, object]:
    column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    column, row = column.ravel(), row.ravel()
    area_id = [f"0{5000 + at}" for at in range(len(column))]
    # In force: stripes of two columns, shifted by one, so that some areas change hands.
    current = [TERRITORY_IDS[min((c + 1) // 2, 2)] for c in column]
    west, south = WEST + column * STEP, SOUTH + row * STEP
    shapes = shapely.box(west, south, west + STEP, south + STEP)
    frames: dict[str, object] = {
        "seats": pd.DataFrame(
            {
                "seat_id": SEAT_IDS,
                "territory_id": TERRITORY_IDS,
                "rep_name": ["Ann", "=HYPERLINK(1)", "+Bob"],
                "region": "West",
            }
        )
    }
    if areas:
        frames["units"] = gpd.GeoDataFrame(
            {"unit_id": area_id, "name": area_id, "territory_id": current, "locked": False, "people": 100.0},
            geometry=shapes,
            crs="EPSG:4326",
        )
        frames["unit_measures"] = ("people",)
    if accounts:
        n = 2 * len(area_id)
        frames["accounts"] = pd.DataFrame(
            {
                "account_id": [*(f"{at:03d}" for at in range(n)), "-lost", "unknown"],
                "latitude": [*np.repeat(south + STEP / 2, 2), np.nan, np.nan],
                "longitude": [*(np.repeat(west, 2) + np.tile([0.25, 0.75], n // 2) * STEP), np.nan, np.nan],
                "unit_id": "",
                "territory_id": [*np.repeat(current, 2), "007", ""],
                "seat_id": [*["S3"], *[""] * (n + 1)],
                "locked": [False, True, *[False] * n],
                "sales": [*np.linspace(10, 10.5, n), 2.25, 7.5],
            }
        )
        frames["account_measures"] = ("sales",)
    return frames


def _write_inputs(path: Path, frames: dict[str, object]) -> None:
    for name in ("accounts", "seats"):
        if name in frames:
            frames[name].to_csv(path / f"{name}.csv", index=False)
    if "units" in frames:
        (path / "units.geojson").write_text(frames["units"].to_json(drop_id=True), "utf-8")


def _assemble(folder: PlanFolder, split: bool) -> Assembled:
    places = folder.units.geometry.representative_point() if folder.units is not None else None
    lon = folder.accounts["longitude"] if places is None else places.x
    lat = folder.accounts["latitude"] if places is None else places.y
    projection = Projection.for_points(lon.dropna(), lat.dropna())
    k = len(TERRITORY_IDS)
    index = pd.Index(TERRITORY_IDS)
    accounts = folder.accounts
    by_account = folder.units is None or split
    shapes = None if folder.units is None else projection.shapes_to_m(folder.units.geometry)
    if accounts is not None:
        placed = accounts["latitude"].notna().to_numpy()
        degrees = accounts[["longitude", "latitude"]].to_numpy()
        area = np.where(placed, np.arange(len(accounts)) // 2, -1) if folder.units is not None else None
        account_area = np.full(len(accounts), -1) if area is None else area
        unit = np.where(placed, np.cumsum(placed) - 1, -1) if by_account else account_area
        fixed = np.full(len(accounts), -1)
        fixed[accounts["account_id"] == "-lost"] = 0
        fixed[accounts["seat_id"] == "S3"] = 2
        activity = np.c_[accounts["sales"], np.ones(len(accounts))]
        current = index.get_indexer(accounts["territory_id"])
        entity = Accounts(accounts["account_id"], unit, fixed, current, activity)
        free = (unit >= 0) & (fixed < 0)
        names, previous = ("sales", "accounts"), accounts["territory_id"].to_numpy(dtype=object)
        held = np.zeros((k, 2))
        np.add.at(held, fixed[fixed >= 0], activity[fixed >= 0])
        n_units = unit.max() + 1
        unit_activity = np.zeros((n_units, 2))
        np.add.at(unit_activity, unit[free], activity[free])
        unit_current = np.full(n_units, -1)
        unit_current[unit[unit >= 0]] = current[unit >= 0]
    else:
        entity, names, held = None, ("people", "units"), np.zeros((k, 2))
        degrees, account_area = np.zeros((0, 2)), np.zeros(0, int)
        unit_activity = np.c_[folder.units["people"], np.ones(len(folder.units))]
        unit_current = index.get_indexer(folder.units["territory_id"])
        previous = folder.units["territory_id"].to_numpy(dtype=object)
    if by_account:
        xy_m = projection.to_m(*degrees[placed].T)
        units = Units.points(accounts["account_id"][placed], xy_m)
        graph, unit_area, unit_shapes = None, account_area[placed], None
    else:
        inner = shapes.representative_point()
        units = Units(folder.units["unit_id"], np.c_[inner.x, inner.y], shapes.area, shapes.length)
        at = np.arange(COLUMNS * ROWS).reshape(ROWS, COLUMNS)
        pairs = [*zip(at[:, :-1].ravel(), at[:, 1:].ravel()), *zip(at[:-1].ravel(), at[1:].ravel())]  # noqa: B905
        graph = Graph.from_edges(len(units), pairs, np.full(len(pairs), 1e4))
        unit_area, unit_shapes = np.arange(len(units)), shapes
    total = unit_activity.sum(axis=0) + held.sum(axis=0)
    share = np.full(k, 1 / k)
    problem = AlignmentProblem(
        units=units,
        territories=Territories(TERRITORY_IDS, SEAT_IDS, np.full((k, 2), np.nan), held),
        measures=(
            Measure.banded(names[0], total[0], share, 0.3, 0.3),
            Measure.watched(names[1], total[1], share),
        ),
        activity=unit_activity,
        objective=Objective(unit_activity[:, 0], np.zeros(len(units))),
        graph=graph,
        contiguous=graph is not None,
        current=unit_current,
    )
    return Assembled(
        folder=folder,
        scenario=Scenario(
            name="Toy",
            measures={names[0]: Band(0.3, 0.3)},
            quota=QuotaSettings(target_cents=100_003, over_assignment=0.1),
        ),
        problem=problem,
        accounts=entity,
        account_place_deg=degrees,
        account_place_source=np.where(np.isfinite(degrees[:, 0]), "coordinates", ""),
        account_area=account_area,
        unit_area=unit_area,
        previous_territory=previous,
        shapes=unit_shapes,
        projection=projection,
        history=None,
        problems=(
            Problem("A cell looks like =SUM(1).", "Look.", "accounts.csv", 3, severity=Severity.WARNING),
        ),
    )


def _plan(assembled: Assembled, quotas: bool) -> Plan:
    problem = assembled.problem
    lon = assembled.projection.to_degrees(problem.units.xy_m)[:, 0]
    territory = np.clip(((lon - WEST) / (2 * STEP)).astype(int), 0, 2)
    result = SolveResult(
        Alignment(territory),
        Status.FEASIBLE,
        Termination.NO_IMPROVEMENT,
        SolveReport("toy", objective=10.0, bound=9.0, bound_kind="a bound", seconds=0.5, iterations=3),
    )
    return Plan(
        result=result,
        before=current_scorecard(problem, assembled.accounts),
        after=scorecard(problem, territory, assembled.accounts),
        quotas=_quotas() if quotas else None,
        provenance=Provenance(
            inputs=dict(assembled.folder.fingerprints),
            versions={"territory-planner": "0.1.0"},
            started="2026-01-02T03:04:05+00:00",
        ),
    )


def _quotas() -> QuotaPlan:
    cents = np.array([[[10_001, 20_002]], [[20_001, 20_000]], [[30_000, 9_999]]])
    by_period = cents.sum(axis=(0, 1))
    return QuotaPlan(
        currency="USD",
        components=("total",),
        periods=("2026-H1", "2026-H2"),
        amount_cents=cents,
        target_cents=np.array([100_003]),
        street_cents=np.array([110_003]),
        over_assignment=0.1,
        last_year_cents=np.array([1, 2, 3]),
        history_share=np.full(3, 1 / 3),
        potential_share=np.full(3, 1 / 3),
        blended_share=np.full(3, 1 / 3),
        final_share=cents.sum(axis=(1, 2)) / cents.sum(),
        limited_by=("", "", ""),
        node_cents={"company": 110_003},
        equations=tuple(
            Equation(name, kind, int(sums), int(sums))
            for name, kind, sums in [
                ("street quota", "over_assignment", cents.sum()),
                ("street quota total", "components", cents.sum()),
                *((f"street quota total 2026-H{p + 1}", "company_periods", by_period[p]) for p in range(2)),
                *(
                    (f"territory {TERRITORY_IDS[t]} total", "territory_periods", cents[t].sum())
                    for t in range(3)
                ),
            ]
        ),
        bridge=(
            BridgeStep("company target", None, 100_003, 100_003),
            BridgeStep("over-assignment, plan", 0.1, 10_000, 110_003),
        ),
        notes=("=A note that looks like a formula",),
    )
