"""Rules on how much a territory holds, of what it is made up, and how far it reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.assemble.findings import examples
from data.assemble.rule_rows import RuleRow
from data.assemble.rule_terms import RuleTerms
from data.assemble.rules import Limit, MixLimit, Reach, Segment
from data.assemble.values import ACCOUNTS, UNITS
from data.assemble.workload import seat_capacity, workload_measure
from data.schema import measure_named
from planner.arrays import MaskArray


def read_reach(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a greatest way, in km or in hours."""
    asked, in_hours = terms.all_or(row), row["kind"] == "reach_hours"
    homeless = ~np.isfinite(terms.roster.home_deg).all(axis=1)
    without = terms.roster.territory_id[asked[homeless[asked]]]
    if len(without) and not in_hours:
        why = f"Reach is measured from the home of a seat; these territories have none: {examples(without)}."
        terms.tell(row, "value", "reach_without_home", why)
        return
    terms.rules.reach.append(Reach(asked, row.number("value"), in_hours, terms.origin(row, "value")))


def read_limit(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a least or greatest amount of a measure, or of the part of it that a condition picks."""
    measure, asked = _measure(terms, row), terms.all_or(row)
    if measure is None or not len(asked):
        return
    if row["where"].strip():
        held_by_units = (
            not terms.values.of_account[:, measure].any() and terms.values.of_area[:, measure].any()
        )
        if held_by_units and terms.spoken_of(row) == ACCOUNTS:
            name = terms.values.names[measure]
            why = f"{name} is held by units, so a condition on accounts says nothing of it."
            terms.tell(row, "where", "rule_of", f"{why} Write a condition on units, with of = units.")
            return
        measure = len(terms.values.names) + _segment(terms, row, measure)
    terms.rules.limits.append(Limit(measure, asked, row["kind"] == "min", row.number("value")))


def read_mix(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a least or greatest share of a segment."""
    position, asked = _measure(terms, row, terms.spoken_of(row)), terms.all_or(row)
    if position is None or not len(asked):
        return
    name = row["name"] or f"{row['where'].strip()} by {terms.values.names[position]}"
    part = _part(terms, row, name, position)
    mix = next((known for known in terms.rules.mixes if _alike(known.segment, part)), None)
    if mix is None:
        mix = MixLimit(part, np.zeros(len(terms.roster)), np.ones(len(terms.roster)))
        terms.rules.mixes.append(mix)
    least, most = row.number("min_share"), row.number("max_share")
    mix.lower[asked] = np.fmax(mix.lower[asked], least)
    mix.upper[asked] = np.fmin(mix.upper[asked], most)
    crossed = asked[mix.lower[asked] > mix.upper[asked]]
    if len(crossed):
        j = crossed[0]
        why = f"{name} has to make up at least {mix.lower[j]:.1%} and at most {mix.upper[j]:.1%} of "
        terms.tell(row, "where", "limits_cross", f"{why}{terms.roster.territory_id[j]}.")


def read_capacity(terms: RuleTerms, row: RuleRow) -> None:
    """Take up that no territory holds more workload than its seat can carry."""
    asked = terms.all_or(row)
    measure = workload_measure(terms.scenario, terms.values.names)
    if measure is None:
        why = f"No measure stands for workload; there are {', '.join(terms.values.names)}."
        terms.tell(row, "kind", "unknown_workload", f"{why} Name it in plan.toml: [workload] measure.")
        return
    hours = seat_capacity(terms.scenario, terms.roster.capacity_hours)
    unknown = asked[~np.isfinite(hours[asked])]
    if len(unknown):
        names = examples(terms.roster.territory_id[unknown])
        why = f"Nothing says how many hours these territories can carry: {names}."
        terms.tell(row, "kind", "capacity_unknown", f"{why} Fill in capacity_hours of the seats.")
        return
    terms.rules.limits.append(Limit(terms.values.position(measure), asked, False, hours[asked]))


def _measure(terms: RuleTerms, row: RuleRow, otherwise: str = "") -> int | None:
    """Return the position of the measure that a rule names, of `otherwise` where it names none."""
    wanted = row["measure"] or otherwise
    measure = measure_named(wanted, terms.values.names)
    if measure in terms.values.names:
        return terms.values.position(measure)
    why = f"There is no measure {wanted!r}; there are {', '.join(terms.values.names)}."
    terms.tell(row, "measure", "unknown_measure", why)
    return None


def _segment(terms: RuleTerms, row: RuleRow, measure: int) -> int:
    """Return the number of the segment that a rule counts as a measure, the same one for the same accounts."""
    found = _part(
        terms, row, row["name"] or f"{terms.values.names[measure]} where {row['where'].strip()}", measure
    )
    for number, known in enumerate(terms.rules.segments):
        if _alike(known, found):
            return number
    taken = {*terms.values.names, *(segment.name for segment in terms.rules.segments)}
    if found.name in taken:
        found = replace(found, name=f"{found.name} (row {row.row})")
    terms.rules.segments.append(found)
    return len(terms.rules.segments) - 1


def _alike(one: Segment, other: Segment) -> bool:
    return one.measure == other.measure and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in ("accounts", "areas")
    )


def _part(terms: RuleTerms, row: RuleRow, name: str, measure: int) -> Segment:
    table, rows = terms.fulfilling(row)
    parts: dict[str, MaskArray] = {
        each: np.zeros(len(terms.current[each]), bool) for each in (ACCOUNTS, UNITS)
    }
    parts[table][rows] = True
    return Segment(name, measure, parts[ACCOUNTS], parts[UNITS])
