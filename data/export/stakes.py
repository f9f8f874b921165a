"""Money and hours at stake as columns of the tables."""

from __future__ import annotations

import numpy as np

from data.assembled import Assembled
from data.export.text import money
from data.stakes import Stakes

MONEY_COLUMNS = ("revenue_taken_over", "expected_loss")
"""Columns with amounts of money as decimal text."""
SOURCE = "_source"
"""Ending of columns that say whether a value was given, estimated or computed."""


def territory_stakes(assembled: Assembled, found: Stakes) -> dict[str, object]:
    """Return the columns of the territory table; none of what is unknown.

    ``revenue_taken_over`` are the annual sales of customers who get this rep anew, ``expected_loss`` what of them is
    expected to be lost; hours a year are those of calls, from call to call, from home, and all working time they take.
    """
    columns: dict[str, object] = {}
    if found.loss is not None:
        currency = _currency(assembled)
        amounts = (found.loss.revenue_of_territory_cents, found.loss.of_territory_cents)
        for name, cents in zip(MONEY_COLUMNS, amounts, strict=True):
            columns[name] = np.array([money(amount, currency) for amount in cents], dtype=object)
    hours, calls = found.workload, assembled.call_plan
    if hours is not None and calls is not None:
        working = hours.working_hours(calls.day)
        columns |= {
            "call_hours": hours.calls,
            "travel_between_hours": hours.between,
            "travel_home_hours": hours.home,
            "working_hours": working,
        }
        if np.isfinite(found.capacity_hours).any():
            columns["capacity_hours"] = found.capacity_hours
            with np.errstate(divide="ignore", invalid="ignore"):
                columns["utilisation"] = working / found.capacity_hours
    return columns


def entity_stakes(assembled: Assembled, found: Stakes) -> dict[str, object]:
    """Return further columns of the rows of entities: expected loss, and values that were not given, with their source.

    A column ``<name>_source`` of the accounts speaks of the column ``<name>``; both are written.
    """
    columns: dict[str, object] = {}
    if found.loss is not None:
        currency = _currency(assembled)
        lost = [money(cents, currency) for cents in found.loss.cents]
        columns["expected_loss"] = np.array(lost, dtype=object)
    accounts = assembled.folder.accounts
    if assembled.accounts is None or accounts is None:
        return columns
    for name in [str(name) for name in accounts if str(name).endswith(SOURCE)]:
        spoken_of = name.removesuffix(SOURCE)
        if spoken_of in accounts and accounts[spoken_of].dtype.kind == "f":
            columns[spoken_of] = accounts[spoken_of].to_numpy(dtype=float)
        elif spoken_of in accounts:
            columns[spoken_of] = accounts[spoken_of].to_numpy(dtype=object)
        columns[name] = accounts[name].to_numpy(dtype=object)
    return columns


def _currency(assembled: Assembled) -> str:
    """Return the currency of sales at stake."""
    relationships = assembled.relationships
    return assembled.scenario.quota.currency if relationships is None else relationships.currency
