"""Families that stay together and competitors that stay apart, on accounts, areas and basic units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.assemble import assemble
from data.assemble.groups import families
from planner.errors import InvalidInput
from planner.scenario import Band, BasicUnit, Scenario

FREE = Scenario(measures={"sales": Band()})
SEATS = [{"seat_id": "n", "territory_id": "N"}, {"seat_id": "s", "territory_id": "S"}]


def row(account_id: str, territory_id: str, east: float = 0.0, **more) -> dict[str, object]:
    place = {"latitude": 42.2, "longitude": -93.9 + east}
    return {"account_id": account_id, "territory_id": territory_id, "sales": 10.0, **place, **more}


SIX = [row(name, "N" if at < 3 else "S", at / 10) for at, name in enumerate("abcdef")]
NOWHERE = {"latitude": np.nan, "longitude": np.nan}


def with_column(name: str, *values: str) -> list[dict[str, object]]:
    return [{**account, name: value} for account, value in zip(SIX, values, strict=True)]


def build(make_folder, rules, accounts=SIX, **more):
    scenario = more.pop("scenario", FREE)
    return assemble(make_folder(accounts=accounts, seats=SEATS, rules=rules, scenario=scenario, **more))


def groups(problem) -> list[list[int]]:
    return [np.flatnonzero(problem.together == g).tolist() for g in range(problem.together.max() + 1)]


def told(assembled, code):
    return [problem for problem in assembled.problems if problem.code == code]


@pytest.mark.parametrize(
    "rules",
    [
        [
            {"kind": "together", "account_id": "a", "with_account_id": "c"},
            {"kind": "together", "account_id": "c", "with_account_id": "e"},
        ],
        [{"kind": "together", "account_id": name, "group": "x"} for name in "ace"],
        [{"kind": "together", "where": "chain = 'x'"}],
        [{"kind": "together", "by": "chain"}],
        [{"kind": "together", "by": "Chain", "where": "sales > 1"}],
    ],
)
def test_a_group_may_be_said_in_many_ways(make_folder, rules):
    accounts = with_column("chain", "x", "", "x", "y", "x", "")
    assert groups(build(make_folder, rules, accounts).problem) == [[0, 2, 4]]


def test_families_hang_together_through_their_parents(make_folder):
    accounts = with_column("parent_account_id", "", "a", "b", "gone", "gone", "")
    rules = [{"kind": "together", "by": "parent_account_id"}]
    assert groups(build(make_folder, rules, accounts).problem) == [[0, 1, 2], [3, 4]]


def test_postal_codes_may_be_kept_whole(make_folder):
    accounts = with_column("postal_code", "1", "1", "2", "3", "3", "")
    rules = [{"kind": "together", "by": "postal_code"}]
    assert groups(build(make_folder, rules, accounts).problem) == [[0, 1], [3, 4]]


@given(st.lists(st.integers(-1, 9), min_size=10, max_size=10))
def test_a_family_is_what_its_parents_connect(parents):
    names = [f"p{at}" for at in range(10)]
    found = families(names, [names[p] if p >= 0 else "" for p in parents])
    reach = np.eye(10, dtype=bool)
    for child, parent in enumerate(parents):
        if parent >= 0:
            reach[child, parent] = reach[parent, child] = True
    for _ in range(10):
        reach |= reach @ reach
    same = np.array(found)[:, None] == np.array(found)[None, :]
    assert (same == reach).all()


def test_a_group_goes_where_a_locked_member_is(make_folder):
    rules = [
        {"kind": "together", "account_id": "a", "with_account_id": "e"},
        {"kind": "lock", "account_id": "e"},
    ]
    assert build(make_folder, rules).problem.locked.tolist() == [1, -1, -1, -1, 1, -1]


def test_a_group_goes_where_a_named_member_is(make_folder):
    rules = [
        {"kind": "together", "account_id": "a", "with_account_id": "e"},
        {"kind": "named", "account_id": "e", "seat_id": "n"},
    ]
    assembled = build(make_folder, rules)
    assert assembled.accounts.fixed.tolist() == [-1, -1, -1, -1, 0, -1]
    assert assembled.problem.locked.tolist() == [0, -1, -1, -1, -1]


def test_a_named_family_is_held_apart_where_territories_hang_together(make_folder):
    rules = [
        {"kind": "together", "account_id": "a", "with_account_id": "e"},
        {"kind": "named", "account_id": "e", "seat_id": "n"},
    ]
    assembled = build(make_folder, rules, scenario=FREE.replace(contiguous=True))
    assert assembled.accounts.fixed.tolist() == [0, -1, -1, -1, 0, -1]
    assert (assembled.problem.locked == -1).all()


def test_members_of_a_group_are_neighbours(make_folder):
    rules = [{"kind": "together", "account_id": "a", "with_account_id": "f"}]
    problem = build(make_folder, rules, scenario=FREE.replace(contiguous=True)).problem
    assert 5 in problem.graph.neighbours(0)
    assert groups(problem) == [[0, 5]]


def test_a_member_without_a_place_is_put_beside_the_others(make_folder):
    accounts = [*SIX, row("lost", "", **NOWHERE)]
    rules = [{"kind": "together", "account_id": "lost", "with_account_id": "b"}]
    assembled = build(make_folder, rules, accounts)
    assert assembled.accounts.unit[6] == 6
    assert groups(assembled.problem) == [[1, 6]]
    assert told(assembled, "placed_together")[0].value == "lost"
    assert not told(assembled, "unplaced")


def test_a_group_without_any_place_stays_with_who_has_most_of_it(make_folder):
    accounts = [
        *SIX,
        row("x", "N", **NOWHERE),
        row("y", "S", **NOWHERE, sales=99.0) | {"sales": 99.0},
        row("z", "", **NOWHERE),
    ]
    rules = [{"kind": "together", "account_id": name, "group": "lost"} for name in "xyz"]
    assert build(make_folder, rules, accounts).accounts.fixed.tolist() == [-1] * 6 + [1, 1, 1]


def test_areas_and_accounts_may_be_grouped_together(make_folder, make_grid):
    accounts = [row("a", "N"), row("b", "S", 0.5), row("c", "S", 1.0)]
    rules = [
        {"kind": "together", "account_id": "a", "with_unit_id": "U20"},
        {"kind": "apart", "unit_id": "U20", "with_account_id": "b"},
    ]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    problem = build(make_folder, rules, accounts, units=make_grid(3, 1), scenario=scenario).problem
    assert groups(problem) == [[0, 2]]
    assert problem.apart.tolist() == [[1, 2]]


@pytest.mark.parametrize(
    "rules",
    [
        [{"kind": "apart", "account_id": "a", "with_account_id": "c"}],
        [{"kind": "apart", "account_id": name, "group": "x"} for name in "ca"],
        [{"kind": "apart", "where": "chain = 'x'"}],
        [{"kind": "apart", "by": "chain"}],
    ],
)
def test_competitors_may_be_said_in_many_ways(make_folder, rules):
    accounts = with_column("chain", "x", "", "x", "y", "", "")
    assert build(make_folder, rules, accounts).problem.apart.tolist() == [[0, 2]]


def test_a_competitor_of_a_named_account_may_not_have_its_seat(make_folder):
    rules = [
        {"kind": "named", "account_id": "a", "seat_id": "s"},
        {"kind": "apart", "account_id": "a", "with_account_id": "f"},
    ]
    problem = build(make_folder, rules).problem
    assert len(problem.apart) == 0
    assert np.argwhere(problem.excluded.toarray()).tolist() == [[4, 1]]


def test_competitors_that_different_seats_hold_are_apart_already(make_folder):
    rules = [
        {"kind": "named", "account_id": "a", "seat_id": "s"},
        {"kind": "named", "account_id": "b", "seat_id": "n"},
        {"kind": "apart", "account_id": "a", "with_account_id": "b"},
    ]
    problem = build(make_folder, rules).problem
    assert len(problem.apart) == 0
    assert problem.excluded is None


@pytest.mark.parametrize(
    ("rules", "code", "why"),
    [
        (
            [{"kind": "apart", "account_id": name, "group": "x"} for name in "abc"],
            "apart_crowd",
            "3 may not share a territory, but there are 2",
        ),
        ([{"kind": "apart", "where": "sales > 0"}], "apart_crowd", "6 may not share a territory"),
        (
            [{"kind": "apart", "account_id": "a", "with_account_id": "a"}],
            "contradicting_rules",
            "from itself",
        ),
        (
            [
                {"kind": "together", "account_id": "a", "with_account_id": "b"},
                {"kind": "together", "account_id": "b", "with_account_id": "c"},
                {"kind": "apart", "account_id": "a", "with_account_id": "c"},
            ],
            "contradicting_rules",
            "a and c must be together and apart",
        ),
        (
            [
                {"kind": "lock", "account_id": "a"},
                {"kind": "lock", "account_id": "f"},
                {"kind": "together", "account_id": "a", "with_account_id": "f"},
            ],
            "contradicting_rules",
            "held in different territories: a (N), f (S)",
        ),
        (
            [
                {"kind": "lock", "account_id": "a"},
                {"kind": "lock", "account_id": "b"},
                {"kind": "apart", "account_id": "a", "with_account_id": "b"},
            ],
            "contradicting_rules",
            "a and b must be apart, but are both locked to N",
        ),
        (
            [
                {"kind": "named", "account_id": "a", "seat_id": "s"},
                {"kind": "named", "account_id": "b", "seat_id": "s"},
                {"kind": "apart", "account_id": "a", "with_account_id": "b"},
            ],
            "contradicting_rules",
            "a and b must be apart, but S holds both",
        ),
        (
            [
                {"kind": "exclude", "account_id": "a", "seat_id": "n"},
                {"kind": "exclude", "account_id": "f", "seat_id": "s"},
                {"kind": "together", "account_id": "a", "with_account_id": "f"},
            ],
            "nobody_may_have_group",
            "no territory may have all of them, by exclusions, skills or reach: (a, f).",
        ),
        ([{"kind": "together", "by": "chain"}], "unknown_column", "no column 'chain'"),
        (
            [{"kind": "together", "account_id": "a", "with_account_id": "zz"}],
            "unknown_account",
            "no account 'zz'",
        ),
    ],
)
def test_contradictions_are_told_at_the_rule(make_folder, rules, code, why):
    with pytest.raises(InvalidInput) as caught:
        build(make_folder, rules)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert why in problem.why
    assert problem.file == "rules"
    assert problem.row == (len(rules) + 1 if code != "nobody_may_have_group" else None)


def test_competitors_in_one_area_are_an_error_unless_it_is_cut(make_folder, make_grid):
    accounts = [row("a", "N"), row("b", "N", 0.1), row("c", "S", 0.6)]
    rules = [{"kind": "apart", "account_id": "a", "with_account_id": "b"}]
    units = make_grid(2, 1)
    with pytest.raises(InvalidInput, match="lie in one basic unit, U00"):
        build(make_folder, rules, accounts, units=units, scenario=FREE.replace(basic_unit=BasicUnit.UNIT))
    scenario = FREE.replace(basic_unit=BasicUnit.ACCOUNT)
    assert len(build(make_folder, rules, accounts, units=units, scenario=scenario).problem.apart) == 1


def test_competitors_in_areas_of_one_family_are_an_error(make_folder, make_grid):
    accounts = [row("a", "N"), row("b", "N", 0.1), row("c", "S", 0.6), row("d", "S", 0.7)]
    rules = [
        {"kind": "together", "account_id": "a", "with_account_id": "c"},
        {"kind": "apart", "account_id": "b", "with_account_id": "d"},
    ]
    scenario = FREE.replace(basic_unit=BasicUnit.UNIT)
    with pytest.raises(InvalidInput, match="lie in units that must be together"):
        build(make_folder, rules, accounts, units=make_grid(2, 1), scenario=scenario)
