"""Names of periods and how they nest."""

import pytest

from planner.quota.cut import cut_of
from planner.quota.periods import coarser, finer, kind_of, month_cover, months_covered, names, parse, year_of


@pytest.mark.parametrize("year", [2025, None])
@pytest.mark.parametrize(("kind", "count"), [("year", 1), ("quarter", 4), ("month", 12)])
def test_names_of_a_year(year, kind, count):
    found = names(year, kind)
    assert len(set(found)) == count
    if year is not None:
        assert [parse(name) for name in found] == [(year, j, kind) for j in range(count)]
        assert kind_of(found) == kind
        assert year_of(found) == year
        assert month_cover(found).sum(1).tolist() == [1] * 12


@pytest.mark.parametrize("name", ["", "2025-13", "2025-Q5", "2025-00", "25", "2025-7", "H1", "2025-Q1 "])
def test_other_names_are_nobodys(name):
    assert parse(name) is None
    assert months_covered(name) is None


def test_mixed_kinds_have_no_kind():
    assert kind_of(("2025-01", "2025-Q2")) is None
    assert kind_of(()) is None


def test_periods_nest():
    assert finer(("2025",), "quarter") == (("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"),)
    assert finer(("2025-Q4",), "month") == (("2025-10", "2025-11", "2025-12"),)
    assert finer(("2025-01",), "quarter") is None
    assert coarser("2025-12", "quarter") == "2025-Q4"
    assert coarser("2025-Q3", "year") == "2025"
    assert coarser("2025", "quarter") is None


@pytest.mark.parametrize(
    ("asked", "stated", "history", "expected"),
    [
        ("auto", ("",), "month", names(2026, "month")),
        ("auto", ("",), "quarter", names(2026, "quarter")),
        ("auto", ("",), None, ("2026",)),
        ("month", ("",), None, names(2026, "month")),
        ("auto", ("2026-H1", "2026-H2"), "month", ("2026-H1", "2026-H2")),
        ("auto", ("2026",), "month", ("2026",)),
        ("quarter", ("2026",), "month", names(2026, "quarter")),
        ("year", names(2026, "month"), None, ("2026",)),
    ],
)
def test_which_periods_quotas_are_cut_into(asked, stated, history, expected):
    assert cut_of(asked, stated, history, 2026).names == expected


def test_periods_that_do_not_nest_stay_and_it_says_so():
    cut = cut_of("quarter", ("2026-H1",), "month", 2026)
    assert cut.names == ("2026-H1",)
    assert "cannot be turned into periods of a quarter" in cut.notes[0]
