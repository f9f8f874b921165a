"""Every sum that must hold, and a certificate of them that a machine can check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from planner.quota.currency import money
from planner.quota.quota_plan import QuotaPlan

FORMAT = "tie-out 2"
SINGLE = ("total",)
"""Components of quotas that know no products; empty in files."""


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
