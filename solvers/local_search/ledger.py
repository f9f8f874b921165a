"""What hard rules count, kept up to date move by move, compiled: the same book for every search on borders.

The book holds, per territory, what it has of each limited measure and of part and whole of each mix, and what owners
of today keep of each disruption budget; for all together what changes owner, and how many pairs share a territory that
must not. A move of unit *i* from *s* to *t* changes the entries of *s* and *t* only, so that its effect on every
breach follows in the time it takes to read the owners and rivals of *i*.

Breaches come in the order measures, mixes, budgets in all, budgets per owner, pairs; `price` has one entry for each.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.model import SearchModel

SLACK = 1e-9
"""Share of an average ideal by which a limit may be passed and still counts as kept, as the scorecard has it."""

ROUNDING = 1e-12
"""By how much sums of what is kept and of what was owned may differ where they are the same, relative."""


class Rules(NamedTuple):
    """The hard rules of a `SearchModel`, and the price of moves.

    `content` (n, m + 2·mixes) holds the limited measures of each unit, then part and whole of each mix.
    """

    content: FloatArray
    lower: FloatArray
    upper: FloatArray
    least_share: FloatArray
    most_share: FloatArray
    own_indptr: IntArray
    own_indices: IntArray
    own_cost: FloatArray
    own_budget: FloatArray
    budget: FloatArray
    least_kept: FloatArray
    rival_indptr: IntArray
    rival_indices: IntArray
    rival_breach: float


class Ledger(NamedTuple):
    """What the rules count: `load` (k, m + 2·mixes), `kept` (k, b), `spent` (b,) and `clashes` (1,) pairs."""

    load: FloatArray
    kept: FloatArray
    spent: FloatArray
    clashes: FloatArray


def rules_of(model: SearchModel) -> Rules:
    """Return the rules of `model` for the kernels."""
    mixes, budgets, rivals = model.mixes, model.budgets, model.rivals
    content = model.activity
    if len(mixes):
        shares = np.stack([mixes.part, mixes.whole], axis=2).reshape(model.n_units, -1)
        content = np.ascontiguousarray(np.hstack([content, shares]))
    return Rules(
        content, model.lower, model.upper, mixes.lower, mixes.upper,
        model.own_indptr, model.own_indices, model.own_cost, budgets.own, budgets.total, budgets.least_kept,
        rivals.indptr, rivals.indices, rivals.breach,
    )  # fmt: skip


def breach_names(model: SearchModel) -> list[str]:
    """Return what each entry of a breach is about."""
    measures, mixes, budgets = (
        range(count) for count in (model.lower.shape[1], len(model.mixes), len(model.budgets))
    )
    return [
        *(f"measure {m}" for m in measures),
        *(f"mix {x}" for x in mixes),
        *(f"budget {b}" for b in budgets),
        *(f"budget {b} per owner" for b in budgets),
        "apart",
    ]


def new_ledger(model: SearchModel, label: IntArray) -> Ledger:
    """Return the book under `label`."""
    k, budgets = model.n_territories, len(model.budgets)
    width = model.activity.shape[1] + 2 * len(model.mixes)
    book = Ledger(np.zeros((k, width)), np.zeros((k, budgets)), np.zeros(budgets), np.zeros(1))
    write(book, model, label)
    return book


def write(book: Ledger, model: SearchModel, label: IntArray) -> None:
    """Fill the book from the labels, so that rounding of many increments does not add up."""
    m, budgets, rivals = model.activity.shape[1], model.budgets, model.rivals
    book.load[:, :m] = model.loads(label)
    mixes = model.mixes
    for x in range(len(mixes)):
        for column, units, fixed in ((0, mixes.part, mixes.fixed_part), (1, mixes.whole, mixes.fixed_whole)):
            held = np.bincount(label, units[:, x], model.n_territories)
            book.load[:, m + 2 * x + column] = fixed[:, x] + held
    if len(budgets):
        stays = model.stays(label)
        owner = model.own_indices[stays]
        for b in range(len(budgets)):
            book.kept[:, b] = np.bincount(owner, budgets.own[stays, b], model.n_territories)
        book.spent[:] = budgets.leave.sum(axis=0) - budgets.own[stays].sum(axis=0)
    first, second = rivals.pairs()
    book.clashes[0] = np.count_nonzero(label[first] == label[second])


def breaches_by_territory(book: Ledger, rules: Rules) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return by how much each territory leaves its bands, its mixes and what it has to keep.

    Of shapes ``(n_territories, n_limited)``, ``(n_territories, n_mixes)`` and ``(n_territories, n_budgets)``; 0 within
    what the scorecard overlooks.
    """
    m = rules.lower.shape[1]
    load, part, whole = book.load[:, :m], book.load[:, m::2], book.load[:, m + 1 :: 2]
    bands = np.maximum(load - (rules.upper + SLACK), (rules.lower - SLACK) - load)
    mixes = np.maximum(part - (rules.most_share + SLACK) * whole, (rules.least_share - SLACK) * whole - part)
    lost = rules.least_kept - book.kept - ROUNDING * np.maximum(book.kept, 1.0)
    return np.maximum(bands, 0.0), np.maximum(mixes, 0.0), np.maximum(lost, 0.0)


