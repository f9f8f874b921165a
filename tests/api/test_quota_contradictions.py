"""Quotas that cannot be set never cost a solve: told before it where that is certain, and beside the plan where not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import api.sizing
from api.checking import check_folder
from api.cli.app import app
from api.cli.exits import ExitCode
from api.planning import make_plan
from api.proposing import make_proposals
from api.rehearsing import complete_alignment, rehearse_quotas
from api.seat_planning import plan_seat_changes
from data.assemble import assemble
from data.audit import audit
from data.read import read_folder
from planner.errors import InvalidInput
from planner.seat_changes import SeatChanges
from planner.stop import MaxIterations
from tests.data.full_quotas import write_full_folder

TOO_MUCH = "T1,,,,,9000000.00,Too much,Hall,\nT2,,,,,1,x,y,\n"
"""More than the whole company carries: no alignment balances it."""


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_full_folder(tmp_path_factory.mktemp("made") / "plan")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Copy a folder with targets, credit and currencies, in which over-assignment does not depend on levels."""
    shutil.copytree(made, tmp_path / "plan")
    path = tmp_path / "plan"
    nodes = (path / "hierarchy.csv").read_text()
    for share in ("0.03", "0.01", "0.02"):
        nodes = nodes.replace(share, "")
    (path / "hierarchy.csv").write_text(nodes)
    return path


def decide(folder: Path, rows: str) -> None:
    head = (folder / "overrides.csv").read_text().splitlines()[0]
    (folder / "overrides.csv").write_text(f"{head}\n{rows}")


def by_level(folder: Path) -> None:
    """Let districts over-assign on their own: street quotas then depend on who owns what."""
    settings = (folder / "plan.toml").read_text()
    (folder / "plan.toml").write_text(f"{settings}level_over_assignment = {{ district = 0.02 }}\n")


def never(*_: object, **__: object) -> None:
    pytest.fail("solved in vain")


def contradictory(folder: Path) -> str:
    decide(folder, TOO_MUCH)
    return "overrides_contradict"


def unknown_component(folder: Path) -> str:
    decide(folder, "T1,,,Software,,5,x,y,\n")
    return "unknown_component"


def unknown_period(folder: Path) -> str:
    decide(folder, "T1,,,,2026-M99,5,x,y,\n")
    return "period"


def shares_beyond_all(folder: Path) -> str:
    (folder / "credits.csv").write_text(
        "seat_id,territory_id,share,kind,component\nS2,T1,80%,split,\nS3,T1,70%,split,\n"
    )
    return "credit"


@pytest.mark.parametrize("spoil", [contradictory, unknown_component, unknown_period, shares_beyond_all])
@pytest.mark.parametrize("command", ["solve", "propose"])
def test_what_no_territories_can_mend_is_told_before_anything_is_solved(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], str],
    command: str,
) -> None:
    code = spoil(folder)
    for place in ("api.planning.solve", "api.proposing.propose", "api.sizing.solve"):
        monkeypatch.setattr(place, never)
    told = planner(command, folder, "-o", tmp_path / "out", "--iterations", "1", "--json")
    assert told.exit_code == ExitCode.BAD_INPUT, told.output
    assert code in " ".join(problem["code"] for problem in json.loads(told.stdout)["problems"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("spoil", [contradictory, unknown_component, unknown_period, shares_beyond_all])
def test_checking_finds_it_too_with_all_warnings(folder: Path, spoil: Callable[[Path], str]) -> None:
    code = spoil(folder)
    (folder / "credits.csv").write_text((folder / "credits.csv").read_text() + "NEW,T6,10%,overlay,\n")
    told = planner("check", folder, "--time-limit", "0", "--json")
    assert told.exit_code == ExitCode.FAULTS, told.output
    codes = [problem["code"] for problem in json.loads(told.stdout)["problems"]]
    assert code in " ".join(codes)
    assert "unknown_seat" in codes
    assert not check_folder(folder).usable


def test_a_range_of_territories_is_refused_before_its_trials(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(folder, "T1,,,Software,,5,x,y,\n")
    monkeypatch.setattr(api.sizing, "solve", never)
    with pytest.raises(InvalidInput, match="Software"):
        make_plan(folder, {"territories": {"min": 6, "max": 8}}, MaxIterations(1))


def test_changes_of_seats_are_not_tried_in_vain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contradictory(folder)
    monkeypatch.setattr("api.seat_planning.adapt", never)
    with pytest.raises(InvalidInput, match="cannot hold"):
        plan_seat_changes(folder, SeatChanges(), {}, MaxIterations(1))


def test_what_depends_on_territories_leaves_the_plan_without_quotas(folder: Path, tmp_path: Path) -> None:
    contradictory(folder)
    by_level(folder)
    out = tmp_path / "out"
    told = planner("solve", folder, "-o", out, "--iterations", "2")
    assert told.exit_code == ExitCode.NO_QUOTAS, told.output
    assert "cannot hold" in told.output
    assert "they cannot be set like this" in told.output
    assert {"assignments.csv", "map.html", "report.xlsx"} <= {path.name for path in out.iterdir()}
    assert not (out / "quotas.csv").exists()
    run = json.loads((out / "run.json").read_text())
    assert {problem["code"] for problem in run["quota_problems"]} == {"overrides_contradict"}
    assert any(note.startswith("No quotas were set: ") for note in run["notes"])
    assert audit(out).faults == []
    # Mended, the same territories get their quotas without solving again, and nothing tells the old story.
    decide(folder, "T1,,,,,600000.00,Less,Hall,\n")
    mended = planner("quota", out, "-o", tmp_path / "mended", "--json")
    assert mended.exit_code == 0, mended.output
    run = json.loads((tmp_path / "mended" / "run.json").read_text())
    assert run["quota_problems"] == []
    assert not any(note.startswith("No quotas were set: ") for note in run["notes"])
    assert (tmp_path / "mended" / "quotas.csv").exists()


def test_every_proposal_is_kept_without_quotas(folder: Path) -> None:
    contradictory(folder)
    by_level(folder)
    made = make_proposals(folder, {}, MaxIterations(2), most=2)
    assert made.plans
    for one in made.plans:
        assert one.plan.quotas is None
        assert [problem.code for problem in one.plan.quota_problems] == ["overrides_contradict"]


def test_quotas_stay_where_only_pay_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import api.planning

    calls = []

    def faulty(*_: object) -> None:
        calls.append(1)
        raise InvalidInput([])

    monkeypatch.setattr(api.planning, "compensation_of", faulty)
    _, plan = make_plan(folder, {}, MaxIterations(1))
    assert calls == [1]
    assert plan.quotas is not None
    assert plan.compensation is None


def test_a_rehearsal_passes_what_can_be_set_and_takes_owners_of_today(made: Path) -> None:
    assembled = assemble(read_folder(made))
    rehearse_quotas(assembled)
    territory = complete_alignment(assembled)
    held = assembled.problem.current >= 0
    assert (territory[held] == assembled.problem.current[held]).all()
    assert ((territory >= 0) & (territory < assembled.problem.n_territories)).all()
