"""Whether the quotas tie out to the cent, worked out again from the table."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

from data.audit.amounts import currency_of, is_amount, quotas_of, shown, total
from data.audit.evidence import Evidence
from data.audit.report import NotChecked, some, verdict
from data.export.text import minor_units

Finding = tuple[bool, str]


def amounts_are_cents(evidence: Evidence) -> Finding:
    """Every amount has the decimals of its currency, stands once, and belongs to a known territory and its seat."""
    rows = evidence.quotas
    pairs = zip(rows["amount"], rows["currency"], strict=True)
    wrong = [text for text, code in pairs if not is_amount(text, code)]
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


def quotas_meet_the_target(evidence: Evidence) -> Finding:
    """Quotas add up to the target that was asked for times one plus over-assignment, less relief nobody carries."""
    carried = sum(row.cents for row in quotas_of(evidence))
    certified, faults = evidence.tie_out, []
    target, street = certified["target_cents"], certified["street_cents"]
    quotas = f"quotas add up to {shown(evidence, carried)}"
    if carried != street:
        faults.append(f"{quotas}, the street quota is {shown(evidence, street)}")
    settings = evidence.run["scenario"]["quota"]
    asked = settings["target_cents"]
    if asked is None:
        asked = _target_of_the_input(evidence)
    if asked is not None:
        change = Decimal(str(settings.get("target_change") or 0))
        asked = int((asked * (1 + change)).quantize(Decimal(1), ROUND_HALF_EVEN))
    if asked is not None and asked != target:
        faults.append(
            f"the target is {shown(evidence, asked)}, the certificate says {shown(evidence, target)}"
        )
    rate = Decimal(str(settings["over_assignment"]))
    if not _nodes_add(evidence):
        relief = sum(step["added_cents"] for step in certified["bridge"] if step["name"].startswith("relief"))
        wanted = (target * (1 + rate)).quantize(Decimal(1), ROUND_HALF_EVEN) + relief
        # Where targets are stated by component and period, each of them is rounded for itself.
        parts = evidence.quotas.groupby(["component", "period"]).ngroups
        if abs(wanted - carried) > (0 if _one_target(evidence) else Decimal(parts + 1) / 2):
            faults.append(f"target and over-assignment make {shown(evidence, int(wanted))}, {quotas}")
    over = 1 + certified["over_assignment"]
    return verdict(faults, f"{shown(evidence, carried)} = {shown(evidence, target)} × {over:.6g}")


def table_states_the_quotas(evidence: Evidence) -> Finding:
    """The territory table states the sum of each territory's quotas."""
    sums = total(quotas_of(evidence))
    currency = currency_of(evidence)
    table = evidence.territories
    column = "territory_quota_total" if "territory_quota_total" in table else "quota_total"
    wrong = [
        territory
        for territory, text in zip(table["territory_id"], table[column], strict=True)
        if minor_units(text, currency) != sums[territory]
    ]
    return verdict(
        [f"another sum in territories.csv: {some(wrong)}"] if wrong else [], f"{len(table)} territories"
    )


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
    if any((evidence.run["scenario"]["quota"].get("level_over_assignment") or {}).values()):
        return True
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
