"""Amounts decided on the command line rather than in the table of overrides: they join that table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from data.assembled import Assembled
from data.schema import nearest
from planner.errors import InvalidInput, Problem
from planner.quota.currency import minor_digits

KINDS = ("territory_id", "seat_id", "node_id")
"""What an id may be of, in the order in which it is looked for."""


@dataclass(frozen=True)
class HandSet:
    """An amount that somebody decided.

    Parameters
    ----------
    who
        Id of a territory, a seat or a node of the hierarchy.
    amount
        Decimal text, in the currency of the plan.
    component, period
        What it is for; empty text for all together.
    reason, author
        Why, and who decided.
    """

    who: str
    amount: str
    component: str = ""
    period: str = ""
    reason: str = ""
    author: str = ""

    @property
    def what(self) -> tuple[str, str, str]:
        """What the amount is of: a later one of the same replaces it."""
        return self.who, self.component, self.period

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> HandSet:
        """Return one from plain values, as a run record holds them."""
        return cls(**{name: str(value) for name, value in row.items()})


def with_hand_set(assembled: Assembled, hand_set: Sequence[HandSet]) -> Assembled:
    """Return the problem with further overrides, which replace those of the table that speak of the same.

    Raises
    ------
    InvalidInput
        Where an id is unknown, or an amount has more decimals than its currency; tells all of them.
    """
    if not hand_set:
        return assembled
    known = _ids(assembled)
    currency = assembled.scenario.quota.currency
    rows, faults = [], []
    for each in hand_set:
        kind = next((kind for kind in KINDS if each.who in known[kind]), None)
        cents = Decimal(each.amount).scaleb(minor_digits(currency))
        if kind is None:
            near = nearest(each.who, {name for names in known.values() for name in names})
            hint = f" The nearest is {near!r}." if near else ""
            why = f"{each.who!r} is no territory, seat or node of the plan.{hint}"
            faults.append(Problem(why, "Correct the id.", value=each.who, code="unknown_id"))
        elif cents != cents.to_integral_value():
            why = f"The amount {each.amount} has more decimals than {currency} has."
            faults.append(
                Problem(why, "State whole minor units.", value=each.amount, code="too_many_decimals")
            )
        else:
            ids = {name: each.who if name == kind else "" for name in KINDS}
            rows.append(
                {
                    **ids,
                    "component": each.component,
                    "period": each.period,
                    "reason": each.reason,
                    "author": each.author,
                    "date": "",
                    "currency": currency,
                    "amount_cents": int(cents),
                    "row": 0,
                }
            )
    if faults:
        raise InvalidInput(faults)
    table, keys = assembled.folder.overrides, [*KINDS, "component", "period"]
    both = pd.DataFrame(rows) if table is None else pd.concat([table, pd.DataFrame(rows)], ignore_index=True)
    both = both[~both.duplicated(keys, keep="last")].reset_index(drop=True)
    return replace(assembled, folder=replace(assembled.folder, overrides=both))


def _ids(assembled: Assembled) -> dict[str, set[str]]:
    territories, nodes = assembled.problem.territories, assembled.folder.hierarchy
    return {
        "territory_id": {str(name) for name in territories.territory_id},
        "seat_id": {str(name) for name in territories.seat_id if name},
        "node_id": set() if nodes is None else {str(name) for name in nodes["node_id"]},
    }
