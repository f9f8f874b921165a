"""Reads what quotas of an output folder rest on: its ``quota_model.json``, with the quotas of ``quotas.csv``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.quota_rows import QUOTAS, read_quota_rows
from planner.arrays import FloatArray
from planner.errors import InvalidInput, Problem
from planner.quota.outlook import Outlook
from planner.quota.simulate import Calibration

MODEL = "quota_model.json"


@dataclass(frozen=True, eq=False)
class QuotaModel:
    """What quotas rest on.

    Parameters
    ----------
    currency, year, method
        ISO 4217 code; year that quotas are for, None where unknown; what expected sales come from.
    territory_id, seat_id
        Of each territory.
    target_cents
        Company target, minor units.
    quota_cents
        Quota of each territory over all components and periods, minor units, int64 of shape ``(n_territories,)``.
    expected_cents, last_year_cents, potential
        Of each territory, same shape; NaN where unknown.
    overridden
        Whether somebody decided the quota, same shape.
    outlook
        How certain expected sales are; None where the history does not tell.
    calibration
        How well stated intervals held in past years; None where nothing tells.
    notes
        How the method and the outlook came about, for people.
    """

    currency: str
    year: int | None
    method: str
    territory_id: tuple[str, ...]
    seat_id: tuple[str, ...]
    target_cents: int
    quota_cents: np.ndarray
    expected_cents: FloatArray
    last_year_cents: FloatArray
    potential: FloatArray
    overridden: np.ndarray
    outlook: Outlook | None
    calibration: Calibration | None
    notes: tuple[str, ...]


def read_quota_model(out: Path) -> QuotaModel:
    """Read what the quotas of an output folder rest on.

    Raises
    ------
    InvalidInput
        Where `out` has no quotas, or its files are damaged.
    """
    for name in (MODEL, QUOTAS):
        if not (out / name).is_file():
            why = f"There is no {name}: this is no output of a solve that set quotas."
            raise _refused(out, why, "Set a target (--target, or in the folder), and solve again.")
    try:
        told = json.loads((out / MODEL).read_text("utf-8"))
        rows = pd.DataFrame(told["territories"])
        ids = tuple(map(str, rows["territory_id"]))
        outlook = _outlook(told["outlook"], rows)
        checked = told["calibration"]
        return QuotaModel(
            currency=str(told["currency"]),
            year=told["year"],
            method=str(told["method"]),
            territory_id=ids,
            seat_id=tuple(map(str, rows["seat_id"])),
            target_cents=int(told["target_cents"]),
            quota_cents=_quotas(out, ids),
            expected_cents=_numbers(rows["expected_cents"]),
            last_year_cents=_numbers(rows["last_year_cents"]),
            potential=_numbers(rows["potential"]),
            overridden=rows["overridden"].to_numpy(bool),
            outlook=outlook,
            calibration=None if checked is None else _calibration(checked),
            notes=(*told["method_notes"], *((told["outlook"] or {}).get("notes", ()))),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as fault:
        why = f"The quotas cannot be read: {type(fault).__name__}: {fault}."
        raise _refused(out, why, "Solve again; `planner audit` tells which files were changed.") from fault


def _quotas(out: Path, ids: tuple[str, ...]) -> np.ndarray:
    """Return the quota of each territory; one without rows carries nothing."""
    stated = read_quota_rows(out).by_territory
    if other := set(stated) - set(ids):
        raise ValueError(f"{QUOTAS} and {MODEL} have other territories: {min(other)!r}")
    return np.array([stated.get(name, 0) for name in ids], np.int64)


def _outlook(told: dict[str, Any] | None, rows: pd.DataFrame) -> Outlook | None:
    if told is None:
        return None
    return Outlook(
        _numbers(rows["outlook_cents"]),
        _numbers(rows["outlook_spread"]),
        float(told["shock"]),
        float(told["wild"]),
        tuple(told["learned_from"]),
        tuple(told["notes"]),
    )


def _calibration(told: dict[str, Any]) -> Calibration:
    years = tuple(map(int, told["years"]))
    if not years:
        raise ValueError("a calibration without years")
    return Calibration(
        level=float(told["level"]),
        years=years,
        n=int(told["n"]),
        covered=float(told["covered"]),
        below=float(told["below"]),
        above=float(told["above"]),
        by_year=tuple(map(float, told["by_year"])),
        own_covered=float(told["own_covered"]),
        company_covered=int(told["company_covered"]),
    )


def _numbers(column: pd.Series) -> FloatArray:
    return np.array(column, dtype=np.float64)


def _refused(out: Path, why: str, what: str) -> InvalidInput:
    return InvalidInput([Problem(why, what, value=str(out), code="no_quotas")])
