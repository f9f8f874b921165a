"""The shipped sample: it reads and assembles, keeps its real gaps, and is what its script makes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import data.samples
from data.assemble import assemble
from data.assembled import Assembled
from data.folder import PlanFolder
from data.read import read_folder
from data.samples import build_iowa
from planner.alignment import NOBODY
from planner.errors import Severity
from planner.scorecard import current_scorecard

IOWA = Path(data.samples.__file__).parent / "iowa"
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def folder() -> PlanFolder:
    return read_folder(IOWA)


@pytest.fixture(scope="module")
def assembled(folder: PlanFolder) -> Assembled:
    return assemble(folder)


def test_it_reads_without_errors_and_keeps_the_gaps(folder):
    assert all(problem.severity is Severity.WARNING for problem in folder.problems)
    accounts = folder.accounts
    assert len(accounts) == 2885
    assert (accounts["name"] == "").sum() == 589
    assert accounts["latitude"].isna().sum() == 714
    assert accounts["sales"].sum() == pytest.approx(428_123_536, abs=1)
    assert len(folder.units) == 99
    assert folder.adjacency is None
    assert set(folder.seats["region"]) <= set(folder.hierarchy["node_id"])


def test_it_fills_thirty_territories_with_homes_in_iowa(assembled):
    problem = assembled.problem
    assert problem.n_territories == 30
    assert problem.territories.have_home.all()
    land = assembled.projection.shapes_to_m(assembled.folder.units.geometry).union_all()
    homes = gpd.GeoSeries(gpd.points_from_xy(*problem.territories.home_xy_m.T), crs=assembled.projection.wkt)
    assert (homes.distance(land) < 1000).all()


def test_every_account_is_accounted_for(assembled):
    accounts, problem = assembled.accounts, assembled.problem
    assert accounts.unplaced.sum() == 545
    assert (accounts.fixed >= 0).sum() == 45
    total = problem.activity.sum(axis=0) + problem.territories.fixed_activity.sum(axis=0)
    assert total + accounts.activity[accounts.unplaced].sum(axis=0) == pytest.approx(
        accounts.activity.sum(axis=0)
    )
    assert problem.graph.pieces(np.zeros(problem.n_units, np.int32))[0] == 1


def test_the_status_quo_is_plausible_and_out_of_balance(assembled):
    before = current_scorecard(assembled.problem, assembled.accounts)
    sales = before.deviation[:, before.measures.index("sales")]
    assert sales.min() < -0.5
    assert 0.8 < sales.max() < 1.5
    placed = ~assembled.accounts.unplaced
    assert (assembled.accounts.current[placed] != NOBODY).mean() > 0.95


def test_the_history_is_monthly_and_complete(assembled):
    history = assembled.history
    assert (history.periods[0], history.periods[-1], len(history.periods)) == ("2012-01", "2022-10", 130)
    by_year = pd.Series(history.amount_cents).groupby(np.array(history.periods)[history.period]).sum()
    assert by_year[by_year.index.str.startswith("2021")].sum() / 100 == pytest.approx(428_123_536, abs=1)


def test_what_is_made_up_is_what_the_script_makes():
    text = {"account_id": str, "postal_code": str, "territory_id": str}
    accounts = pd.read_csv(IOWA / "accounts.csv", dtype=text)
    history = pd.read_parquet(IOWA / "history.parquet")
    units = gpd.read_file(IOWA / "units.geojson")
    seats, with_territory, target = build_iowa.make_up(accounts.drop(columns="territory_id"), history, units)
    assert list(with_territory["territory_id"]) == list(accounts["territory_id"].fillna(""))
    committed = pd.read_csv(IOWA / "seats.csv")
    pd.testing.assert_frame_equal(seats, committed, check_dtype=False)
    assert pd.read_csv(IOWA / "targets.csv")["amount"].tolist() == [target]
    assert (IOWA / "plan.toml").read_text("utf-8") == build_iowa.PLAN


def test_committed_data_stay_small_and_name_their_source():
    package = Path(data.samples.__file__).parents[1]
    files = [
        path for name in ("samples", "reference") for path in (package / name).rglob("*") if path.is_file()
    ]
    assert sum(path.stat().st_size for path in files if path.suffix != ".pyc") < MOST_BYTES
    assert "CC BY 4.0" in (IOWA / "SOURCE.md").read_text("utf-8")
    assert "public domain" in (package / "reference" / "SOURCE.md").read_text("utf-8")
