"""Rules: from the rows of ``rules.csv`` and the ``[[rules]]`` of plan.toml to one canonical frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from data.conditions import ConditionError, columns_of, parse_condition
from data.read.cells import Cells
from data.read.entities import Entities
from data.read.raw import BoolArray
from data.read.rule_kinds import AMOUNTS, GROUPING, IDS, KINDS, TEXTS, RuleKind
from data.schema import COUNTED, key, nearest
from planner.arrays import FloatArray
from planner.errors import Severity


def read_rules(cells: Cells) -> Entities:
    """Return the rules; an unknown kind, an incomplete row and a condition that cannot be read are errors."""
    written = cells.needed("kind", "a kind of rule")
    kinds = {key(kind.name): kind.name for kind in KINDS}
    frame = pd.DataFrame({"kind": written.map(lambda text: kinds.get(key(text), text.strip().lower()))})
    for name in (*IDS, *TEXTS):
        frame[name] = cells.text(name)
    frame["of"] = frame["of"].str.strip().str.casefold()
    frame["value"], wrong = _limits(cells)
    for name in ("min_share", "max_share"):
        frame[name] = cells.fraction(name, most=1)
    frame["row"] = cells.raw.row
    _tell_kinds(cells, written, kinds)
    _tell_values(cells, frame)
    for kind in KINDS:
        mine = (frame["kind"] == kind.name).to_numpy(bool)
        if mine.any():
            _tell_incomplete(cells, frame, kind, mine, wrong)
            _tell_ambiguous(cells, frame, kind, mine)
            _tell_needless(cells, frame, kind, mine)
    cells.tell_unused(cells.matched.others)
    return Entities(frame, (), cells.raw.row, cells.raw.file)


def columns_spoken_of(frame: pd.DataFrame) -> set[str]:
    """Return the columns of accounts and units that conditions and groups of the rules name, as written."""
    named = {name for name in frame["by"] if name}
    for text in frame["where"]:
        try:
            named |= {each.column for each in columns_of(parse_condition(text))} if text.strip() else set()
        except ConditionError:
            # Told where it stands.
            continue
    return named


def _limits(cells: Cells) -> tuple[FloatArray, BoolArray]:
    """Return the values, NaN where there is none, and which of them were reported as wrong already."""
    column = cells.column("value")
    if column is None:
        return np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    numbers = cells.numbers.read(column, expect="the limit of a rule")
    cells.flag(
        "negative",
        "value",
        numbers.value < 0,
        "The limit of a rule cannot be below zero.",
        "Check the value.",
    )
    return numbers.value, numbers.wrong | (numbers.value < 0)


def _filled(frame: pd.DataFrame, names: Iterable[str]) -> BoolArray:
    """Return which rows say something in one of the columns."""
    found = np.zeros(len(frame), bool)
    for name in names:
        found |= (frame[name].notna() if name in AMOUNTS else frame[name] != "").to_numpy(bool)
    return found


def _tell_incomplete(
    cells: Cells, frame: pd.DataFrame, kind: RuleKind, mine: BoolArray, wrong: BoolArray
) -> None:
    like = f"Write it like this: {kind.example}."
    for group in kind.one_of:
        lacking = mine & ~_filled(frame, group) & ~(wrong & (group == ("value",)))
        what = f"A rule {kind.name!r} has to fill in {' or '.join(group)}."
        cells.flag("rule_incomplete", group[0], lacking, what, like)
    if kind.positive:
        low = mine & (frame["value"] <= 0).to_numpy(bool) & ~wrong
        cells.flag("rule_value", "value", low, f"A rule {kind.name!r} needs a value above 0.", like)
    if kind.name in GROUPING:
        alone = mine & _filled(frame, ("account_id", "unit_id"))
        alone &= ~_filled(frame, ("with_account_id", "with_unit_id", "group"))
        # An account and a unit are a pair by themselves.
        alone &= ~(_filled(frame, ("account_id",)) & _filled(frame, ("unit_id",)))
        what = f"A rule {kind.name!r} of one id has to say with whom: with_account_id, with_unit_id or group."
        cells.flag("rule_incomplete", "with_account_id", alone, what, like)


def _tell_ambiguous(cells: Cells, frame: pd.DataFrame, kind: RuleKind, mine: BoolArray) -> None:
    """Report rows that say in two ways what they speak of: one of them would be lost."""
    if kind.name in GROUPING:
        ways: tuple[tuple[str, ...], ...] = ((*IDS, "group"), ("where", "by"))
    else:
        ways = (("account_id",), ("unit_id",), ("where",)) if "account_id" in kind.speaks_of else ()
        ways = (*ways[:-1], ("where", "by")) if "by" in kind.speaks_of else ways
    said = np.sum([_filled(frame, way) for way in ways], axis=0) if ways else np.zeros(len(frame), int)
    column = "where" if kind.name not in GROUPING else "account_id"
    cells.flag(
        "rule_ambiguous",
        column,
        mine & (said > 1),
        "The rule says in more than one way what it speaks of.",
        "Name one id, or write one condition; make two rules of it where both are meant.",
    )


def _tell_needless(cells: Cells, frame: pd.DataFrame, kind: RuleKind, mine: BoolArray) -> None:
    """Report cells that a kind of rule makes nothing of: whoever wrote them meant something."""
    for name in (*IDS, *TEXTS, *AMOUNTS):
        if name in kind.speaks_of:
            continue
        cells.flag(
            "rule_column_not_used",
            name,
            mine & _filled(frame, (name,)),
            f"A rule {kind.name!r} makes nothing of {name}.",
            f"Empty the cell, or check the kind of the rule. It is written like this: {kind.example}.",
            Severity.WARNING,
        )


def _tell_values(cells: Cells, frame: pd.DataFrame) -> None:
    wrong = ~frame["of"].isin(["", *COUNTED]).to_numpy(bool)
    why = "A condition speaks of accounts or of units."
    cells.flag("rule_of", "of", wrong, why, "Write accounts or units.")
    crossed = (frame["min_share"] > frame["max_share"]).to_numpy(bool)
    why = "The least share is larger than the greatest."
    cells.flag("limits_cross", "min_share", crossed, why, "Exchange them, or correct one.")
    faults: dict[str, str] = {}
    for text in frame["where"].unique():
        try:
            if text.strip():
                parse_condition(text)
        except ConditionError as fault:
            faults[text] = str(fault)
    cells.flag(
        "condition",
        "where",
        frame["where"].isin(list(faults)).to_numpy(bool),
        lambda at: faults[frame["where"].iloc[at]],
        "Write it like this: potential >= 100000 and segment in ('A', 'B').",
    )


def _tell_kinds(cells: Cells, written: pd.Series, kinds: dict[str, str]) -> None:
    unknown = written.map(lambda text: bool(text) and key(text) not in kinds).to_numpy(bool)

    def why(at: int) -> str:
        near = nearest(written.iloc[at], kinds.values())
        return f"There is no rule {written.iloc[at]!r}." + (f" The nearest is {near!r}." if near else "")

    cells.flag("unknown_rule", "kind", unknown, why, f"Use one of {', '.join(kinds.values())}.")
