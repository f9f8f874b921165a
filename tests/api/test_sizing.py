"""How many territories a plan gets where the scenario leaves it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.planning import make_plan
from api.sizing import sized
from data.read import read_folder
from planner.errors import InvalidInput
from planner.stop import MaxIterations

ROWS = "".join(f"a{i},{42 + (i % 4) / 10:.2f},{-93 - (i // 4) / 10:.2f},10,{5 + i % 2}\n" for i in range(24))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write 24 accounts of the same size on a grid, 132 hours of workload in all."""
    (tmp_path / "accounts.csv").write_text(f"account_id,latitude,longitude,sales,workload_hours\n{ROWS}")
    (tmp_path / "rules.csv").write_text("kind,measure,value\nmax,accounts,5\n")
    (tmp_path / "plan.toml").write_text("[measures]\nsales = 0.5\n")
    return tmp_path


def test_the_fewest_territories_of_a_range_that_keep_the_rules(folder: Path) -> None:
    assembled, plan = make_plan(folder, {"territories": {"min": 3, "max": 8}}, MaxIterations(20))
    assert assembled.problem.n_territories == assembled.scenario.territories == 5
    assert plan.after.feasible
    assert plan.result.report.notes[0] == (
        "5 territories: the fewest of 3 to 8 with a plan that keeps every rule"
    )


def test_a_range_without_a_number_that_can_do_says_so(folder: Path) -> None:
    read = read_folder(folder)
    found = sized(read, read.scenario.overridden({"territories": {"min": 2, "max": 4}}), MaxIterations(20))
    assert found.assembled.problem.n_territories in (2, 3, 4)
    assert "cannot all hold with any number tried" in found.notes[-1]


def test_seats_are_all_filled(folder: Path) -> None:
    (folder / "seats.csv").write_text("seat_id\n" + "".join(f"s{i}\n" for i in range(6)))
    read = read_folder(folder)
    found = sized(read, read.scenario.overridden({"territories": {"min": 3, "max": 8}}), MaxIterations(20))
    assert found.assembled.problem.n_territories == 6
    assert found.notes[0] == "6 seats are to be filled, so fewer territories were not tried"


def test_a_range_that_makes_no_problem_at_all_raises_what_is_wrong(folder: Path) -> None:
    (folder / "rules.csv").write_text("kind,value\nreach_km,5\n")
    read = read_folder(folder)
    with pytest.raises(InvalidInput, match="home of a seat"):
        sized(read, read.scenario.overridden({"territories": {"min": 3, "max": 4}}), MaxIterations(20))


@pytest.mark.parametrize(("hours", "wanted"), [(132, 1), (131, 2), (33, 4), (32.9, 5), (26.4, 5)])
def test_capacity_makes_as_many_territories_as_cover_the_workload(
    folder: Path, hours: float, wanted: int
) -> None:
    read = read_folder(folder)
    asked = {"territories": "capacity", "workload": {"capacity_hours": hours}}
    assembled = sized(read, read.scenario.overridden(asked), MaxIterations(1)).assembled
    assert assembled.problem.n_territories == wanted
    told = next(problem for problem in assembled.problems if problem.code == "territories_from_capacity")
    assert f"132 workload_hours need {wanted} territories" in told.why


def test_capacity_of_seats_comes_first(folder: Path) -> None:
    (folder / "seats.csv").write_text("seat_id,capacity_hours\ns1,40\ns2,60\n")
    read = read_folder(folder)
    assembled = sized(read, read.scenario.overridden({"territories": "capacity"}), MaxIterations(1)).assembled
    # 100 of 132 hours are carried by the seats, each further one carries the mean of 50.
    assert list(assembled.problem.territories.seat_id) == ["s1", "s2", ""]
