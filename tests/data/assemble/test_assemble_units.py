"""What territories are made of, and that nothing is lost or invented on the way there."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.assemble import assemble
from planner.errors import InvalidInput
from planner.scenario import Band, BasicUnit, Scenario

BALANCED = {"sales": Band(0.5, 0.5)}


def scenario(kind: BasicUnit, **changes) -> Scenario:
    return Scenario(territories=2, measures=BALANCED, basic_unit=kind, **changes)


def spread(n: int, seed: int = 0, columns: int = 3, rows: int = 2) -> list[dict[str, object]]:
    """Return accounts spread over a grid of areas."""
    rng = np.random.default_rng(seed)
    west, south = rng.uniform(0, columns / 2, n), rng.uniform(0, rows / 2, n)
    return [
        {
            "account_id": f"a{i}",
            "latitude": 42 + south[i],
            "longitude": -94 + west[i],
            "sales": float(rng.integers(0, 50)),
        }
        for i in range(n)
    ]


def assert_nothing_lost(assembled) -> None:
    """Units + held apart + unplaced = all accounts, in every measure of accounts."""
    accounts, problem = assembled.accounts, assembled.problem
    aside = accounts.activity[accounts.unplaced].sum(axis=0)
    total = problem.activity.sum(axis=0) + problem.territories.fixed_activity.sum(axis=0) + aside
    for position, measure in enumerate(problem.measures):
        if measure.name != "units":
            assert total[position] == pytest.approx(accounts.activity[:, position].sum())
    given_ids = assembled.folder.accounts["account_id"]
    assert list(accounts.account_id) == list(given_ids)
    assert len(set(problem.units.unit_id)) == problem.n_units


def assert_cells_hold_their_accounts(assembled) -> None:
    accounts = assembled.accounts
    here = np.flatnonzero(accounts.unit >= 0)
    xy = assembled.projection.to_m(*assembled.account_place_deg[here].T)
    shapes = assembled.shapes.to_numpy()[accounts.unit[here]]
    assert (shapely.distance(shapes, shapely.points(xy)) < 10).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(4, 30),
    kind=st.sampled_from([BasicUnit.UNIT, BasicUnit.SPLIT, BasicUnit.ACCOUNT]),
    placeless=st.integers(0, 3),
)
def test_activity_and_ids_are_kept_whatever_units_are_made_of(
    make_folder, make_grid, seed, n, kind, placeless
):
    accounts = spread(n, seed)
    accounts += [
        {"account_id": f"p{i}", "sales": 1.0, "territory_id": "T" if i else ""} for i in range(placeless)
    ]
    accounts[0]["territory_id"], accounts[1]["territory_id"] = "T", "S"
    folder = make_folder(accounts=accounts, units=make_grid(3, 2), scenario=scenario(kind))
    assembled = assemble(folder)
    assert_nothing_lost(assembled)
    assert_cells_hold_their_accounts(assembled)
    land = assembled.projection.shapes_to_m(folder.units.geometry).area.sum()
    assert assembled.problem.units.area_m2.sum() == pytest.approx(land, rel=1e-6)
    assert assembled.problem.graph.pieces(np.zeros(assembled.problem.n_units, np.int32))[0] == 1


def test_only_areas_that_are_too_big_are_split(make_folder, make_grid):
    accounts = [
        {"account_id": "U10", "latitude": 42.1, "longitude": -93.9, "sales": 60},
        {"account_id": "b", "latitude": 42.3, "longitude": -93.7, "sales": 30},
        {"account_id": "d", "latitude": 42.2, "longitude": -93.2, "sales": 3},
        {"account_id": "e", "latitude": 42.1, "longitude": -93.1, "sales": 2},
    ]
    assembled = assemble(
        make_folder(accounts=accounts, units=make_grid(2, 1), scenario=scenario(BasicUnit.AUTO))
    )
    # The account that is called like an area lends its cell a name made of both.
    assert list(assembled.problem.units.unit_id) == ["U00/U10", "b", "U10"]
    assert assembled.unit_area.tolist() == [0, 0, 1]
    assert assembled.problem.activity[:, 0].tolist() == [60, 30, 5]


def test_a_cell_with_one_account_is_called_like_it(make_folder, make_grid):
    assembled = assemble(
        make_folder(
            accounts=spread(6, columns=1, rows=1), units=make_grid(1, 1), scenario=scenario(BasicUnit.SPLIT)
        )
    )
    assert sorted(assembled.problem.units.unit_id) == [f"a{i}" for i in range(6)]


def test_areas_without_accounts_stay_whole(make_folder, make_grid):
    folder = make_folder(
        accounts=spread(8, columns=1, rows=1), units=make_grid(3, 1), scenario=scenario(BasicUnit.SPLIT)
    )
    assembled = assemble(folder)
    assert {"U10", "U20"} <= set(assembled.problem.units.unit_id)
    assert assembled.problem.objective.weight.min() > 0


def test_accounts_at_one_place_can_go_to_different_territories(make_folder, make_grid):
    accounts = [{"account_id": f"a{i}", "latitude": 42.2, "longitude": -93.7, "sales": 9} for i in range(20)]
    assembled = assemble(
        make_folder(accounts=accounts, units=make_grid(2, 1), scenario=scenario(BasicUnit.SPLIT))
    )
    assert list(assembled.problem.units.unit_id) == [*(f"a{i}" for i in range(20)), "U10"]
    assert_cells_hold_their_accounts(assembled)
    around = np.bincount(assembled.problem.graph.rows)
    assert around.min() >= 2
    sizes = assembled.problem.units.area_m2
    assert sizes[:20].min() > 0.01 * sizes[20]


def test_cells_share_what_their_area_holds_itself(make_folder, make_grid):
    units = make_grid(2, 1, population=[100.0, 40.0])
    for kind in (BasicUnit.SPLIT, BasicUnit.ACCOUNT):
        folder = make_folder(accounts=spread(5, columns=1, rows=1), units=units, scenario=scenario(kind))
        problem = assemble(folder).problem
        population = [measure.name for measure in problem.measures].index("population")
        assert problem.activity[:, population].sum() == pytest.approx(140)


def test_accounts_alone_are_points_without_a_graph(make_folder):
    assembled = assemble(make_folder(accounts=spread(5), scenario=scenario(BasicUnit.AUTO)))
    assert assembled.shapes is None
    assert assembled.problem.graph is None
    assert not assembled.problem.contiguous
    assert list(assembled.problem.units.unit_id) == [f"a{i}" for i in range(5)]


def test_points_hang_together_when_asked(make_folder):
    folder = make_folder(accounts=spread(12), scenario=scenario(BasicUnit.AUTO, contiguous=True))
    graph = assemble(folder).problem.graph
    assert graph.pieces(np.zeros(12, np.int32))[0] == 1


def test_kinds_of_units_that_the_folder_cannot_give(make_folder, make_grid):
    with pytest.raises(InvalidInput, match="no units"):
        assemble(make_folder(accounts=spread(3), scenario=scenario(BasicUnit.UNIT)))
    with pytest.raises(InvalidInput, match="has none"):
        assemble(make_folder(units=make_grid(2, 1, sales=1.0), scenario=scenario(BasicUnit.ACCOUNT)))


def test_islands_are_joined_and_told(make_folder, make_grid):
    units = make_grid(3, 1, sales=1.0).drop(index=1).reset_index(drop=True)
    assembled = assemble(make_folder(units=units, scenario=scenario(BasicUnit.UNIT)))
    assert assembled.problem.graph.edges()[0].tolist() == [[0, 1]]
    (bridge,) = [problem for problem in assembled.problems if problem.code == "islands_joined"]
    assert "U00 and U20" in bridge.why
    apart = assemble(make_folder(units=units, scenario=scenario(BasicUnit.UNIT, island_policy="none")))
    assert len(apart.problem.graph.edges()[0]) == 0


def test_declared_neighbours_win_over_shapes(make_folder, make_grid):
    adjacency = [
        {"unit_id": "U00", "neighbour_id": "U20", "length_m": 7.0},
        {"unit_id": "U20", "neighbour_id": "U00"},
        {"unit_id": "U20", "neighbour_id": "U10"},
    ]
    folder = make_folder(
        units=make_grid(3, 1, sales=1.0), adjacency=adjacency, scenario=scenario(BasicUnit.UNIT)
    )
    edges, length = assemble(folder).problem.graph.edges()
    assert edges.tolist() == [[0, 2], [1, 2]]
    assert length[0] == 7.0
    assert length[1] == pytest.approx(55_500, rel=0.01)


def test_declared_neighbours_hold_for_the_cells_of_split_areas(make_folder, make_grid):
    accounts = spread(20, columns=3, rows=1)
    adjacency = [{"unit_id": "U00", "neighbour_id": "U20"}, {"unit_id": "U20", "neighbour_id": "U10"}]
    folder = make_folder(
        accounts=accounts, units=make_grid(3, 1), adjacency=adjacency, scenario=scenario(BasicUnit.SPLIT)
    )
    assembled = assemble(folder)
    edges, _ = assembled.problem.graph.edges()
    across = {tuple(sorted(pair)) for pair in assembled.unit_area[edges].tolist() if pair[0] != pair[1]}
    assert across == {(0, 2), (1, 2)}


def test_points_with_declared_neighbours_are_units(make_folder, make_grid):
    units = make_grid(3, 1, sales=1.0)
    units["geometry"] = units.geometry.to_crs(3857).centroid.to_crs(4326)
    adjacency = [{"unit_id": "U00", "neighbour_id": "U10"}, {"unit_id": "U10", "neighbour_id": "U20"}]
    problem = assemble(
        make_folder(units=units, adjacency=adjacency, scenario=scenario(BasicUnit.AUTO))
    ).problem
    assert problem.contiguous
    assert not problem.units.have_area
    assert problem.graph.edges()[0].tolist() == [[0, 1], [1, 2]]


def test_units_over_the_antimeridian_stay_together(make_folder, make_grid):
    units = make_grid(3, 1, sales=1.0)
    moved = units.geometry.translate(xoff=94 + 179.25, yoff=-60)
    parts = [
        shapely.union_all([shapely.intersection(shape, half), *beyond])
        for shape in moved
        for half in [shapely.box(-180, -90, 180, 90)]
        for beyond in [
            [shapely.transform(shape.intersection(shapely.box(180, -90, 360, 90)), lambda xy: xy - [360, 0])]
        ]
    ]
    units["geometry"] = parts
    problem = assemble(make_folder(units=units, scenario=scenario(BasicUnit.UNIT))).problem
    assert problem.graph.edges()[0].tolist() == [[0, 1], [1, 2]]
    assert np.ptp(problem.units.xy_m[:, 0]) < 150_000
