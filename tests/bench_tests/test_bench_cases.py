"""Peers, data and targets of the benchmark, in this process and on small data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.bench.cases.growth import SIZES, _target, territories_at
from tests.bench.cases.published import Outcome
from tests.bench.cases.published_targets import targets_of
from tests.bench.child import Run
from tests.bench.data_sets import (
    DataSet,
    MissingData,
    branches,
    branches_of_years,
    counties,
    delaunay,
    drawn_points,
    zips,
)
from tests.bench.instances import Known, read_instance
from tests.bench.judge import Verdict, count_pieces, stand
from tests.bench.page import write_page
from tests.bench.peers import bisection, kmeans, min_cost_flow
from tests.bench.problems import NotSupported, bound_holds, labels_of, problem_of
from tests.bench.report import as_json, read_json, shortened, table_lines, written
from tests.bench.results import CaseResult, Cell, Column, Table, Target

KNOWN = {"growth": "Time.", "zips": "Points."}
MINI = Path(__file__).parents[1] / "bench" / "mini"


@pytest.fixture(scope="module")
def squares() -> DataSet:
    """400 points with whole weights."""
    random = np.random.default_rng(4)
    xy_m = random.uniform(0, 200_000, (400, 2))
    weight = random.integers(50, 150, (400, 1)).astype(float)
    return DataSet("squares", xy_m, weight, ("weight",), delaunay(xy_m))


@pytest.mark.parametrize(
    ("cluster", "deviation"),
    [(kmeans.cluster, 1.5), (bisection.cluster, 0.10), (min_cost_flow.cluster, 0.10)],
)
def test_peers_that_are_always_there_answer(
    squares: DataSet, tmp_path: Path, cluster, deviation: float
) -> None:
    path = tmp_path / "squares.npz"
    squares.write(path)
    extra = {"budget_s": 60.0} if cluster is min_cost_flow.cluster else {}
    found = cluster(path, k=8, seed=1, **extra)
    standing = stand(squares.xy_m, squares.activity, squares.edges, found["label"], 8, 0.01)
    assert standing.worst <= deviation
    assert found["seconds"] >= 0
    one = stand(squares.xy_m, squares.activity, squares.edges, np.zeros(400, int), 8, 0.01)
    assert standing.inertia_km2 < 0.3 * one.inertia_km2


def test_drawn_points_are_the_same_for_a_seed_and_in_the_lower_48() -> None:
    one, same, other = (drawn_points(None, 500, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.xy_m, same.xy_m)
    assert not np.array_equal(one.xy_m, other.xy_m)
    assert one.activity.shape == (500, 2)
    assert (one.activity[:, 1] == 1).all()
    assert np.abs(one.xy_m[:, 0]).max() < 2.5e6


@pytest.mark.parametrize("load", [counties, zips, branches, branches_of_years])
def test_missing_data_are_named(load, tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"needs us_.*\.parquet: give the folder"):
        load(None)
    with pytest.raises(MissingData, match=r"docs/benchmarks\.md says where it comes from"):
        load(tmp_path)


def test_units_in_one_place_are_neighbours() -> None:
    xy_m = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0, 0], [0, 0]], float)
    edges = delaunay(xy_m)
    assert count_pieces(np.zeros(6, int), edges) == 1
    assert (edges[:, 0] < edges[:, 1]).all()


def test_labels_of_medians_are_their_best_points() -> None:
    instance = read_instance(MINI / "clinics.txt")
    label = labels_of(instance, np.zeros(instance.n_units, int))
    apart = np.hypot(*(instance.xy[:, None] - instance.xy[None]).transpose(2, 0, 1))
    assert set(label.tolist()) == {int(apart.sum(axis=0).argmin())}


def test_limits_of_the_problem_are_those_of_the_instance() -> None:
    hess = read_instance(MINI / "blocks.json")
    lower, upper = problem_of(hess).limits()
    assert set(lower.ravel()) == {hess.lower[0]}
    assert set(upper.ravel()) == {hess.upper[0]}
    assert problem_of(hess).contiguous
    assert problem_of(read_instance(MINI / "shops.in")).contiguous
    clinics = read_instance(MINI / "clinics.txt")
    assert not problem_of(clinics).contiguous
    assert np.isneginf(problem_of(clinics).limits()[0]).all()


def test_unequal_capacities_are_tightened_without_a_bound_or_refused() -> None:
    clinics = read_instance(MINI / "clinics.txt")
    assert bound_holds(clinics)
    more = replace(clinics, capacity=clinics.capacity + np.arange(clinics.n_units))
    assert not bound_holds(more)
    assert set(problem_of(more).limits()[1].ravel()) == {clinics.capacity.min()}
    with pytest.raises(NotSupported, match="capacities differ from point to point"):
        problem_of(replace(clinics, capacity=clinics.capacity / 2))


def outcome(
    name: str, objective: float, bound: float | None, known: Known, *, feasible: bool = True
) -> Outcome:
    value = {
        "bound": bound,
        "bound_kind": "some bound",
        "seconds": 3.0,
        "inside_s": 1.0,
        "status": "feasible",
    }
    verdict = Verdict(objective, () if feasible else ("a fault",))
    return Outcome(read_instance(MINI / name), known, Run(value, "", 4.0, 100.0), verdict, 60.0)


def met(outcomes: list[Outcome]) -> dict[str, bool | None]:
    return {target.target: target.met for target in targets_of(outcomes)}


def test_targets_of_hess_are_the_optimum_and_a_tight_own_gap() -> None:
    proven = Known(best=100.0, proven=100.0, bound=100.0)
    good, bad = outcome("blocks.json", 100.0, 99.6, proven), outcome("blocks.json", 100.1, 99.0, proven)
    assert met([good]) == {
        "hess: feasible": True,
        "hess: the proven optimum": True,
        "hess: gap to our own bound ≤ 0.5%": True,
    }
    assert list(met([good, bad]).values()) == [True, False, False]
    beaten = outcome("blocks.json", 99.0, None, Known(best=100.0))
    assert met([beaten])["hess: better than the published plan"]
    equal = outcome("blocks.json", 100.0, None, Known(best=100.0))
    assert met([equal])["hess: better than the published plan"] is False


def test_targets_of_diameters_are_the_mean_and_three_records() -> None:
    known = Known(best=50.0, mean=52.0)
    record, average, poor = (outcome("shops.in", value, None, known) for value in (49.0, 52.0, 52.1))
    assert list(met([record] * 3).values()) == [True, True, True]
    assert list(met([record, record, average]).values()) == [True, True, False]
    assert list(met([record, record, record, poor]).values()) == [True, False, True]
    broken = outcome("shops.in", 49.0, None, known, feasible=False)
    assert list(met([broken] * 3).values()) == [False, False, False]


def test_targets_of_medians_are_the_mean_gap_and_the_bound() -> None:
    known = Known(best=100.0, bound=98.0)
    near, far = outcome("clinics.txt", 100.5, 98.0, known), outcome("clinics.txt", 101.6, 97.9, known)
    assert list(met([near]).values()) == [True, True, True]
    assert list(met([near, far]).values()) == [True, False, False]
    long = replace(near, limit_s=600.0)
    assert met([long])["cpmp: mean gap to the best known ≤ 0.3%"] is False


def test_growth_is_measured_against_n_log_n() -> None:
    assert [territories_at(n) for n in SIZES] == [250, 348, 500, 696, 1000]

    def rows(seconds: list[float | None]) -> list[dict]:
        return [
            {"units": n, "inside_s": s, "peak_mb": 1.0}
            for n, s in zip((10_000, 100_000), seconds, strict=True)
        ]

    assert _target(rows([1.0, 12.4])).met  # 12.5 times as much is allowed
    assert not _target(rows([1.0, 12.6])).met
    assert "100,000" in _target(rows([1.0, None])).reached


def test_the_page_keeps_cases_that_were_not_run_again(tmp_path: Path) -> None:
    table = Table(
        "T",
        (Column("a", "A", Cell.NUMBER), Column("b", "B")),
        [{"a": 1.5, "b": "x|y"}, {"a": np.float64("inf")}],
    )
    old = CaseResult("zips", "ZIP", "about", [Target("t", "r", False, 1.0, None)], [table], ["a note"])
    write_page([old, CaseResult("growth", "Growth", "first")], KNOWN, tmp_path / "page.md")
    write_page([CaseResult("growth", "Growth", "second")], KNOWN, tmp_path / "page.md")
    kept = read_json(tmp_path / "page.json")
    assert [case.about for case in kept] == ["second", "about"]
    assert kept[1].targets == old.targets
    text = (tmp_path / "page.md").read_text()
    assert "first" not in text
    assert (
        text.index("| `growth` | Time. |") < text.index("| `zips` | Points. |") < text.index("## All targets")
    )
    assert "| `zips` | t | r | **no** | 1.0 |  |" in text
    assert table_lines(table)[2] == "| 1.50 | x\\|y |"
    assert '"a": null' in as_json([old])


def test_cells_are_written_for_people() -> None:
    assert written(0.0123, Cell.PERCENT) == "1.23 %"
    assert written(7.04, Cell.PERCENT) == "704 %"
    assert written(1.3204e13, Cell.NUMBER) == "1.320e13"
    assert written(False, Cell.YES) == "**no**"
    assert written(None, Cell.SECONDS) == ""
    assert shortened(["one", "two"]) == "one; two"
    assert shortened(["word"] * 200).endswith("word; …")
