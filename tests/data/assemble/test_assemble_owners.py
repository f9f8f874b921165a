"""Rules on who has what: locks of all kinds, named accounts, exclusions, skills; by id and by condition."""

from __future__ import annotations

import numpy as np
import pytest

from data.assemble import assemble
from planner.demands import AskedRule
from planner.errors import InvalidInput
from planner.scenario import Band, BasicUnit, Scenario

FREE = Scenario(measures={"sales": Band()})
SEATS = [{"seat_id": "n", "territory_id": "N"}, {"seat_id": "s", "territory_id": "S"}]


def row(account_id: str, territory_id: str, north: float = 0.0, **more) -> dict[str, object]:
    place = {"latitude": 42.2 + north, "longitude": -93.7}
    return {"account_id": account_id, "territory_id": territory_id, "sales": 10.0, **place, **more}


FOUR = [
    row("a", "N", segment="A"),
    row("b", "N", 0.1, segment="B"),
    row("c", "S", 0.2, segment="A"),
    row("d", "", 0.25, segment="A"),
]


def told(assembled, code):
    return [problem for problem in assembled.problems if problem.code == code]


def excluded_pairs(problem):
    return np.argwhere(problem.excluded.toarray()).tolist()


def test_a_condition_locks_accounts_to_where_they_are_today_and_tells_who_is_nowhere(make_folder):
    rules = [{"kind": "lock", "where": "segment = 'A'"}]
    assembled = assemble(make_folder(accounts=FOUR, rules=rules, scenario=FREE))
    assert assembled.problem.locked.tolist() == [0, -1, 1, -1]
    (problem,) = told(assembled, "lock_without_territory")
    assert (problem.file, problem.row, problem.column, problem.value) == (
        "rules",
        2,
        "where",
        "segment = 'A'",
    )
    assert "1 of 3 accounts" in problem.why
    assert problem.why.endswith("stay free: d.")


def test_a_condition_locks_accounts_to_the_territory_that_is_named(make_folder):
    rules = [{"kind": "lock", "where": "segment = 'A'", "territory_id": "S"}]
    problem = assemble(make_folder(accounts=FOUR, rules=rules, scenario=FREE)).problem
    assert problem.locked.tolist() == [1, -1, 1, 1]


def test_a_territory_locked_by_itself_keeps_all_it_has_today(make_folder):
    rules = [{"kind": "lock", "seat_id": "n"}]
    problem = assemble(make_folder(accounts=FOUR, seats=SEATS, rules=rules, scenario=FREE)).problem
    assert problem.locked.tolist() == [0, 0, -1, -1]


def test_a_locked_territory_of_areas_keeps_its_areas_and_its_accounts_elsewhere(make_folder, make_grid):
    # N has all of U00; in U10 it shares with S, so only its account there is held.
    accounts = [
        row("a", "N"),
        row("b", "N", longitude=-93.2),
        row("c", "S", longitude=-93.1),
        row("d", "S", longitude=-92.7),
    ]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    rules = [{"kind": "lock", "territory_id": "N"}]
    assembled = assemble(
        make_folder(accounts=accounts, units=make_grid(3, 1), rules=rules, scenario=scenario)
    )
    assert assembled.problem.locked.tolist() == [0, -1, -1]
    assert assembled.accounts.fixed.tolist() == [-1, 0, -1, -1]


def test_a_locked_territory_that_holds_nothing_is_told(make_folder):
    seats = [*SEATS, {"seat_id": "w", "territory_id": "W"}]
    rules = [{"kind": "lock", "territory_id": "W"}]
    assembled = assemble(make_folder(accounts=FOUR, seats=seats, rules=rules, scenario=FREE))
    assert told(assembled, "lock_of_nothing")[0].column == "territory_id"
    assert (assembled.problem.locked == -1).all()


def test_a_lock_of_a_region_holds_what_its_territories_have(make_folder):
    seats = [{**SEATS[0], "region": "north"}, {**SEATS[1], "region": "south"}]
    rules = [{"kind": "lock", "where": "segment = 'A'", "region": "south"}]
    problem = assemble(make_folder(accounts=FOUR, seats=seats, rules=rules, scenario=FREE)).problem
    assert problem.locked.tolist() == [-1, -1, 1, -1]


def test_a_condition_that_nothing_fulfils_is_told(make_folder):
    rules = [{"kind": "lock", "where": "segment = 'Z'"}]
    assembled = assemble(make_folder(accounts=FOUR, rules=rules, scenario=FREE))
    (problem,) = told(assembled, "condition_matches_nothing")
    assert (problem.file, problem.row, problem.value) == ("rules", 2, "segment = 'Z'")


