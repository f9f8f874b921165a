"""Any number of plans side by side: one line a measure, one column a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.compare import PER_MEASURE, TOTALS, Output, changed_owners, name_in_words
from planner.quota.currency import minor_digits

FOUND = {
    "status": "what is known of the plan",
    "feasible": "whether every rule holds",
    "gap": "fraction of the objective",
    "seconds": "s",
    "iterations": "rounds",
}
"""What is told of the search, with what it is counted in."""


@dataclass(frozen=True)
class SideLine:
    """One measure of several plans.

    Parameters
    ----------
    name, unit
        What it is, and what it is counted in.
    values
        One a plan: a number, a text or yes and no; None where it has none.
    """

    name: str
    unit: str
    values: tuple[float | str | bool | None, ...]


@dataclass(frozen=True)
class SideBySide:
    """Several plans side by side.

    Parameters
    ----------
    names
        What each plan goes by.
    folders
        Its output folder.
    lines
        Its measures.
    """

    names: tuple[str, ...]
    folders: tuple[str, ...]
    lines: tuple[SideLine, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    def value(self, name: str, plan: int) -> float | str | bool | None:
        """Return one value; None where there is no such line."""
        return next((line.values[plan] for line in self.lines if line.name == name), None)


def side_by_side(outs: Sequence[Path], names: Sequence[str] | None = None) -> SideBySide:
    """Put outputs side by side.

    Parameters
    ----------
    outs
        Output folders.
    names
        What they go by; the names of the folders where absent, the whole paths where two would be the same.

    Raises
    ------
    InvalidInput
        Where one is no whole output.
    """
    outputs = [Output(out) for out in outs]
    if names is None:
        short = [out.name for out in outs]
        names = short if len(set(short)) == len(short) else [str(out) for out in outs]
    facts = [facts_of(output) for output in outputs]
    if outputs:
        first = outputs[0].owners("territory_id")
        for told, output in zip(facts, outputs, strict=True):
            other = changed_owners(first, output.owners("territory_id"))
            told["other owners than in the first plan"] = ("accounts or units", float(len(other)))
    return arranged(names, [str(out) for out in outs], facts)


def arranged(names: Sequence[str], folders: Sequence[str], facts: Sequence[Facts]) -> SideBySide:
    """Return what is told of several plans side by side."""
    units = {name: unit for told in facts for name, (unit, _) in told.items()}
    lines = tuple(
        SideLine(name, unit, tuple(told[name][1] if name in told else None for told in facts))
        for name, unit in units.items()
    )
    return SideBySide(tuple(names), tuple(folders), lines)


Facts = dict[str, tuple[str, float | str | bool | None]]
"""What is told of one plan: unit and value by name, in order."""


def facts_of(output: Output) -> Facts:
    """Return what is told of one plan."""
    run = output.json("run.json")
    card = output.scores["after"]
    found: Facts = {
        "status": (FOUND["status"], run.get("status")),
        "feasible": (FOUND["feasible"], card.get("feasible")),
        "gap": (FOUND["gap"], run.get("gap")),
        "territories": ("territories", float(len(card["territories"]))),
    }
    found |= {name_in_words(name): (unit, card.get(name)) for name, unit in TOTALS.items()}
    for measure, totals in card["totals"].items():
        for what, unit in PER_MEASURE.items():
            found[f"{measure}: {name_in_words(what)}"] = (unit, totals.get(what))
    loss = output.scores.get("expected_loss")
    if loss:
        scale = 10 ** minor_digits(loss["currency"])
        found[f"expected loss, {loss['currency']}"] = ("money", loss["expected_loss_cents"] / scale)
    ties = output.json("tie_out.json")
    if ties:
        scale = 10 ** minor_digits(ties["currency"])
        for name, what in (("target_cents", "target"), ("street_cents", "sum of quotas")):
            found[f"{what}, {ties['currency']}"] = ("money", ties[name] / scale)
        found["over-assignment"] = ("fraction of the target", ties["over_assignment"])
    for case, level in (output.pay().get("levels") or {}).items():
        currency = output.pay()["currency"]
        found[f"cost of pay, {case}, {currency}"] = (
            "money",
            level["cost_cents"] / 10 ** minor_digits(currency),
        )
    found |= {name: (FOUND[name], run.get(name)) for name in ("seconds", "iterations")}
    return found
