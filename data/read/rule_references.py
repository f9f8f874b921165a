"""What rules say of the other tables: ids, measures, columns and conditions must fit them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.conditions import ConditionError, parse_condition
from data.matching import column_named, matching
from data.read.rule_kinds import IDS
from data.schema import COUNTED, measure_named

if TYPE_CHECKING:
    from data.read.references import References

PLAN_RULES = "[[rules]]"
"""Name among the tables of the rules that stand in plan.toml."""


def check_rules(references: References, table: str) -> None:
    """Report what the rules of `table` say that is not in the folder."""
    if table not in references.tables:
        return
    for name in IDS:
        # Where no file names territories, they are numbered when the plan is made.
        column = name.removeprefix("with_")
        ids = references.territories if column == "territory_id" else references.ids(column)
        what = column.removesuffix("_id")
        if ids is not None and not (what == "territory" and "seats" in references.unread):
            what_to_do = "Correct the id, or remove the rule."
            references.unknown(table, name, ids, f"{what} in the folder", what_to_do, code=f"unknown_{what}")
    if references.unread & {"accounts", "units"}:
        return
    _check_measures(references, table)
    spoken_of = _spoken_of(references, table)
    _check_columns(references, table, spoken_of)
    _check_conditions(references, table, spoken_of)


def _check_measures(references: References, table: str) -> None:
    measures = [
        measure
        for name in ("accounts", "units")
        if name in references.tables
        for measure in references.tables[name].measures
    ]
    named = references.tables[table].frame["measure"]
    unknown = {name for name in named.unique() if name and measure_named(name, measures) is None}
    references.cells[table].flag(
        "unknown_measure",
        "measure",
        named.isin(unknown).to_numpy(bool),
        f"No measure has this name; there are {', '.join([*measures, *COUNTED])}.",
        "Correct the name, or add the column.",
    )


def _spoken_of(references: References, table: str) -> pd.Series:
    """Return of which table each rule speaks: as it says, else accounts where there are any."""
    usual = "accounts" if "accounts" in references.tables else "units"
    stated = references.tables[table].frame["of"]
    return stated.where(stated.isin(COUNTED), usual)


def _check_columns(references: References, table: str, spoken_of: pd.Series) -> None:
    """Report columns of groups that are not there."""
    by = references.tables[table].frame["by"]
    for name in COUNTED:
        here = (spoken_of == name) & (by != "")
        if not here.any():
            continue
        columns = _columns(references, name)
        unknown = {column for column in by[here] if column_named(column, columns) is None}
        references.cells[table].flag(
            "unknown_column",
            "by",
            (here & by.isin(unknown)).to_numpy(bool),
            f"The {name} have no such column; there are {', '.join(columns) or 'none'}.",
            "Correct the name, or add the column.",
        )


def _columns(references: References, table: str) -> list[str]:
    if table not in references.tables:
        return []
    return [str(name) for name in references.tables[table].frame.columns if name != "geometry"]


def _check_conditions(references: References, table: str, spoken_of: pd.Series) -> None:
    """Report conditions that do not fit their table."""
    where = references.tables[table].frame["where"]
    wrong: dict[tuple[str, str], str] = {}
    for text, name in set(zip(where, spoken_of, strict=True)):
        try:
            condition = parse_condition(text) if text.strip() else None
        except ConditionError:
            # Told when the rules were read.
            continue
        if condition is None:
            continue
        if name not in references.tables:
            wrong[text, name] = f"The folder has no {name}."
            continue
        try:
            matching(condition, references.tables[name].frame)
        except ConditionError as fault:
            wrong[text, name] = str(fault)
    pairs = list(zip(where, spoken_of, strict=True))
    references.cells[table].flag(
        "condition",
        "where",
        np.array([pair in wrong for pair in pairs], bool),
        lambda at: wrong[pairs[at]],
        "Correct the condition.",
    )
