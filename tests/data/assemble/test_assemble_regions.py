"""Regions: who belongs where, how many territories each has, and what holds in it."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from planner.demands import RegionRules, Span
from planner.errors import InvalidInput
from planner.scenario import Band, BasicUnit, Scenario

ASKED = Scenario(measures={"sales": Band(0.1, 0.1)})
SEATS = [
    {"seat_id": "w1", "territory_id": "W1", "region": "west"},
    {"seat_id": "w2", "territory_id": "W2", "region": "west"},
    {"seat_id": "e1", "territory_id": "E1", "region": "east"},
]


def row(account_id: str, territory_id: str, sales: float, east: float = 0.0, **more) -> dict[str, object]:
    place = {"latitude": 42.2, "longitude": -93.9 + east}
    return {"account_id": account_id, "territory_id": territory_id, "sales": sales, **place, **more}


SIX = [
    row("a", "W1", 10),
    row("b", "W1", 10, 0.1),
    row("c", "W2", 20, 0.2),
    row("d", "", 40, 0.3),
    row("e", "E1", 60, 0.5),
    row("f", "E1", 60, 0.6, region="west"),
]


def regional(**regions: RegionRules) -> Scenario:
    return ASKED.replace(regions=regions)


def build(make_folder, scenario, accounts=SIX, seats=SEATS, **more):
    tables = {} if seats is None else {"seats": seats}
    return assemble(make_folder(accounts=accounts, scenario=scenario, **tables, **more))


def test_without_a_word_on_regions_nobody_is_bound_to_one(make_folder):
    problem = build(make_folder, ASKED).problem
    assert problem.region_name == ()
    assert (problem.region_of_unit == -1).all()
    assert problem.measures[0].ideal == pytest.approx([200 / 3] * 3)


def test_accounts_stay_in_the_region_they_state_else_in_that_of_today(make_folder):
    problem = build(make_folder, ASKED.replace(keep_regions=True)).problem
    assert problem.region_name == ("east", "west")
    assert problem.region_of_territory.tolist() == [1, 1, 0]
    assert problem.region_of_unit.tolist() == [1, 1, 1, -1, 0, 1]
    # West has 100 for two territories, east 60; 40 without a region are for all three.
    assert problem.measures[0].ideal == pytest.approx([50 + 40 / 3, 50 + 40 / 3, 60 + 40 / 3])


def test_a_region_has_bands_and_contiguity_of_its_own(make_folder):
    scenario = regional(west=RegionRules(contiguous=False, measures={"sales": Band(0.5, 0.5)}))
    problem = build(make_folder, scenario.replace(contiguous=True)).problem
    assert problem.contiguous
    assert problem.loose.tolist() == [True, True, False]
    sales = problem.measures[0]
    assert sales.lower / sales.ideal == pytest.approx([0.5, 0.5, 0.9])
    assert sales.upper / sales.ideal == pytest.approx([1.5, 1.5, 1.1])


def test_one_region_may_hang_together_where_the_others_need_not(make_folder):
    scenario = regional(east=RegionRules(contiguous=True)).replace(keep_regions=False, contiguous=False)
    problem = build(make_folder, scenario).problem
    assert problem.contiguous
    assert problem.loose.tolist() == [True, True, False]
    assert problem.region_name == ()


def test_nothing_is_loose_where_nothing_must_hang_together(make_folder):
    problem = build(make_folder, regional(west=RegionRules(contiguous=False))).problem
    assert not problem.contiguous
    assert not problem.loose.any()


def test_a_region_may_be_a_node_above_that_of_the_seats(make_folder):
    nodes = [("co", ""), ("us", "co"), ("west", "us"), ("east", "us"), ("eu", "co"), ("de", "eu")]
    hierarchy = [{"node_id": node, "parent_id": parent, "name": node.upper()} for node, parent in nodes]
    seats = [*SEATS, {"seat_id": "g", "territory_id": "G", "region": "DE"}]
    scenario = regional(us=RegionRules(), Eu=RegionRules())
    problem = build(make_folder, scenario, seats=seats, hierarchy=hierarchy).problem
    assert problem.region_name == ("us", "Eu")
    assert problem.region_of_territory.tolist() == [0, 0, 0, 1]
    assert problem.region_of_unit.tolist() == [0, 0, 0, -1, 0, 0]


def test_a_region_with_more_territories_than_seats_gets_new_ones(make_folder):
    problem = build(make_folder, regional(east=RegionRules(territories=2))).problem
    assert list(problem.territories.territory_id) == ["W1", "W2", "E1", "T001"]
    assert problem.region_name == ("east", "west")
    assert problem.region_of_territory.tolist() == [1, 1, 0, 0]


def test_without_seats_territories_belong_to_the_region_that_most_of_them_states(make_folder):
    accounts = [
        row("a", "N", 10, region="x"),
        row("b", "N", 30, 0.1, region="y"),
        row("c", "S", 5, 0.2, region="x"),
        row("d", "M", 9, 0.3, region="x"),
    ]
    scenario = regional(x=RegionRules(territories=1), y=RegionRules(territories=2))
    problem = build(make_folder, scenario, accounts, seats=None).problem
    # Of the two territories in x the larger stays; y gets a second one.
    assert list(problem.territories.territory_id) == ["M", "N", "T001"]
    assert problem.region_of_territory.tolist() == [0, 1, 1]
    assert problem.region_of_unit.tolist() == [0, 1, 0, 0]


def test_an_area_goes_with_the_region_that_most_of_it_belongs_to(make_folder, make_grid):
    accounts = [
        row("a", "W1", 10),
        row("b", "E1", 30, 0.1),
        row("c", "E1", 5, 0.6),
    ]
    units = make_grid(4, 1, region=["", "west", "", "east"], territory_id=["", "", "W2", ""])
    scenario = ASKED.replace(keep_regions=True, basic_unit=BasicUnit.UNIT)
    assembled = build(make_folder, scenario, accounts, units=units)
    assert assembled.problem.region_of_unit.tolist() == [0, 1, 1, 0]
    assert [p.value for p in assembled.problems if p.code == "region_shared"] == ["U00"]


def test_a_rule_may_be_for_a_region(make_folder):
    rules = [{"kind": "max", "measure": "accounts", "value": 3.0, "region": "west"}]
    problem = build(make_folder, ASKED, rules=rules).problem
    counted = next(measure for measure in problem.measures if measure.name == "accounts")
    assert counted.upper.tolist() == [3, 3, np.inf]


@pytest.mark.parametrize(
    ("scenario", "seats", "code", "why"),
    [
        (regional(north=RegionRules()), SEATS, "unknown_region", "something of north"),
        (
            ASKED.replace(keep_regions=True),
            [*SEATS, {"seat_id": "x", "territory_id": "X"}],
            "territory_without_region",
            "belong to none: X",
        ),
        (
            regional(west=RegionRules(territories=1)),
            SEATS,
            "more_seats_than_territories",
            "1 territories are asked for in the region west, but 2 seats",
        ),
        (
            regional(west=RegionRules(territories=3)).replace(territories=7),
            SEATS,
            "territories_differ",
            "7 territories are asked for in all, but seats and regions make 4",
        ),
        (
            regional(west=RegionRules(measures={"profit": Band(0.1, 0.1)})),
            SEATS,
            "unknown_measure",
            "profit",
        ),
    ],
)
def test_what_regions_cannot_mean_is_an_error(make_folder, scenario, seats, code, why):
    with pytest.raises(InvalidInput) as caught:
        build(make_folder, scenario, seats=seats)
    assert [p.code for p in caught.value.problems if why in p.why] == [code]


def test_a_region_that_accounts_state_and_nobody_serves_is_an_error(make_folder):
    accounts = [*SIX, row("g", "", 5, region="nort")]
    with pytest.raises(InvalidInput, match="no territory belongs to: nort"):
        build(make_folder, ASKED.replace(keep_regions=True), accounts)


def test_a_family_goes_with_the_region_that_most_of_it_belongs_to(make_folder):
    rules = [{"kind": "together", "account_id": name, "group": "x"} for name in "bde"]
    assembled = build(make_folder, ASKED.replace(keep_regions=True), rules=rules)
    # d has no region and comes along; of b with 10 in the west and e with 60 in the east the east is more.
    assert assembled.problem.region_of_unit.tolist() == [1, 0, 1, 0, 0, 1]
    assert [p.value for p in assembled.problems if p.code == "region_shared"] == ["b"]


def test_a_family_goes_with_the_region_that_it_states_and_states_only_one(make_folder):
    rules = [{"kind": "together", "account_id": "e", "with_account_id": "f"}]
    scenario = ASKED.replace(keep_regions=True)
    assert build(make_folder, scenario, rules=rules).problem.region_of_unit[4] == 1
    accounts = [*SIX[:4], {**SIX[4], "region": "east"}, SIX[5]]
    with pytest.raises(InvalidInput, match=r"state different regions: e \(east\), f \(west\)"):
        build(make_folder, scenario, accounts, rules=rules)


def test_a_lock_outside_the_region_is_an_error(make_folder):
    rules = [{"kind": "lock", "account_id": "f", "territory_id": "E1"}]
    with pytest.raises(InvalidInput, match=r"outside its region: f \(E1\)") as caught:
        build(make_folder, ASKED.replace(keep_regions=True), rules=rules)
    problem = caught.value.problems[0]
    assert (problem.file, problem.row, problem.column) == ("rules", 2, "account_id")


def test_an_open_number_of_territories_is_told(make_folder):
    assembled = build(make_folder, ASKED.replace(territories=Span(2, 5)))
    assert assembled.problem.n_territories == 3
    assert "territories_open" in {problem.code for problem in assembled.problems}
