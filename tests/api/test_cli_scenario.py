"""``planner scenario`` and ``planner solve --scenario``: from a file to a plan that says what was changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.planning import make_plan
from data.assemble import assemble
from data.read import read_folder
from data.reopen import reopen
from planner.errors import InvalidInput
from planner.scenarios import NamedChanges, apply, changes_from_json
from planner.stop import AnyOf, MaxIterations, Termination
from tests.small_plan import write_folder

ITERATIONS = MaxIterations(3)


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder."""
    return write_folder(tmp_path_factory.mktemp("scenario") / "in")


def asked(folder: Path, *changes: dict[str, Any]) -> Any:
    """Return the problem with changes, assembled."""
    read = read_folder(folder, spoken_of=["channel"])
    return assemble(read, apply(read.scenario, changes_from_json(list(changes))).scenario)


def sales(assembled: Any) -> np.ndarray:
    """Return the sales of each account."""
    return assembled.folder.accounts["sales"].to_numpy(float)


def test_growth_multiplies_what_is_meant_and_nothing_else(folder: Path) -> None:
    plain, base = asked(folder), np.array([1000 + 37 * (i % 7) for i in range(48)], float)
    assert sales(plain).tolist() == base.tolist()
    west = np.array([i % 8 < 4 for i in range(48)])
    big, web = np.arange(48) % 3 == 0, np.arange(48) % 2 == 1
    growth = {"change": "growth", "measure": "sales", "by": 0.1}
    assert sales(asked(folder, growth)) == pytest.approx(base * 1.1)
    # A region is all that is below it.
    assert sales(asked(folder, {**growth, "region": "half"})) == pytest.approx(
        np.where(west, base * 1.1, base)
    )
    assert sales(asked(folder, {**growth, "segment": "big"})) == pytest.approx(
        np.where(big, base * 1.1, base)
    )
    where = {**growth, "where": "channel = 'web' and sales >= 1037", "region": "west"}
    assert sales(asked(folder, where)) == pytest.approx(
        np.where(web & west & (base >= 1037), base * 1.1, base)
    )
    both = sales(asked(folder, {**growth, "region": "west"}, {**growth, "segment": "big", "by": -0.5}))
    assert both == pytest.approx(base * np.where(west, 1.1, 1) * np.where(big, 0.5, 1))


def test_growth_of_the_history_is_exact_to_the_cent(folder: Path) -> None:
    grown = asked(folder, {"change": "growth", "measure": "history", "by": 0.0333, "segment": "big"})
    told = grown.folder.history
    of = told["account_id"].str[1:].astype(int)
    before = (1000 + of) * 100
    wanted = [round(c * 1.0333) if a % 3 == 0 else c for a, c in zip(of, before, strict=True)]
    assert told["amount_cents"].tolist() == wanted
    assert any("the history by" in problem.why for problem in grown.problems)


