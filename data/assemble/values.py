"""Activity of accounts and areas, and which of the measures are to be balanced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, amount, examples, plural
from data.folder import PlanFolder
from data.schema import measure_named, nearest
from planner.arrays import FloatArray
from planner.scenario import Band, Scenario

ACCOUNTS, UNITS = "accounts", "units"
PREFERRED = ("potential", "revenue", "sales")
"""Measures that are balanced where the scenario names none, in this order; then the first one."""
DEFAULT_BAND = Band(below=0.10, above=0.10)
"""Balance band of planning practice."""


@dataclass(frozen=True, eq=False)
class Values:
    """Activity measures before anything is rolled up.

    Parameters
    ----------
    names
        Names of the measures.
    of_account
        Activity of each account, shape ``(n_accounts, n_measures)``; 0 in measures that areas hold themselves.
    of_area
        Activity that each area holds itself, shape ``(n_areas, n_measures)``; 0 in measures of accounts.
    bands
        What is asked of the balanced measures, by name, in the order of the scenario.
    primary
        Position of the measure that weighs distance.
    """

    names: tuple[str, ...]
    of_account: FloatArray
    of_area: FloatArray
    bands: dict[str, Band]
    primary: int

    def position(self, name: str) -> int:
        """Return the position of a measure."""
        return self.names.index(name)


def measure_values(folder: PlanFolder, scenario: Scenario, findings: Findings) -> Values:
    """Return the activity of accounts and areas and the bands asked for.

    A numeric column of the accounts is a measure; one of the units too where the accounts do not have it.
    ``accounts`` counts accounts and ``units`` areas (basic units where there are no areas), unless a column has that
    name. Blanks count as 0.
    """
    n_accounts = 0 if folder.accounts is None else len(folder.accounts)
    n_areas = 0 if folder.units is None else len(folder.units)
    columns: dict[str, tuple[FloatArray, FloatArray]] = {}
    for name in folder.account_measures if n_accounts else ():
        columns[name] = (_clean(folder.accounts, name, "accounts", findings), np.zeros(n_areas))
    both = [name for name in folder.unit_measures if name in columns]
    for name in folder.unit_measures if n_areas else ():
        if name not in columns:
            columns[name] = (np.zeros(n_accounts), _clean(folder.units, name, "units", findings))
    if both:
        findings.warn(
            "measure_in_both",
            f"Accounts and units both have {examples(both)}; the values of the accounts are used.",
            "Remove the column from one of the files.",
            table="units",
            column=both[0],
            count=len(both),
        )
    asked_for_units = UNITS in [*scenario.measures, scenario.compactness_measure, scenario.disruption_measure]
    if n_accounts:
        columns.setdefault(ACCOUNTS, (np.ones(n_accounts), np.zeros(n_areas)))
    if n_areas:
        columns.setdefault(UNITS, (np.zeros(n_accounts), np.ones(n_areas)))
    elif asked_for_units:
        columns.setdefault(UNITS, (np.ones(n_accounts), np.zeros(n_areas)))

    names = tuple(columns)
    bands = _bands(scenario, names, findings)
    limited = [name for name, band in bands.items() if band != Band()]
    wanted = scenario.compactness_measure
    primary = known_measure(wanted, names, "compactness_measure", findings) if wanted else None
    return Values(
        names=names,
        of_account=_matrix([of_account for of_account, _ in columns.values()], n_accounts),
        of_area=_matrix([of_area for _, of_area in columns.values()], n_areas),
        bands=bands,
        primary=names.index(primary or next(iter(limited or bands), names[0])) if names else 0,
    )


def known_measure(wanted: str, names: tuple[str, ...], where: str, findings: Findings) -> str | None:
    """Return the measure meant by `wanted`; None, with an error, where there is none of that name."""
    found = measure_named(wanted, names)
    if found in names:
        return found
    near = nearest(wanted, names)
    findings.error(
        "unknown_measure",
        f"{where} names the measure {wanted!r}, which is no numeric column of accounts or units. "
        f"Known measures: {', '.join(names)}.",
        f"Did you mean {near!r}?" if near else "Name one of the known measures, or add the column.",
        table="plan.toml",
        value=wanted,
    )
    return None


def _bands(scenario: Scenario, names: tuple[str, ...], findings: Findings) -> dict[str, Band]:
    if not names:
        return {}
    if not scenario.measures:
        name = next((name for name in PREFERRED if name in names), names[0])
        findings.warn(
            "default_band",
            f"No measure to balance was named, so {name} is balanced within ±10 %.",
            f"Name the measures to balance in plan.toml, or with --balance {name}=0.10.",
            table="plan.toml",
        )
        return {name: DEFAULT_BAND}
    bands: dict[str, Band] = {}
    for wanted, band in scenario.measures.items():
        name = known_measure(wanted, names, "The scenario", findings)
        if name is not None:
            bands[name] = band
    if bands and all(band == Band() for band in bands.values()):
        findings.warn(
            "nothing_balanced",
            f"No limit is set on any measure ({', '.join(bands)}), so nothing is balanced.",
            "Set below and above, or minimum and maximum, of a measure.",
            table="plan.toml",
        )
    return bands


def _clean(frame: pd.DataFrame, name: str, table: str, findings: Findings) -> FloatArray:
    """Return a column as numbers ≥ 0; what counts as 0 is told."""
    values = frame[name].to_numpy(dtype=float)
    id_column = "account_id" if table == "accounts" else "unit_id"
    ids = frame[id_column].to_numpy(dtype=object)
    negative = values < 0
    if negative.any():
        findings.warn(
            "negative_measure",
            f"{plural(int(negative.sum()), table[:-1])} with a negative {name} ({amount(values[negative].sum())} in all): "
            f"{examples(ids[negative])}. Counted as 0: what is balanced cannot be negative.",
            "Correct the values, or balance another measure.",
            table=table,
            column=name,
            value=amount(values[negative].min()),
            count=int(negative.sum()),
        )
    blank = ~np.isfinite(values)
    if blank.any():
        findings.warn(
            "blank_measure",
            f"{plural(int(blank.sum()), table[:-1])} without {name}: {examples(ids[blank])}. Counted as 0.",
            "Fill in the values where they are known.",
            table=table,
            column=name,
            count=int(blank.sum()),
        )
    return np.where(blank | negative, 0.0, values)


def _matrix(columns: list[FloatArray], n_rows: int) -> FloatArray:
    return np.stack(columns, axis=1) if columns else np.zeros((n_rows, 0))
