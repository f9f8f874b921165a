"""Two plans side by side."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.compare import compare
from data.export import write_plan
from data.side_by_side import side_by_side
from planner.alignment import Alignment
from planner.errors import InvalidInput
from planner.pay import CompensationReport, CostLevel
from planner.scorecard import scorecard


@pytest.fixture
def outputs(make_toy: Callable, tmp_path: Path) -> tuple[Path, Path]:
    """Two outputs: in the second, area 05002 and its accounts are with another territory, and a quota is higher."""
    toy = make_toy()
    first, second = tmp_path / "first", tmp_path / "second"
    write_plan(first, toy.assembled, toy.plan)
    territory = toy.plan.result.alignment.territory.copy()
    territory[2] = 0
    cents = toy.plan.quotas.amount_cents.copy()
    cents[1, 0] += [5, -2]
    other = replace(
        toy.plan,
        result=toy.plan.result.replace(alignment=Alignment(territory)),
        after=scorecard(toy.assembled.problem, territory, toy.assembled.accounts),
        quotas=replace(toy.plan.quotas, amount_cents=cents),
    )
    write_plan(second, toy.assembled, other)
    return first, second


def test_before_and_after_of_one_output(outputs: tuple[Path, Path]) -> None:
    found = compare(outputs[0])
    assert (found.a, found.b) == ("before", "after")
    line = {line.name: line for line in found.measures}["sales: worst deviation"]
    assert line.unit == "fraction of the ideal"
    assert line.a > line.b
    assert line.difference == pytest.approx(line.b - line.a)
    moved = {row.id: (row.from_territory_id, row.to_territory_id) for row in found.moved}
    assert len(moved) == json.loads((outputs[0] / "scorecard.json").read_text())["after"]["moved_entities"]
    assert moved["002"] == ("=T2", "007")
    assert [line.a for line in found.quotas] == [None, None, None]


def test_two_outputs(outputs: tuple[Path, Path]) -> None:
    found = compare(*outputs)
    assert (found.a, found.b) == ("first", "second")
    assert [(row.id, row.from_territory_id, row.to_territory_id) for row in found.moved] == [
        ("004", "=T2", "007"),
        ("005", "=T2", "007"),
    ]
    quotas = {line.territory_id: (line.a, line.b, line.difference) for line in found.quotas}
    assert quotas["=T2"] == ("400.01", "400.04", "0.03")
    assert quotas["007"][2] == "0.00"
    held = {line.name: line.difference for line in found.territories}
    assert held["=T2: accounts"] == -2
    assert held["007: accounts"] == 2


def test_an_output_compared_with_itself_differs_in_nothing(outputs: tuple[Path, Path]) -> None:
    found = compare(outputs[0], outputs[0])
    assert not found.moved
    assert {line.difference for line in (*found.measures, *found.territories)} <= {0, None}
    assert np.isfinite([line.a for line in found.measures if line.name == "objective"]).all()


def test_a_comparison_is_plain_values(outputs: tuple[Path, Path]) -> None:
    found = compare(*outputs)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["a"] == "first"
    assert all(len(row) == 5 for row in found.rows())


@pytest.mark.parametrize(
    "damage", ["nothing there", "no scorecard", "broken scorecard", "broken quota", "no column"]
)
def test_what_is_not_a_whole_output_is_refused(outputs: tuple[Path, Path], damage: str) -> None:
    out = outputs[0]
    if damage == "nothing there":
        out = out / "elsewhere"
    elif damage == "no scorecard":
        (out / "scorecard.json").unlink()
    elif damage == "broken scorecard":
        (out / "scorecard.json").write_text('{"before": 1, "after": []}')
    elif damage == "broken quota":
        path = out / "quotas.csv"
        path.write_text(path.read_text().replace("100.01", "lots"))
    else:
        (out / "assignments.csv").write_text("account_id\n1\n")
    with pytest.raises(InvalidInput, match="not a whole output"):
        compare(out)


def test_two_outputs_that_cost_differently_in_pay(make_toy: Callable, tmp_path: Path) -> None:
    toy = make_toy()
    first, second = tmp_path / "first", tmp_path / "second"
    for out, cents in ((first, 400_000), (second, 500_050)):
        levels = (CostLevel("plan", 100_000, cents, 10_000_000), CostLevel("p90", 100_000, cents * 2, 0))
        report = CompensationReport("USD", levels, (), 4, 6, "", 100, 0)
        write_plan(out, toy.assembled, replace(toy.plan, compensation=report))
    lines = {line.name: line for line in compare(first, second).measures}
    cost = lines["cost of pay, plan, USD"]
    assert (cost.a, cost.b, cost.difference) == (5_000, 6_000.5, 1_000.5)
    assert lines["cost of pay over sales, plan"].a == 0.05
    assert lines["cost of pay over sales, p90"].a is None
    alone = {line.name: line for line in compare(second).measures}["cost of pay, p90, USD"]
    assert (alone.a, alone.b, alone.difference) == (None, 11_001, None)
    (second / "compensation.json").write_text("[1]", "utf-8")
    with pytest.raises(InvalidInput, match="not a whole output"):
        compare(first, second)


def test_any_number_of_plans_stand_side_by_side(outputs: tuple[Path, Path]) -> None:
    first, second = outputs
    found = side_by_side([first, second, first], ["a", "b", "c"])
    assert found.names == ("a", "b", "c")
    pair = {line.name: (line.a, line.b) for line in compare(first, second).measures}
    for name, (a, b) in pair.items():
        if name.startswith("cost of pay over"):
            continue
        line = next(line for line in found.lines if line.name == name)
        assert line.values == (a, b, a), name
    assert found.value("territories", 0) == 3.0
    moved = len(compare(first, second).moved)
    assert [found.value("other owners than in the first plan", at) for at in range(3)] == [0, moved, 0]
    assert found.value("sum of quotas, USD", 1) == pytest.approx(found.value("sum of quotas, USD", 0), abs=1)
    assert found.value("status", 0) == "feasible"
    assert found.value("nothing like it", 0) is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_plans_in_folders_of_the_same_name_go_by_their_whole_path(outputs: tuple[Path, Path]) -> None:
    first, second = outputs
    assert side_by_side([first, second]).names == ("first", "second")
    assert side_by_side([first, first]).names == (str(first), str(first))
    with pytest.raises(InvalidInput):
        side_by_side([first, first.parent])
