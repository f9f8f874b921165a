"""Rules: which ids each kind speaks of, and what it needs to say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.entities import Entities
from data.read.raw import BoolArray
from data.schema import key, nearest
from planner.arrays import FloatArray

_SUBJECTS = ("account_id", "unit_id")
_OWNERS = ("territory_id", "seat_id")


@dataclass(frozen=True)
class RuleKind:
    """What a row of one kind has to fill in: one of each group of columns."""

    name: str
    one_of: tuple[tuple[str, ...], ...]
    example: str
    least: float = 0.0


HELD = (
    RuleKind("lock", (_SUBJECTS, _OWNERS), "lock, account_id A1, territory_id T1"),
    RuleKind("exclude", (_SUBJECTS, _OWNERS), "exclude, unit_id U1, territory_id T1"),
    RuleKind("reach_km", (("value",),), "reach_km, value 150", least=float(np.nextafter(0, 1))),
    RuleKind("min", (("measure",), ("value",)), "min, measure potential, value 1000000"),
    RuleKind("max", (("measure",), ("value",)), "max, measure accounts, value 120"),
)
"""Rules that plans keep."""
NOT_HELD = ("together", "apart")
"""Rules that people write and plans do not keep; a plan that broke one silently would be worse than none."""


def read_rules(cells: Cells) -> Entities:
    """Return the rules; an unknown kind, one that is not kept, and an incomplete row are errors."""
    written = cells.needed("kind", "a kind of rule")
    kinds = {key(rule.name): rule.name for rule in HELD}
    frame = pd.DataFrame({"kind": written.map(lambda text: kinds.get(key(text), text.strip().lower()))})
    for name in (*_SUBJECTS, *_OWNERS, "measure"):
        frame[name] = cells.text(name)
    frame["value"], wrong = _limits(cells)
    frame["row"] = cells.raw.row
    _tell_kinds(cells, written, kinds)
    for rule in HELD:
        mine = (frame["kind"] == rule.name).to_numpy(bool)
        for group in rule.one_of:
            filled = np.zeros(len(frame), bool)
            for name in group:
                filled |= (frame[name].notna() if name == "value" else frame[name] != "").to_numpy(bool)
            lacking = mine & ~filled & ~(wrong & (group == ("value",)))
            cells.flag(
                "rule_incomplete",
                group[0],
                lacking,
                f"A rule {rule.name!r} has to fill in {' or '.join(group)}.",
                f"Write it like this: {rule.example}.",
            )
        if rule.least:
            low = mine & (frame["value"] < rule.least).to_numpy(bool) & ~wrong
            cells.flag(
                "rule_value",
                "value",
                low,
                f"A rule {rule.name!r} needs a value above 0.",
                f"Write it like this: {rule.example}.",
            )
    cells.tell_unused(cells.matched.others)
    return Entities(frame, (), cells.raw.row, cells.raw.file)


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


def _tell_kinds(cells: Cells, written: pd.Series, kinds: dict[str, str]) -> None:
    later = {key(name) for name in NOT_HELD}
    folded = {text: key(text) for text in written.unique()}
    not_held = written.map(lambda text: folded[text] in later).to_numpy(bool)
    unknown = written.map(
        lambda text: bool(text) and folded[text] not in later and folded[text] not in kinds
    ).to_numpy(bool)
    listed = ", ".join(kinds.values())
    cells.flag(
        "rule_not_held",
        "kind",
        not_held,
        lambda at: (
            f"This version does not keep rules of the kind {written.iloc[at]!r}; the plan would break it unnoticed."
        ),
        f"Remove the row, or say it with {listed}.",
    )

    def why(at: int) -> str:
        near = nearest(written.iloc[at], [*kinds.values(), *NOT_HELD])
        return f"There is no rule {written.iloc[at]!r}." + (f" The nearest is {near!r}." if near else "")

    cells.flag("unknown_rule", "kind", unknown, why, f"Use one of {listed}.")
