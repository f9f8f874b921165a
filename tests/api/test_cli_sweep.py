"""``planner sweep``: grids and scenarios side by side, gone on with where they were stopped."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.executing import Ending, Failure, InThisProcess, Outcome, Task
from api.sweeping import packed, run_sweep
from data.export.sweep import is_sweep
from planner.errors import InvalidInput
from planner.scenarios import NamedChanges, axis_of, changes_from_json
from tests.small_plan import write_folder

GRID = ("--grid", "band.sales=0.4,0.5", "--grid", "territories=6,7")
CASES = [f"band.sales={band} territories={n}" for band in ("0.4", "0.5") for n in (6, 7)]


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


class Counted:
    """An executor that counts what it was given, and may be stopped after some outcomes."""

    width = 1

    def __init__(self, most: int = 1000) -> None:
        self.begun: list[Task] = []
        self.most = most

    def run(self, tasks: Sequence[Task], **asked: Any) -> Iterator[Outcome]:
        """Run some of the tasks here; then end as a process does that is killed."""
        for number, task in enumerate(tasks):
            if number == self.most:
                raise KeyboardInterrupt
            self.begun.append(task)
            yield from InThisProcess().run([task], **asked)

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder."""
    return write_folder(tmp_path_factory.mktemp("sweep") / "in")


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a sweep and what the command said."""
    out = tmp_path_factory.mktemp("made") / "sweep"
    result = planner("sweep", folder, *GRID, "--iterations", "1", "-o", out, "--json", "-q")
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


def test_every_case_is_a_whole_plan_that_can_be_audited(made: tuple[Path, dict[str, Any]]) -> None:
    out, told = made
    assert [case["name"] for case in told["cases"]] == CASES
    for case in told["cases"]:
        assert case["state"] == "done"
        audit = json.loads(planner("audit", out / case["folder"], "--json").stdout)
        assert audit["held"]
        run = json.loads((out / case["folder"] / "run.json").read_text())
        assert run["scenario"]["name"] == f"Toy: {case['name']}"
        assert case["measures"]["territories"] == float(case["point"]["territories"])
        assert (out / case["folder"] / run["input"]["path"] / "accounts.csv").is_file()
    assert is_sweep(out)


def test_the_numbers_stand_in_a_table_a_page_and_as_json(made: tuple[Path, dict[str, Any]]) -> None:
    out, told = made
    index = json.loads((out / "sweep.json").read_text())
    assert index["cases"] == told["cases"]
    rows = list(csv.DictReader((out / "sweep.csv").read_text().splitlines()))
    assert [row["territories"] for row in rows] == ["6", "7", "6", "7"]
    assert [row["state"] for row in rows] == ["done"] * 4
    page = (out / "sweep.html").read_text()
    body = page[page.index("<main>") : page.index("</main>") + 7]
    links = set(re.findall(r'href="([^"]*)"', body))
    for svg in re.findall(r"<svg.*?</svg>", body, re.DOTALL):
        ElementTree.fromstring(svg)
    assert links == {f"{case['folder']}/map.html" for case in told["cases"]}
    assert "changing hands, % along territories" in page
    assert "http" not in body


def test_a_sweep_is_compared_case_by_case(made: tuple[Path, dict[str, Any]]) -> None:
    out, told = made
    found = json.loads(planner("compare", out, "--json").stdout)
    assert found["names"] == CASES
    lines = {line["name"]: line["values"] for line in found["lines"]}
    assert lines["territories"] == [6, 7, 6, 7]
    assert lines["objective"] == [case["measures"]["objective"] for case in told["cases"]]
    shown = planner("compare", *(out / case["folder"] for case in told["cases"][:3]))
    assert shown.exit_code == 0, shown.output
    assert "3 plans side by side" in shown.output
    assert planner("compare", out, out / "nowhere").exit_code == 2


def test_what_is_done_is_not_done_again_and_what_is_new_is(
    made: tuple[Path, dict[str, Any]], folder: Path
) -> None:
    out, _ = made
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/run.json")}
    axes = [axis_of("band.sales=0.4,0.5"), axis_of("territories=6,7")]
    counted = Counted()
    run_sweep(folder, out, axes, [], counted, iterations=1)
    assert counted.begun == []
    run_sweep(
        folder, out, [axis_of("band.sales=0.4,0.5"), axis_of("territories=6,8")], [], counted, iterations=1
    )
    assert len(counted.begun) == 2
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    # Another input makes another case.
    run_sweep(folder, out, axes[:1], [], counted, iterations=2)
    assert len(counted.begun) == 4


def test_a_sweep_that_was_broken_off_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    out, axes = tmp_path / "out", [axis_of("seed=1..3")]
    with pytest.raises(KeyboardInterrupt):
        run_sweep(folder, out, axes, [], Counted(2), iterations=1)
    (whole,) = {len(list(path.iterdir())) for path in out.iterdir() if path.is_dir()}
    assert whole > 5
    # What a killed process left half written is no output, and is removed.
    (out / ".case-half").mkdir()
    counted = Counted()
    index = run_sweep(folder, out, axes, [], counted, iterations=1)
    assert [task.payload["changes"]["name"] for task in counted.begun] == ["seed=3"]
    assert [case["state"] for case in index["cases"]] == ["done"] * 3
    assert not list(out.glob(".case-*"))


def test_a_case_cut_short_is_dropped_and_done_later(folder: Path, tmp_path: Path) -> None:
    out, axes = tmp_path / "out", [axis_of("seed=1..3")]
    ended: list[str] = []
    index = run_sweep(
        folder,
        out,
        axes,
        [],
        InThisProcess(),
        iterations=1,
        cancelled=lambda: len(ended) > 0,
        announce=lambda record, _, __: ended.append(record.state),
    )
    assert [case["state"] for case in index["cases"]] == ["done", "cancelled", "cancelled"]
    assert len([path for path in out.iterdir() if path.is_dir()]) == 1
    cut = run_sweep(folder, tmp_path / "cut", axes[:1], [], _CutShort(), iterations=1)
    assert {case["state"] for case in cut["cases"]} == {"cancelled"}
    assert not any(path.is_dir() for path in (tmp_path / "cut").iterdir())
    done = run_sweep(folder, out, axes, [], InThisProcess(), iterations=1)
    assert [case["state"] for case in done["cases"]] == ["done"] * 3


class _CutShort(Counted):
    """Runs every task with a stop that was asked for already."""

    def run(self, tasks: Sequence[Task], **_: Any) -> Iterator[Outcome]:
        from api.executing.tasks import perform
        from planner.solving import SILENT
        from planner.stop import Cancelled

        for task in tasks:
            yield perform(task, [content.data for content in task.shared], Cancelled(lambda: True), SILENT)


class _Failing(Counted):
    """Fails every task but the first."""

    def run(self, tasks: Sequence[Task], **asked: Any) -> Iterator[Outcome]:
        yield from InThisProcess().run(tasks[:1], **asked)
        for task in tasks[1:]:
            yield Outcome(task.key, failure=Failure(Ending.DIED, "It died."))


def test_a_case_that_fails_is_told_and_leaves_others_alone(folder: Path, tmp_path: Path) -> None:
    axes = [axis_of("seed=1..2")]
    index = run_sweep(folder, tmp_path / "out", axes, [], _Failing(), iterations=1)
    assert [(case["state"], case["reason"]) for case in index["cases"]] == [
        ("done", ""),
        ("failed", "It died."),
    ]
    assert "failed: It died." in (tmp_path / "out" / "sweep.html").read_text()
    again = run_sweep(folder, tmp_path / "out", axes, [], InThisProcess(), iterations=1)
    assert [case["state"] for case in again["cases"]] == ["done", "done"]


def test_a_case_without_a_plan_has_the_reason(folder: Path, tmp_path: Path) -> None:
    result = planner(
        "sweep", folder, "-g", "territories=6,49", "--iterations", "1", "-o", tmp_path / "out", "--json"
    )
    assert result.exit_code == 1
    failed = json.loads(result.stdout)["cases"][1]
    assert failed["state"] == "failed"
    assert "49 territories cannot be made" in failed["reason"]
    assert failed["problems"]


def test_everything_wrong_is_told_before_anything_is_solved(folder: Path, tmp_path: Path) -> None:
    leaves = NamedChanges("A", changes_from_json([{"change": "territories", "number": 5}]))
    unknown = NamedChanges("B", changes_from_json([{"change": "leave", "seats": ["S9"]}]))
    with pytest.raises(InvalidInput) as told:
        run_sweep(folder, tmp_path / "out", [axis_of("territories=6")], [leaves, unknown], Counted(0))
    assert [(p.file, p.code) for p in told.value.problems] == [
        ("A territories=6", "scenario_conflict"),
        ("B territories=6", "unknown_seat"),
    ]
    assert not (tmp_path / "out").exists()
    with pytest.raises(InvalidInput, match="two scenarios go by the name 'A'"):
        run_sweep(folder, tmp_path / "out", [], [leaves, leaves], Counted(0))
    wrong = planner("sweep", folder, "-g", "colour=red", "-o", tmp_path / "out")
    assert wrong.exit_code == 2
    assert "there is no axis 'colour'" in " ".join(wrong.output.replace("│", " ").split())


def test_a_folder_that_holds_anything_else_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidInput):
        run_sweep(folder, tmp_path / "out", [], [], Counted(0))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_the_same_files_make_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(folder, tmp_path / "copy")
    assert packed(tmp_path / "copy") == packed(folder)
    (tmp_path / "copy" / "rules.csv").write_text("kind\ncapacity\n")
    assert packed(tmp_path / "copy").digest != packed(folder).digest


def test_a_zipped_plan_folder_can_be_swept(folder: Path, tmp_path: Path) -> None:
    from api.sweeping import archive

    zipped = tmp_path / "plan.zip"
    zipped.write_bytes(archive(folder))
    index = run_sweep(zipped, tmp_path / "out", [axis_of("seed=3")], [], InThisProcess(), iterations=1)
    assert [case["state"] for case in index["cases"]] == ["done"]
