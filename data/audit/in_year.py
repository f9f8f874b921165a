"""An audit of a folder that tells how a year stands: what moves and reliefs changed is added up again."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pandas as pd

from data.audit.report import AuditReport, Check, some, verdict
from data.export.attainment import CERTIFICATE, QUOTAS, RECORD, TABLE, is_attainment
from data.export.text import minor_units
from planner.quota.in_year.tie_out import AsOf, verify

AMOUNTS = ("plan", "moved_in", "moved_out", "relief", "taken_over", "amount")


def tells_a_year(folder: Path) -> bool:
    """Return whether `folder` is what ``planner attainment`` writes, damaged or not."""
    return is_attainment(folder) or ((folder / CERTIFICATE).is_file() and (folder / TABLE).is_file())


def audit_in_year(folder: Path) -> AuditReport:
    """Work out again from the files what must hold of a year; never raises on damaged ones."""
    checks = []
    whole, changed = _record(folder)
    if not changed and not (folder / CERTIFICATE).is_file() and not (folder / QUOTAS).is_file():
        return AuditReport(
            [Check("The record can be read", whole, RECORD)],
            ["No account moved and no seat was relieved."],
        )
    for name, check in (
        ("Quotas after moves and reliefs are those of the certificate, every sum to the cent", _certified),
        ("The table states the quotas after moves and reliefs", _stated),
    ):
        try:
            checks.append(Check(name, *check(folder)))
        # A damaged file can fail in as many ways as there are readers; each is a finding, none may end the audit.
        except Exception as fault:
            what = f"could not be checked: {type(fault).__name__}: {fault}".splitlines()[0]
            checks.append(Check(name, False, what))
    return AuditReport(checks, [])


def _record(folder: Path) -> tuple[bool, bool]:
    """Return whether the record can be read, and whether it speaks of a certificate."""
    try:
        return True, json.loads((folder / RECORD).read_text("utf-8"))["ties_out"] is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False, False


def _certified(folder: Path) -> tuple[bool, str]:
    proof = json.loads((folder / CERTIFICATE).read_text("utf-8"))
    rows = _rows(folder)
    return verdict(verify(proof, rows), f"{len(proof['equations'])} sums, {len(rows)} amounts")


def _stated(folder: Path) -> tuple[bool, str]:
    before: dict[str, int] = defaultdict(int)
    after: dict[str, int] = defaultdict(int)
    for row in _rows(folder):
        for key in (row.territory, ""):
            before[key] += row.plan
            after[key] += row.amount
    table = _table(folder / TABLE)
    told = table[table["level"].isin(("seat", "company")) & (table["component"] == "")]
    wrong = [
        row["id"] or "company"
        for row in told.to_dict("records")
        if (minor_units(row["plan_quota"], row["currency"]), minor_units(row["quota"], row["currency"]))
        != (before[row["id"]], after[row["id"]])
    ]
    return verdict([f"other sums in {TABLE}: {some(wrong)}"] if wrong else [], f"{len(told)} rows")


def _rows(folder: Path) -> list[AsOf]:
    return [
        AsOf(
            row["territory_id"],
            row["component"],
            row["period"],
            *(minor_units(row[name], row["currency"]) for name in AMOUNTS),
        )
        for row in _table(folder / QUOTAS).to_dict("records")
    ]


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)
