"""Whether what territories are said to hold is what adds up, and stays inside what was asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.audit.evidence import Evidence, close
from data.audit.report import NotChecked, some, verdict

Finding = tuple[bool, str]
SOLVED = ("optimal", "feasible")
"""Statuses that claim that every hard rule holds."""


def sums_are_stated_right(evidence: Evidence) -> Finding:
    """What each territory holds adds up from the input, in the table and in the scorecard."""
    faults, checked = [], []
    for measure in evidence.measures:
        try:
            recomputed = evidence.recomputed(measure)
        except NotChecked:
            continue
        checked.append(measure)
        for where, stated in (
            ("territories.csv", evidence.stated(measure)),
            ("scorecard.json", _scored(evidence, measure, "value")),
        ):
            wrong = ~close(stated.reindex(recomputed.index), recomputed)
            if wrong.any():
                faults.append(
                    f"{where} states another {measure} than the input adds up to: "
                    f"{some(recomputed.index[wrong].tolist())}"
                )
    if not checked:
        raise NotChecked("No measure of the plan is a column of the input, so no sum was added up again.")
    return verdict(faults, f"{', '.join(checked)} in {len(evidence.territory_id)} territories")


def deviations_follow(evidence: Evidence) -> Finding:
    """Deviations, and the worst of each measure, follow from the sums and ideals."""
    faults, worst_of = [], []
    for measure in evidence.measures:
        stated, ideal = evidence.stated(measure), _scored(evidence, measure, "ideal")
        with np.errstate(divide="ignore", invalid="ignore"):
            deviation = (stated - ideal.reindex(stated.index)) / ideal.reindex(stated.index)
        said = pd.to_numeric(evidence.territories.set_index("territory_id")[f"{measure}_deviation"])
        known = np.isfinite(deviation)
        if not close(said[known], deviation[known]).all():
            faults.append(f"a deviation of {measure} in territories.csv does not follow from its sums")
        worst = evidence.scores["after"]["totals"][measure]["worst_deviation"]
        if worst is not None:
            if known.any() and not close(pd.Series([worst]), pd.Series([deviation[known].abs().max()])).all():
                faults.append(
                    f"the worst deviation of {measure} is {deviation[known].abs().max():.6f}, not {worst:.6f}"
                )
            worst_of.append(f"{measure} {worst:.2%}")
    return verdict(faults, f"worst: {', '.join(worst_of)}")


def bands_hold(evidence: Evidence) -> Finding:
    """Where the plan says that every rule holds, every territory is inside what the scenario asks."""
    asked: dict[str, dict[str, Any]] = evidence.run["scenario"]["measures"]
    banded = {name: band for name, band in asked.items() if any(value is not None for value in band.values())}
    if not banded:
        raise NotChecked("No band was asked for.")
    faults, told = [], []
    for measure, band in banded.items():
        stated = evidence.stated(measure)
        ideal = _scored(evidence, measure, "ideal").reindex(stated.index)
        if not close(pd.Series([ideal.sum()]), pd.Series([stated.sum()])).all():
            faults.append(f"the ideals of {measure} do not add up to its total")
        slack = 1e-9 * ideal.abs()
        limits = {
            "below": stated < ideal * (1 - _or(band.get("below"), np.inf)) - slack,
            "above": stated > ideal * (1 + _or(band.get("above"), np.inf)) + slack,
            "under the minimum": stated < _or(band.get("minimum"), -np.inf) - slack,
            "over the maximum": stated > _or(band.get("maximum"), np.inf) + slack,
        }
        outside = sorted({str(name) for breach in limits.values() for name in stated.index[breach]})
        if outside:
            told.append(f"{measure} leaves its band in {some(outside)}")
    solved = evidence.run["status"] in SOLVED
    if told and not solved:
        return verdict(faults, f"the plan itself says that its rules do not hold: {'; '.join(told)}")
    return verdict(faults + told, f"{', '.join(banded)} inside the band in every territory")


def moves_are_counted_right(evidence: Evidence) -> Finding:
    """The number and share of what changes hands follow from former and new owners."""
    after = evidence.scores["after"]
    rows = evidence.areas if evidence.folder.accounts is None else evidence.accounts
    key = "unit_id" if evidence.folder.accounts is None else "account_id"
    changed = rows[
        (rows["previous_territory_id"] != "") & (rows["previous_territory_id"] != rows["territory_id"])
    ]
    faults = []
    if len(changed) != after["moved_entities"]:
        faults.append(f"{len(changed)} change owner, scorecard.json says {after['moved_entities']}")
    for measure in evidence.measures:
        try:
            value = evidence.entity_values(measure)
        except NotChecked:
            continue
        total = value.sum()
        moved = value[evidence.entities["id"].isin(set(changed[key]))].sum()
        said = after["totals"][measure]["moved_share"]
        # Accounts that nobody owns count in the whole, too.
        whole = total + _unplaced_value(evidence, measure)
        if not close(pd.Series([moved / whole if whole else 0.0]), pd.Series([said])).all():
            faults.append(f"the share of {measure} that changes hands is not {said:.6f}")
    return verdict(faults, f"{len(changed)} of {len(rows)} change owner")


def _unplaced_value(evidence: Evidence, measure: str) -> float:
    if measure not in evidence.unplaced:
        return 0.0
    return float(pd.to_numeric(evidence.unplaced[measure]).fillna(0.0).sum())


def _scored(evidence: Evidence, measure: str, what: str) -> pd.Series:
    """Return one value per territory from the scorecard after, by territory id."""
    rows = evidence.scores["after"]["territories"]
    values = {row["territory_id"]: row["measures"][measure][what] for row in rows}
    return pd.to_numeric(pd.Series(values, dtype=object))


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)
