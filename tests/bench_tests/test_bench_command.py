"""The command from end to end on the instances that are committed, by iterations, each run in a process of its own."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench import child
from tests.bench.cases import CASES, GROUPS
from tests.bench.command import main
from tests.bench.instances import find_instances, read_instance
from tests.bench.judge import judge

ROOT = Path(__file__).parents[2]
MINI = ROOT / "tests" / "bench" / "mini"


def test_a_folder_of_instances_becomes_labels_tables_and_a_page(tmp_path: Path) -> None:
    # One test, not several on a shared fixture: test processes would run the instances once each.
    page = tmp_path / "page.md"
    limits = ["--iterations", "1", "--out", str(tmp_path), "--write-page", "--page", str(page)]
    assert main(["instances", str(MINI), *limits]) == 0
    case = json.loads((tmp_path / "results.json").read_text())["cases"][0]
    rows = {row["instance"]: row for row in case["tables"][0]["rows"]}
    assert set(rows) == {"blocks", "clinics", "shops"}
    for path in find_instances(MINI):
        check_instance(path, tmp_path / f"{path.stem}.csv", rows[path.stem])
    # The committed optima were proved by an integer program: nothing of ours may beat them, nor a bound exceed them.
    for name in ("blocks", "clinics"):
        assert rows[name]["objective"] >= rows[name]["best_known"] - 0.01
        assert (rows[name]["bound"] or 0.0) <= rows[name]["best_known"] + 0.01
    text = (tmp_path / "results.md").read_text()
    assert "| case | target | reached | met | seconds | peak memory |" in text
    assert "hess: feasible | 1 of 1 | yes" in text
    told = page.read_text()
    for wanted in (
        "# Benchmarks",
        "## How to run it",
        "## All targets",
        "| blocks | 24 | 3 |",
        "cores",
        "numpy",
    ):
        assert wanted in told
    assert str(MINI.parent) not in told
    assert all(line.endswith("|") for line in told.splitlines() if line.startswith("|"))


def check_instance(path: Path, labels: Path, row: dict[str, Any]) -> None:
    """Check the label file of one instance, and that its row says what the judge says."""
    instance = read_instance(path)
    lines = labels.read_text().splitlines()
    assert len(lines) == instance.n_units
    assert all(re.fullmatch(r"\d+", line) for line in lines)
    verdict = judge(instance, np.array(lines, int))
    assert verdict.faults == ()
    assert row["feasible"]
    assert row["objective"] == verdict.objective
    assert row["gap_best"] == pytest.approx(row["objective"] / row["best_known"] - 1)
    assert row["seconds"] > 0
    assert row["peak_mb"] > 10
    if row["bound"] is not None:
        # The judge rounds objectives to cents.
        assert row["bound"] <= row["objective"] + 0.005
        assert row["bound_kind"]


def test_a_case_whose_data_are_missing_is_named_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["counties", "hess", "--iterations", "1", "--out", str(tmp_path / "out")]
    assert main(given) == 2
    told = capsys.readouterr().out
    assert (
        "counties was not run: it needs us_counties.parquet: give the folder that holds it as --data DIR"
        in told
    )
    assert (
        "hess was not run: it needs hess instances: give the folder that holds them as --instances DIR"
        in told
    )
    assert main([*given, "--data", str(tmp_path), "--instances", str(tmp_path)]) == 2
    told = capsys.readouterr().out
    assert f"there is none in {tmp_path}" in told
    assert "no hess instance in" in told


@pytest.mark.parametrize(
    "given", [["nonsense"], ["--data", "/nowhere/at/all"], ["instances", "/nowhere/at/all"]]
)
def test_wrong_names_are_told_and_nothing_is_run(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*given, "--iterations", "1", "--out", str(tmp_path / "out")]) == 2
    assert re.search("known are quick|there is no folder|is no folder", capsys.readouterr().out)


def test_the_list_names_every_case_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    for name, case in CASES.items():
        assert f"{name:18} {(case.__doc__ or '').splitlines()[0]}" in told
    assert all(member in CASES for members in GROUPS.values() for member in members)


def test_a_process_says_why_it_has_no_answer() -> None:
    failed = child.run("math:sqrt", {"x": 1}, python=sys.executable, limit_s=60)
    assert failed.value is None
    assert failed.failure.startswith("TypeError")
    missing = child.run("tests.bench.no_such_peer:cluster", {}, python=sys.executable, limit_s=60)
    assert missing.failure == "not installed: tests.bench.no_such_peer"
    late = child.run("tests.bench.child:_peak_mb", {}, python=sys.executable, limit_s=0.0)
    assert (late.failure, late.peak_mb) == ("no answer in 0 s", None)
    told = child.run("tests.bench.child:_peak_mb", {}, python=sys.executable, limit_s=60)
    assert told.value <= told.peak_mb
    assert 1 < told.peak_mb < 200
