"""``planner attainment`` where credit is shared: a row a seat, exact to the cent, beside those of territories."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.app import app
from data.export import write_plan
from tests.data.full_quotas import full_plan, write_full_folder

AMOUNTS = ("plan_quota_cents", "quota_cents", "quota_to_date_cents", "actual_cents")


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "170"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a plan whose first territory is shared, with overlays, and sales of five months, returns included."""
    place = tmp_path_factory.mktemp("made")
    write_plan(place / "out", *full_plan(write_full_folder(place / "plan")))
    rng = np.random.default_rng(2)
    rows = [
        f"A{a},2026-0{month},{component},{rng.integers(-9_000, 400_000) / 100:.2f},USD"
        for a in range(24)
        for month in range(1, 6)
        for component in ("Hardware", "Service")
    ]
    (place / "actuals.csv").write_text("\n".join(["account_id,period,component,amount,currency", *rows]))
    (place / "moves.csv").write_text("account_id,from,to,date,reason\nA0,T1,T2,2026-03-10,closer\n")
    (place / "relief.csv").write_text(
        "territory_id,amount,from,to,carried_by,reason,author\nT1,1000.01,2026-04-01,2026-08-31,,flood,Ann\n"
    )
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def told(place: Path, *more: str | Path) -> list[dict]:
    result = planner("attainment", place / "out", place / "actuals.csv", "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["rows"]


def changed(place: Path) -> list[dict]:
    return told(place, "--moves", place / "moves.csv", "--relief", place / "relief.csv")


@pytest.mark.parametrize("look", [told, changed])
def test_seats_add_up_to_the_company_to_the_cent(place: Path, look) -> None:
    rows = look(place)
    for component in ("", "Hardware", "Service"):
        own = [row for row in rows if row["component"] == component]
        credited = [row for row in own if row["level"] == "credited"]
        company = next(row for row in own if row["level"] == "company")
        assert len(credited) == 6
        for amount in AMOUNTS:
            assert sum(row[amount] for row in credited) == company[amount]
        if not component:
            total = sum(row["forecast_cents"] for row in credited)
            assert total == pytest.approx(company["forecast_cents"], abs=6)
    assert [row["level"] for row in rows if row["level"] in ("company", "target")][-1] == "target"


def test_every_seat_carries_what_the_plan_credits_it_with(place: Path) -> None:
    rows = {
        (row["level"], row["id"], row["component"]): row
        for row in told(place)
        if row["level"] in ("credited", "overlay")
    }
    table = pd.read_csv(place / "out" / "seat_quotas.csv", dtype=str, keep_default_na=False)
    table["cents"] = [round(float(text) * 100) for text in table["amount"]]
    table["level"] = np.where(table["role"] == "overlay", "overlay", "credited")
    for keys, part in table.groupby(["level", "seat_id", "component"]):
        assert rows[keys]["plan_quota_cents"] == rows[keys]["quota_cents"] == part["cents"].sum()
    for keys, part in table.groupby(["level", "seat_id"]):
        assert rows[(*keys, "")]["plan_quota_cents"] == part["cents"].sum()
    assert {key[1] for key in rows if key[0] == "overlay"} == {"SPEC"}


def test_sales_follow_the_shares_of_credit(place: Path) -> None:
    rows = told(place)
    seat = {
        (row["level"], row["id"], row["component"]): row["actual_cents"] for row in rows if row["component"]
    }
    for component in ("Hardware", "Service"):
        first, second = seat["seat", "T1", component], seat["seat", "T2", component]
        # A quarter of the first territory is the second seat's.
        assert seat["credited", "S1", component] == pytest.approx(0.75 * first, rel=1e-4)
        assert seat["credited", "S2", component] == pytest.approx(0.25 * first + second, rel=1e-4)
    special = 0.1 * seat["seat", "T1", "Service"] + 0.2 * seat["seat", "T6", "Service"]
    assert seat["overlay", "SPEC", "Service"] == pytest.approx(special, rel=1e-4)
    assert seat["overlay", "SPEC", "Hardware"] == pytest.approx(
        0.2 * seat["seat", "T6", "Hardware"], rel=1e-4
    )


def test_at_the_end_of_the_year_all_quota_is_due(place: Path) -> None:
    for row in told(place, "--as-of", "2026-12-31"):
        assert row["quota_to_date_cents"] == row["quota_cents"]


def test_it_is_written_and_shown(place: Path) -> None:
    result = planner("attainment", place / "out", place / "actuals.csv", "-o", place / "may")
    assert result.exit_code == 0, result.output
    assert "Seats by what they are credited with" in result.stdout
    assert "SPEC (overlay)" in result.stdout
    table = pd.read_csv(place / "may" / "attainment.csv", dtype=str, keep_default_na=False)
    assert (table[table["level"] == "credited"]["seat_id"] == table[table["level"] == "credited"]["id"]).all()
    assert planner("audit", place / "may").exit_code == 0


def test_without_shared_credit_there_are_no_such_rows(place: Path) -> None:
    (place / "out" / "seat_quotas.csv").unlink()
    assert {row["level"] for row in told(place)}.isdisjoint({"credited", "overlay"})


def test_a_damaged_table_of_credit_is_told(place: Path) -> None:
    path = place / "out" / "seat_quotas.csv"
    path.write_text(path.read_text().replace("split", "friend"))
    result = planner("attainment", place / "out", place / "actuals.csv", "--json")
    assert result.exit_code == 2
    assert [problem["code"] for problem in json.loads(result.stdout)["problems"]] == ["no_seat_quotas"]
