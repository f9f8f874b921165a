"""Where accounts end up: coordinates, postal codes, units, and what was wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from data.assembled import Assembled
from planner.errors import Problem
from planner.scenario import Band, BasicUnit, Scenario

TWO = Scenario(territories=2, measures={"sales": Band()}, basic_unit=BasicUnit.UNIT)


def told(assembled: Assembled, code: str) -> list[Problem]:
    return [problem for problem in assembled.problems if problem.code == code]


def test_coordinates_place_an_account_in_the_area_around_them(make_folder, make_grid):
    accounts = [
        {"account_id": "007", "latitude": 42.2, "longitude": -93.7, "sales": 5},
        {"account_id": "a", "latitude": 42.7, "longitude": -93.2, "sales": 7},
    ]
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 2), scenario=TWO))
    assert list(assembled.accounts.account_id) == ["007", "a"]
    assert list(assembled.accounts.unit) == [0, 3]
    assert list(assembled.account_place_source) == ["coordinates", "coordinates"]
    assert assembled.problem.activity[:, 0].tolist() == [5, 0, 0, 7]


def test_reference_postal_codes_place_american_accounts(make_folder):
    accounts = [
        {"account_id": "zip", "postal_code": "50309", "sales": 1},
        {"account_id": "zip+4", "postal_code": "50309-1234", "country": "USA", "sales": 1},
        {"account_id": "abroad", "postal_code": "50309", "country": "DE", "sales": 1},
        {"account_id": "there", "latitude": 42.0, "longitude": -93.0, "sales": 1},
    ]
    assembled = assemble(make_folder(accounts=accounts, scenario=TWO.replace(basic_unit=BasicUnit.AUTO)))
    places = assembled.account_place_deg
    assert places[0] == pytest.approx([-93.62, 41.59], abs=0.1)
    assert places[1] == pytest.approx(places[0])
    assert np.isnan(places[2]).all()
    assert list(assembled.account_place_source) == ["postal_code", "postal_code", "", "coordinates"]
    (warning,) = told(assembled, "placed_by_postal_code")
    assert warning.count == 2
    assert "zip" in warning.why
    (unknown,) = told(assembled, "unknown_postal_code")
    assert unknown.value == "50309"


def test_the_folders_own_postal_codes_come_first(make_folder):
    accounts = [
        {"account_id": "x", "postal_code": "8001", "country": "CH", "sales": 1},
        {"account_id": "y", "postal_code": "50309", "sales": 1},
    ]
    codes = [
        {"postal_code": "8001", "country": "CH", "latitude": 47.37, "longitude": 8.54},
        {"postal_code": "50309", "country": "", "latitude": 46.0, "longitude": 7.0},
    ]
    folder = make_folder(
        accounts=accounts, postal_codes=codes, scenario=TWO.replace(basic_unit=BasicUnit.AUTO)
    )
    assert assemble(folder).account_place_deg == pytest.approx(np.array([[8.54, 47.37], [7.0, 46.0]]))


def test_codes_that_are_not_american_are_not_looked_up_in_america(make_folder):
    accounts = [
        {"account_id": "m1", "postal_code": "80331", "latitude": 48.14, "longitude": 11.57, "sales": 1},
        {"account_id": "m2", "postal_code": "80331", "latitude": 48.16, "longitude": 11.59, "sales": 1},
        {"account_id": "m3", "postal_code": "80331", "sales": 1},
        {"account_id": "b", "postal_code": "10115", "sales": 1},
    ]
    assembled = assemble(make_folder(accounts=accounts, scenario=TWO.replace(basic_unit=BasicUnit.AUTO)))
    assert assembled.account_place_deg[2] == pytest.approx([11.58, 48.15])
    assert np.isnan(assembled.account_place_deg[3]).all()
    assert assembled.accounts.unplaced.tolist() == [False, False, False, True]


def test_a_stated_unit_places_an_account_that_has_nothing_else(make_folder, make_grid):
    accounts = [
        {"account_id": "u", "unit_id": "U10", "sales": 3},
        {"account_id": "near", "unit_id": "U00", "latitude": 42.2, "longitude": -93.49, "sales": 4},
        {"account_id": "far", "unit_id": "U00", "latitude": 10.0, "longitude": -60.0, "sales": 5},
    ]
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 2), scenario=TWO))
    assert list(assembled.account_area) == [1, 0, 0]
    assert list(assembled.account_place_source) == ["unit", "coordinates", "unit"]
    assert assembled.account_place_deg[2] == pytest.approx([-93.75, 42.25], abs=0.01)
    (warning,) = told(assembled, "far_from_unit")
    assert warning.value == "far"


def test_a_postal_code_outside_the_stated_unit_gives_way_to_it(make_folder, make_grid):
    accounts = [{"account_id": "u", "unit_id": "U10", "postal_code": "50309", "sales": 3}]
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 2), scenario=TWO))
    assert list(assembled.account_place_source) == ["unit"]
    assert list(assembled.account_area) == [1]


def test_swapped_coordinates_are_swapped_back(make_folder, make_grid):
    accounts = [{"account_id": "s", "latitude": -83.7, "longitude": 42.2, "sales": 1}]
    units = make_grid(2, 2)
    units["geometry"] = units.geometry.translate(xoff=10)
    assembled = assemble(make_folder(accounts=accounts, units=units, scenario=TWO))
    assert assembled.account_place_deg[0] == pytest.approx([-83.7, 42.2])
    assert list(assembled.account_area) == [0]
    (warning,) = told(assembled, "swapped_coordinates")
    assert "s" in warning.why


def test_an_outlier_falls_back_to_its_postal_code(make_folder, make_grid):
    accounts = [
        {"account_id": "o", "latitude": 12.0, "longitude": 7.0, "postal_code": "Z1", "sales": 1},
        {"account_id": "p", "latitude": 12.0, "longitude": 7.0, "sales": 1},
    ]
    codes = [{"postal_code": "Z1", "latitude": 42.7, "longitude": -93.2}]
    assembled = assemble(
        make_folder(accounts=accounts, units=make_grid(2, 2), postal_codes=codes, scenario=TWO)
    )
    assert list(assembled.account_place_source) == ["postal_code", "coordinates"]
    assert assembled.account_area[0] == 3
    assert assembled.account_area[1] >= 0
    by_code, nearest = told(assembled, "outside_all_areas")
    assert by_code.value == "o"
    assert "km outside" in nearest.why


def test_an_account_just_outside_goes_to_the_nearest_area(make_folder, make_grid):
    accounts = [{"account_id": "n", "latitude": 41.99, "longitude": -93.1, "sales": 1}]
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 2), scenario=TWO))
    assert list(assembled.account_area) == [1]
    (warning,) = told(assembled, "outside_areas")
    assert "1.1 km" in warning.why


def test_accounts_without_a_place_stay_with_their_owner_or_are_set_aside(make_folder):
    accounts = [
        {"account_id": "a", "latitude": 42.0, "longitude": -93.0, "territory_id": "N", "sales": 10},
        {"account_id": "b", "latitude": 43.0, "longitude": -93.0, "territory_id": "S", "sales": 10},
        {"account_id": "kept", "territory_id": "S", "sales": 4},
        {"account_id": "lost", "sales": 1234},
    ]
    assembled = assemble(make_folder(accounts=accounts))
    problem = assembled.problem
    assert list(problem.territories.territory_id) == ["N", "S"]
    assert list(assembled.accounts.fixed) == [-1, -1, 1, -1]
    assert list(assembled.accounts.unplaced) == [False, False, False, True]
    assert problem.territories.fixed_activity[:, 0].tolist() == [0, 4]
    assert problem.measures[0].ideal.tolist() == [12, 12]
    (warning,) = told(assembled, "unplaced")
    assert "1,234 sales" in warning.why
    (kept,) = told(assembled, "kept_without_place")
    assert kept.count == 1
