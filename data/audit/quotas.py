"""Whether the quotas tie out to the cent, worked out again from the table."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

from data.audit.evidence import Evidence
from data.audit.report import NotChecked, some, verdict
from planner.quota.tie_out import SINGLE, verify

Finding = tuple[bool, str]
AMOUNT = re.compile(r"-?\d+\.\d\d")


def amounts_are_cents(evidence: Evidence) -> Finding:
    """Every amount has exactly two decimals, stands once, and belongs to a known territory and its seat."""
    rows = evidence.quotas
    wrong = [text for text in rows["amount"] if AMOUNT.fullmatch(text) is None]
    faults = [f"not an amount to the cent: {some(wrong)}"] if wrong else []
    negative = [text for text in rows["amount"] if text.startswith("-")]
    if negative:
        faults.append(f"negative: {some(negative)}")
    key = ["territory_id", "component", "period"]
    repeated = rows[rows.duplicated(key)]["territory_id"].tolist()
    if repeated:
        faults.append(f"stated twice for the same component and period: {some(repeated)}")
    per_territory = rows.groupby("territory_id").size()
    short = per_territory.index[per_territory < per_territory.max()].tolist()
    if short:
        faults.append(f"not every period is stated for {some(short)}")
    seat = rows["territory_id"].map(
        evidence.territories.drop_duplicates("territory_id").set_index("territory_id")["seat_id"]
    )
    unknown = sorted(set(rows["territory_id"][seat.isna()]))
    if unknown:
        faults.append(f"not in territories.csv: {some(unknown)}")
    moved = sorted(set(rows["territory_id"][seat.notna() & (seat != rows["seat_id"])]))
    if moved:
        faults.append(f"with another seat than in territories.csv: {some(moved)}")
    currencies = sorted(set(rows["currency"]))
    if len(currencies) > 1:
        faults.append(f"in several currencies: {some(currencies)}")
    return verdict(faults, f"{len(rows)} amounts of {len(per_territory)} territories")


def certificate_holds(evidence: Evidence) -> Finding:
    """The certificate was not changed since it was made, and every sum in it holds."""
    _ = evidence.quotas
    faults = verify(evidence.tie_out)
    inputs = evidence.run["input"]["files"]
    if evidence.tie_out.get("inputs") != inputs:
        faults.append("The certificate was made for other inputs than run.json names.")
    return verdict(faults, f"{len(evidence.tie_out.get('equations', []))} sums")


def certificate_speaks_of_these_quotas(evidence: Evidence) -> Finding:
    """The quotas of the table are those of the certificate, and add up to what it states, sum by sum."""
    rows = _cents(evidence)
    faults = [fault for fault in verify(evidence.tie_out, rows) if fault not in verify(evidence.tie_out)]
    sums = _sums(rows)
    stated = {(e["kind"], e["name"]): e["right_cents"] for e in evidence.tie_out["equations"]}
    checked = [key for key in stated if key in sums]
    wrong = [name for kind, name in checked if sums[kind, name] != stated[kind, name]]
    if wrong:
        faults.append(f"the quotas add up to something else in {some(wrong)}")
    absent = [name for kind, name in sums if (kind, name) not in stated and sums[kind, name]]
    if absent:
        faults.append(f"the certificate says nothing of {some(absent)}")
    return verdict(faults, f"{len(checked)} sums added up again")


def quotas_meet_the_target(evidence: Evidence) -> Finding:
    """Quotas add up to the target that was asked for times one plus over-assignment."""
    total = sum(row[3] for row in _cents(evidence))
    stated, faults = evidence.tie_out, []
    if total != stated["street_cents"]:
        faults.append(
            f"quotas add up to {_money(total)}, the street quota is {_money(stated['street_cents'])}"
        )
    asked = evidence.run["scenario"]["quota"]["target_cents"]
    if asked is None:
        asked = _target_of_the_input(evidence)
    if asked is not None and asked != stated["target_cents"]:
        faults.append(f"the target is {_money(asked)}, the certificate says {_money(stated['target_cents'])}")
    rate = Decimal(str(evidence.run["scenario"]["quota"]["over_assignment"]))
    if not _nodes_add(evidence):
        wanted = (stated["target_cents"] * (1 + rate)).quantize(Decimal(1), ROUND_HALF_EVEN)
        # Where targets are stated by component and period, each of them is rounded for itself.
        parts = evidence.quotas.groupby(["component", "period"]).ngroups
        if abs(wanted - total) > (0 if _one_target(evidence) else Decimal(parts + 1) / 2):
            faults.append(
                f"target and over-assignment make {_money(int(wanted))}, quotas add up to {_money(total)}"
            )
    carried = f"{_money(total)} = {_money(stated['target_cents'])} × {1 + stated['over_assignment']:.6g}"
    return verdict(faults, carried)


def table_states_the_quotas(evidence: Evidence) -> Finding:
    """The territory table states the sum of each territory's quotas."""
    sums: dict[str, int] = defaultdict(int)
    for territory, _, _, cents in _cents(evidence):
        sums[territory] += cents
    table = evidence.territories
    column = "territory_quota_total" if "territory_quota_total" in table else "quota_total"
    wrong = [
        territory
        for territory, text in zip(table["territory_id"], table[column], strict=True)
        if _to_cents(text) != sums[territory]
    ]
    return verdict(
        [f"another sum in territories.csv: {some(wrong)}"] if wrong else [], f"{len(table)} territories"
    )


