"""``planner attainment``: the year under way, from files to files."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode
from planner.quota.in_year.tie_out import AsOf, verify

MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "150"})


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the output of a plan: 36 accounts, four seats in two regions, four years of history."""
    place = tmp_path_factory.mktemp("attainment")
    folder = place / "in"
    folder.mkdir()
    rng = np.random.default_rng(1)
    accounts = [f"{k:03d}" for k in range(36)]
    size = rng.lognormal(9, 0.3, 36)
    pd.DataFrame(
        {
            "account_id": accounts,
            "latitude": [42 + k // 6 / 10 for k in range(36)],
            "longitude": [-93 + k % 6 / 10 for k in range(36)],
            "sales": size.round(2),
            "territory_id": [f"T{1 + (k % 6 > 2) + 2 * (k // 6 > 2)}" for k in range(36)],
        }
    ).to_csv(folder / "accounts.csv", index=False)
    seats = [(f"S{t}", f"T{t}", f"Rep {t}", "north" if t > 2 else "south") for t in range(1, 5)]
    pd.DataFrame(seats, columns=["seat_id", "territory_id", "rep_name", "region"]).to_csv(
        folder / "seats.csv", index=False
    )
    (folder / "hierarchy.csv").write_text(
        "node_id,parent_id,level,name\nnorth,,region,North\nsouth,,region,South\n"
    )
    (folder / "plan.toml").write_text(
        "[measures.sales]\nbelow = 0.6\nabove = 0.6\n[quota]\nyear = 2026\n"
        'target = "350000.00"\nover_assignment = 0.05\n'
    )
    history = [
        (account, month, round(size[k] / 12 * rng.lognormal(0, 0.2), 2))
        for k, account in enumerate(accounts)
        for month in MONTHS
    ]
    pd.DataFrame(history, columns=["account_id", "period", "amount"]).to_csv(
        folder / "history.csv", index=False
    )
    result = planner("solve", folder, "--iterations", "3", "-o", place / "out")
    assert result.exit_code == 0, result.output
    actuals = [
        (account, f"2026-{month:02d}", round(size[k] / 12 * rng.lognormal(-0.05, 0.2), 2))
        for k, account in enumerate(accounts)
        for month in (1, 2, 3, 4)
    ]
    pd.DataFrame(actuals, columns=["account_id", "period", "amount"]).to_csv(
        place / "actuals.csv", index=False
    )
    return place


@pytest.fixture
def place(solved: Path, tmp_path: Path) -> Path:
    for name in ("in", "out"):
        shutil.copytree(solved / name, tmp_path / name)
    shutil.copy(solved / "actuals.csv", tmp_path)
    return tmp_path


def owner(place: Path, account: str) -> str:
    rows = pd.read_csv(place / "out" / "assignments.csv", dtype=str)
    return str(rows.set_index("account_id").loc[account, "territory_id"])


def other(territory: str) -> str:
    return "T1" if territory != "T1" else "T2"


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def cents(texts: pd.Series) -> list[int]:
    return [int(Decimal(text) * 100) for text in texts]


def test_seats_regions_and_company_are_told_and_written(place: Path) -> None:
    result = planner("attainment", place / "out", place / "actuals.csv", "-o", place / "april", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["as_of"], told["until"]) == ("2026-04-30", "2026-12-31")
    levels = [row["level"] for row in told["rows"]]
    assert levels == ["seat"] * 4 + ["region"] * 2 + ["company", "target"]
    company = told["rows"][-2]
    sold = sum(cents(table(place / "actuals.csv")["amount"]))
    assert company["actual_cents"] == sold == sum(row["actual_cents"] for row in told["rows"][:4])
    assert company["quota_cents"] == sum(cents(table(place / "out" / "quotas.csv")["amount"])) == 36_750_000
    assert told["rows"][-1]["quota_cents"] == 35_000_000
    assert company["forecast_low_cents"] < company["forecast_cents"] < company["forecast_high_cents"]
    assert 0 <= company["chance"] <= told["rows"][-1]["chance"] <= 1
    assert sorted(path.name for path in (place / "april").iterdir()) == ["attainment.csv", "attainment.json"]
    rows = table(place / "april" / "attainment.csv")
    assert cents(rows["quota_to_date"]) == [row["quota_to_date_cents"] for row in told["rows"]]
    assert rows["seat_id"].tolist()[:4] == ["S1", "S2", "S3", "S4"]
    again = planner("attainment", place / "out", place / "actuals.csv", "-o", place / "april", "--json")
    assert again.stdout == result.stdout
    assert "No account moved" in planner("audit", place / "april").stdout


def test_people_see_a_table(place: Path) -> None:
    result = planner("attainment", place / "out", place / "actuals.csv")
    assert result.exit_code == 0, result.output
    for words in ("company target", "Rep 3", "Past years cut at the same day (4)", "80 %"):
        assert words in result.stdout


def test_moves_and_reliefs_keep_the_cents(place: Path) -> None:
    one, two = owner(place, "000"), owner(place, "007")
    (place / "moves.csv").write_text(
        "account_id,from,to,date,reason\n"
        f"000,{one},{other(one)},2026-03-10,=closer\n"
        f"000,,{one},10.11.2026,back\n"
        f"007,{two},{other(two)},2026-01-01,\n"
    )
    (place / "relief.csv").write_text(
        "seat_id,territory_id,amount,share,from,to,carried_by,reason,author\n"
        'S1,,"1,000.00",,2026-05-01,2026-08-31,,flood,Ann\n'
        ",T2,,10%,2026-02-01,2026-02-28,siblings,leave,Bob\n"
    )
    result = planner(
        "attainment",
        place / "out",
        place / "actuals.csv",
        "--moves",
        place / "moves.csv",
        "--relief",
        place / "relief.csv",
        "-o",
        place / "april",
        "--json",
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["ties_out"]
    rows = table(place / "april" / "quotas_as_of.csv")
    names = ["plan", "moved_in", "moved_out", "relief", "taken_over", "amount"]
    as_of = [
        AsOf(*row[:3], *row[3:])
        for row in zip(
            rows["territory_id"],
            rows["component"],
            rows["period"],
            *(cents(rows[n]) for n in names),
            strict=True,
        )
    ]
    proof = json.loads((place / "april" / "in_year_tie_out.json").read_text())
    assert verify(proof, as_of) == []
    assert proof["absorbed_cents"] == 100_000
    assert sum(row.amount for row in as_of) == 36_750_000 - 100_000
    assert {"actuals.csv", "moves.csv", "relief.csv", "history.csv"} <= set(proof["inputs"])
    assert (
        proof["plan_quotas_sha256"]
        == json.loads((place / "out" / "tie_out.json").read_text())["quotas_sha256"]
    )
    assert [move["date"] for move in proof["moves"]] == ["2026-03-10", "2026-11-10", "2026-01-01"]
    by_period = rows.assign(taken=cents(rows["relief"]), over=cents(rows["taken_over"])).groupby("period")
    feb = by_period[["taken", "over"]].sum().loc["2026-02"]
    assert feb["taken"] == feb["over"] > 0
    assert_audited(place / "april")


def assert_audited(folder: Path) -> None:
    """The audit finds nothing wrong, and then every change of a cent or a word."""
    audited = planner("audit", folder, "--json")
    assert audited.exit_code == 0, audited.output
    assert len(json.loads(audited.stdout)["checks"]) == 2
    for name, old, new in (
        ("quotas_as_of.csv", ",0.00,", ",0.01,"),
        ("attainment.csv", "seat,T1,S1,Rep 1,,", "seat,T1,S1,Rep 1,,1"),
        ("in_year_tie_out.json", "flood", "fraud"),
    ):
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
        assert planner("audit", folder).exit_code == ExitCode.FAULTS
        (folder / name).write_text(text, "utf-8")
    (folder / "in_year_tie_out.json").unlink()
    (folder / "quotas_as_of.csv").unlink()
    assert planner("audit", folder).exit_code == ExitCode.FAULTS


def test_people_are_told_what_changed(place: Path) -> None:
    (place / "moves.csv").write_text(f"unit_id,to,date\n000,{other(owner(place, '000'))},2026-03-10\n")
    options = ("--moves", place / "moves.csv", "-o", place / "april")
    shown = planner("attainment", place / "out", place / "actuals.csv", *options).stdout
    assert "1 move(s), 0 relief(s)" in shown
    assert "all hold to the cent" in shown
    assert "Written to" in shown


def test_a_day_inside_a_month_counts_its_days(place: Path) -> None:
    def to_date(day: str) -> int:
        result = planner("attainment", place / "out", place / "actuals.csv", "--as-of", day, "--json")
        assert result.exit_code == 0, result.output
        return int(json.loads(result.stdout)["rows"][-2]["quota_to_date_cents"])

    march, middle, april = to_date("2026-03-31"), to_date("2026-04-15"), to_date("2026-04-30")
    assert middle == pytest.approx((march + april) / 2, abs=2)


def test_sales_by_day_are_cut_at_the_day(place: Path) -> None:
    rows = "seat_id,date,amount\nS1,2026-01-05,100\nS1,2026-01-20,200\nS2,2026-01-12,50\n"
    (place / "daily.csv").write_text(rows)
    result = planner("attainment", place / "out", place / "daily.csv", "--as-of", "2026-01-15", "--json")
    told = json.loads(result.stdout)
    assert told["rows"][-2]["actual_cents"] == 15_000
    assert any("1 row(s) of the actuals" in note for note in told["notes"])
    latest = json.loads(planner("attainment", place / "out", place / "daily.csv", "--json").stdout)
    assert latest["as_of"] == "2026-01-20"


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(place: Path) -> None:
    (place / "bad.csv").write_text(
        "account_id,period,amount,currency\n000,2026-01,oops,USD\n,2026-02,5,USD\n001,2026-13,5,EUR\n"
    )
    (place / "moves.csv").write_text("account_id,to,date\n999,T9,2026-01-01\n000,T1,never\n")
    (place / "relief.csv").write_text("territory_id,amount,from,to,reason\nT7,-5,2026-01-01,,\n")
    arguments = ["--moves", place / "moves.csv", "--relief", place / "relief.csv", "-o", place / "bad"]
    result = planner("attainment", place / "out", place / "bad.csv", *arguments, "--json")
    assert result.exit_code == ExitCode.BAD_INPUT
    problems = json.loads(result.stdout)["problems"]
    found = {(p["file"], p["row"], p["code"]) for p in problems if p["severity"] == "error"}
    assert {
        ("bad.csv", 3, "blank_id"),
        ("bad.csv", 4, "not_period"),
        ("bad.csv", 4, "other_currency"),
        ("moves.csv", 2, "unknown_id"),
        ("moves.csv", 3, "not_date"),
        ("relief.csv", 2, "unknown_id"),
        ("relief.csv", 2, "negative"),
        ("relief.csv", 2, "blank_id"),
    } <= found
    assert any(p["file"] == "bad.csv" and p["row"] == 2 for p in problems)
    assert not (place / "bad").exists()


def test_moves_that_contradict_the_plan_are_told_with_their_rows(place: Path) -> None:
    one = owner(place, "000")
    (place / "moves.csv").write_text(
        f"account_id,from,to,date\n000,{other(one)},{one},2026-02-01\n000,{one},{one},2025-02-01\n"
    )
    (place / "relief.csv").write_text(
        "territory_id,amount,from,to,reason\nT1,99999999,2026-01-01,2026-01-31,x\n"
    )
    moves, relief = ("--moves", place / "moves.csv"), ("--relief", place / "relief.csv")
    result = planner("attainment", place / "out", place / "actuals.csv", *moves, "--json")
    problems = json.loads(result.stdout)["problems"]
    assert {(p["file"], p["row"], p["code"]) for p in problems} == {
        ("moves.csv", 3, "day_outside"),
        ("moves.csv", 3, "no_move"),
        ("moves.csv", 2, "not_there"),
    }
    result = planner("attainment", place / "out", place / "actuals.csv", *relief, "--json")
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["row"], problem["code"]) == ("relief.csv", 2, "relief_too_much")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("account_id,period,amount\n000,2019-01,5\n", "day_outside"),
        ("account_id,amount\n000,5\n", "missing_column"),
    ],
)
def test_actuals_of_another_year_or_without_periods_are_refused(place: Path, rows: str, code: str) -> None:
    (place / "other.csv").write_text(rows)
    result = planner("attainment", place / "out", place / "other.csv", "--json")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert code in {problem["code"] for problem in json.loads(result.stdout)["problems"]}


def test_what_is_missing_is_told(place: Path) -> None:
    assert "no file" in planner("attainment", place / "out", place / "none.csv").stderr
    shutil.rmtree(place / "in")
    result = planner("attainment", place / "out", place / "actuals.csv")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "--inputs" in result.stderr
    (place / "out" / "quota_model.json").unlink()
    result = planner("attainment", place / "out", place / "actuals.csv")
    assert result.exit_code == ExitCode.BAD_INPUT


def test_a_changed_quota_is_told(place: Path) -> None:
    path = place / "out" / "quotas.csv"
    rows = table(path)
    rows.loc[0, "amount"] = str(Decimal(rows.loc[0, "amount"]) + 1)
    rows.to_csv(path, index=False)
    result = planner("attainment", place / "out", place / "actuals.csv")
    assert "quotas.csv is not what tie_out.json certifies" in result.stdout


def test_a_folder_with_other_files_is_never_replaced(place: Path) -> None:
    result = planner("attainment", place / "out", place / "actuals.csv", "-o", place / "in")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert (place / "in" / "accounts.csv").exists()


def test_help_has_an_example() -> None:
    assert "planner attainment out actuals.csv" in planner("attainment", "--help").output
