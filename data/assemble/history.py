"""Sales history of the folder as arrays by account (by basic unit where there are no accounts)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.assemble.findings import Findings, amount, examples
from data.assemble.roster import Roster
from data.folder import PlanFolder
from planner.arrays import FloatArray, IdArray
from planner.quota.currency import minor_digits
from planner.quota.history import History

TOTAL = "total"
"""Name of the only component where the history knows none."""
_KINDS = {4: "years", 7: "months"}


def sales_history(
    folder: PlanFolder,
    entity_territory_id: IdArray,
    weight: FloatArray,
    roster: Roster,
    findings: Findings,
) -> History | None:
    """Return the history by entity; None where the folder has none.

    Rows that name a territory or a seat are shared among the entities it has today, in proportion to `weight`
    (equally where all weigh nothing), exact to the cent.

    Parameters
    ----------
    entity_territory_id
        Current territory id of each account (basic unit where there are no accounts), as it came in.
    weight
        Activity of each entity, shape ``(n_entities,)``.
    """
    table = folder.history
    if table is None or not len(table):
        return None
    _check_periods(table, findings)
    _check_currency(table, findings)
    periods = tuple(sorted(table["period"].unique()))
    component = table["component"].where(table["component"] != "", TOTAL)
    components = tuple(dict.fromkeys(component))
    rows = pd.DataFrame(
        {
            "period": pd.Categorical(table["period"], periods).codes,
            "component": pd.Categorical(component, components).codes,
            "cents": table["amount_cents"].to_numpy(dtype=np.int64),
        }
    )
    n_entities = len(entity_territory_id)
    account_id = folder.accounts["account_id"] if folder.accounts is not None else pd.Series([], dtype=object)
    entity = (
        pd.Index(account_id).get_indexer(table["account_id"]) if len(account_id) else np.full(len(table), -1)
    )
    territory = _territory_of_rows(table, roster)
    direct = rows[entity >= 0].assign(entity=entity[entity >= 0])
    by_owner = (entity < 0) & (table["account_id"] == "").to_numpy() & (territory != "")
    shared, ownerless = _shared_out(rows[by_owner], territory[by_owner], entity_territory_id, weight)
    if by_owner.any():
        findings.warn(
            "history_shared_out",
            "History of a territory or seat was shared among what the territory holds today, in proportion to its "
            "activity.",
            "Give the history by account for quotas that follow the accounts.",
            table="history",
            count=int(by_owner.sum()),
        )
    lost = (entity < 0) & ~by_owner
    lost[np.flatnonzero(by_owner)[ownerless]] = True
    if lost.any():
        named = table["account_id"].where(table["account_id"] != "", territory)[lost]
        unit = 10 ** minor_digits(folder.scenario.quota.currency)
        findings.warn(
            "history_of_unknown",
            f"History of accounts or territories that the plan does not have, "
            f"{amount(rows['cents'][lost].sum() / unit)} in all, was left out: {examples(named.unique())}.",
            "Add them, correct the ids, or leave it so if they are no longer served.",
            table="history",
            value=named.iloc[0],
            count=int(lost.sum()),
        )
    entries = pd.concat([direct, shared], ignore_index=True)
    return History(
        periods=periods,
        components=components,
        entity=entries["entity"].to_numpy(dtype=np.int32),
        period=entries["period"].to_numpy(dtype=np.int32),
        component=entries["component"].to_numpy(dtype=np.int32),
        amount_cents=entries["cents"].to_numpy(dtype=np.int64),
        n_entities=n_entities,
    )


def _territory_of_rows(table: pd.DataFrame, roster: Roster) -> NDArray[np.object_]:
    """Return the territory id that each row names, directly or by its seat; ``""`` where none."""
    by_seat = {seat: roster.territory_id[j] for seat, j in roster.position_of_seat.items()}
    seat = table["seat_id"].map(lambda name: by_seat.get(name, name))
    return table["territory_id"].where(table["territory_id"] != "", seat).to_numpy(dtype=object)


def _shared_out(
    rows: pd.DataFrame, territory: IdArray, entity_territory_id: IdArray, weight: FloatArray
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Share each row among the entities of its territory by largest remainder; tell which rows have no entity."""
    held = np.flatnonzero(entity_territory_id != "")
    codes, names = pd.factorize(entity_territory_id[held])
    order = np.argsort(codes, kind="stable")
    members, count = held[order], np.bincount(codes, minlength=len(names))
    start = np.cumsum(count) - count
    owner = pd.Index(names).get_indexer(territory) if len(names) else np.full(len(rows), -1)
    ownerless = owner < 0
    rows, owner = rows[~ownerless], owner[~ownerless]

    times = count[owner] if len(owner) else np.zeros(0, dtype=np.intp)
    row = np.repeat(np.arange(len(rows)), times)
    within = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    entity = members[start[owner[row]] + within] if len(row) else np.zeros(0, dtype=np.intp)
    by = weight[entity]
    total = np.bincount(row, by, len(rows))
    by = np.where(total[row] > 0, by, 1.0)
    total = np.bincount(row, by, len(rows))

    cents = rows["cents"].to_numpy()
    exact = np.abs(cents)[row] * (by / total[row])
    floor = np.floor(exact).astype(np.int64)
    missing = np.abs(cents) - np.bincount(row, floor, len(rows)).astype(np.int64)
    by_remainder = np.lexsort((entity, floor - exact, row))
    rank = np.empty(len(row), dtype=np.int64)
    rank[by_remainder] = within
    # Fewer than nothing is missing where a product was rounded up to the next whole cent.
    from_last = times[row] - 1 - rank if len(row) else rank
    share = floor + (rank < missing[row]) - (from_last < -missing[row])
    shared = rows.iloc[row].assign(entity=entity, cents=np.sign(cents)[row] * share)
    return shared[shared["cents"] != 0], ownerless


def _check_periods(table: pd.DataFrame, findings: Findings) -> None:
    kinds = table["period"].map(
        lambda period: "quarters" if "Q" in period else _KINDS.get(len(period), "others")
    )
    counts = kinds.value_counts()
    if len(counts) > 1:
        told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        findings.error(
            "mixed_periods",
            f"The history mixes kinds of periods: {told}.",
            "Give all of it by month, by quarter or by year.",
            table="history",
            column="period",
            count=int(counts.iloc[1:].sum()),
        )


def _check_currency(table: pd.DataFrame, findings: Findings) -> None:
    currencies = [name for name in table["currency"].unique() if name]
    if len(currencies) > 1:
        findings.error(
            "mixed_currencies",
            f"The history is in several currencies: {examples(currencies, 5)}.",
            "Convert it to one currency.",
            table="history",
            column="currency",
            value=currencies[1],
            count=len(currencies),
        )
