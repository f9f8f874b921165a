"""Every sum that must hold after moves and reliefs, and a certificate of them that a machine can check.

Left sides are what the plan or the change states, right sides are added up from the quotas by day as they ended up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from planner.quota.currency import money
from planner.quota.in_year.changes import in_order
from planner.quota.in_year.daily import Carried
from planner.quota.in_year.ledger import Ledger
from planner.quota.quota_plan import Equation
from planner.quota.tie_out import SINGLE, quotas_digest, sha256

FORMAT = "in-year tie-out 1"


class AsOf(NamedTuple):
    """The quota of one seat, component and period after all changes, in minor units.

    ``amount = plan + moved_in − moved_out − relief + taken_over``
    """

    territory: str
    component: str
    period: str
    plan: int
    moved_in: int
    moved_out: int
    relief: int
    taken_over: int
    amount: int


def as_of_rows(book: Ledger, territory_id: Sequence[str], components: Sequence[str]) -> list[AsOf]:
    """Return what became of every quota, one row a territory, component and period.

    Parameters
    ----------
    components
        Names; the only one of quotas that know no products is written as empty text.
    """
    columns = (
        book.by_period(book.plan_cents),
        book.changed("move", taken=False),
        book.changed("move", taken=True),
        book.changed("relief", taken=True),
        book.changed("relief", taken=False),
        book.by_period(),
    )
    names = _names(components)
    return [
        AsOf(
            str(territory_id[t]), names[c], book.calendar.periods[p], *(int(one[t, c, p]) for one in columns)
        )
        for t, c, p in np.ndindex(columns[0].shape)
    ]


def equations(
    book: Ledger,
    carried: Carried,
    territory_id: Sequence[str],
    components: Sequence[str],
    entity_id: Sequence[str],
) -> tuple[Equation, ...]:
    """Write down every sum that must hold.

    Kinds: ``day`` and ``period`` (the company's plan = what is carried and what nobody carries any more), ``seat`` (the
    plan and all that changed = what it carries), ``move`` and ``relief`` (stated = what changed hands), ``account``
    (what an account carries in the year = what its owners carry of it, one after the other).
    """
    plan, now = book.by_period(book.plan_cents), book.by_period()
    absorbed = book.absorbed_cents
    out: list[Equation] = []
    for c, name in enumerate(components):
        before, after = book.plan_cents[:, c].sum(0), book.cents[:, c].sum(0) + absorbed[c]
        out += [
            Equation(f"company {name} {book.calendar.day(d)}", "day", left, right)
            for d, (left, right) in enumerate(zip(before.tolist(), after.tolist(), strict=True))
            if left or right
        ]
        for p, period in enumerate(book.calendar.periods):
            gone = int(absorbed[c, book.calendar.period_of_day == p].sum())
            left, right = int(plan[:, c, p].sum()), int(now[:, c, p].sum()) + gone
            out.append(Equation(f"company {name} {period}", "period", left, right))
    change = [
        book.changed(kind, taken=taken).sum((1, 2)) * (-1 if taken else 1)
        for kind in ("move", "relief")
        for taken in (True, False)
    ]
    stated = plan.sum((1, 2)) + np.sum(change, axis=0)
    out += [
        Equation(f"territory {label}", "seat", left, right)
        for label, left, right in zip(territory_id, stated.tolist(), now.sum((1, 2)).tolist(), strict=True)
    ]
    return (*out, *_by_change(book, carried, entity_id))


def certificate(
    book: Ledger,
    carried: Carried,
    territory_id: Sequence[str],
    components: Sequence[str],
    entity_id: Sequence[str],
    currency: str,
    inputs: Mapping[str, str],
) -> dict[str, Any]:
    """Return every equation, both sides, the changes, and digests of the quotas before and after, as plain values.

    Parameters
    ----------
    entity_id
        Ids of the accounts (or basic units) that moves speak of, by position.
    inputs
        SHA-256 of every file that was read, by its name.
    """
    rows = as_of_rows(book, territory_id, components)
    sums = equations(book, carried, territory_id, components, entity_id)
    by_cause = _by_cause(book)
    body: dict[str, Any] = {
        "format": FORMAT,
        "currency": currency,
        "street_cents": sum(row.plan for row in rows),
        "absorbed_cents": int(book.absorbed_cents.sum()),
        "carried_cents": sum(row.amount for row in rows),
        "moves": [
            {
                "account_id": str(entity_id[move.entity]),
                "from": str(territory_id[move.source]),
                "to": str(territory_id[move.target]),
                "date": move.day.isoformat(),
                "reason": move.reason,
                "carried_cents": by_cause.get(("move", j), 0),
            }
            for j, move in enumerate(book.moves)
        ],
        "relief": [
            {
                "territory_id": str(territory_id[grant.territory]),
                "from": grant.first.isoformat(),
                "to": grant.last.isoformat(),
                "relief_cents": by_cause.get(("relief", j), 0),
                "carried_by": str(grant.carried_by),
                "reason": grant.reason,
                "author": grant.author,
            }
            for j, grant in enumerate(book.grants)
        ],
        "equations": [
            {
                "name": one.name,
                "kind": one.kind,
                "left_cents": int(one.left_cents),
                "right_cents": int(one.right_cents),
                "difference_cents": int(one.difference_cents),
            }
            for one in sums
        ],
        "ties_out": all(one.difference_cents == 0 for one in sums),
        "plan_quotas_sha256": _digest(rows, "plan"),
        "quotas_sha256": _digest(rows, "amount"),
        "inputs": dict(sorted(inputs.items())),
    }
    return {**body, "digest": sha256(body)}


def verify(found: Mapping[str, Any], rows: Iterable[AsOf]) -> list[str]:
    """Check a certificate against the quotas, and return what is wrong in plain words; empty where all holds."""
    body = {key: value for key, value in found.items() if key != "digest"}
    if body.get("format") != FORMAT:
        return [f"The certificate is of format {body.get('format')!r}; {FORMAT!r} is known."]
    faults = []
    if found.get("digest") != sha256(body):
        faults.append("The digest does not fit the certificate: it was changed after it was made.")
    for one in body["equations"]:
        left, right = one["left_cents"], one["right_cents"]
        if left != right or one["difference_cents"] != 0:
            faults.append(f"{one['name']}: {money(left)} stated, {money(right)} added up.")
    kept = list(rows)
    for row in kept:
        made = row.plan + row.moved_in - row.moved_out - row.relief + row.taken_over
        if made != row.amount:
            where = " ".join(part for part in (row.territory, row.component, row.period) if part)
            faults.append(f"Territory {where}: {money(row.amount)} stated, {money(made)} added up.")
    sums: dict[tuple[str, str], list[int]] = {}
    for row in kept:
        total = sums.setdefault((row.component, row.period), [0, 0])
        total[0] += row.moved_in - row.moved_out
        total[1] += row.plan - row.amount
    for (component, period), (moved, gone) in sums.items():
        if moved:
            faults.append(f"Moves in {component} {period} give {money(moved)} more than they take.")
        if gone < 0:
            faults.append(f"More is carried in {component} {period} than the plan has.")
    if sum(gone for _, gone in sums.values()) != body["absorbed_cents"]:
        faults.append("What nobody carries is not what the certificate states.")
    for key, name in (("plan_quotas_sha256", "plan"), ("quotas_sha256", "amount")):
        if _digest(kept, name) != body[key]:
            faults.append(f"The quotas ({name}) are not those that the certificate was made for.")
    return faults


def _names(components: Sequence[str]) -> list[str]:
    return [""] if tuple(components) == SINGLE else list(components)


def _digest(rows: Iterable[AsOf], column: str) -> str:
    return quotas_digest((row.territory, row.component, row.period, getattr(row, column)) for row in rows)


def _by_cause(book: Ledger) -> dict[tuple[str, int], int]:
    out: dict[tuple[str, int], int] = {}
    for flow in book.flows:
        out[flow.kind, flow.cause] = out.get((flow.kind, flow.cause), 0) + int(flow.cents.sum())
    return out


def _by_change(book: Ledger, carried: Carried, entity_id: Sequence[str]) -> list[Equation]:
    """State what accounts carry and what was granted, and add it up from what changed hands."""
    found = _by_cause(book)
    out = [
        Equation(
            f"relief {j + 1} from {grant.first}",
            "relief",
            int(book.changed_by("relief", j).sum()) if grant.amount_cents is None else grant.amount_cents,
            found.get(("relief", j), 0),
        )
        for j, grant in enumerate(book.grants)
    ]
    stays: dict[int, list[int]] = {}
    for j in in_order(book.moves):
        stays.setdefault(book.moves[j].entity, []).append(j)
    for entity, moves in stays.items():
        parts = np.sum([carried.on_days(entity, c) for c in range(book.plan_cents.shape[1])], axis=0)
        starts = [book.calendar.position(book.moves[j].day) for j in moves]
        held = int(parts[: starts[0]].sum())
        for j, start, end in zip(moves, starts, [*starts[1:], book.calendar.n_days], strict=True):
            taken = int(parts[start:].sum())
            out.append(
                Equation(f"move {j + 1} on {book.moves[j].day}", "move", taken, found.get(("move", j), 0))
            )
            held += int(book.changed_by("move", j)[start:end].sum())
        out.append(Equation(f"account {entity_id[entity]}", "account", int(parts.sum()), held))
    return out
