"""The judge, on instances small enough to be worked out by hand: every rule kept, and broken by one thing at a time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.instances import Kind, NotAnInstance, find_instances, known, read_all, read_instance
from tests.bench.judge import Verdict, judge, stand

MINI = Path(__file__).parents[1] / "bench" / "mini"


@pytest.fixture
def hess(tmp_path: Path) -> Path:
    """Six units in a row, 1000 km apart, two territories, 2 to 4 people each."""
    row = {
        "n": 6,
        "k": 2,
        "L": 2,
        "U": 4,
        "pop": [1] * 6,
        "x_km": [1000.2 * x for x in range(6)],
        "y_km": [0] * 6,
    }
    path = tmp_path / "row.json"
    path.write_text(json.dumps(row | {"edges": [[i, i + 1] for i in range(5)]}))
    return path


@pytest.fixture
def diameter(tmp_path: Path) -> Path:
    """Four units at the corners of a 3 × 4 rectangle and its border, two territories."""
    lines = [
        "4",
        "0 0 0 1 1 1",
        "1 3 0 1 1 1",
        "2 3 4 1 1 1",
        "3 0 4 1 1 1.2",
        "4",
        "0 1",
        "1 2",
        "2 3",
        "3 0",
    ]
    path = tmp_path / "corners.in"
    path.write_text("\n".join([*lines, "2 50 0.05 0.05 0.05"]))
    return path


@pytest.fixture
def median(tmp_path: Path) -> Path:
    """Four points on a line, two medians, capacity 10."""
    path = tmp_path / "line.txt"
    path.write_text("4 2\n 0 0 10 4\n 3 0 10 4\n 10 0 10 4\n 10 5 10 7\n")
    return path


def test_inertia_is_taken_to_the_best_unit_in_whole_kilometres(hess: Path) -> None:
    # 1000.2 km count as 1000 and 2000.4 as 2000: each half has 1 + 1 about its middle.
    assert judge(read_instance(hess), np.array([0, 0, 0, 1, 1, 1])) == Verdict(4.0)
    # 1 about either end, then 4 + 1 + 1 about unit 3 or 4: 1000 or 2000 km in each direction.
    assert judge(read_instance(hess), np.array([5, 5, 9, 9, 9, 9])) == Verdict(1.0 + 6.0)


@pytest.mark.parametrize(
    ("label", "fault"),
    [
        ([0, 0, 1, 1, 2, 2], "3 territories, wanted 2"),
        ([0, 1, 1, 1, 1, 1], "measure 1: 1 territories below the limit, 1 above"),
        ([0, 0, 1, 0, 1, 1], "2 pieces too many"),
        ([0, 0, 0, 1, 1], "5 labels for 6 units"),
    ],
)
def test_every_broken_rule_of_territories_is_named(hess: Path, label: list[int], fault: str) -> None:
    verdict = judge(read_instance(hess), np.array(label))
    assert verdict.faults == (fault,)
    assert not verdict.feasible


def test_the_largest_diameter_counts_and_the_band_is_five_percent(diameter: Path) -> None:
    verdict = judge(read_instance(diameter), np.array([0, 0, 1, 1]))
    assert verdict.objective == 3.0
    assert verdict.faults == ()  # 2 and 2.2 about 2.1: 4.8 %
    assert judge(read_instance(diameter), np.array([0, 1, 1, 0])).objective == 4.0
    crossed = judge(read_instance(diameter), np.array([0, 1, 0, 1]))
    assert (crossed.objective, crossed.faults) == (5.0, ("2 pieces too many",))
    heavy = diameter.with_name("heavy.in")
    heavy.write_text(diameter.read_text().replace("1.2", "1.3"))
    assert not judge(read_instance(heavy), np.array([0, 0, 1, 1])).feasible  # 7 % off


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        ([0, 0, 3, 3], Verdict(3.0 + 5.0, ("1 medians beyond their capacity",))),
        ([0, 0, 0, 3], Verdict(3.0 + 10.0, ("1 medians beyond their capacity",))),
        ([1, 1, 2, 3], Verdict(3.0, ("3 medians, at most 2 allowed",))),
        (
            [1, 2, 2, 2],
            Verdict(3.0 + 7.0 + 5.0, ("1 medians beyond their capacity", "1 medians served by another one")),
        ),
        ([0, 0, 3, 9], Verdict(None, ("a label is no point of the instance",))),
    ],
)
def test_medians_serve_within_their_capacity(median: Path, label: list[int], verdict: Verdict) -> None:
    assert judge(read_instance(median), np.array(label)) == verdict


def test_a_feasible_set_of_medians_has_no_fault(median: Path) -> None:
    roomy = median.with_name("roomy.txt")
    roomy.write_text(median.read_text().replace(" 10 4", " 11 4").replace(" 10 7", " 11 7"))
    assert judge(read_instance(roomy), np.array([0, 0, 3, 3])) == Verdict(8.0)


def test_what_is_no_instance_is_left_out_with_the_reason(hess: Path) -> None:
    broken = hess.with_name("notes.txt")
    broken.write_text("nothing of the kind")
    instances, others = read_all(find_instances(hess.parent))
    assert [instance.name for instance in instances] == ["row"]
    assert len(others) == 1
    assert "notes.txt is not in the format" in others[0]
    hess.write_text(hess.read_text().replace('"n": 6', '"n": 7'))
    with pytest.raises(NotAnInstance, match="n is not the number of units"):
        read_instance(hess)


def test_what_is_known_comes_from_the_table_beside(hess: Path) -> None:
    instance = read_instance(hess)
    assert known(instance).best is None
    table = hess.with_name("best_known.csv")
    names = "instance,coordinates_exact,published_contiguous,published_plan_on_these_coordinates,published_bound\n"
    table.write_text(names + "row,True,4.00,4.00,4.00\n")
    assert (known(instance).best, known(instance).proven, known(instance).bound) == (4.0, 4.0, 4.0)
    table.write_text(names + "row,True,4.00,4.00,3.90\n")
    assert (known(instance).best, known(instance).proven, known(instance).bound) == (4.0, None, 3.9)
    # A published optimum says nothing about other coordinates than those it was found on.
    table.write_text(names + "row,False,4.00,4.10,4.00\n")
    assert (known(instance).best, known(instance).proven, known(instance).bound) == (4.1, None, None)


@pytest.mark.parametrize(("name", "kind"), [("blocks.json", Kind.HESS), ("shops.in", Kind.DIAMETER)])
def test_committed_instances_are_connected_and_known(name: str, kind: Kind) -> None:
    instance = read_instance(MINI / name)
    assert instance.kind is kind
    whole = judge(instance, np.zeros(instance.n_units, int))
    assert not any("pieces" in fault for fault in whole.faults)
    assert known(instance).best is not None


def test_a_territory_of_two_islands_is_as_whole_as_the_graph_of_the_instance_lets_it_be(
    tmp_path: Path,
) -> None:
    row = {"n": 6, "k": 2, "L": 2, "U": 4, "pop": [1] * 6, "x_km": list(range(6)), "y_km": [0] * 6}
    path = tmp_path / "islands.json"
    path.write_text(json.dumps(row | {"edges": [[0, 1], [1, 2], [2, 3], [4, 5]]}))
    instance = read_instance(path)
    assert judge(instance, np.array([0, 0, 0, 1, 1, 1])).feasible
    assert judge(instance, np.array([0, 1, 0, 1, 1, 1])).faults == ("2 pieces too many",)


def test_standing_counts_inertia_deviation_and_pieces_by_hand() -> None:
    xy_m = np.array([[0, 0], [2000, 0], [5000, 0], [5000, 4000]], float)
    activity = np.array([[1.0, 1], [1, 1], [1, 1], [5, 1]])
    edges = np.array([[0, 1], [1, 2], [2, 3]])
    standing = stand(xy_m, activity, edges, np.array([0, 0, 1, 1]), 2, 0.1)
    # 1 + 1 about (1, 0); about (5, 10/3): 1 · (10/3)² + 5 · (2/3)²
    assert standing.inertia_km2 == pytest.approx(2 + 100 / 9 + 20 / 9)
    assert standing.deviation == pytest.approx((0.5, 0.0))
    assert standing.pieces == 2
    # One unit of 5 is beyond 4 · 1.1: the territory that must hold it is no fault of the plan.
    assert standing.rest_deviation == pytest.approx((0.0, 0.0))
    three = stand(xy_m, activity, edges, np.array([0, 0, 1, 2]), 3, 0.1)
    assert three.rest_deviation == pytest.approx((1 / 3, 0.5))
    alone = stand(xy_m, activity, edges, np.array([0, 1, 0, 1]), 2, 0.5)
    assert alone.pieces == 4
    assert alone.rest_deviation == alone.deviation == pytest.approx((0.5, 0.0))
