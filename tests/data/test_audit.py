"""An audit finds a changed cent, id or row, and never falls over."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from data.assemble import assemble
from data.audit import AuditReport, audit
from data.export import write_plan
from data.export.run import fingerprint, seal
from data.read import read_folder
from planner.alignment import Alignment
from planner.plan import Plan
from planner.scorecard import current_scorecard, scorecard
from planner.solving import Status

KINDS = [{}, {"areas": False}, {"accounts": False}, {"split": True}, {"quotas": False}]


@pytest.fixture
def out(toy_output: Path, tmp_path: Path) -> Path:
    shutil.copytree(toy_output, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def faults(report: AuditReport) -> set[str]:
    return {check.name for check in report.faults}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def forge(out: Path) -> None:
    """Make the fingerprints fit what the files hold now, as a careful forger would."""
    run = json.loads((out / "run.json").read_text("utf-8"))
    run["output"] = {name: fingerprint(out / name) for name in run["output"]}
    run["seal"] = seal(run)
    (out / "run.json").write_text(json.dumps(run), "utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_as_written_holds(make_toy: Callable, tmp_path: Path, kind: dict) -> None:
    toy = make_toy(**kind)
    write_plan(tmp_path / "out", toy.assembled, toy.plan)
    report = audit(tmp_path / "out")
    assert report.faults == []
    assert report.held
    assert len(report.checks) >= 12


def test_every_check_is_made_on_a_full_plan(out: Path) -> None:
    report = audit(out)
    assert report.skipped == [
        "Nothing is excluded.",
        "There is no hierarchy.",
        "No credit is shared.",
        "No amount was decided by hand.",
        "No seat has a currency of its own.",
    ]
    assert json.loads(json.dumps(report.as_dict()))["held"] is True


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("quotas.csv", "100.01", "100.02", "Quotas add up to target and over-assignment"),
        ("quotas.csv", "100.01", "100.010", "Quotas are amounts to the cent, each once"),
        ("quotas.csv", "2026-H1", "2026-H3", "The certificate speaks of these quotas"),
        ("quotas.csv", "007,S1", "007,S2", "Quotas are amounts to the cent, each once"),
        (
            "tie_out.json",
            '"left_cents": 110003',
            '"left_cents": 110004',
            "The tie-out certificate is genuine and holds",
        ),
        (
            "assignments.csv",
            "004,,=T2,S2",
            "005,,=T2,S2",
            "Every account has one owner or is listed as unplaced",
        ),
        (
            "assignments.csv",
            "004,,=T2,S2",
            "004 ,,=T2,S2",
            "Every account has one owner or is listed as unplaced",
        ),
        ("assignments.csv", "004,,=T2,S2", "004,,007,S1", "Territories hold what adds up"),
        (
            "assignments.csv",
            "004,,=T2,S2",
            "004,,T9,S2",
            "Assignments name known territories and their seats",
        ),
        (
            "assignments.csv",
            "004,,=T2,S2",
            "004,,,S2",
            "Every account has one owner or is listed as unplaced",
        ),
        ("assignments.csv", "001,,007,S1,007", "001,,=T2,S2,007", "Locks hold"),
        ("assignments.csv", '000,,"Nörd, 3",S3', "000,,007,S1", "Named accounts are with their seat"),
        (
            "assignments.csv",
            "004,,=T2,S2,=T2",
            "004,,=T2,S2,007",
            "Former territories are those of the input",
        ),
        ("assignments.csv", "004,,=T2,S2,=T2", "004,,=T2,S2,007", "What changes hands is counted right"),
        ("assignments.csv", ",05000,007", ",05009,007", "Every area is listed once"),
        ("assignments.csv", ",05000,007,S1", ",05000,=T2,S2", "Territories hang together"),
        ("unplaced.csv", "unknown", "unheard", "Every account has one owner or is listed as unplaced"),
        ("unplaced.csv", "7.5", "6.5", "Unplaced accounts are told with reason and value"),
        ("territories.csv", "73.55", "73.56", "Territories hold what adds up"),
        ("territories.csv", "300.03", "300.04", "The territory table states the quotas"),
        (
            "scorecard.json",
            '"moved_entities": 9',
            '"moved_entities": 8',
            "What changes hands is counted right",
        ),
        (
            "scorecard.json",
            '"worst_deviation": 0.12',
            '"worst_deviation": 0.10',
            "Deviations follow from the sums",
        ),
        (
            "territories.geojson",
            '"territory_id":"007"',
            '"territory_id":"008"',
            "The map shows the territories of the table",
        ),
        (
            "run.json",
            '"target_cents": 100003',
            '"target_cents": 100013',
            "Quotas add up to target and over-assignment",
        ),
        ("run.json", '"below": 0.3', '"below": 0.1', "Bands hold"),
    ],
)
def test_a_careful_forgery_is_found(out: Path, file: str, old: str, new: str, found: str) -> None:
    change(out / file, old, new)
    forge(out)
    assert found in faults(audit(out))


def test_a_missing_row_is_found(out: Path) -> None:
    for name, found in (
        ("assignments.csv", "Every account has one owner or is listed as unplaced"),
        ("quotas.csv", "The certificate speaks of these quotas"),
        ("territories.csv", "Assignments name known territories and their seats"),
    ):
        lines = (out / name).read_text("utf-8").splitlines(keepends=True)
        (out / name).write_text("".join([lines[0], *lines[2:]]), "utf-8")
        forge(out)
        assert found in faults(audit(out))


@pytest.mark.parametrize("file", ["map.html", "report.xlsx", "territories.csv"])
def test_any_changed_byte_is_found(out: Path, file: str) -> None:
    with (out / file).open("ab") as stream:
        stream.write(b" ")
    assert "The output files are as they were written" in faults(audit(out))


def test_a_changed_run_record_is_found(out: Path) -> None:
    change(out / "run.json", '"seed": 0', '"seed": 1')
    assert faults(audit(out)) == {"The run record is whole"}


def test_changed_and_missing_inputs_are_found(out: Path) -> None:
    inputs = out.parent / "plan"
    change(inputs / "seats.csv", "Ann", "Eve")
    assert faults(audit(out)) == {"The input files are as they were read"}
    (inputs / "seats.csv").unlink()
    assert "The input files are as they were read" in faults(audit(out))


def test_an_added_input_is_found(out: Path) -> None:
    (out.parent / "plan" / "rules.csv").write_text("kind,account_id,territory_id\nlock,004,=T2\n")
    assert faults(audit(out)) == {"The input files are as they were read"}


@pytest.mark.parametrize(
    ("rule", "check", "held"),
    [
        ("lock,004,,=T2,", "Locks hold", True),
        ("lock,004,,007,", "Locks hold", False),
        ("lock,,05002,,S2", "Locks hold", True),
        ("lock,,05002,,S1", "Locks hold", False),
        ("exclude,004,,007,", "Exclusions hold", True),
        ("exclude,004,,=T2,", "Exclusions hold", False),
        ("exclude,,05002,,S2", "Exclusions hold", False),
    ],
)
def test_rules_of_the_input_are_checked(out: Path, rule: str, check: str, held: bool) -> None:
    header = "kind,account_id,unit_id,territory_id,seat_id"
    (out.parent / "plan" / "rules.csv").write_text(f"{header}\n{rule}\n")
    found = {one.name: one.held for one in audit(out).checks}
    assert found[check] is held


def test_inputs_that_moved_are_named_or_left_out(out: Path, tmp_path: Path) -> None:
    moved = (tmp_path / "plan").rename(tmp_path / "elsewhere")
    report = audit(out)
    assert report.held
    assert any("plan folder was not found" in reason for reason in report.skipped)
    assert any("Every account" in check.name for check in audit(out, moved).checks)
    assert audit(out, moved).held


@pytest.mark.parametrize("file", ["run.json", "scorecard.json", "tie_out.json", "territories.geojson"])
@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"text"', "\x00\xff"])
def test_broken_json_is_a_finding(out: Path, file: str, text: str) -> None:
    (out / file).write_bytes(text.encode("latin-1"))
    assert not audit(out).held


@pytest.mark.parametrize("file", ["assignments.csv", "unplaced.csv", "territories.csv", "quotas.csv"])
@pytest.mark.parametrize("text", ["", "a,b\n1,2,3\n", "\xff\xfe\x00", '"unclosed', "account_id\n"])
def test_broken_tables_are_a_finding(out: Path, file: str, text: str) -> None:
    (out / file).write_bytes(text.encode("latin-1"))
    assert not audit(out).held


def test_missing_files_are_findings(out: Path) -> None:
    for path in sorted(out.iterdir()):
        path.unlink()
        assert not audit(out).held
    assert not audit(out / "nowhere").held


@pytest.mark.parametrize(("status", "held"), [("infeasible", True), ("feasible", False)])
def test_a_breach_that_the_plan_admits_is_not_a_fault(
    make_toy: Callable, tmp_path: Path, status: str, held: bool
) -> None:
    toy = make_toy()
    scenario, problem = toy.assembled.scenario, toy.assembled.problem
    sales = problem.measures[0]
    tight = replace(sales, lower=sales.ideal * 0.95, upper=sales.ideal * 1.3)
    assembled = replace(
        toy.assembled,
        scenario=scenario.replace(measures={"Sales": replace(scenario.measures["sales"], below=0.05)}),
        problem=problem.replace(measures=(tight, problem.measures[1])),
    )
    result = toy.plan.result.replace(status=Status(status))
    write_plan(tmp_path / "out", assembled, replace(toy.plan, result=result))
    bands = next(check for check in audit(tmp_path / "out").checks if check.name == "Bands hold")
    assert bands.held is held
    assert "sales leaves its limits in '007'" in bands.detail


@pytest.mark.parametrize("basic_unit", ["account", "unit"])
def test_contiguity_is_worked_out_again_where_areas_were_cut_up(
    make_toy: Callable, tmp_path: Path, basic_unit: str
) -> None:
    plan = make_toy().plan
    inputs, out = tmp_path / "plan", tmp_path / "out"
    band = "[measures.sales]\nabove = 0.9\n"
    (inputs / "plan.toml").write_text(f"contiguous = true\nbasic_unit = '{basic_unit}'\n{band}")
    assembled = assemble(read_folder(inputs))
    problem, accounts = assembled.problem, assembled.accounts
    before = current_scorecard(problem, accounts)
    territory = problem.current
    result = plan.result.replace(alignment=Alignment(territory))
    provenance = replace(plan.provenance, inputs=assembled.folder.fingerprints)
    after = scorecard(problem, territory, accounts)
    assert after.feasible
    write_plan(out, assembled, Plan(result, before, after, None, provenance))
    report = audit(out)
    assert report.faults == []
    assert "Territories hang together" in {check.name for check in report.checks}
    # The easternmost account of the north, and its area, go to the territory in the west.
    change(out / "assignments.csv", '023,,"Nörd, 3",S3', "023,,007,S1")
    if basic_unit == "unit":
        change(out / "assignments.csv", ',05011,"Nörd, 3",S3', ",05011,007,S1")
    forge(out)
    assert "Territories hang together" in faults(audit(out))


def test_territories_of_a_region_that_need_not_hang_together_may_be_in_pieces(
    make_toy: Callable, tmp_path: Path
) -> None:
    plan = make_toy().plan
    inputs, out = tmp_path / "plan", tmp_path / "out"
    seats = pd.read_csv(inputs / "seats.csv", dtype=str)
    seats.loc[seats["seat_id"] == "S3", "region"] = "East"
    seats.to_csv(inputs / "seats.csv", index=False)
    asked = "[regions.West]\ncontiguous = false\n[measures.sales]\nabove = 0.9\n"
    (inputs / "plan.toml").write_text(
        f"contiguous = true\nkeep_regions = false\nbasic_unit = 'unit'\n{asked}"
    )
    assembled = assemble(read_folder(inputs))
    problem, accounts = assembled.problem, assembled.accounts
    territory = problem.current.copy()
    territory[problem.units.unit_id == "05011"] = territory[problem.units.unit_id == "05000"][0]
    after = scorecard(problem, territory, accounts)
    assert after.feasible
    assert (after.pieces > 1).any()
    result = plan.result.replace(alignment=Alignment(territory))
    provenance = replace(plan.provenance, inputs=assembled.folder.fingerprints)
    write_plan(out, assembled, Plan(result, current_scorecard(problem, accounts), after, None, provenance))
    report = audit(out)
    assert report.faults == []
    assert "Territories hang together" in {check.name for check in report.checks}
