"""Whether what territories are said to hold is what adds up, and stays inside what was asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.audit.evidence import Evidence, close
from data.audit.report import NotChecked, some, verdict
from data.schema import measure_named

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
    """Where the plan says that every rule holds, every territory is inside its limits, and they are those asked for."""
    asked: dict[str, dict[str, float | None]] = evidence.run["scenario"]["measures"]
    faults, outside, limited = [], [], []
    for measure in evidence.measures:
        stated = evidence.stated(measure)
        ideal, lower, upper = (
            _scored(evidence, measure, what).reindex(stated.index) for what in ("ideal", "lower", "upper")
        )
        slack = 1e-9 * ideal.abs()
        if not close(pd.Series([ideal.sum()]), pd.Series([stated.sum()])).all():
            faults.append(f"the ideals of {measure} do not add up to its total")
        if lower.notna().any() or upper.notna().any():
            limited.append(measure)
        leaves = stated.index[(stated < lower - slack) | (stated > upper + slack)].tolist()
        if leaves:
            outside.append(f"{measure} leaves its limits in {some(leaves)}")
        for wanted, band in asked.items():
            if measure_named(wanted, evidence.measures) == measure and _laxer(ideal, lower, upper, band):
                faults.append(f"the limits of {measure} are wider than the scenario asks")
    unknown = [name for name in asked if measure_named(name, evidence.measures) not in evidence.measures]
    if unknown:
        faults.append(f"the plan does not measure {some(unknown)}")
    if not limited and not faults:
        raise NotChecked("No measure has limits.")
    if outside and evidence.run["status"] not in SOLVED:
        return verdict(faults, f"the plan itself says that its rules do not hold: {'; '.join(outside)}")
    return verdict(faults + outside, f"{', '.join(limited)} inside the limits in every territory")


def _laxer(ideal: pd.Series, lower: pd.Series, upper: pd.Series, band: dict[str, float | None]) -> bool:
    """Return whether limits allow more than a band does."""
    below, above = band.get("below"), band.get("above")
    least = np.maximum(
        ideal * (1 - below) if below is not None else -np.inf, _or(band.get("minimum"), -np.inf)
    )
    most = np.minimum(ideal * (1 + above) if above is not None else np.inf, _or(band.get("maximum"), np.inf))
    slack = 1e-9 * ideal.abs()
    return bool((lower.fillna(-np.inf) < least - slack).any() or (upper.fillna(np.inf) > most + slack).any())


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
            held = evidence.holdings(measure)
        except NotChecked:
            continue
        if not set(changed[key]) <= set(held["id"]):
            # A measure that areas hold does not move with the accounts in them.
            continue
        # Accounts that nobody owns count in the whole, too.
        whole = held["value"].sum() + _unplaced_value(evidence, measure)
        moved = held.loc[held["id"].isin(set(changed[key])), "value"].sum()
        said = after["totals"][measure]["moved_share"]
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
