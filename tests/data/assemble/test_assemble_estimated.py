"""Estimates of accounts: given values stay, the others are marked and told with their error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.assemble import assemble
from data.assembled import Assembled
from planner.coverage import CoverageSettings, Segment, Tiering
from planner.demands import AskedRule
from planner.errors import InvalidInput, Problem
from planner.scenario import Band, Scenario
from tests.data.assemble.conftest import MakeFolder


def accounts(n: int, **columns: Any) -> list[dict[str, Any]]:
    """Accounts on a line in two territories, with one value of each column."""
    place = [{"latitude": 42 + i / 100, "longitude": -93.0, "territory_id": f"T{i % 2}"} for i in range(n)]
    values = [{name: column[i] for name, column in columns.items()} for i in range(n)]
    return [{"account_id": f"a{i}", **place[i], **values[i]} for i in range(n)]


def asked(coverage: CoverageSettings, **more: Any) -> Scenario:
    return Scenario(measures={"potential": Band(0.9, 9.0)}, coverage=coverage, **more)


def told(made: Assembled, code: str) -> Problem:
    return next(problem for problem in made.problems if problem.code == code)


class TestPotential:
    heads = np.random.default_rng(1).lognormal(3, 1, 60)
    given = np.where(np.arange(60) % 6 == 0, np.nan, heads * 40)

    def test_estimates_fill_the_gaps_and_are_announced(self, make_folder: MakeFolder) -> None:
        folder = make_folder(
            accounts(60, potential=self.given, employees=self.heads),
            scenario=asked(CoverageSettings({}, estimate_potential=True)),
        )
        made = assemble(folder)
        frame = made.folder.accounts
        assert frame is not None
        known = np.isfinite(self.given)
        assert (frame["potential"].to_numpy()[known] == self.given[known]).all()
        assert (frame["potential_source"] == np.where(known, "given", "estimated")).all()
        problem = told(made, "potential_estimated")
        assert problem.count == 10
        assert "10 accounts is missing" in problem.why
        assert "from 50 given values" in problem.why
        assert "employees" in problem.why
        estimated = frame["potential"].to_numpy()[~known]
        assert np.abs(estimated / (self.heads[~known] * 40) - 1).mean() < 0.35

    def test_nothing_is_estimated_unless_asked(self, make_folder: MakeFolder) -> None:
        rows = accounts(60, potential=self.given, employees=self.heads)
        made = assemble(make_folder(rows, scenario=asked(CoverageSettings({}))))
        assert made.folder.accounts is not None
        assert made.folder.accounts["potential"].isna().sum() == 10
        assert "potential_source" not in made.folder.accounts

    def test_too_few_given_values_are_told(self, make_folder: MakeFolder) -> None:
        rows = accounts(12, potential=self.given[:12], employees=self.heads[:12])
        made = assemble(make_folder(rows, scenario=asked(CoverageSettings({}, estimate_potential=True))))
        assert told(made, "too_little_to_estimate").count == 2

    def test_no_column_to_learn_from_is_an_error(self, make_folder: MakeFolder) -> None:
        scenario = Scenario(
            measures={"employees": Band(0.9, 9.0)}, coverage=CoverageSettings({}, estimate_potential=True)
        )
        with pytest.raises(InvalidInput, match="no such column"):
            assemble(make_folder(accounts(12, employees=self.heads[:12]), scenario=scenario))


class TestTiers:
    sizes = (100.0, 90, 50, 40, 9, 8, 7, 6, 5, 4)

    def segments(self, make_folder: MakeFolder, coverage: CoverageSettings, **columns: Any) -> Assembled:
        return assemble(make_folder(accounts(10, potential=self.sizes, **columns), scenario=asked(coverage)))

    @pytest.mark.parametrize(
        ("coverage", "expected"),
        [
            (CoverageSettings({"A": Segment(at_least=60), "B": Segment(at_least=8)}), "AABBBB____"),
            (
                CoverageSettings({"A": Segment(share=0.1), "B": Segment(share=0.4), "C": Segment()}),
                "ABBBBCCCCC",
            ),
            (CoverageSettings({"A": Segment(), "B": Segment()}, tiers=Tiering.CLUSTERS), "AAAABBBBBB"),
        ],
    )
    def test_each_way(self, make_folder: MakeFolder, coverage: CoverageSettings, expected: str) -> None:
        made = self.segments(make_folder, coverage)
        assert made.folder.accounts is not None
        assert "".join(made.folder.accounts["segment"].replace("", "_")) == expected
        assert told(made, "segments_made").count == 10 - expected.count("_")

    def test_given_segments_stay(self, make_folder: MakeFolder) -> None:
        coverage = CoverageSettings({"A": Segment(at_least=60), "B": Segment(at_least=0)})
        made = self.segments(make_folder, coverage, segment=["Z", *[""] * 9])
        frame = made.folder.accounts
        assert frame is not None
        assert list(frame["segment"][:3]) == ["Z", "A", "B"]
        assert list(frame["segment_source"][:2]) == ["given", "made from potential"]

    def test_rules_see_them(self, make_folder: MakeFolder) -> None:
        scenario = asked(
            CoverageSettings({"A": Segment(at_least=60), "B": Segment(at_least=0)}),
            rules=(AskedRule(kind="lock", where="segment = 'A'", of="accounts"),),
        )
        made = assemble(make_folder(accounts(10, potential=self.sizes), scenario=scenario))
        assert (made.problem.locked >= 0).sum() == 2
