"""A load as a folder: whole or not at all, in its order, with ids filled in later."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from data.exchange.crm import prepare
from data.exchange.crm_ids import long_id
from data.exchange.fill_ids import fill_ids
from data.exchange.load import Load, Step
from data.exchange.load_folder import is_load, read_load, read_step, write_load
from data.exchange.salesforce_state import ACCOUNTS, QUOTAS, TERRITORY, USERS
from data.exchange.settings import CrmSettings
from planner.errors import InvalidInput, Problem
from tests.data.exchange.organisation import Organisation


def test_the_dry_run_tells_what_the_load_then_holds(crm_output: Path, tmp_path: Path) -> None:
    load = prepare(crm_output, "salesforce")
    assert load.ok
    assert not list(tmp_path.iterdir())
    files = write_load(load, tmp_path / "load")
    record = read_load(tmp_path / "load")
    assert record["counts"] == load.counts()
    assert [step["file"] for step in record["steps"]] == [s.file(n) for n, s in enumerate(load.steps, 1)]
    assert len(files) == len(load.steps) + len(load.rollback) + 3
    for step, told in zip(load.steps, record["steps"], strict=True):
        assert read_step(tmp_path / "load", told) == step
        assert told["rows"] == len(step.rows)
    readme = (tmp_path / "load" / "README.txt").read_text("utf-8")
    assert all(step["file"] in readme and step["why"] in readme for step in record["steps"])


@pytest.mark.parametrize("target", ["salesforce", "varicent", "clari"])
def test_files_are_plain_utf_8_without_mark_signs_or_formulas(
    crm_output: Path, tmp_path: Path, target: str
) -> None:
    files = write_load(prepare(crm_output, target), tmp_path / "load")  # type: ignore[arg-type]
    tables = [path for path in files if path.suffix == ".csv"]
    assert tables
    for path in tables:
        text = path.read_bytes()
        assert not text.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in text
        for row in csv.reader(text.decode("utf-8").splitlines()):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "$", "€"))]


def test_a_second_export_of_the_same_plan_is_empty(crm_output: Path, tmp_path: Path) -> None:
    for target in ("salesforce", "varicent", "clari"):
        load = prepare(crm_output, target, against=crm_output)  # type: ignore[arg-type]
        assert load.empty
        assert load.ok
        write_load(load, tmp_path / target)
        assert "nothing to load" in (tmp_path / target / "README.txt").read_text("utf-8")


def test_ids_are_filled_in_from_exports_step_by_step(crm_output: Path, tmp_path: Path) -> None:
    everything = prepare(crm_output, "salesforce", snapshot=Organisation().export(tmp_path / "empty"))
    write_load(everything, tmp_path / "load")
    organisation = Organisation()
    for number in range(len(everything.steps)):
        ids = organisation.export(tmp_path / f"ids {number}")
        fill_ids(tmp_path / "load", ids, tmp_path / "load")
        step = read_step(tmp_path / "load", read_load(tmp_path / "load")["steps"][number])
        assert not step.needs_ids
        organisation.load([step])
    was = organisation.without_ids()
    assert {kind: len(rows) for kind, rows in was.items()} == {
        TERRITORY: 4,
        ACCOUNTS: 60,
        USERS: 4,
        QUOTAS: 48,
    }
    done = fill_ids(tmp_path / "load", organisation.export(tmp_path / "all"), tmp_path / "back")
    assert (done.missing, done.problems) == (0, ())
    for told in read_load(tmp_path / "back")["rollback"]:
        organisation.load([read_step(tmp_path / "back" / "rollback", told)])
    assert not any(organisation.records.values())


def test_ids_come_from_success_files_of_a_loader_too(crm_output: Path, tmp_path: Path) -> None:
    everything = prepare(crm_output, "salesforce", snapshot=Organisation().export(tmp_path / "empty"))
    write_load(everything, tmp_path / "load")
    (tmp_path / "ids").mkdir()
    with (tmp_path / "ids" / "01_territory2_insert_level_1_success.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ID", "NAME", "DEVELOPERNAME", "STATUS"])
        for n in range(1, 5):
            rows.writerow([f"0MI00000000000{n}", f"T{n}", f"T{n}", "Item Created"])
    counted = fill_ids(tmp_path / "load", tmp_path / "ids", None)
    filled = fill_ids(tmp_path / "load", tmp_path / "ids", tmp_path / "filled")
    assert counted == filled
    assert filled.found > 100
    places = read_step(tmp_path / "filled", read_load(tmp_path / "filled")["steps"][1])
    assert {row[1] for row in places.rows} == {long_id(f"0MI00000000000{n}") for n in range(1, 5)}


def test_an_earlier_load_is_replaced_other_folders_are_not(crm_output: Path, tmp_path: Path) -> None:
    load = prepare(crm_output, "clari")
    write_load(load, tmp_path / "load")
    assert is_load(tmp_path / "load")
    write_load(load, tmp_path / "load")
    (tmp_path / "load" / "mine.txt").write_text("x")
    assert not is_load(tmp_path / "load")
    with pytest.raises(InvalidInput, match="not an earlier output"):
        write_load(load, tmp_path / "load")
    write_load(load, tmp_path / "load", overwrite=True)
    assert not (tmp_path / "load" / "mine.txt").exists()


def test_nothing_is_written_where_there_are_errors(tmp_path: Path) -> None:
    bad = Load("clari", "a", "b", problems=(Problem("Bad.", "Mend it."),))
    with pytest.raises(InvalidInput, match="Bad"):
        write_load(bad, tmp_path / "load")
    assert not list(tmp_path.iterdir())


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    broken = Step("insert", "X", ("a",), (("\ud800",),), "cannot be written as UTF-8")
    with pytest.raises(UnicodeEncodeError):
        write_load(
            Load("clari", "a", "b", (Step("upsert", "Y", ("a",), (("1",),), ""), broken)), tmp_path / "x"
        )
    assert not list(tmp_path.iterdir())


def test_a_load_that_was_tampered_with_is_not_read(crm_output: Path, tmp_path: Path) -> None:
    write_load(prepare(crm_output, "clari"), tmp_path / "load")
    path = tmp_path / "load" / "01_quotas_upsert.csv"
    path.write_text(path.read_text().replace("Quota", "Other"))
    with pytest.raises(InvalidInput, match="was changed"):
        read_load(tmp_path / "load")
    order = tmp_path / "load" / "load_order.json"
    record = json.loads(order.read_text())
    record["steps"][0]["file"] = "../../secret"
    order.write_text(json.dumps(record))
    with pytest.raises(InvalidInput, match="no name of a file"):
        read_load(tmp_path / "load")


def test_settings_come_from_the_plan_folder_a_file_or_as_they_are(crm_output: Path, tmp_path: Path) -> None:
    assert prepare(crm_output, "varicent").ok
    assert not prepare(crm_output, "varicent", CrmSettings()).ok
    bad = tmp_path / "crm.toml"
    bad.write_text(
        'effective_date = "soon"\n[salesforce]\nterritory_model = "x"\nwhat = 1\n[clari]\nquota_name="=1"'
    )
    told = prepare(crm_output, "salesforce", bad).problems
    assert {p.column for p in told} == {
        "effective_date",
        "salesforce.territory_model",
        "salesforce.what",
        "clari.quota_name",
    }
    bad.write_text('[varicent.periods]\nyear = "{year.__class__}"')
    assert [p.column for p in prepare(crm_output, "varicent", bad).problems] == ["varicent.periods.year"]
    bad.write_text("= nothing")
    assert [p.code for p in prepare(crm_output, "varicent", bad).problems] == ["broken_settings"]


def test_inputs_that_are_gone_or_changed_are_told(crm_output: Path, tmp_path: Path) -> None:
    shutil.copytree(crm_output, tmp_path / "out")
    alone = prepare(tmp_path / "out", "clari")
    assert {p.code for p in alone.problems} >= {"inputs_missing", "no_user"}
    shutil.copytree(crm_output.parent / "plan", tmp_path / "plan")
    seats = tmp_path / "plan" / "seats.csv"
    seats.write_text(seats.read_text().replace("Rep0@", "Rep9@"))
    assert [p.code for p in prepare(tmp_path / "out", "clari").problems] == ["inputs_changed"]
    with pytest.raises(InvalidInput, match="not a whole output"):
        prepare(tmp_path, "clari")
