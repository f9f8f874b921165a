"""An audit finds one changed minor unit in any file of quotas, even where every fingerprint was forged to fit."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from data.audit import audit
from data.audit.certified import certificate_holds, certificate_speaks_of_these_quotas
from data.audit.evidence import Evidence
from data.export import write_plan
from data.export.run import fingerprint, seal
from planner.quota.tie_out import sha256
from tests.data.full_quotas import DIGITS, full_plan, write_full_folder

MONEY = {
    "quotas.csv": ("amount", "local_amount"),
    "seat_quotas.csv": ("amount",),
    "node_quotas.csv": ("amount",),
    "overrides.csv": ("amount", "method_amount", "difference"),
    "territories.csv": ("quota_total",),
}
"""Columns of money by file."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a plan with everything that quotas know, in a currency with three decimals and one with none."""
    place = tmp_path_factory.mktemp("audited")
    write_plan(place / "out", *full_plan(write_full_folder(place / "plan", "KWD")))
    return place


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def forge(out: Path) -> None:
    """Make the fingerprints fit what the files hold now."""
    run = json.loads((out / "run.json").read_text("utf-8"))
    run["output"] = {name: fingerprint(out / name) for name in run["output"]}
    run["seal"] = seal(run)
    (out / "run.json").write_text(json.dumps(run), "utf-8")


def one_more(text: str) -> str:
    """Return an amount with one minor unit more."""
    digits = len(text.partition(".")[2])
    return f"{Decimal(text) + Decimal(1).scaleb(-digits):.{digits}f}"


def changed(file: Path, column: str) -> str:
    """Return the text of the file with one minor unit more in the middle of its rows."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    at = rows[0].index(column)
    places = [r for r in range(1, len(rows)) if re.fullmatch(r"-?\d+(\.\d+)?", rows[r][at])]
    middle = places[len(places) // 2]
    rows[middle][at] = one_more(rows[middle][at])
    return "\n".join(",".join(quoted(cell) for cell in row) for row in rows) + "\n"


def quoted(cell: str) -> str:
    """Return a cell as CSV."""
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.parametrize("currency", sorted(DIGITS))
def test_a_plan_with_everything_holds(currency: str, tmp_path: Path) -> None:
    write_plan(tmp_path / "out", *full_plan(write_full_folder(tmp_path / "plan", currency)))
    report = audit(tmp_path / "out")
    assert report.faults == []
    made = {check.name for check in report.checks}
    assert made >= {
        "Every node carries what is below it",
        "Credit of seats adds up to the quotas",
        "Amounts decided by hand hold",
        "Quotas in other currencies are worth the quotas",
        "The certificate speaks of these quotas",
    }


@pytest.mark.parametrize(
    ("file", "column"), [(file, name) for file, names in MONEY.items() for name in names]
)
def test_one_changed_minor_unit_is_found(out: Path, file: str, column: str) -> None:
    text = changed(out / file, column)
    (out / file).write_text(text, "utf-8")
    forge(out)
    report = audit(out)
    assert not report.held
    assert all("could not be checked" not in check.detail for check in report.faults)


def test_one_changed_sum_of_the_certificate_is_found(out: Path) -> None:
    path = out / "tie_out.json"
    whole = json.loads(path.read_text("utf-8"))
    evidence = Evidence(out)
    kinds = {equation["kind"]: position for position, equation in enumerate(whole["equations"])}
    assert set(kinds) >= {"node", "node_periods", "override", "split", "overlay", "local", "conversion"}
    for position in kinds.values():
        body = json.loads(json.dumps(whole))
        # Both sides, so that the sum still holds in itself.
        for name in ("left_cents", "right_cents"):
            body["equations"][position][name] += 1
        body.pop("digest")
        evidence.tie_out = {**body, "digest": sha256(body)}
        assert certificate_holds(evidence)[0]
        name = body["equations"][position]["name"]
        held, told = certificate_speaks_of_these_quotas(evidence)
        assert not held
        assert name in told


@pytest.mark.parametrize("kind", ["street quota", "target"])
def test_a_changed_total_of_the_certificate_is_found(out: Path, kind: str) -> None:
    path = out / "tie_out.json"
    body = json.loads(path.read_text("utf-8"))
    body["street_cents" if kind == "street quota" else "target_cents"] += 1
    body["bridge"][0 if kind == "target" else -1]["carried_cents"] += 1
    body.pop("digest")
    path.write_text(json.dumps({**body, "digest": sha256(body)}), "utf-8")
    forge(out)
    assert not audit(out).held


@pytest.mark.parametrize("name", ["node_quotas.csv", "seat_quotas.csv", "overrides.csv"])
def test_a_missing_row_or_file_is_found(out: Path, name: str) -> None:
    lines = (out / name).read_text("utf-8").splitlines(keepends=True)
    (out / name).write_text("".join([lines[0], *lines[2:]]), "utf-8")
    forge(out)
    assert not audit(out).held
    (out / name).unlink()
    assert not audit(out).held


def test_credit_that_the_input_does_not_state_is_found(out: Path) -> None:
    path = out.parent / "plan" / "credits.csv"
    path.write_text(path.read_text("utf-8").replace("25%", "24%"), "utf-8")
    assert "Credit of seats adds up to the quotas" in {check.name for check in audit(out).faults}


def test_quotas_without_details_need_none(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "plan")
    for name in ("overrides", "credits", "rates", "hierarchy", "seats"):
        (folder / f"{name}.csv").unlink()
    assembled, plan = full_plan(folder)
    write_plan(tmp_path / "out", assembled, replace(plan))
    report = audit(tmp_path / "out")
    assert report.faults == []
    assert {"There is no hierarchy.", "No credit is shared.", "No amount was decided by hand."} <= set(
        report.skipped
    )
