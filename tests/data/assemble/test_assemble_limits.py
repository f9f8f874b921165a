"""How much a territory may hold, of what, how far it may reach, and how much may change hands."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from planner.demands import BudgetRule
from planner.errors import InvalidInput
from planner.measures.separation import travel_hours
from planner.scenario import Band, BasicUnit, Scenario, WorkloadSettings

FREE = Scenario(measures={"sales": Band()})
HOMES = [
    {"seat_id": "n", "territory_id": "N", "latitude": 42.2, "longitude": -93.7},
    {"seat_id": "s", "territory_id": "S", "latitude": 42.2, "longitude": -93.7},
]


def row(
    account_id: str, territory_id: str, sales: float = 10.0, north: float = 0.0, **more
) -> dict[str, object]:
    place = {"latitude": 42.2 + north, "longitude": -93.7}
    return {"account_id": account_id, "territory_id": territory_id, "sales": sales, **place, **more}


FOUR = [
    row("a", "N", 10, segment="A"),
    row("b", "N", 20, 0.1, segment="B"),
    row("c", "S", 30, 0.2, segment="A"),
    row("d", "S", 40, 0.25, segment="B"),
]
KEPT = [{"kind": "named", "account_id": "d", "seat_id": "n"}]


def build(make_folder, rules=(), accounts=FOUR, **more):
    scenario = more.pop("scenario", FREE)
    tables = {"seats": HOMES, **({"rules": list(rules)} if rules else {}), **more}
    return assemble(make_folder(accounts=accounts, scenario=scenario, **tables))


def measure_of(assembled, name):
    return next(measure for measure in assembled.problem.measures if measure.name == name)


def told(assembled, code):
    return [problem for problem in assembled.problems if problem.code == code]


def test_a_mix_counts_the_accounts_of_a_segment(make_folder):
    rules = [{"kind": "mix", "where": "segment = 'A'", "max_share": 0.6}]
    (mix,) = build(make_folder, rules).problem.mixes
    assert mix.name == "segment = 'A' by accounts"
    assert mix.part.tolist() == [1, 0, 1, 0]
    assert mix.whole.tolist() == [1, 1, 1, 1]
    assert (mix.lower.tolist(), mix.upper.tolist()) == ([0, 0], [0.6, 0.6])


def test_rules_on_the_same_mix_are_one_with_limits_for_each_territory(make_folder):
    rules = [
        *KEPT,
        {"kind": "mix", "where": "segment = 'B'", "measure": "sales", "max_share": 0.6, "name": "B sales"},
        {"kind": "mix", "where": "segment = 'B'", "measure": "sales", "min_share": 0.2, "territory_id": "S"},
    ]
    (mix,) = build(make_folder, rules).problem.mixes
    assert mix.name == "B sales"
    assert mix.part.tolist() == [0, 20, 0]
    assert mix.whole.tolist() == [10, 20, 30]
    assert (mix.fixed_part.tolist(), mix.fixed_whole.tolist()) == ([40, 0], [40, 0])
    assert (mix.lower.tolist(), mix.upper.tolist()) == ([0, 0.2], [0.6, 0.6])


def test_a_mix_of_areas_counts_what_they_hold(make_folder, make_grid):
    units = make_grid(3, 1, homes=[10.0, 20.0, 30.0], kind=["town", "land", "town"])
    rules = [{"kind": "mix", "where": "kind = 'town'", "measure": "homes", "min_share": 0.1}]
    folder = make_folder(units=units, seats=HOMES, rules=rules, scenario=Scenario(measures={"homes": Band()}))
    (mix,) = assemble(folder).problem.mixes
    assert mix.part.tolist() == [10, 0, 30]


def test_a_limit_with_a_condition_is_a_measure_of_its_own(make_folder):
    rules = [
        *KEPT,
        {"kind": "max", "measure": "sales", "where": "segment = 'B'", "value": 50.0},
        {"kind": "min", "measure": "sales", "where": "segment='B' or segment = 'B'", "value": 5.0},
        {"kind": "max", "measure": "accounts", "where": "segment = 'A'", "value": 1.0, "seat_id": "s"},
    ]
    assembled = build(make_folder, rules)
    names = [measure.name for measure in assembled.problem.measures]
    assert names == ["sales", "accounts", "sales where segment = 'B'", "accounts where segment = 'A'"]
    sales = measure_of(assembled, "sales where segment = 'B'")
    assert (sales.lower.tolist(), sales.upper.tolist()) == ([5, 5], [50, 50])
    assert assembled.problem.activity[:, 2].tolist() == [0, 20, 0]
    assert assembled.problem.territories.fixed_activity[:, 2].tolist() == [40, 0]
    assert measure_of(assembled, "accounts where segment = 'A'").upper.tolist() == [np.inf, 1]


def test_a_rule_may_count_units_where_there_are_no_areas(make_folder):
    rules = [{"kind": "max", "measure": "units", "value": 3.0}]
    assembled = build(make_folder, rules)
    assert measure_of(assembled, "units").upper.tolist() == [3, 3]
    assert assembled.problem.activity[:, -1].tolist() == [1, 1, 1, 1]


def test_workload_stays_within_the_capacity_of_each_seat(make_folder):
    accounts = [{**account, "workload_hours": 5.0} for account in FOUR]
    seats = [{**HOMES[0], "capacity_hours": 12.0}, HOMES[1]]
    rules = [{"kind": "capacity"}]
    for settings, expected in ((WorkloadSettings(), 12.0), (WorkloadSettings(capacity_hours=15.0), 15.0)):
        scenario = FREE.replace(workload=settings)
        assembled = build(make_folder, rules, accounts, seats=seats, scenario=scenario)
        assert measure_of(assembled, "workload_hours").upper.tolist() == [12, expected]


TRAVEL = [
    {"account_id": name, "seat_id": seat, "hours": hours}
    for name, *both in (("a", 0.5, 3.0), ("b", 2.0, 2.5), ("c", 2.1, 0.1), ("d", 1.0, 1.0))
    for seat, hours in zip("ns", both, strict=True)
]


def test_hours_of_the_travel_table_decide_on_reach(make_folder):
    rules = [{"kind": "reach_hours", "value": 2.0}]
    assembled = build(make_folder, rules, travel=TRAVEL)
    assert np.argwhere(assembled.problem.excluded.toarray()).tolist() == [[0, 1], [1, 1], [2, 0]]
    assert not told(assembled, "travel_estimated")


def test_ways_that_the_travel_table_lacks_are_estimated_and_told(make_folder):
    rules = [{"kind": "reach_hours", "value": 0.3, "seat_id": "s"}]
    assembled = build(make_folder, rules, travel=[{"account_id": "b", "seat_id": "s", "hours": 0.1}])
    far = travel_hours(np.array([0.0, 0.0, 22_200.0, 27_750.0])) > 0.3
    assert assembled.problem.excluded.toarray()[:, 1].tolist() == far.tolist()
    assert not assembled.problem.excluded.toarray()[:, 0].any()
    assert "3 of 4 ways" in told(assembled, "travel_estimated")[0].why


def test_the_farthest_account_decides_for_an_area_and_the_area_may_say_so_itself(make_folder, make_grid):
    accounts = [row("a", "N"), row("b", "N"), {**row("c", "S"), "longitude": -93.2}]
    travel = [
        {"account_id": "a", "seat_id": "n", "hours": 1.0},
        {"account_id": "b", "seat_id": "n", "hours": 3.0},
        {"unit_id": "U10", "seat_id": "n", "hours": 2.5},
        {"unit_id": "U00", "seat_id": "s", "hours": 0.5},
    ]
    rules = [{"kind": "reach_hours", "value": 2.0}]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    problem = build(
        make_folder, rules, accounts, units=make_grid(2, 1), travel=travel, scenario=scenario
    ).problem
    assert np.argwhere(problem.excluded.toarray()).tolist() == [[0, 0], [1, 0]]


SOME = Scenario(measures={"sales": Band()}, budgets=(BudgetRule("sales", total=0.15, per_seat=0.3),))


def test_a_budget_is_a_share_of_all_and_of_what_each_seat_has(make_folder):
    (budget,) = build(make_folder, scenario=SOME).problem.budgets
    assert budget.name == "sales"
    assert budget.weight.tolist() == [10, 20, 30, 40]
    assert budget.total == pytest.approx(15)
    assert budget.per_territory == pytest.approx([9, 21])


def test_what_is_named_away_from_its_owner_uses_a_budget_up(make_folder):
    scenario = SOME.replace(budgets=(BudgetRule("sales", total=0.5, per_seat=0.9),))
    (budget,) = build(make_folder, KEPT, scenario=scenario).problem.budgets
    assert budget.weight.tolist() == [10, 20, 30]
    assert budget.total == pytest.approx(50 - 40)
    assert budget.per_territory == pytest.approx([27, 63 - 40])


def test_a_budget_may_count_accounts_amounts_and_expected_loss(make_folder):
    budgets = (
        BudgetRule("accounts", total=0.5),
        BudgetRule("sales", total_amount=25.0, per_seat_amount=12.0),
        BudgetRule("expected_loss", total_amount=3.0, total=0.1),
    )
    counts, amounts, loss = build(make_folder, scenario=FREE.replace(budgets=budgets)).problem.budgets
    assert (counts.total, counts.weight.tolist()) == (2, [1, 1, 1, 1])
    assert (amounts.total, amounts.per_territory.tolist()) == (25, [12, 12])
    assert loss.name == "expected loss (USD)"
    assert loss.weight == pytest.approx([1.5, 3, 4.5, 6])
    assert loss.total == pytest.approx(1.5)


def test_the_rate_of_expected_loss_may_be_set(make_folder):
    scenario = FREE.replace(
        budgets=(BudgetRule("expected_loss", total=1.0),), expected_loss=0.5, revenue="accounts"
    )
    (loss,) = build(make_folder, scenario=scenario).problem.budgets
    assert loss.weight.tolist() == [0.5] * 4


@pytest.mark.parametrize(
    ("rules", "scenario", "code"),
    [
        (
            [{"kind": "mix", "where": "segment = 'A'", "max_share": 0.1, "measure": "calls"}],
            FREE,
            "unknown_measure",
        ),
        (
            [
                {"kind": "mix", "where": "segment = 'A'", "max_share": 0.1},
                {"kind": "mix", "where": "segment = 'A'", "min_share": 0.2, "seat_id": "s"},
            ],
            FREE,
            "limits_cross",
        ),
        ([{"kind": "capacity"}], FREE, "unknown_workload"),
        ([{"kind": "capacity"}], FREE.replace(workload=WorkloadSettings("sales")), "capacity_unknown"),
        ([{"kind": "max", "measure": "sales", "where": "sgment = 'A'", "value": 1.0}], FREE, "condition"),
        (KEPT, SOME, "budget_used_up"),
        ([], FREE.replace(budgets=(BudgetRule("profit", total=0.1),)), "unknown_measure"),
        (
            [],
            Scenario(
                measures={"sales": Band()}, budgets=(BudgetRule("expected_loss", total=0.1),), revenue="x"
            ),
            "unknown_measure",
        ),
    ],
)
def test_limits_that_cannot_be_meant_are_errors(make_folder, rules, scenario, code):
    with pytest.raises(InvalidInput) as caught:
        build(make_folder, rules, scenario=scenario)
    assert code in {problem.code for problem in caught.value.problems}


def test_hours_without_a_home_and_without_a_table_are_an_error(make_folder):
    rules = [{"kind": "reach_hours", "value": 2.0}]
    with pytest.raises(InvalidInput, match="Neither the travel times nor the home"):
        build(make_folder, rules, seats=[{"seat_id": "n"}, {"seat_id": "s"}], travel=TRAVEL[:5])


def test_what_areas_hold_is_not_counted_by_a_condition_on_accounts(make_folder, make_grid):
    units = make_grid(2, 1, homes=5.0)
    rules = [{"kind": "max", "measure": "homes", "where": "segment = 'A'", "value": 1.0}]
    with pytest.raises(InvalidInput, match="homes is held by units"):
        build(make_folder, rules, units=units)
