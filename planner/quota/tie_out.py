"""Every sum that must hold, and a certificate of them that a machine can check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from planner.arrays import IntArray
from planner.quota.currency import money
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.quota_plan import BridgeStep, Equation, QuotaPlan
from planner.quota.rounding import Cents

FORMAT = "tie-out 1"
SINGLE = ("total",)
"""Components of quotas that know no products; empty in files."""


@dataclass(frozen=True, eq=False)
class Decided:
    """What was decided on the way, before quotas were cut into periods: the left sides of the sums.

    Parameters
    ----------
    stated
        Periods that the targets state; one empty text where they state none.
    inside
        Positions of the quota periods inside each stated one; empty where quotas have longer periods.
    street_cents
        Target × (1 + over-assignment), rounded, shape ``(n_components, n_stated)``.
    period_cents
        What each quota period was to add up to, shape ``(n_components, n_periods)``.
    carried_cents
        What was allotted to each territory, shape ``(n_territories, n_components)``.
    bridge
        Steps from the company target to the street quota.
    """

    stated: tuple[str, ...]
    inside: tuple[tuple[int, ...], ...]
    street_cents: Cents
    period_cents: Cents
    carried_cents: Cents
    bridge: tuple[BridgeStep, ...]


def equations(
    decided: Decided,
    amount_cents: Cents,
    components: Sequence[str],
    periods: Sequence[str],
    territory: Sequence[str],
    hierarchy: Hierarchy | None,
    node_of_territory: IntArray,
) -> tuple[Equation, ...]:
    """Write down every sum that must hold; the right sides are added up from the quotas themselves.

    Parameters
    ----------
    amount_cents
        Quotas, shape ``(n_territories, n_components, n_periods)``.
    territory
        Names of the territories.
    """
    out = _company(decided, amount_cents.sum(0), components, periods)
    by_component = amount_cents.sum(2)
    carried = decided.carried_cents
    out += [
        Equation(f"territory {label} {name}", "territory_periods", stated, added)
        for label, row, sums in zip(territory, carried.tolist(), by_component.tolist(), strict=True)
        for name, stated, added in zip(components, row, sums, strict=True)
    ]
    if len(components) > 1:
        out += [
            Equation(f"territory {label}", "components", stated, sum(sums))
            for label, stated, sums in zip(
                territory, carried.sum(1).tolist(), by_component.tolist(), strict=True
            )
        ]
    if hierarchy is not None:
        street = int(decided.street_cents.sum())
        out += _nodes(hierarchy, node_of_territory, carried.sum(1), by_component.sum(1), street)
    return tuple(out)


def _company(
    decided: Decided, by_period: Cents, components: Sequence[str], periods: Sequence[str]
) -> list[Equation]:
    street, total = decided.street_cents, int(by_period.sum())
    out = [
        Equation(step.name, "over_assignment", step.carried_cents, before.carried_cents + step.added_cents)
        for before, step in zip(decided.bridge, decided.bridge[1:], strict=False)
    ]
    out.append(Equation("street quota", "over_assignment", decided.bridge[-1].carried_cents, total))
    for c, name in enumerate(components):
        out.append(
            Equation(f"street quota {name}", "components", int(street[c].sum()), int(by_period[c].sum()))
        )
        if decided.stated != ("",):
            out += [
                Equation(
                    f"street quota {name} target {period}",
                    "over_assignment",
                    int(street[c, j]),
                    int(by_period[c, list(inside)].sum()),
                )
                for j, (period, inside) in enumerate(zip(decided.stated, decided.inside, strict=True))
                if inside
            ]
        out += [
            Equation(
                f"street quota {name} {period}",
                "company_periods",
                int(decided.period_cents[c, p]),
                int(by_period[c, p]),
            )
            for p, period in enumerate(periods)
        ]
    return out


def _nodes(
    hierarchy: Hierarchy, node_of_territory: IntArray, carried: Cents, quota: Cents, street: int
) -> list[Equation]:
    """State each node's total from what was allotted below it, and add it up from children and own territories."""
    allotted = hierarchy.roll_up(carried, node_of_territory).tolist()
    total = hierarchy.roll_up(quota, node_of_territory)
    held = node_of_territory >= 0
    added = np.zeros(len(hierarchy), np.int64)
    np.add.at(added, node_of_territory[held], quota[held])
    below = hierarchy.parent != COMPANY
    np.add.at(added, hierarchy.parent[below], total[below])
    out = [
        Equation(f"node {node}", "node", stated, sums)
        for node, stated, sums in zip(hierarchy.node_id, allotted, added.tolist(), strict=True)
    ]
    top = int(total[~below].sum()) + int(quota[~held].sum())
    return [*out, Equation("company, all nodes", "node", street, top)]


