"""Activity of accounts and areas, and which of the measures are to be balanced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, examples
from data.assemble.rules import Segment
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
    of_accounts = list(folder.account_measures) if n_accounts else []
    of_areas = [name for name in folder.unit_measures if name not in of_accounts] if n_areas else []
    _tell_doubles([name for name in folder.unit_measures if name in of_accounts], findings)
    names = tuple(dict.fromkeys([*of_accounts, *of_areas, *_counts(folder, scenario, n_accounts, n_areas)]))
    bands = _bands(scenario, names, findings)

    account_values, area_values = np.zeros((n_accounts, len(names))), np.zeros((n_areas, len(names)))
    for position, name in enumerate(names):
        if name in of_accounts:
            account_values[:, position] = _numbers(folder.accounts, name)
        elif name in of_areas:
            area_values[:, position] = _numbers(folder.units, name)
        elif name == ACCOUNTS or not n_areas:
            account_values[:, position] = 1.0
        else:
            area_values[:, position] = 1.0

    limited = [name for name, band in bands.items() if band != Band()]
    wanted = scenario.compactness_measure
    primary = known_measure(wanted, names, "compactness_measure", findings) if wanted else None
    return Values(
        names=names,
        of_account=account_values,
        of_area=area_values,
        bands=bands,
        primary=names.index(primary or next(iter(limited or bands), names[0])),
    )


def with_segments(values: Values, segments: Sequence[Segment]) -> Values:
    """Return the measures with those behind them that count only what belongs to a segment."""
    if not segments:
        return values
    accounts = [segment.accounts * values.of_account[:, segment.measure] for segment in segments]
    areas = [segment.areas * values.of_area[:, segment.measure] for segment in segments]
    return replace(
        values,
        names=(*values.names, *(segment.name for segment in segments)),
        of_account=np.column_stack([values.of_account, *accounts]),
        of_area=np.column_stack([values.of_area, *areas]),
    )


def _asked(folder: PlanFolder, scenario: Scenario) -> list[str]:
    """Return the measures that the scenario and the rules name, as they name them."""
    in_rules = [] if folder.rules is None else list(folder.rules["measure"])
    in_rules += [rule.measure for rule in scenario.rules]
    return [*scenario.measures, *scenario.measures_named, *in_rules]


def _counts(folder: PlanFolder, scenario: Scenario, n_accounts: int, n_areas: int) -> list[str]:
    """Return the measures that only count; units without areas are the accounts, so only where asked for."""
    count_units = n_areas > 0 or UNITS in _asked(folder, scenario)
    return [*([ACCOUNTS] if n_accounts else []), *([UNITS] if count_units else [])]


def _tell_doubles(both: list[str], findings: Findings) -> None:
    if both:
        findings.warn(
            "measure_in_both",
            f"Accounts and units both have {examples(both)}; the values of the accounts are used.",
            "Remove the column from one of the files.",
            table="units",
            column=both[0],
            count=len(both),
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


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """Return a column with blanks as 0; reading has told them."""
    return np.nan_to_num(frame[name].to_numpy(dtype=float), nan=0.0)