def breach(book: Ledger, rules: Rules) -> FloatArray:
    """Return the summed breach of each rule, in the order of the module."""
    bands, mixes, lost = (part.sum(axis=0) for part in breaches_by_territory(book, rules))
    over = np.maximum(book.spent - (rules.budget * (1 + SLACK) + ROUNDING), 0.0)
    return np.concatenate([bands, mixes, over, lost, book.clashes * rules.rival_breach])


@nb.njit(cache=True, nogil=True, inline="always")
def outside(load: float, low: float, high: float) -> float:
    """Return by how much a load leaves its limits."""
    if load > high:
        return load - high
    if load < low:
        return low - load
    return 0.0


@nb.njit(cache=True, nogil=True, inline="always")
def share_outside(part: float, whole: float, least: float, most: float) -> float:
    """Return how much too much or too little of a whole a part is."""
    return max(part - most * whole, least * whole - part, 0.0)


@nb.njit(cache=True, nogil=True)
def entry_of(indptr: IntArray, indices: IntArray, row: int, column: int) -> int:
    """Return the place of an entry of a compressed matrix, −1 where it has none."""
    for e in range(indptr[row], indptr[row + 1]):
        if indices[e] == column:
            return int(e)
    return -1


@nb.njit(cache=True, nogil=True)
def rivals_in(i: int, t: int, label: IntArray, rules: Rules) -> int:
    """Return how many rivals of unit `i` belong to territory `t`."""
    count = 0
    for e in range(rules.rival_indptr[i], rules.rival_indptr[i + 1]):
        if label[rules.rival_indices[e]] == t:
            count += 1
    return count


@nb.njit(cache=True, nogil=True)
def _mixes_change(i: int, s: int, t: int, book: Ledger, rules: Rules, price: FloatArray) -> float:
    """Return the change of priced breaches of mixes."""
    change = 0.0
    first = rules.lower.shape[1]
    for x in range(rules.least_share.shape[1]):
        c = first + 2 * x
        part, whole = rules.content[i, c], rules.content[i, c + 1]
        if whole == 0.0:
            continue
        at_s, at_t = rules.least_share[s, x], rules.least_share[t, x]
        most_s, most_t = rules.most_share[s, x], rules.most_share[t, x]
        part_s, whole_s = book.load[s, c], book.load[s, c + 1]
        part_t, whole_t = book.load[t, c], book.load[t, c + 1]
        change += price[first + x] * (
            share_outside(part_s - part, whole_s - whole, at_s, most_s)
            - share_outside(part_s, whole_s, at_s, most_s)
            + share_outside(part_t + part, whole_t + whole, at_t, most_t)
            - share_outside(part_t, whole_t, at_t, most_t)
        )
    return change


@nb.njit(cache=True, nogil=True)
def _owners_change(i: int, s: int, t: int, book: Ledger, rules: Rules, price: FloatArray) -> float:
    """Return the change of the cost of moves and of priced breaches of budgets."""
    at_s = entry_of(rules.own_indptr, rules.own_indices, i, s)
    at_t = entry_of(rules.own_indptr, rules.own_indices, i, t)
    change = 0.0
    if at_s >= 0:
        change += rules.own_cost[at_s]
    if at_t >= 0:
        change -= rules.own_cost[at_t]
    if at_s < 0 and at_t < 0:
        return change
    n_budgets = rules.budget.shape[0]
    first = rules.lower.shape[1] + rules.least_share.shape[1]
    for b in range(n_budgets):
        lost = rules.own_budget[at_s, b] if at_s >= 0 else 0.0
        won = rules.own_budget[at_t, b] if at_t >= 0 else 0.0
        over = book.spent[b] - rules.budget[b]
        change += price[first + b] * (max(over + lost - won, 0.0) - max(over, 0.0))
        short_s, short_t = rules.least_kept[s, b] - book.kept[s, b], rules.least_kept[t, b] - book.kept[t, b]
        change += price[first + n_budgets + b] * (
            max(short_s + lost, 0.0) - max(short_s, 0.0) + max(short_t - won, 0.0) - max(short_t, 0.0)
        )
    return change


