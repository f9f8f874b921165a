"""Measures, bands, locks, exclusions, reach: what a scenario and its rules ask for."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from planner.alignment import GONE
from planner.errors import InvalidInput
from planner.scenario import Band, BasicUnit, Scenario

FREE = Scenario(measures={"sales": Band()})


def row(
    account_id: str, territory_id: str, sales: float = 10, north: float = 0.0, **more
) -> dict[str, object]:
    return {
        "account_id": account_id,
        "territory_id": territory_id,
        "sales": sales,
        "latitude": 42.2 + north,
        "longitude": -93.7,
        **more,
    }


FOUR = [row("a", "N"), row("b", "N", north=0.1), row("c", "S", north=0.2), row("d", "S", north=0.25)]


def codes(assembled) -> set[str]:
    return {problem.code for problem in assembled.problems}


def measure_of(assembled, name):
    return next(measure for measure in assembled.problem.measures if measure.name == name)


def test_columns_and_counts_are_measures_and_only_those_asked_for_have_limits(make_folder, make_grid):
    folder = make_folder(
        accounts=FOUR, units=make_grid(1, 1, homes=9.0), scenario=Scenario(measures={"accounts": Band(0.1)})
    )
    assembled = assemble(folder, folder.scenario.replace(basic_unit=BasicUnit.SPLIT))
    assert [measure.name for measure in assembled.problem.measures] == ["sales", "homes", "accounts", "units"]
    assert [measure.limited for measure in assembled.problem.measures] == [False, False, True, False]
    limited = measure_of(assembled, "accounts")
    assert limited.lower.tolist() == [1.8, 1.8]
    assert np.isinf(limited.upper).all()


def test_absolute_limits_hold_besides_the_band(make_folder):
    band = Band(below=0.2, above=0.2, minimum=19, maximum=23)
    measure = measure_of(
        assemble(make_folder(accounts=FOUR, scenario=Scenario(measures={"sales": band}))), "sales"
    )
    assert measure.lower.tolist() == [19, 19]
    assert measure.upper.tolist() == [23, 23]


def test_limits_with_nothing_between_them_are_an_error(make_folder):
    folder = make_folder(accounts=FOUR, scenario=Scenario(measures={"sales": Band(0.1, 0.1, minimum=30)}))
    with pytest.raises(InvalidInput, match="nothing between"):
        assemble(folder)


def test_limits_that_miss_the_total_are_told(make_folder):
    folder = make_folder(accounts=FOUR, scenario=Scenario(measures={"sales": Band(maximum=19)}))
    assert "limits_miss_total" in codes(assemble(folder))


def test_an_unknown_measure_is_an_error_with_the_nearest_one(make_folder):
    with pytest.raises(InvalidInput, match=r"sales, accounts.*'sales'"):
        assemble(make_folder(accounts=FOUR, scenario=Scenario(measures={"salse": Band(0.1)})))


def test_measures_are_found_without_case(make_folder):
    assembled = assemble(make_folder(accounts=FOUR, scenario=Scenario(measures={"Sales": Band(0.1)})))
    assert measure_of(assembled, "sales").limited


def test_without_a_request_the_preferred_measure_is_balanced(make_folder):
    accounts = [{**account, "potential": 5.0} for account in FOUR]
    assembled = assemble(make_folder(accounts=accounts, scenario=Scenario()))
    assert [measure.name for measure in assembled.problem.measures if measure.limited] == ["potential"]
    assert "default_band" in codes(assembled)


def test_accounts_win_where_units_have_the_measure_too(make_folder, make_grid):
    folder = make_folder(accounts=FOUR, units=make_grid(1, 1, sales=7.0), scenario=FREE)
    assembled = assemble(folder)
    assert assembled.problem.activity[:, 0].sum() == 40
    assert "measure_in_both" in codes(assembled)


def test_every_unit_weighs_a_little_and_moves_at_a_price(make_folder):
    accounts = [*FOUR, row("e", "S", sales=0, north=0.3)]
    objective = assemble(make_folder(accounts=accounts), FREE.replace(disruption_km=2)).problem.objective
    assert objective.weight.tolist() == [10, 10, 10, 10, 0.008]
    assert objective.move_cost[0] == 10 * 2000**2


def test_the_disruption_budget_is_a_share_of_its_measure(make_folder):
    scenario = FREE.replace(disruption_budget=0.25, disruption_measure="accounts")
    (budget,) = assemble(make_folder(accounts=FOUR, scenario=scenario)).problem.budgets
    assert (budget.name, budget.total) == ("accounts", 1.0)
    assert budget.weight.tolist() == [1, 1, 1, 1]


def test_named_accounts_are_held_by_their_seat_apart_from_geography(make_folder):
    seats = [{"seat_id": "s1", "territory_id": "N"}, {"seat_id": "s2", "territory_id": "S"}]
    assembled = assemble(make_folder(accounts=[*FOUR, row("x", "N", seat_id="s2")], seats=seats))
    assert assembled.accounts.fixed.tolist() == [-1, -1, -1, -1, 1]
    assert assembled.problem.n_units == 4
    assert assembled.problem.territories.fixed_activity[:, 0].tolist() == [0, 10]


def test_a_named_account_of_an_unknown_seat_is_an_error(make_folder):
    with pytest.raises(InvalidInput, match="s9"):
        assemble(make_folder(accounts=[*FOUR, row("x", "N", seat_id="s9")]))


def test_a_locked_point_locks_its_unit(make_folder):
    accounts = [{**account, "locked": account["account_id"] == "c"} for account in FOUR]
    assert assemble(make_folder(accounts=accounts)).problem.locked.tolist() == [-1, -1, 1, -1]


def test_a_locked_account_among_others_is_held_apart_from_its_area(make_folder, make_grid):
    accounts = [{**account, "locked": account["account_id"] == "c"} for account in FOUR]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT, contiguous=False)
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 1), scenario=scenario))
    assert assembled.problem.locked.tolist() == [-1, -1]
    assert assembled.accounts.fixed.tolist() == [-1, -1, 1, -1]
    assert assembled.problem.activity[:, 0].tolist() == [30, 0]
    assert "locked_apart" in codes(assembled)


def test_a_locked_account_draws_no_corridor_through_contiguous_territories(make_folder, make_grid):
    accounts = [{**account, "locked": account["account_id"] == "c"} for account in FOUR]
    scenario = FREE.replace(basic_unit=BasicUnit.SPLIT, contiguous=True)
    assembled = assemble(make_folder(accounts=accounts, units=make_grid(2, 1), scenario=scenario))
    assert (assembled.problem.locked == -1).all()
    assert assembled.accounts.fixed[2] == 1


def test_a_locked_area_stays_with_its_owner_even_split(make_folder, make_grid):
    units = make_grid(2, 1, territory_id=["N", "S"], locked=[True, False])
    scenario = Scenario(measures={"sales": Band(0.5, 0.5)}, basic_unit=BasicUnit.SPLIT)
    problem = assemble(make_folder(accounts=FOUR, units=units, scenario=scenario)).problem
    assert problem.n_units == 5
    assert problem.locked.tolist() == [0, 0, 0, 0, -1]


def test_a_lock_to_a_territory_that_is_not_filled_is_an_error(make_folder):
    accounts = [{**account, "locked": True} for account in FOUR]
    with pytest.raises(InvalidInput, match="that is to be filled: c, d"):
        assemble(make_folder(accounts=accounts, seats=[{"seat_id": "N"}]))


def test_rules_lock_and_exclude_accounts_and_units(make_folder, make_grid):
    rules = [
        {"kind": "lock", "account_id": "a", "territory_id": "S"},
        {"kind": "exclude", "account_id": "d", "territory_id": "N"},
    ]
    problem = assemble(make_folder(accounts=FOUR, rules=rules)).problem
    assert problem.locked.tolist() == [1, -1, -1, -1]
    assert np.argwhere(problem.excluded.toarray()).tolist() == [[3, 0]]

    rules = [
        {"kind": "lock", "unit_id": "U10", "territory_id": "N"},
        {"kind": "exclude", "unit_id": "U00", "territory_id": "S"},
    ]
    units = make_grid(2, 1, sales=1.0, territory_id=["N", "S"])
    problem = assemble(make_folder(units=units, rules=rules)).problem
    assert problem.locked.tolist() == [-1, 0]
    assert np.argwhere(problem.excluded.toarray()).tolist() == [[0, 1]]


def test_an_excluded_account_takes_its_area_with_it(make_folder, make_grid):
    rules = [{"kind": "exclude", "account_id": "d", "territory_id": "N"}]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    assembled = assemble(make_folder(accounts=FOUR, units=make_grid(2, 1), rules=rules, scenario=scenario))
    assert np.argwhere(assembled.problem.excluded.toarray()).tolist() == [[0, 0]]
    assert "exclusion_widened" in codes(assembled)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ([{"kind": "lock", "account_id": "zz", "territory_id": "N"}], "no account 'zz'"),
        ([{"kind": "lock", "account_id": "a", "territory_id": "W"}], "no territory 'W'"),
        ([{"kind": "max", "measure": "sal", "value": 3.0}], "no measure 'sal'"),
        ([{"kind": "togther", "account_id": "a"}], "no rule 'togther'"),
        ([{"kind": "reach_km", "value": 5.0}], "these territories have none"),
        (
            [
                {"kind": "lock", "account_id": "a", "territory_id": "N"},
                {"kind": "lock", "account_id": "a", "territory_id": "S"},
            ],
            "locked to N and to S",
        ),
        (
            [
                {"kind": "lock", "account_id": "a", "territory_id": "N"},
                {"kind": "exclude", "account_id": "a", "territory_id": "N"},
            ],
            "may not have it",
        ),
        (
            [
                {"kind": "exclude", "account_id": "a", "territory_id": "N"},
                {"kind": "exclude", "account_id": "a", "territory_id": "S"},
            ],
            "Excluded from every territory",
        ),
    ],
)
def test_rules_that_cannot_be_meant_are_errors(make_folder, rules, why):
    with pytest.raises(InvalidInput, match=why):
        assemble(make_folder(accounts=FOUR, rules=rules))


def test_min_and_max_rules_limit_one_territory_or_all(make_folder):
    rules = [
        {"kind": "max", "measure": "accounts", "value": 3.0},
        {"kind": "min", "measure": "sales", "value": 19.0, "territory_id": "S"},
    ]
    assembled = assemble(make_folder(accounts=FOUR, rules=rules, scenario=FREE))
    assert measure_of(assembled, "accounts").upper.tolist() == [3, 3]
    assert measure_of(assembled, "sales").lower.tolist() == [-np.inf, 19]


def test_units_out_of_reach_of_a_home_are_excluded(make_folder):
    seats = [
        {"seat_id": "N", "latitude": 42.2, "longitude": -93.7},
        {"seat_id": "S", "latitude": 42.45, "longitude": -93.7},
    ]
    rules = [{"kind": "reach_km", "value": 12.0, "seat_id": "N"}]
    problem = assemble(make_folder(accounts=FOUR, seats=seats, rules=rules)).problem
    assert np.argwhere(problem.excluded.toarray()).tolist() == [[2, 0], [3, 0]]


def test_who_owns_an_area_today_is_counted_by_activity(make_folder, make_grid):
    accounts = [row("a", "N", 6), row("b", "S", 2), row("c", "", 1), row("d", "gone", 1)]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    folder = make_folder(
        accounts=accounts,
        units=make_grid(2, 1),
        seats=[{"seat_id": "N"}, {"seat_id": "S"}],
        scenario=scenario,
    )
    problem = assemble(folder).problem
    assert problem.current.tolist() == [0, -1]
    assert problem.owned.toarray()[0] == pytest.approx([0.6, 0.2])
    assert problem.had_owner == pytest.approx([0.9, 0])
    assert assemble(folder).accounts.current.tolist() == [0, 1, -1, GONE]


def test_accounts_inherit_the_owner_of_their_area(make_folder, make_grid):
    units = make_grid(2, 1, territory_id=["N", "S"])
    accounts = [{**account, "territory_id": ""} for account in FOUR]
    assembled = assemble(make_folder(accounts=accounts, units=units))
    assert list(assembled.previous_territory) == ["N"] * 4
    assert assembled.accounts.current.tolist() == [0] * 4
    assert assembled.problem.current[-1] == 1