def test_rules_name_accounts_for_seats(make_folder):
    rules = [{"kind": "named", "where": "segment = 'B'", "seat_id": "s"}]
    assembled = assemble(make_folder(accounts=FOUR, seats=SEATS, rules=rules, scenario=FREE))
    assert assembled.accounts.fixed.tolist() == [-1, 1, -1, -1]


def test_a_condition_excludes_accounts_from_a_seat_and_from_a_region(make_folder):
    seats = [{**SEATS[0], "region": "north"}, {**SEATS[1], "region": "south"}]
    rules = [
        {"kind": "exclude", "where": "segment = 'A'", "seat_id": "s"},
        {"kind": "exclude", "account_id": "b", "region": "north"},
    ]
    problem = assemble(make_folder(accounts=FOUR, seats=seats, rules=rules, scenario=FREE)).problem
    assert excluded_pairs(problem) == [[0, 1], [1, 0], [2, 1], [3, 1]]


SPEAKING = [{**SEATS[0], "skills": "French; German"}, {**SEATS[1], "skills": "Ｇerman"}]


def test_accounts_go_only_to_seats_with_the_skill_they_require(make_folder):
    accounts = [
        {**account, "required_skill": skill}
        for account, skill in zip(FOUR, ["FRENCH", "german", "", "German/French"], strict=True)
    ]
    problem = assemble(make_folder(accounts=accounts, seats=SPEAKING, scenario=FREE)).problem
    assert excluded_pairs(problem) == [[0, 1], [3, 1]]


def test_a_skill_may_be_required_by_condition_or_by_column(make_folder):
    accounts = [{**account, "language": "french" if account["account_id"] == "b" else ""} for account in FOUR]
    rules = [
        {"kind": "skill", "where": "segment = 'A'", "skill": "German"},
        {"kind": "skill", "by": "language"},
    ]
    problem = assemble(make_folder(accounts=accounts, seats=SPEAKING, rules=rules, scenario=FREE)).problem
    assert excluded_pairs(problem) == [[1, 1]]


def test_rules_of_the_scenario_count_like_those_of_the_table(make_folder):
    scenario = FREE.replace(rules=(AskedRule("lock", where="segment = 'B'", row=7),))
    rules = [{"kind": "lock", "account_id": "c"}]
    problem = assemble(make_folder(accounts=FOUR, rules=rules, scenario=scenario)).problem
    assert problem.locked.tolist() == [-1, 0, 1, -1]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ([AskedRule("lock", where="segmnt = 'B'", row=7)], "no column 'segmnt'"),
        ([AskedRule("lock", where="segment = ", row=7)], "At character"),
        ([AskedRule("lock", row=7)], "has to fill in"),
        ([AskedRule("lok", row=7)], "The nearest is 'lock'"),
        ([AskedRule("lock", account_id="zz", row=7)], "no account 'zz'"),
        ([AskedRule("lock", where="segment = 'A'", of="units", row=7)], "no units"),
        ([AskedRule("named", where="segment = 'A'", of="units", seat_id="s", row=7)], "no units"),
        (
            [AskedRule("exclude", account_id="a", seat_id="n", territory_id="S", row=7)],
            "No territory is territory_id S and seat_id n at the same time",
        ),
        ([AskedRule("exclude", account_id="a", region="west", row=7)], "no region 'west'"),
        ([AskedRule("skill", where="segment = 'A'", skill="Latin", row=7)], "No seat has the skill 'Latin'"),
        (
            [
                AskedRule("named", account_id="a", seat_id="n"),
                AskedRule("named", where="locked or segment = 'A'", seat_id="s", row=7),
            ],
            "a is named for N and for S",
        ),
        (
            [
                AskedRule("lock", where="segment = 'A'", territory_id="N"),
                AskedRule("lock", where="sales = 10", territory_id="S", row=7),
            ],
            "a is locked to N and to S. So are 2 others",
        ),
        (
            [
                AskedRule("named", account_id="a", seat_id="n"),
                AskedRule("exclude", account_id="a", seat_id="n", row=7),
            ],
            "a is held by N and excluded",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(make_folder, rules, why):
    scenario = FREE.replace(rules=tuple(rules))
    with pytest.raises(InvalidInput) as caught:
        assemble(make_folder(accounts=FOUR, seats=SEATS, scenario=scenario))
    problem = caught.value.problems[0]
    assert why in problem.why
    assert (problem.file, problem.row) == ("plan.toml", 7)


def test_an_account_named_for_one_seat_and_locked_to_another_is_an_error(make_folder):
    accounts = [row("x", "N", locked=True, seat_id="s"), *FOUR]
    with pytest.raises(InvalidInput, match="x is named for S and locked to N"):
        assemble(make_folder(accounts=accounts, seats=SEATS, scenario=FREE))
