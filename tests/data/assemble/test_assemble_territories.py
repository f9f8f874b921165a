"""Which territories are filled, from seats, the number asked for and the alignment in force."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from planner.alignment import GONE, NOBODY
from planner.errors import InvalidInput
from planner.objective import Centre
from planner.scenario import Band, Scenario


def accounts(*territories: str) -> list[dict[str, object]]:
    return [
        {
            "account_id": f"a{i}",
            "latitude": 42 + i / 10,
            "longitude": -93.0,
            "territory_id": name,
            "sales": i + 1,
        }
        for i, name in enumerate(territories)
    ]


def asked(territories: int | None) -> Scenario:
    return Scenario(territories=territories, measures={"sales": Band(0.5, 0.5)})


def territory_ids(assembled) -> list[str]:
    return list(assembled.problem.territories.territory_id)


def codes(assembled) -> set[str]:
    return {problem.code for problem in assembled.problems}


def test_one_territory_per_seat(make_folder):
    seats = [{"seat_id": "s1", "territory_id": "B"}, {"seat_id": "A"}, {"seat_id": "s3"}]
    assembled = assemble(make_folder(accounts=accounts("A", "B", "A"), seats=seats))
    assert territory_ids(assembled) == ["B", "A", "s3"]
    assert list(assembled.problem.territories.seat_id) == ["s1", "A", "s3"]
    assert list(assembled.accounts.current) == [1, 0, 1]


def test_the_alignment_in_force_names_territories_without_seats(make_folder):
    assert territory_ids(assemble(make_folder(accounts=accounts("N", "S", "N", "")))) == ["N", "S"]


def test_new_names_do_not_clash_with_those_in_force(make_folder):
    folder = make_folder(accounts=accounts("T001", "T003", "", ""), scenario=asked(4))
    assert territory_ids(assemble(folder)) == ["T001", "T003", "T002", "T004"]


def test_fewer_territories_keep_the_largest(make_folder):
    assembled = assemble(make_folder(accounts=accounts("A", "B", "C", "C"), scenario=asked(2)))
    assert territory_ids(assembled) == ["B", "C"]
    assert list(assembled.accounts.current) == [GONE, 0, 1, 1]
    assert "territory_not_filled" in codes(assembled)


def test_more_territories_than_seats_take_up_the_ownerless_ones_first(make_folder):
    folder = make_folder(
        accounts=accounts("A", "B", "", ""), seats=[{"seat_id": "s", "territory_id": "A"}], scenario=asked(3)
    )
    assembled = assemble(folder)
    assert territory_ids(assembled) == ["A", "B", "T001"]
    assert list(assembled.problem.territories.seat_id) == ["s", "", ""]
    assert "territories_without_seat" in codes(assembled)


def test_fewer_territories_than_seats_is_an_error(make_folder):
    folder = make_folder(
        accounts=accounts("", ""), seats=[{"seat_id": "s"}, {"seat_id": "t"}], scenario=asked(1)
    )
    with pytest.raises(InvalidInput, match="remove 1 seat"):
        assemble(folder)


def test_nothing_says_how_many(make_folder):
    with pytest.raises(InvalidInput, match="how many territories"):
        assemble(make_folder(accounts=accounts("", "")))


def test_more_territories_than_units_is_an_error(make_folder):
    with pytest.raises(InvalidInput, match="cannot be made of 2 basic units"):
        assemble(make_folder(accounts=accounts("", ""), scenario=asked(3)))


def test_an_empty_folder_is_an_error(make_folder):
    with pytest.raises(InvalidInput, match="neither accounts nor units"):
        assemble(make_folder())


def test_who_stays_holds_a_territory_shared_with_a_leaver(make_folder):
    seats = [
        {"seat_id": "old", "territory_id": "A", "end_date": "2025-02-28"},
        {"seat_id": "new", "territory_id": "A"},
    ]
    assembled = assemble(make_folder(accounts=accounts("A", "A"), seats=seats))
    assert territory_ids(assembled) == ["A"]
    assert list(assembled.problem.territories.seat_id) == ["new"]
    assert "territory_with_two_seats" in codes(assembled)


def test_target_shares_scale_the_ideal_and_blank_ones_are_average(make_folder):
    seats = [
        {"seat_id": "s", "target_share": 0.2},
        {"seat_id": "t", "target_share": 0.4},
        {"seat_id": "u"},
    ]
    assembled = assemble(make_folder(accounts=accounts("", "", ""), seats=seats))
    measure = assembled.problem.measures[0]
    assert measure.ideal == pytest.approx(6 * np.array([2, 4, 3]) / 9)
    assert measure.lower == pytest.approx(measure.ideal / 2)


@pytest.mark.parametrize(("homes", "centre"), [(2, Centre.HOME), (1, Centre.CENTROID)])
def test_homes_are_centres_where_every_seat_has_one(make_folder, homes, centre):
    seats = [
        {"seat_id": f"s{i}", **({"latitude": 42.0, "longitude": -93.0} if i < homes else {})}
        for i in range(2)
    ]
    assembled = assemble(make_folder(accounts=accounts("", ""), seats=seats))
    assert assembled.problem.objective.centre is centre
    assert assembled.problem.territories.have_home.sum() == homes


def test_asking_for_homes_that_are_not_there_is_an_error(make_folder):
    folder = make_folder(accounts=accounts("", ""), seats=[{"seat_id": "s"}])
    with pytest.raises(InvalidInput, match="no seat with a home"):
        assemble(folder, folder.scenario.replace(centre="home"))


def test_units_alone_bring_their_alignment(make_folder, make_grid):
    units = make_grid(3, 1, sales=[1.0, 2.0, 3.0], territory_id=["X", "Y", ""])
    assembled = assemble(make_folder(units=units))
    assert territory_ids(assembled) == ["X", "Y"]
    assert list(assembled.problem.current) == [0, 1, NOBODY]
    assert list(assembled.previous_territory) == ["X", "Y", ""]
    assert assembled.accounts is None
    assert assembled.problem.contiguous


@pytest.mark.parametrize(
    ("compactness", "homes", "centre"),
    [
        ("distance", 2, Centre.HOME),
        ("distance", 0, Centre.UNIT),
        ("hours", 0, Centre.UNIT),
        ("diameter", 2, Centre.CENTROID),
    ],
)
def test_what_is_optimised_goes_with_its_centre(make_folder, compactness, homes, centre):
    seats = [
        {"seat_id": f"s{i}", **({"latitude": 42.0, "longitude": -93.0} if i < homes else {})}
        for i in range(2)
    ]
    folder = make_folder(accounts=accounts("", ""), seats=seats)
    scenario = folder.scenario.overridden({"compactness": compactness, "disruption_km": 10.0})
    objective = assemble(folder, scenario).problem.objective
    assert (objective.compactness, objective.centre) == (compactness, centre)
    assert (objective.move_cost > 0).all()


def test_distance_from_centroids_is_an_error(make_folder):
    folder = make_folder(accounts=accounts("", ""), seats=[{"seat_id": "s"}, {"seat_id": "t"}])
    with pytest.raises(InvalidInput, match="cannot be taken from centroids"):
        assemble(folder, folder.scenario.overridden({"compactness": "distance", "centre": "centroid"}))