def test_history_of_territories_grows_by_region_only(tmp_path: Path) -> None:
    other = write_folder(tmp_path / "in")
    rows = "".join(f"T{n},2024,{n}000\n" for n in range(1, 7))
    (other / "history.csv").write_text("territory_id,period,amount\n" + rows)
    growth = {"change": "growth", "measure": "history", "by": 1}
    cents = asked(other, {**growth, "region": "west"}).folder.history["amount_cents"]
    assert (cents // 100).tolist() == [2000, 4000, 6000, 4000, 5000, 6000]
    with pytest.raises(InvalidInput, match="nothing tells which part"):
        asked(other, {**growth, "segment": "big"})


def test_growth_that_cannot_be_meant_is_told_all_at_once(folder: Path) -> None:
    growth = {"change": "growth", "by": 0.1}
    with pytest.raises(InvalidInput) as told:
        asked(
            folder,
            {**growth, "measure": "sale"},
            {**growth, "measure": "sales", "region": "north"},
            {**growth, "measure": "sales", "where": "colour = 'red'"},
        )
    assert sorted(p.code for p in told.value.problems if p.file == "scenario") == [
        "condition",
        "growth_of_nothing",
        "unknown_measure",
    ]


def locked(assembled: Any) -> list[str]:
    """Return the ids of the accounts that are locked."""
    problem = assembled.problem
    unit = assembled.accounts.unit
    return [f"A{i:02d}" for i in range(48) if unit[i] >= 0 and problem.locked[unit[i]] >= 0]


def test_locks_are_put_on_and_lifted_whatever_says_so(folder: Path) -> None:
    assert locked(asked(folder)) == ["A00", "A01", "A02"]
    assert locked(asked(folder, {"change": "unlock", "accounts": ["A00", "A02"]})) == ["A01"]
    assert locked(asked(folder, {"change": "remove_rule", "rule": {"name": "keep"}})) == ["A00", "A02"]
    assert locked(asked(folder, {"change": "remove_rule", "rule": {"kind": "lock"}})) == ["A00"]
    assert locked(asked(folder, {"change": "lock", "accounts": ["A05"], "territory": "T1"}))[-1] == "A05"
    by_condition = {"change": "lock", "where": "account_id in ('A05', 'A06')"}
    freed = {"change": "unlock", "accounts": ["A06"]}
    assert locked(asked(folder, by_condition, freed)) == ["A00", "A01", "A02", "A05"]
    with pytest.raises(InvalidInput, match="no rule with name kepp"):
        asked(folder, {"change": "remove_rule", "rule": {"name": "kepp"}})


CHANGES = [
    {"change": "growth", "measure": "sales", "by": 0.5, "where": "channel = 'web'"},
    {"change": "growth", "measure": "history", "by": 0.25, "region": "west"},
    {"change": "unlock", "accounts": ["A00"]},
    {"change": "remove_rule", "rule": {"name": "keep"}},
    {"change": "lock", "accounts": ["A10"], "territory": "T6"},
    {"change": "leave", "seats": ["S4"]},
    {"change": "hire", "seat_id": "N1", "latitude": 42.2, "longitude": -92.5, "region": "east"},
    {"change": "band", "measure": "sales", "band": 0.4},
    {"change": "target", "by": 0.05},
    {"change": "over_assignment", "fraction": 0.02},
]


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scenario file and the output of its plan."""
    root = tmp_path_factory.mktemp("made")
    from api.scenario_files import write_scenario_file

    scenario = root / "west.toml"
    write_scenario_file(scenario, NamedChanges("West grows", changes_from_json(CHANGES), "for the board"))
    result = planner(
        "solve", folder, "--scenario", scenario, "--iterations", "3", "-o", root / "out", "--json"
    )
    assert result.exit_code == 0, result.output
    return scenario, root / "out"


def test_a_plan_of_a_scenario_says_so_and_can_be_checked(made: tuple[Path, Path]) -> None:
    _, out = made
    run = json.loads((out / "run.json").read_text())
    assert run["scenario"]["name"] == "Toy: West grows"
    told = run["parameters"]["changes"]
    assert (told["name"], told["note"]) == ("West grows", "for the board")
    assert "Target +5 %." in told["in_words"]
    assert changes_from_json(told["changes"]) == changes_from_json(CHANGES)
    audit = json.loads(planner("audit", out, "--json").stdout)
    assert audit["held"], [finding for finding in audit["findings"] if finding.get("state") == "fails"]
    assert json.loads((out / "tie_out.json").read_text())["target_cents"] == 94_500_00
    rows = pd.read_csv(out / "assignments.csv", dtype=str).set_index("account_id")
    assert rows.loc["A10", "territory_id"] == "T6"
    assert set(rows["territory_id"]) == {"T1", "T2", "T3", "T5", "T6", "N1"}


def test_a_plan_of_a_scenario_opens_again_as_it_was(made: tuple[Path, Path]) -> None:
    _, out = made
    again = reopen(out)
    rows = pd.read_csv(out / "assignments.csv", dtype=str).set_index("account_id")
    held = again.assembled.folder.accounts.set_index("account_id")["sales"]
    assert held["A01"] == pytest.approx(1.5 * 1037)
    told = pd.read_csv(out / "territories.csv").set_index("territory_id")["sales"]
    assert held.groupby(rows["territory_id"]).sum().to_dict() == pytest.approx(told.to_dict())
    assert again.changed == ()
    assert again.assembled.scenario.quota.target_change == 0.05


def test_what_is_asked_of_such_a_plan_later_sees_its_changes(made: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = made
    told = planner("explain", out, "--account", "A10", "--json")
    assert told.exit_code == 0, told.output
    assert "lock" in told.stdout.lower()
    same = planner("quota", out, "-o", tmp_path / "same", "--json")
    assert same.exit_code == 0, same.output
    before, after = (pd.read_csv(place / "quotas.csv") for place in (out, tmp_path / "same"))
    pd.testing.assert_frame_equal(before, after)
    new = planner("quota", out, "--target", "80000", "-o", tmp_path / "new", "--json")
    assert new.exit_code == 0, new.output
    assert json.loads((tmp_path / "new" / "tie_out.json").read_text())["target_cents"] == 80_000_00
    assert json.loads(planner("audit", tmp_path / "new", "--json").stdout)["held"]


def test_options_win_over_the_scenario_and_its_effort_over_the_folder(folder: Path) -> None:
    changes = NamedChanges("Short", changes_from_json([{"change": "effort", "iterations": 2, "seed": 5}]))
    assembled, _ = make_plan(folder, {"seed": 9}, ITERATIONS, changes=changes)
    assert assembled.scenario.seed == 9
    _, plan = make_plan(folder, {}, AnyOf(()), changes=changes)
    _, same = make_plan(folder, {"seed": 5}, MaxIterations(2))
    assert plan.result.termination is Termination.ITERATION_LIMIT
    assert plan.result.alignment == same.result.alignment


def test_scenarios_are_written_found_by_name_and_checked(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    written = planner(
        "scenario", "new", "West & more", "--plan", folder, "--note", "why",
        "-c", "growth measure=sales by=5% region=west", "-c", "territories number=5..7",
        "-c", "lock where='sales > 1100' of=accounts",
        "-c", "add_rule rule.kind=max rule.measure=accounts rule.value=40",
    )  # fmt: skip
    assert written.exit_code == 0, written.output
    assert (folder / "scenarios" / "west-more.toml").is_file()
    shown = json.loads(planner("scenario", "show", "west-more", "-p", folder, "--json").stdout)
    assert shown["changes"][1] == {"change": "territories", "number": {"min": 5, "max": 7}}
    assert shown["in_words"][0] == "sales in the region west +5 %."
    assert planner("scenario", "check", "west-more", "-p", folder).exit_code == 0
    # The folder of scenarios is no fault of the plan folder.
    assert not [p for p in read_folder(folder).problems if "scenarios" in (p.file or "")]
    again = planner("scenario", "new", "West & more", "--plan", folder)
    assert again.exit_code == 2
    assert "already" in again.output


def test_what_is_wrong_with_a_scenario_is_told(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        '[[changes]]\nchange = "leave"\nseats = ["S9"]\n[[changes]]\nchange = "drop_band"\nmeasure = "sale"\n'
    )
    assert planner("scenario", "check", path).exit_code == 0
    checked = planner("scenario", "check", path, "--plan", folder, "--json")
    assert checked.exit_code == 1
    codes = [problem["code"] for problem in json.loads(checked.stdout)["problems"]]
    assert codes == ["unknown_seat", "unknown_measure"]
    solved = planner("solve", folder, "-s", path, "-o", tmp_path / "out", "--json")
    assert solved.exit_code == 2
    assert [p["code"] for p in json.loads(solved.stdout)["problems"]] == codes
    assert not (tmp_path / "out").exists()
    missing = planner("solve", folder, "-s", "nowhere", "-o", tmp_path / "out")
    assert missing.exit_code == 2
    assert "There is no scenario 'nowhere'" in missing.output
    path.write_text('[[changes]]\nchange = "leaves"\n')
    assert planner("scenario", "show", path).exit_code == 2
    assert planner("scenario", "new", "x", "-c", "leave seats=", "-o", tmp_path / "x.toml").exit_code == 2
    assert not (tmp_path / "x.toml").exists()
