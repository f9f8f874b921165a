"""``planner import`` as a person uses it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.import_ import query


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE customers (id TEXT, lat REAL, lon REAL)")
        connection.executemany(
            "INSERT INTO customers VALUES (?, ?, ?)", [("007", 41.5, -93.5), ("8", 42, -92)]
        )
    connection.close()
    return path


ALL = "SELECT id AS account_id, lat AS latitude, lon AS longitude FROM customers"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_folder_that_can_be_planned(database: Path, tmp_path: Path, form: str) -> None:
    done = run(
        f"sqlite:///{database}", "-q", f"accounts={ALL}", "-o", tmp_path / "plan", "--as", form, "--json"
    )
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["rows"], said["files"]) == ({"accounts": 2}, {"accounts": f"accounts.{form}"})
    checked = CliRunner().invoke(
        app, ["check", str(tmp_path / "plan"), "-n", "2", "--time-limit", "0", "--json"]
    )
    assert json.loads(checked.stdout)["accounts"] == 2


def test_a_query_from_a_file(database: Path, tmp_path: Path) -> None:
    (tmp_path / "accounts.sql").write_text(f"{ALL}\nWHERE id = '007';\n")
    done = run(
        f"sqlite:///{database}", "-q", f"accounts=@{tmp_path / 'accounts.sql'}", "-o", tmp_path / "plan"
    )
    assert done.exit_code == 0, done.output
    assert "accounts: 1 rows" in done.stdout


def test_what_cannot_be_used_is_told_and_nothing_is_written(database: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{database}"
    for statement, why in (
        (f"{ALL}; DROP TABLE customers", "several statements"),
        ("SELECT 1 AS x", "account_id"),
        (f"{ALL} WHERE nowhere = 1", "no such column"),
    ):
        done = run(url, "-q", f"accounts={statement}", "-o", tmp_path / "plan")
        assert done.exit_code == 2
        assert why in done.stderr
        assert not (tmp_path / "plan").exists()
    many = run(url, "-q", f"accounts={ALL}", "-o", tmp_path / "plan", "--max-rows", "1")
    assert "more than 1 rows" in many.stderr


def test_no_password_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_PASSWORD", "hunter3")
    target = ("-q", f"accounts={ALL}", "-o", tmp_path / "plan", "--json")
    for arguments in (
        ("postgresql://ann:hunter2@127.0.0.1:1/sales", *target),
        ("postgresql://ann@127.0.0.1:1/sales", "--password-env", "SALES_PASSWORD", *target),
    ):
        done = run(*arguments)
        assert done.exit_code == 2
        assert "hunter" not in done.output
        assert "127.0.0.1" in done.output
    missing = run("postgresql://ann@db/sales", "--password-env", "NOT_THERE", *target)
    assert missing.exit_code == 2
    assert "NOT_THERE" in missing.stderr


def test_queries_that_are_none(tmp_path: Path) -> None:
    for text in ("accounts", "=SELECT 1", "accounts= ", f"accounts=@{tmp_path}/none.sql"):
        with pytest.raises(ValueError, match=r"no query|cannot be read"):
            query(text)
    twice = run(
        "sqlite:///x.db", "-q", "accounts=SELECT 1", "-q", "accounts=SELECT 2", "-o", tmp_path / "plan"
    )
    assert twice.exit_code == 2
    assert "more than once" in twice.stderr
