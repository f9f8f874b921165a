"""How the year stands, written as a folder: a row a seat, node and company, and what moves and reliefs changed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data.export.folder import PRODUCT, replaced_folder
from data.export.text import money, write_csv, write_json
from planner.errors import Problem
from planner.quota.in_year.attainment import LEVEL, Standing
from planner.quota.in_year.credit import CREDITED, OVERLAY
from planner.quota.in_year.tie_out import AsOf

TABLE, RECORD = "attainment.csv", "attainment.json"
QUOTAS, CERTIFICATE = "quotas_as_of.csv", "in_year_tie_out.json"
FILES = (TABLE, RECORD, QUOTAS, CERTIFICATE)


@dataclass(frozen=True, eq=False)
class InYear:
    """How the year of a plan stands.

    Parameters
    ----------
    out
        Output folder of the plan.
    currency
        ISO 4217 code of all amounts.
    as_of, until
        Last day that sales are known for, and last day of the quotas.
    standings
        Rows: seats by their territories, nodes, company, target; where credit is shared, seats by what they are
        credited with too.
    seat_of
        Seat of each territory, by id.
    notes
        What was done and why, for people.
    problems
        Warnings about the files.
    as_of_rows, certificate
        Quotas after moves and reliefs, and the certificate of them; None where there were neither.
    """

    out: Path
    currency: str
    as_of: date
    until: date
    standings: tuple[Standing, ...]
    seat_of: Mapping[str, str]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    as_of_rows: tuple[AsOf, ...] | None = None
    certificate: Mapping[str, Any] | None = field(default=None)


def attainment_table(year: InYear) -> pd.DataFrame:
    """Return one row a standing; amounts as decimal text, fractions as numbers, empty where unknown."""

    def amount(cents: float) -> str:
        return money(round(cents), year.currency) if math.isfinite(cents) else ""

    rows = [
        {
            "level": one.level,
            "id": one.id,
            "seat_id": _seat(one, year),
            "name": one.name,
            "component": one.component,
            "plan_quota": amount(one.plan_cents),
            "quota": amount(one.quota_cents),
            "quota_to_date": amount(one.to_date_cents),
            "actual": amount(one.sold_cents),
            "attainment": one.attainment,
            "forecast": amount(one.forecast_cents),
            "forecast_low": amount(one.low_cents),
            "forecast_high": amount(one.high_cents),
            "forecast_attainment": one.forecast_attainment,
            "chance": one.chance,
            "currency": year.currency,
        }
        for one in year.standings
    ]
    return pd.DataFrame(rows)


def attainment_record(year: InYear) -> dict[str, Any]:
    """Return what ``attainment.json`` holds: plain values, money in minor units, fractions as numbers."""
    return {
        "product": PRODUCT,
        "kind": "attainment",
        "currency": year.currency,
        "as_of": year.as_of.isoformat(),
        "until": year.until.isoformat(),
        "interval": LEVEL,
        "rows": [
            {
                "level": one.level,
                "id": one.id,
                "seat_id": _seat(one, year),
                "name": one.name,
                "component": one.component,
                "plan_quota_cents": one.plan_cents,
                "quota_cents": one.quota_cents,
                "quota_to_date_cents": one.to_date_cents,
                "actual_cents": one.sold_cents,
                "attainment": one.attainment,
                "forecast_cents": _whole(one.forecast_cents),
                "forecast_low_cents": _whole(one.low_cents),
                "forecast_high_cents": _whole(one.high_cents),
                "forecast_attainment": one.forecast_attainment,
                "chance": one.chance,
            }
            for one in year.standings
        ],
        "notes": list(year.notes),
        "problems": [problem.as_dict() for problem in year.problems],
        "ties_out": None if year.certificate is None else bool(year.certificate["ties_out"]),
    }


def as_of_table(rows: Sequence[AsOf], seat_of: Mapping[str, str], currency: str) -> pd.DataFrame:
    """Return what became of every quota, one row a territory, component and period."""
    amounts = ("plan", "moved_in", "moved_out", "relief", "taken_over", "amount")
    return pd.DataFrame(
        [
            {
                "territory_id": row.territory,
                "seat_id": seat_of.get(row.territory, ""),
                "component": row.component,
                "period": row.period,
                **{name: money(getattr(row, name), currency) for name in amounts},
                "currency": currency,
            }
            for row in rows
        ]
    )


def write_attainment(folder: Path, year: InYear) -> None:
    """Write the folder; an earlier one of the same kind is replaced, whole or not at all.

    Raises
    ------
    InvalidInput
        Where `folder` may not or cannot be written.
    """
    with replaced_folder(folder, inputs=year.out, ours=is_attainment) as fresh:
        write_csv(fresh / TABLE, attainment_table(year), free_text=("name",))
        write_json(fresh / RECORD, attainment_record(year))
        if year.as_of_rows is not None and year.certificate is not None:
            write_csv(fresh / QUOTAS, as_of_table(year.as_of_rows, year.seat_of, year.currency))
            write_json(fresh / CERTIFICATE, year.certificate)


def is_attainment(folder: Path) -> bool:
    """Return whether `folder` holds how a year stands, written by this product, and nothing else."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    ours = isinstance(record, dict) and (record.get("product"), record.get("kind")) == (PRODUCT, "attainment")
    return ours and all(path.name in FILES for path in folder.iterdir())


def _seat(one: Standing, year: InYear) -> str:
    """Return the seat that a row is of; nothing where it is of no single one."""
    if one.level in (CREDITED, OVERLAY):
        return one.id
    return year.seat_of.get(one.id, "") if one.level == "seat" else ""


def _whole(cents: float) -> int | None:
    return round(cents) if math.isfinite(cents) else None
