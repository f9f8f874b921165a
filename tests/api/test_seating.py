"""Territories of a finished plan are matched to seats: customers keep their rep where nothing speaks against it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.planning import make_plan
from api.seating import seating_facts, with_best_seats
from data.assemble import assemble
from data.assembled import Assembled
from data.read import read_folder
from planner.alignment import Alignment
from planner.scorecard import scorecard
from planner.solving import SolveReport, SolveResult, Status
from planner.stop import MaxIterations, Termination


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three groups of accounts, each with its rep of today; seats without homes, limits that hold for all alike."""
    rows = [
        {
            "account_id": f"a{i:02d}",
            "latitude": 42.0 + (i % 5) / 50,
            "longitude": -93.0 + i // 5,
            "sales": 10.0,
            "territory_id": f"T{i // 5 + 1}",
        }
        for i in range(15)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "accounts.csv", index=False)
    seats = pd.DataFrame({"seat_id": ["S1", "S2", "S3"], "territory_id": ["T1", "T2", "T3"]})
    seats.to_csv(tmp_path / "seats.csv", index=False)
    (tmp_path / "plan.toml").write_text("[measures.sales]\nbelow = 0.3\nabove = 0.3\n")
    return tmp_path


def result(territory: np.ndarray) -> SolveResult:
    return SolveResult(Alignment(territory), Status.FEASIBLE, Termination.ITERATION_LIMIT, SolveReport("any"))


def assembled(folder: Path) -> Assembled:
    return assemble(read_folder(folder))


def test_names_that_were_given_by_chance_are_given_back(folder: Path) -> None:
    made = assembled(folder)
    rotated = (made.problem.current + 1) % 3
    found = with_best_seats(made, result(rotated))
    assert found.alignment == Alignment(made.problem.current)
    assert "15 more customers keep their rep (15 in all)" in found.report.notes[-1]
    assert found.report.objective == scorecard(made.problem, made.problem.current).objective


def test_what_is_best_already_comes_back_as_it_is(folder: Path) -> None:
    made = assembled(folder)
    best = result(made.problem.current)
    assert with_best_seats(made, best) is best


def test_a_plan_is_seated(folder: Path) -> None:
    made, plan = make_plan(folder, {}, MaxIterations(2))
    assert plan.result.alignment is not None
    assert plan.after.moved_entities == 0
    assert (plan.result.alignment.territory == made.problem.current).all()


def test_accounts_that_a_rule_holds_do_not_count(folder: Path) -> None:
    accounts = pd.read_csv(folder / "accounts.csv", dtype=str)
    accounts["seat_id"] = np.where(accounts["account_id"] == "a00", "S3", "")
    accounts.to_csv(folder / "accounts.csv", index=False)
    facts = seating_facts(assembled(folder))
    assert facts.unit[0] == -1
    assert (facts.unit[1:] >= 0).all()
    assert facts.keeps.sum() == 15


def test_a_plan_that_only_lacked_the_right_seats_is_mended(folder: Path) -> None:
    (folder / "rules.csv").write_text("kind,account_id,territory_id\nexclude,a00,T2\n")
    made = assembled(folder)
    rotated = (made.problem.current + 1) % 3
    assert not scorecard(made.problem, rotated).feasible
    found = with_best_seats(made, result(rotated).replace(status=Status.UNKNOWN))
    assert found.status is Status.FEASIBLE
    assert found.alignment == Alignment(made.problem.current)
