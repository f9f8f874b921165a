"""Two plans side by side, or one plan before and after."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import InvalidInput, Problem
from planner.quota.currency import minor_digits

TOTALS = {
    "objective": "unit of the objective",
    "inertia": "activity · m²",
    "mean_polsby_popper": "0 (ragged) to 1 (a disc)",
    "mean_distance_km": "km",
    "greatest_reach_km": "km",
    "surplus_pieces": "pieces too many",
    "moved_entities": "accounts or units that change owner",
    "unassigned": "units that nobody owns",
}
"""Measures of the whole plan, by their names in the scorecard, with what they count."""

PER_MEASURE = {
    "value": "as in the input",
    "worst_deviation": "fraction of the ideal",
    "gini": "0 (even) to 1",
    "moved_share": "fraction that changes hands",
}


@dataclass(frozen=True)
class Line:
    """One measure of two plans.

    Parameters
    ----------
    name, unit
        What it is, and what it is counted in.
    a, b
        Its two values; None where unknown.
    difference
        ``b − a``; None where one is unknown.
    """

    name: str
    unit: str
    a: float | None
    b: float | None
    difference: float | None


@dataclass(frozen=True)
class Moved:
    """One account (or unit) that has different owners in the two plans; ``""`` where it has none."""

    id: str
    from_territory_id: str
    to_territory_id: str


@dataclass(frozen=True)
class QuotaLine:
    """Quota of one territory in two plans, decimal text with two decimals; None where it has none."""

    territory_id: str
    a: str | None
    b: str | None
    difference: str | None


@dataclass(frozen=True)
class Comparison:
    """Two plans side by side.

    Parameters
    ----------
    a, b
        What is compared: names of the output folders, or ``before`` and ``after``.
    measures
        Measures of the whole plans.
    territories
        What each territory holds, by measure.
    moved
        Accounts (units where there are no accounts) with different owners.
    quotas
        Quotas per territory; empty where neither plan has any.
    """

    a: str
    b: str
    measures: list[Line]
    territories: list[Line]
    moved: list[Moved]
    quotas: list[QuotaLine]

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as plain values for JSON."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str, float | None, float | None, float | None]]:
        """Return name, unit, both values and their difference for each measure of the whole plans."""
        return [(line.name, line.unit, line.a, line.b, line.difference) for line in self.measures]


def compare(out_a: Path, out_b: Path | None = None) -> Comparison:
    """Put two outputs side by side, or before and after of one.

    Territories are matched by id.

    Parameters
    ----------
    out_a
        An output folder.
    out_b
        Another one; None to compare the alignment in force with the plan of `out_a`.

    Raises
    ------
    InvalidInput
        Where a folder is not a whole output.
    """
    first = Output(out_a)
    if out_b is None:
        scores = first.scores
        owners = first.owners("previous_territory_id"), first.owners("territory_id")
        owned = changed_owners(*owners, only_owned=True)
        quotas = _quota_lines({}, first.quotas())
        measures, territories = _lines(scores["before"], scores["after"])
        measures += _pay_lines({}, first.pay())
        return Comparison("before", "after", measures, territories, owned, quotas)
    second = Output(out_b)
    names = (out_a.name, out_b.name) if out_a.name != out_b.name else (str(out_a), str(out_b))
    measures, territories = _lines(first.scores["after"], second.scores["after"])
    return Comparison(
        *names,
        measures + _pay_lines(first.pay(), second.pay()),
        territories,
        changed_owners(first.owners("territory_id"), second.owners("territory_id")),
        _quota_lines(first.quotas(), second.quotas()),
    )


class Output:
    """The files of one output that a comparison needs."""

    def __init__(self, out: Path) -> None:
        self._out = out
        try:
            self.scores: dict[str, Any] = json.loads((out / "scorecard.json").read_text("utf-8"))
            self._assignments = self._table("assignments.csv")
            self._unplaced = self._table("unplaced.csv")
            for card in (self.scores["before"], self.scores["after"]):
                _lines(card, card)
            for name in ("account_id", "unit_id", "territory_id", "previous_territory_id"):
                self._assignments[name]
            self.quotas()
            _pay_lines(self.pay(), self.pay())
        except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as fault:
            raise InvalidInput(
                [
                    Problem(
                        f"This is not a whole output: {type(fault).__name__}: {fault}.",
                        "Name a folder that `planner solve` wrote, or write it again.",
                        value=str(out),
                        code="not_an_output",
                    )
                ]
            ) from fault

    def owners(self, column: str) -> pd.Series:
        """Return the owner of each account, or of each unit where there are no accounts, by id."""
        rows, key = self._assignments, "account_id"
        if not (rows[key] != "").any() and not len(self._unplaced):
            key = "unit_id"
        rows = rows[rows[key] != ""].drop_duplicates(key)
        return rows.set_index(key)[column]

    def quotas(self) -> dict[str, Decimal]:
        """Return the sum of quotas of each territory."""
        if not (self._out / "quotas.csv").exists():
            return {}
        rows = self._table("quotas.csv")
        total: dict[str, Decimal] = {}
        for territory_id, amount in zip(rows["territory_id"], rows["amount"], strict=True):
            total[territory_id] = total.get(territory_id, Decimal(0)) + Decimal(amount)
        return total

    def pay(self) -> dict[str, Any]:
        """Return what the quotas cost in pay; nothing where no seat is paid by a plan."""
        return self.json("compensation.json")

    def json(self, name: str) -> dict[str, Any]:
        """Return a file of plain values; nothing where it is not there."""
        path = self._out / name
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def _table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self._out / name, dtype=str, keep_default_na=False)


def _lines(a: dict[str, Any] | None, b: dict[str, Any] | None) -> tuple[list[Line], list[Line]]:
    """Return the measures of the whole plans and those per territory, in the order of `b`."""
    measures = _merged((a or {}).get("totals", {}), (b or {}).get("totals", {}))
    whole = [
        _line(name_in_words(name), unit, (a or {}).get(name), (b or {}).get(name))
        for name, unit in TOTALS.items()
    ]
    for measure in measures:
        pair = [(card or {}).get("totals", {}).get(measure, {}) for card in (a, b)]
        whole += [
            _line(f"{measure}: {name_in_words(what)}", unit, pair[0].get(what), pair[1].get(what))
            for what, unit in PER_MEASURE.items()
        ]
    rows = [
        {row["territory_id"]: row["measures"] for row in (card or {}).get("territories", [])}
        for card in (a, b)
    ]
    parts = [
        _line(
            f"{territory}: {measure}",
            "as in the input",
            *(row.get(territory, {}).get(measure, {}).get("value") for row in rows),
        )
        for territory in _merged(*rows)
        for measure in measures
    ]
    return whole, parts


def _pay_lines(a: dict[str, Any], b: dict[str, Any]) -> list[Line]:
    """Return the cost of pay in each case, over sales too; nothing where neither plan has any.

    Amounts are in whole units of the currency, which is part of the name: two plans may have different ones.
    """
    lines = []
    cases = [
        {(case, record["currency"]): level for case, level in record["levels"].items()} if record else {}
        for record in (a, b)
    ]
    for case, currency in dict.fromkeys([*cases[0], *cases[1]]):
        levels = [each.get((case, currency)) for each in cases]
        scale = 10 ** minor_digits(currency)
        cost = [None if level is None else level["cost_cents"] / scale for level in levels]
        share = [None if level is None else level["cost_of_sales"] for level in levels]
        lines.append(_line(f"cost of pay, {case}, {currency}", "money", *cost))
        lines.append(_line(f"cost of pay over sales, {case}", "fraction of sales", *share))
    return lines


def _line(name: str, unit: str, a: float | None, b: float | None) -> Line:
    return Line(name, unit, a, b, None if a is None or b is None else b - a)


def name_in_words(name: str) -> str:
    """Return the name of a measure as people write it."""
    return name.replace("_", " ")


def _merged(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Return the keys of `b`, then those only `a` has."""
    return [*b, *(key for key in a if key not in b)]


def changed_owners(a: pd.Series, b: pd.Series, *, only_owned: bool = False) -> list[Moved]:
    """Return what has different owners; with `only_owned`, what nobody owned before does not count."""
    both = pd.concat([a.rename("a"), b.rename("b")], axis=1).fillna("")
    changed = both[(both["a"] != both["b"]) & ((both["a"] != "") if only_owned else True)]
    return [Moved(str(row.Index), row.a, row.b) for row in changed.itertuples()]


def _quota_lines(a: dict[str, Decimal], b: dict[str, Decimal]) -> list[QuotaLine]:
    return [
        QuotaLine(
            territory,
            str(a[territory]) if territory in a else None,
            str(b[territory]) if territory in b else None,
            str(b[territory] - a[territory]) if territory in a and territory in b else None,
        )
        for territory in _merged(a, b)
    ]