def quotas_digest(rows: Iterable[tuple[str, str, str, int]]) -> str:
    """Return a SHA-256 of quotas, whatever their order.

    Parameters
    ----------
    rows
        Territory, component (empty where there is but one), period, and minor units; zeros do not count.
    """
    kept = sorted(
        [territory, component, period, int(cents)] for territory, component, period, cents in rows if cents
    )
    return sha256(kept)


def certificate(plan: QuotaPlan, territory_id: Sequence[str], inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return every equation of a plan, both sides, with fingerprints and a digest, as plain values for JSON.

    Parameters
    ----------
    territory_id
        Ids of the territories, in the order of the plan.
    inputs
        SHA-256 of every input file, by file name.
    """
    names = [""] if plan.components == SINGLE else list(plan.components)
    rows = (
        (str(territory_id[t]), names[c], plan.periods[p], int(plan.amount_cents[t, c, p]))
        for t, c, p in zip(*np.nonzero(plan.amount_cents), strict=True)
    )
    body: dict[str, Any] = {
        "format": FORMAT,
        "currency": plan.currency,
        "target_cents": int(plan.target_cents.sum()),
        "street_cents": int(plan.street_cents.sum()),
        "over_assignment": plan.over_assignment,
        "bridge": [asdict(step) for step in plan.bridge],
        "equations": [
            {
                "name": equation.name,
                "kind": equation.kind,
                "left_cents": int(equation.left_cents),
                "right_cents": int(equation.right_cents),
                "difference_cents": int(equation.difference_cents),
            }
            for equation in plan.equations
        ],
        "ties_out": plan.ties_out,
        "quotas_sha256": quotas_digest(rows),
        "inputs": dict(sorted(inputs.items())),
    }
    return {**body, "digest": sha256(body)}


def verify(found: Mapping[str, Any], quotas: Iterable[tuple[str, str, str, int]] | None = None) -> list[str]:
    """Check a certificate and return what is wrong with it, in plain words; empty where all holds.

    Parameters
    ----------
    found
        A certificate as `certificate` returns it, or as it was read from a file.
    quotas
        Rows as in `quotas_digest` to check against it; None to check the certificate alone.
    """
    body = {key: value for key, value in found.items() if key != "digest"}
    if body.get("format") != FORMAT:
        return [f"The certificate is of format {body.get('format')!r}; {FORMAT!r} is known."]
    missing = {
        "equations",
        "bridge",
        "ties_out",
        "street_cents",
        "target_cents",
        "quotas_sha256",
    } - body.keys()
    if missing:
        return [f"The certificate lacks {', '.join(sorted(missing))}."]
    faults = []
    if found.get("digest") != sha256(body):
        faults.append("The digest does not fit the certificate: it was changed after it was made.")
    for equation in body["equations"]:
        left, right, stated = (equation[f"{side}_cents"] for side in ("left", "right", "difference"))
        if left - right != stated:
            faults.append(
                f"{equation['name']}: the stated difference {money(stated)} is {money(left - right)}."
            )
        if left != right:
            faults.append(f"{equation['name']}: {money(left)} stated, {money(right)} added up.")
    if body["ties_out"] != all(e["left_cents"] == e["right_cents"] for e in body["equations"]):
        faults.append("What the certificate says of all sums does not fit the sums.")
    carried = body["target_cents"]
    for step in body["bridge"]:
        first = step is body["bridge"][0]
        if step["carried_cents"] != (carried if first else carried + step["added_cents"]):
            faults.append(f"The bridge breaks at {step['name']}.")
        carried = step["carried_cents"]
    if carried != body["street_cents"]:
        faults.append(
            f"The bridge ends at {money(carried)}, the street quota is {money(body['street_cents'])}."
        )
    if quotas is not None:
        rows = list(quotas)
        total = sum(row[3] for row in rows)
        if total != body["street_cents"]:
            faults.append(
                f"Quotas add up to {money(total)}, the street quota is {money(body['street_cents'])}."
            )
        if quotas_digest(rows) != body["quotas_sha256"]:
            faults.append("The quotas are not those that the certificate was made for.")
    return faults


def sha256(value: object) -> str:
    """Return a SHA-256 of plain values, whatever the order of their keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
