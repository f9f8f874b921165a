"""Sales at stake and calls of accounts: where they are taken from, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.assemble import assemble
from data.export.stakes import entity_stakes, territory_stakes
from data.stakes import loss_summary, stakes, workload_summary
from planner.coverage import CoverageSettings, Segment
from planner.errors import InvalidInput
from planner.scenario import Band, Scenario, WorkloadSettings
from tests.data.assemble.conftest import MakeFolder

LEFT = {"S1": "T1", "S2": "T2", "S3": "T3"}


def account(number: int, owner: str, **more: Any) -> dict[str, Any]:
    place = {"latitude": 42.0 + number / 100, "longitude": -93.0}
    return {"account_id": f"a{number}", "territory_id": owner, **place, "sales": 100.0, **more}


def seat(name: str, **more: Any) -> dict[str, Any]:
    return {"seat_id": name, "territory_id": LEFT[name], "skills": "", "capacity_hours": np.nan, **more}


SEATS = [seat("S1", region="east"), seat("S2", region="east"), seat("S3", region="west")]


class TestRevenue:
    def test_the_measure_named_comes_first_then_one_known_by_its_name(self, make_folder: MakeFolder) -> None:
        accounts = [account(i, "T1", margin=7.0) for i in range(4)]
        for name, cents, source in (
            ("margin", 700, "measure margin, as plan.toml says"),
            (None, 10_000, "measure sales, recognised by its name"),
        ):
            scenario = Scenario(measures={"sales": Band(0.5, 0.5)}, revenue=name)
            found = assemble(make_folder(accounts, seats=SEATS, scenario=scenario)).relationships
            assert found is not None
            assert found.revenue_cents.tolist() == [cents] * 4
            assert found.source == source

    def test_else_the_last_full_year_of_the_history(self, make_folder: MakeFolder) -> None:
        rows = [
            {"account_id": f"a{i}", "territory_id": "T1", "latitude": 42 + i / 9, "longitude": -93.0}
            for i in range(3)
        ]
        amounts = [("a0", "2024", 100), ("a1", "2025", 700), ("a1", "2025", 5), ("a2", "2025", -9)]
        history = [{"account_id": a, "period": p, "amount_cents": c} for a, p, c in amounts]
        scenario = Scenario(measures={"accounts": Band(1, 2)})
        found = assemble(make_folder(rows, seats=SEATS, history=history, scenario=scenario)).relationships
        assert found is not None
        assert found.source == "history of 2025, its last full year"
        assert found.revenue_cents.tolist() == [0, 705, -9]

    def test_nothing_is_guessed_where_nothing_tells_it(self, make_folder: MakeFolder) -> None:
        rows = [
            {"account_id": f"a{i}", "territory_id": "T1", "latitude": 42 + i / 9, "longitude": -93.0}
            for i in range(3)
        ]
        found = assemble(make_folder(rows, seats=SEATS, scenario=Scenario(measures={"accounts": Band(1, 2)})))
        assert found.relationships is None
        summary = loss_summary(found, stakes(found, np.zeros(3, np.int32), np.zeros((3, 2))))
        assert summary is None


class TestExpectedLoss:
    def test_each_kind_of_change_by_hand(self, make_folder: MakeFolder) -> None:
        # Kept; to a rep of the same region; to a strange one; named for its new seat; first rep; gone owner.
        accounts = [
            account(0, "T1"),
            account(1, "T1"),
            account(2, "T1"),
            account(3, "T1", seat_id="S3"),
            account(4, ""),
            account(5, "T9"),
        ]
        made = assemble(make_folder(accounts, seats=SEATS))
        territory = np.array([0, 1, 2, 2, 0, 0], np.int32)
        found = stakes(made, territory, np.zeros((3, 2)))
        columns = entity_stakes(made, found)
        assert list(columns["expected_loss"]) == ["0.00", "9.00", "15.00", "0.00", "0.00", "15.00"]
        rows = territory_stakes(made, found)
        assert list(rows["expected_loss"]) == ["15.00", "9.00", "15.00"]
        assert list(rows["revenue_taken_over"]) == ["100.00", "100.00", "100.00"]
        summary = loss_summary(made, found)
        assert summary is not None
        assert summary["expected_loss_cents"] == 3_900
        assert summary["revenue_moved_cents"] == 30_000
        assert "10.1509/jm.15.0358" in str(summary["source_of_rates"])

    def test_the_same_skills_make_a_rep_similar(self, make_folder: MakeFolder) -> None:
        seats = [
            seat("S1", skills="dairy; French"),
            seat("S2", skills="french, dairy, wine"),
            seat("S3", skills="wine"),
        ]
        made = assemble(make_folder([account(i, "T1") for i in range(3)], seats=seats))
        found = stakes(made, np.array([0, 1, 2], np.int32), np.zeros((3, 2)))
        assert found.loss is not None
        assert found.loss.cents.tolist() == [0, 900, 1500]

    def test_rates_of_the_scenario_count(self, make_folder: MakeFolder) -> None:
        scenario = Scenario(measures={"sales": Band(0.5, 0.5)}, expected_loss=0.5, similar_relief=0.1)
        made = assemble(make_folder([account(i, "T1") for i in range(3)], seats=SEATS, scenario=scenario))
        found = stakes(made, np.array([0, 1, 2], np.int32), np.zeros((3, 2)))
        assert found.loss is not None
        assert found.loss.cents.tolist() == [0, 4500, 5000]


class TestCalls:
    coverage = CoverageSettings({"A": Segment(12, 30), "B": Segment(2, 60)})

    def scenario(self, **more: Any) -> Scenario:
        return Scenario(measures={"workload_hours": Band(0.9, 9.0)}, coverage=self.coverage, **more)

    def test_workload_is_computed_where_it_is_not_stated(self, make_folder: MakeFolder) -> None:
        accounts = [
            account(0, "T1", segment="A"),
            account(0, "T1", segment="B"),
            account(0, "T2", segment="B"),
        ]
        for i, row in enumerate(accounts):
            row |= {"account_id": f"a{i}", "workload_hours": 99.0 if i == 2 else np.nan}
        made = assemble(make_folder(accounts, seats=SEATS, scenario=self.scenario()))
        column = [measure.name for measure in made.problem.measures].index("workload_hours")
        assert made.accounts is not None
        # Six and two hours at one place, eight tenths of the time in the field.
        np.testing.assert_allclose(made.accounts.activity[:, column], [7.5, 2.5, 99.0])
        source = entity_stakes(made, stakes(made, np.zeros(3, np.int32), np.zeros((3, 2))))[
            "workload_hours_source"
        ]
        assert list(source) == ["computed from the call plan"] * 2 + ["given"]

    def test_hours_of_territories_and_their_seats(self, make_folder: MakeFolder) -> None:
        accounts = [account(0, "T1", segment="A") | {"account_id": f"a{i}"} for i in range(3)]
        seats = [seat("S1", capacity_hours=45.0), seat("S2"), seat("S3")]
        scenario = self.scenario(workload=WorkloadSettings(field_time=0.5))
        made = assemble(make_folder(accounts, seats=seats, scenario=scenario))
        found = stakes(made, np.array([0, 0, 1], np.int32), np.full((3, 2), np.nan))
        rows = territory_stakes(made, found)
        np.testing.assert_allclose(rows["call_hours"], [12.0, 6.0, 0.0])
        np.testing.assert_allclose(rows["working_hours"], [24.0, 12.0, 0.0])
        np.testing.assert_allclose(rows["utilisation"], [24 / 45, np.nan, np.nan])
        summary = workload_summary(made, found)
        assert summary is not None
        assert summary["working_hours"] == pytest.approx(36.0)
        assert summary["field_time"] == 0.5

    def test_segments_without_a_call_plan_are_told(self, make_folder: MakeFolder) -> None:
        accounts = [account(0, "T1", segment="A"), account(1, "T1", segment="Z"), account(2, "T1")]
        made = assemble(make_folder(accounts, seats=SEATS, scenario=self.scenario()))
        told = next(problem for problem in made.problems if problem.code == "no_call_plan")
        assert told.count == 2
        assert "Z, (none)" in told.why

    def test_travel_times_of_the_folder_count(self, make_folder: MakeFolder) -> None:
        accounts = [account(0, "T1", segment="B")]
        places = {"latitude": 42.0, "longitude": -93.0}
        seats = [seat("S1", **places)]
        travel = [{"account_id": "a0", "unit_id": "", "seat_id": "S1", "hours": 3.0}]
        folder = make_folder(accounts, seats=seats, scenario=self.scenario())
        made = assemble(replace(folder, travel=pd.DataFrame(travel)))
        found = stakes(made, np.zeros(1, np.int32), np.zeros((1, 2)))
        assert found.workload is not None
        # Two calls a year, three hours each way, each in a trip of its own.
        np.testing.assert_allclose(found.workload.home, [12.0])

    def test_travel_times_between_accounts_count(self, make_folder: MakeFolder) -> None:
        accounts = [*(account(i, "T1", segment="B") for i in range(2)), account(2, "T1")]
        ways = [("a0", "a1", 1.0), ("a1", "a0", 2.0)]
        travel = [
            {"account_id": a, "unit_id": "", "seat_id": "", "to_account_id": b, "hours": hours}
            for a, b, hours in ways
        ]
        folder = make_folder(accounts, seats=SEATS, scenario=self.scenario())
        made = assemble(replace(folder, travel=pd.DataFrame(travel)))
        found = stakes(made, np.zeros(3, np.int32), np.full((3, 2), np.nan))
        assert found.workload is not None
        # Two rounds a year through both, an hour and a half from one to the other.
        np.testing.assert_allclose(found.workload.between, [3.0, 0.0, 0.0])
        assert made.accounts is not None
        column = [measure.name for measure in made.problem.measures].index("workload_hours")
        np.testing.assert_allclose(made.accounts.activity[:2, column], [(2.0 + 1.5) / 0.8] * 2)

    def test_a_call_plan_without_lengths_is_an_error(self, make_folder: MakeFolder) -> None:
        scenario = self.scenario().replace(coverage=CoverageSettings({"A": Segment(12)}))
        with pytest.raises(InvalidInput, match="how long one takes: A"):
            assemble(make_folder([account(0, "T1", segment="A")], seats=SEATS, scenario=scenario))