def _cents(evidence: Evidence) -> list[tuple[str, str, str, int]]:
    """Return territory, component, period and minor units of each quota."""
    rows = evidence.quotas
    cents = [_to_cents(text) for text in rows["amount"]]
    return list(zip(rows["territory_id"], rows["component"], rows["period"], cents, strict=True))


def _to_cents(text: str) -> int:
    cents = Decimal(text) * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"{text!r} is not an amount to the cent")
    return int(cents)


def _sums(rows: list[tuple[str, str, str, int]]) -> dict[tuple[str, str], int]:
    """Return the sums that a certificate states about a table of quotas, by kind and name."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for territory, component, period, cents in rows:
        name = component or SINGLE[0]
        sums["territory_periods", f"territory {territory} {name}"] += cents
        sums["company_periods", f"street quota {name} {period}"] += cents
        sums["components", f"street quota {name}"] += cents
        sums["over_assignment", "street quota"] += cents
    return sums


def _target_of_the_input(evidence: Evidence) -> int | None:
    """Return the sum of the targets that no other target stands above.

    None where the input is not at hand, or states targets for several years or kinds of periods, of which the
    plan has chosen some.
    """
    try:
        targets, hierarchy = evidence.folder.targets, evidence.folder.hierarchy
    except NotChecked:
        return None
    if targets is None or len({(len(period), period[:4]) for period in targets["period"]}) > 1:
        return None
    above: dict[str, str] = {}
    if hierarchy is not None:
        above = dict(zip(hierarchy["node_id"], hierarchy["parent_id"], strict=True))
    stated = set(targets["node_id"])

    def under_another(node: str) -> bool:
        if node and "" in stated:
            return True
        seen = {node}
        while (node := above.get(node, "")) and node not in seen:
            if node in stated:
                return True
            seen.add(node)
        return False

    top = pd.Series([not under_another(node) for node in targets["node_id"]], index=targets.index)
    return int(targets.loc[top, "amount_cents"].sum())


def _nodes_add(evidence: Evidence) -> bool:
    """Return whether nodes of the hierarchy add over-assignments of their own, or may, for all that is known."""
    try:
        hierarchy = evidence.folder.hierarchy
    except NotChecked:
        return True
    return (
        hierarchy is not None
        and "over_assignment" in hierarchy
        and bool(hierarchy["over_assignment"].fillna(0).any())
    )


def _one_target(evidence: Evidence) -> bool:
    """Return whether there is one target for all components and periods."""
    if evidence.run["scenario"]["quota"]["target_cents"] is not None:
        return True
    try:
        targets = evidence.folder.targets
    except NotChecked:
        return False
    return targets is not None and len(targets) == 1


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"