@nb.njit(cache=True, nogil=True, inline="always")
def change_of_bands(
    i: int, s: int, t: int, content: FloatArray, load: FloatArray, lower: FloatArray, upper: FloatArray,
    price: FloatArray,
) -> float:  # fmt: skip
    """Return the change of priced breaches of bands when unit `i` goes from `s` to `t`."""
    change = 0.0
    for m in range(lower.shape[1]):
        a = content[i, m]
        change += price[m] * (
            outside(load[s, m] - a, lower[s, m], upper[s, m])
            - outside(load[s, m], lower[s, m], upper[s, m])
            + outside(load[t, m] + a, lower[t, m], upper[t, m])
            - outside(load[t, m], lower[t, m], upper[t, m])
        )
    return change


@nb.njit(cache=True, nogil=True)
def change_of_side_rules(
    i: int, s: int, t: int, label: IntArray, book: Ledger, rules: Rules, price: FloatArray
) -> float:
    """Return the change of all other priced breaches, and of the cost of moves."""
    change = 0.0
    if rules.least_share.shape[1] > 0:
        change += _mixes_change(i, s, t, book, rules, price)
    if rules.own_indptr[i + 1] > rules.own_indptr[i]:
        change += _owners_change(i, s, t, book, rules, price)
    if rules.rival_indptr[i + 1] > rules.rival_indptr[i]:
        more = rivals_in(i, t, label, rules) - rivals_in(i, s, label, rules)
        change += price[price.shape[0] - 1] * rules.rival_breach * more
    return change


@nb.njit(cache=True, nogil=True, inline="always")
def enter_loads(i: int, s: int, t: int, content: FloatArray, load: FloatArray) -> None:
    """Enter what unit `i` holds as gone from `s` to `t`."""
    for m in range(content.shape[1]):
        load[s, m] -= content[i, m]
        load[t, m] += content[i, m]


@nb.njit(cache=True, nogil=True)
def enter_side_rules(i: int, s: int, t: int, label: IntArray, book: Ledger, rules: Rules) -> None:
    """Enter what else the book has of unit `i` as gone from `s` to `t`; its label may be either."""
    for j, sign in ((s, -1.0), (t, 1.0)):
        e = entry_of(rules.own_indptr, rules.own_indices, i, j)
        if e >= 0:
            for b in range(rules.budget.shape[0]):
                book.kept[j, b] += sign * rules.own_budget[e, b]
                book.spent[b] -= sign * rules.own_budget[e, b]
    book.clashes[0] += rivals_in(i, t, label, rules) - rivals_in(i, s, label, rules)


@nb.njit(cache=True, nogil=True)
def broken_in(t: int, book: Ledger, rules: Rules) -> int:
    """Return how many limits of territory `t` are broken."""
    broken = 0
    first = rules.lower.shape[1]
    for m in range(first):
        if book.load[t, m] > rules.upper[t, m] + SLACK or book.load[t, m] < rules.lower[t, m] - SLACK:
            broken += 1
    for x in range(rules.least_share.shape[1]):
        part, whole = book.load[t, first + 2 * x], book.load[t, first + 2 * x + 1]
        if share_outside(part, whole, rules.least_share[t, x] - SLACK, rules.most_share[t, x] + SLACK) > 0.0:
            broken += 1
    for b in range(rules.budget.shape[0]):
        if rules.least_kept[t, b] - book.kept[t, b] > ROUNDING * max(book.kept[t, b], 1.0):
            broken += 1
    return broken


@nb.njit(cache=True, nogil=True)
def all_kept_together(book: Ledger, rules: Rules) -> bool:
    """Return whether the rules hold that are about all territories together."""
    for b in range(rules.budget.shape[0]):
        if book.spent[b] > rules.budget[b] * (1.0 + SLACK) + ROUNDING:
            return False
    return bool(book.clashes[0] < 0.5)
