"""Rules that stand in plan.toml or in a scenario, as a table like any other, so that one reader reads them all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.columns import Matched
from data.read.entities import Entities
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report, shown
from data.read.rule_kinds import GROUPING, IDS
from data.read.rules import read_rules
from data.schema import RULES, nearest
from planner.demands import AskedRule

Written = Mapping[str, Any]
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*rules[ \t]*\]\]", re.MULTILINE)
_KEY = re.compile(r"^[ \t]*rules[ \t]*=", re.MULTILINE)
_NUMBERS = int | float | Decimal
_MOST_DIGITS = 30
"""Digits up to which a number is written out."""


def rules_of_plan(written: Sequence[Written], content: str, file: str, report: Report) -> Cells | None:
    """Return the cells of the ``[[rules]]`` of plan.toml; None where there is no rule.

    A list of ids stands for as many rules, and for one group where the rule is about who shares a territory.

    Parameters
    ----------
    written
        The tables as the file has them.
    content
        Text of the file, to tell the lines.
    """
    lines = _lines(content, len(written))
    known = [column.name for column in RULES.columns]
    rows: list[dict[str, Any]] = []
    row: list[int] = []
    for number, rule in enumerate(written):
        line = lines[number]
        usable = {}
        for name, value in rule.items():
            if name not in known:
                near = nearest(name, known)
                report.error(
                    "unknown_key",
                    f"A rule has no key {name!r}." + (f" The nearest is {near!r}." if near else ""),
                    f"Use one of {', '.join(known)}.",
                    file=file,
                    row=line,
                    column=f"rules.{name}",
                    value=shown(str(value)),
                )
            elif _fits(name, value):
                usable[name] = value
            else:
                report.error(
                    "wrong_value",
                    "A rule holds texts and numbers; only ids may be listed.",
                    "Write a text in quotes or a number.",
                    file=file,
                    row=line,
                    column=f"rules.{name}",
                    value=shown(str(value)),
                )
        for each in _one_by_one(usable, f"rule in line {line}"):
            rows.append(each)
            row.append(line)
    return _cells(rows, row, file, report) if rows else None


def _lines(content: str, n_rules: int) -> list[int]:
    """Return the line of plan.toml that each rule begins in; that of the key where they stand in one list."""
    found = [content.count("\n", 0, header.end()) + 1 for header in _HEADER.finditer(content)]
    if len(found) == n_rules:
        return found
    key = _KEY.search(content)
    return [1 if key is None else content.count("\n", 0, key.end()) + 1] * n_rules


def rules_of_scenario(rules: Iterable[AskedRule], file: str, report: Report) -> Entities | None:
    """Return the rules of a scenario as a table; None where it has none."""
    rows = []
    row = []
    for number, rule in enumerate(rules):
        stated = asdict(rule)
        line = stated.pop("row")
        rows.append({name: value for name, value in stated.items() if value not in ("", None)})
        row.append(number + 1 if line is None else line)
    return read_rules(_cells(rows, row, file, report)) if rows else None


def asked_rules(frame: pd.DataFrame) -> tuple[AskedRule, ...]:
    """Return the rules of a canonical frame as a scenario holds them."""
    names = [field.name for field in fields(AskedRule)]
    found = []
    for stated in frame[names].to_dict("records"):
        plain = {
            name: None if isinstance(value, float) and np.isnan(value) else value
            for name, value in stated.items()
        }
        found.append(AskedRule(**{**plain, "row": int(stated["row"])}))
    return tuple(found)


def _fits(name: str, value: Any) -> bool:
    """Return whether a value is a text or a number, or a list of such under an id."""
    if isinstance(value, list):
        return name in IDS and all(_fits(name, each) for each in value) and len(value) > 0
    return isinstance(value, str | _NUMBERS) and not isinstance(value, list)


def _one_by_one(rule: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return one rule for every combination of listed ids."""
    listed = {key: value for key, value in rule.items() if isinstance(value, list)}
    if not listed:
        return [rule]
    if rule.get("kind") in GROUPING and not rule.keys() & {"group", "with_account_id", "with_unit_id"}:
        rule = {**rule, "group": name}
    return [{**rule, **dict(zip(listed, ids, strict=True))} for ids in itertools.product(*listed.values())]


def _cells(rows: list[dict[str, Any]], row: list[int], file: str, report: Report) -> Cells:
    names = list(dict.fromkeys(name for rule in rows for name in rule))
    found = {}
    for name in names:
        values = [rule.get(name, "") for rule in rows]
        native = np.array([isinstance(value, _NUMBERS) and not isinstance(value, bool) for value in values])
        found[name] = RawColumn(f"rules.{name}", texts([_text(value) for value in values]), native)
    raw = RawTable(file, list(found.values()), np.array(row, dtype=np.int64))
    return Cells(Matched(RULES, raw, found, {}, ()), report)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | float):
        exact = Decimal(str(value))
        return (
            format(exact, "f") if exact.is_finite() and abs(exact.adjusted()) < _MOST_DIGITS else str(value)
        )
    return str(value)
