"""Grids of parameters: every value with every other, and with every scenario."""

from __future__ import annotations

import pytest

from planner.demands import Span
from planner.scenarios import Axis, NamedChanges, axis_of, cases_of, to_json
from planner.scenarios.goals import Effort
from planner.scenarios.limits import SetBand
from planner.scenarios.money import Growth, Target
from planner.scenarios.seats import Leave, Territories


def test_a_grid_is_every_value_with_every_other() -> None:
    axes = [axis_of("territories=28,30"), axis_of("band.sales=5%,0.1:0.2")]
    cases = cases_of(axes)
    assert [case.name for case in cases] == [
        "territories=28 band.sales=5%",
        "territories=28 band.sales=0.1:0.2",
        "territories=30 band.sales=5%",
        "territories=30 band.sales=0.1:0.2",
    ]
    assert cases[1].changes == (Territories(28), SetBand("sales", 0.1, 0.2))
    assert cases[1].point == {"territories": "28", "band.sales": "0.1:0.2"}


def test_scenarios_are_taken_at_every_point() -> None:
    scenarios = [NamedChanges("A", (Leave(("S1",)),)), NamedChanges("B")]
    cases = cases_of([axis_of("seed=1..3")], scenarios, with_base=True)
    assert [case.name for case in cases] == [
        *("seed=1", "seed=2", "seed=3"),
        *("A seed=1", "A seed=2", "A seed=3"),
        *("B seed=1", "B seed=2", "B seed=3"),
    ]
    assert cases[4].changes == (Leave(("S1",)), Effort(seed=2))
    assert [case.name for case in cases_of([])] == ["base"]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("territories=20..30", Territories(Span(20, 30))),
        ("territories.West=12", Territories(12, "West")),
        ("target=+5%", Target(by=0.05)),
        ("target=-5%", Target(by=-0.05)),
        ("target=120000000", Target("120000000")),
        ("growth.potential=0.1", Growth("potential", 0.1)),
    ],
)
def test_values_stand_for_changes(text: str, change: object) -> None:
    assert axis_of(text).changes() == (change,)


def test_every_axis_there_is_makes_a_change() -> None:
    values = {
        "compactness": "distance",
        "centre": "home",
        "compactness_measure": "sales",
        "contiguous": "yes",
        "basic_unit": "unit",
        "method": "auto",
        "quota_method": "even",
    }
    from planner.scenarios.grid import AXES

    for name in AXES:
        (change,) = Axis(name.replace("NAME", "x"), (values.get(name, "1"),)).changes()
        assert to_json([change])[0]["change"]


@pytest.mark.parametrize(
    "text",
    ["territories", "territories=", "=5", "territories=x", "colour=red", "band.=0.1", "seed=1,1", "seed=0..99999999",
     "band.sales=7", "contiguous=maybe", "over_assignment=nan"],
)  # fmt: skip
def test_what_is_no_axis_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        axis_of(text)


def test_sweeps_without_end_and_names_used_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="1,000,000 cases"):
        cases_of([axis_of("seed=1..1000"), axis_of(f"disruption_km={','.join(map(str, range(1000)))}")])
    with pytest.raises(ValueError, match="axes go by the name 'seed'"):
        cases_of([axis_of("seed=1"), axis_of("seed=2")])
    with pytest.raises(ValueError, match="scenarios go by the name 'A'"):
        cases_of([], [NamedChanges("A"), NamedChanges("A")])
