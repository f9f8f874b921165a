"""Seats that come and go, from the folder to the output, on made-up accounts and on the sample."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode
from api.seat_planning import plan_seat_changes
from data.audit import audit
from planner.alignment import GONE, NOBODY
from planner.seat_changes import Hire, SeatChanges
from planner.solving import Status
from planner.stop import MaxIterations

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "iowa"


def planner(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty accounts of ten seats' worth in a row of four seats, the first of which holds too much."""
    path = tmp_path / "in"
    path.mkdir()
    owner = ["T1"] * 16 + ["T2"] * 8 + ["T3"] * 8 + ["T4"] * 8
    rows = [
        {
            "account_id": f"a{i:02d}",
            "latitude": 42 + (i % 2) / 20,
            "longitude": -93 + (i // 2) / 20,
            "sales": 1000.0,
            "territory_id": owner[i],
        }
        for i in range(40)
    ]
    pd.DataFrame(rows).to_csv(path / "accounts.csv", index=False)
    seats = [{"seat_id": f"S{j}", "territory_id": f"T{j}", "region": "north"} for j in range(1, 5)]
    pd.DataFrame(seats).to_csv(path / "seats.csv", index=False)
    (path / "plan.toml").write_text("seed = 3\n[measures.sales]\nbelow = 0.5\nabove = 0.5\n")
    return path


def owners(out: Path) -> pd.DataFrame:
    rows = pd.read_csv(out / "assignments.csv", dtype=str, keep_default_na=False)
    return rows[rows["account_id"] != ""].set_index("account_id")


class TestLeave:
    def test_neighbours_absorb_and_nothing_else_changes(self, folder: Path, tmp_path: Path) -> None:
        result = planner("seats", folder, "--leave", "S3", "--iterations", "6", "-o", tmp_path / "out")
        assert result.exit_code == 0, result.output
        rows = owners(tmp_path / "out")
        changed = rows[rows["territory_id"] != rows["previous_territory_id"]]
        assert set(changed.index) == {f"a{i}" for i in range(24, 32)}
        assert set(changed["territory_id"]) == {"T2", "T4"}
        assert "taken over by its neighbours" in result.output

    def test_the_loss_is_told_and_a_rep_of_the_same_region_loses_less(
        self, folder: Path, tmp_path: Path
    ) -> None:
        result = planner(
            "seats", folder, "--leave", "T3", "--iterations", "6", "--json", "-o", tmp_path / "out"
        )
        told = json.loads(result.stdout)["expected_loss"]
        assert told["revenue_moved_cents"] == 8 * 100_000
        assert told["expected_loss_cents"] == 8 * 9_000
        assert (owners(tmp_path / "out")["expected_loss"] == "90.00").sum() == 8

    def test_the_output_stands_an_audit(self, folder: Path, tmp_path: Path) -> None:
        planner("seats", folder, "--leave", "S3", "--iterations", "6", "-o", tmp_path / "out")
        report = audit(tmp_path / "out")
        assert [check.name for check in report.checks if not check.held] == []

    def test_what_was_tied_to_the_seat_is_free_and_told(self, folder: Path, tmp_path: Path) -> None:
        accounts = pd.read_csv(folder / "accounts.csv", dtype=str)
        accounts["locked"] = np.where(accounts["account_id"] == "a25", "yes", "")
        accounts["seat_id"] = np.where(accounts["account_id"] == "a26", "S3", "")
        accounts.to_csv(folder / "accounts.csv", index=False)
        (folder / "rules.csv").write_text("kind,account_id,seat_id\nlock,a27,S3\n")
        result = planner(
            "seats", folder, "--leave", "S3", "--iterations", "6", "--json", "-o", tmp_path / "out"
        )
        told = json.loads(result.stdout)
        assert told["ok"], told
        codes = [problem["code"] for problem in told["problems"]]
        assert codes.count("tie_to_former_seat") == 2
        assert "rule_of_former_seat" in codes


class TestHire:
    def test_a_new_seat_is_peeled_from_the_overloaded(self, folder: Path, tmp_path: Path) -> None:
        result = planner("seats", folder, "--hire", "1", "--iterations", "8", "-o", tmp_path / "out")
        assert result.exit_code == 0, result.output
        rows = owners(tmp_path / "out")
        changed = rows[rows["territory_id"] != rows["previous_territory_id"]]
        assert set(changed["previous_territory_id"]) == {"T1"}
        assert set(changed["territory_id"]) == {"NEW-1"}
        # Forty thousand for five seats, at least half of a fifth.
        assert len(changed) == 4

    def test_a_successor_takes_over_as_it_is(self, folder: Path) -> None:
        changes = SeatChanges(("S3",), (Hire("NEW-1", region="north"),))
        assembled, plan = plan_seat_changes(folder, changes, {}, MaxIterations(8))
        assert plan.result.status is Status.FEASIBLE
        assert plan.result.alignment is not None
        assert assembled.accounts is not None
        territory = assembled.accounts.territory(plan.result.alignment.territory)
        names = assembled.problem.territories.territory_id[territory]
        gone = assembled.accounts.current == GONE
        assert (territory[~gone] == assembled.accounts.current[~gone]).all()
        assert (names[gone] == "NEW-1").sum() >= 5


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((), "nothing would change"),
            (("--leave", "S9"), "no seat S9"),
            (("--hire", "1", "--home", "north"), "is no place"),
            (("--hire", "1", "--home", "95,0"), "outside"),
            (("--home", "42,-93", "--leave", "S1"), "--hire is 0"),
            (("--leave", "S1", "--leave", "S2", "--leave", "S3", "--leave", "S4"), "Every seat"),
        ],
    )
    def test_bad_usage_is_told(
        self, folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        result = planner("seats", folder, "-o", tmp_path / "out", *arguments)
        assert result.exit_code == ExitCode.BAD_INPUT
        assert said in result.stderr
        assert not (tmp_path / "out").exists()


def test_the_sample_with_room_only_what_has_no_rep_moves() -> None:
    wide = {name: {"below": 1.0, "above": 3.0} for name in ("sales", "accounts")}
    changes = SeatChanges(leave=("S25",))
    assembled, plan = plan_seat_changes(SAMPLE, changes, {"measures": wide}, MaxIterations(3))
    assert plan.result.status is Status.FEASIBLE
    assert plan.result.alignment is not None
    assert assembled.accounts is not None
    current = assembled.accounts.current
    territory = assembled.accounts.territory(plan.result.alignment.territory)
    moved = (current != NOBODY) & (territory >= 0) & (territory != current)
    assert (moved == ((current == GONE) & (territory >= 0))).all()
    assert moved.sum() > 50
    assert plan.quotas is not None
    assert plan.quotas.ties_out
    assert assembled.relationships is not None
    loss = assembled.relationships.loss(territory)
    assert loss.total_revenue_cents == assembled.relationships.revenue_cents[moved].clip(0).sum()
