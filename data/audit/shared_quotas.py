"""What stands beside the quotas of territories: nodes, seats, amounts decided by hand, currencies of seats."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pandas as pd

from data.assemble.quota_inputs import converted, rates_of
from data.audit.amounts import amounts, cells, currency_of, inside, is_amount, quotas_of, total
from data.audit.evidence import Evidence
from data.audit.nodes import Nodes
from data.audit.report import NotChecked, some, verdict
from data.export.text import minor_units
from planner.quota.currency import minor_digits

Finding = tuple[bool, str]


def nodes_are_sums(evidence: Evidence) -> Finding:
    """Every node carries, by component and period, what its children and its own territories carry."""
    table = evidence.node_quotas
    faults = _malformed(table)
    stated, quotas = cells(amounts(table, "node_id")), cells(quotas_of(evidence))
    nodes = Nodes.of(evidence)
    added: dict[tuple[str, str, str], int] = defaultdict(int)
    for (node, component, period), cents in stated.items():
        if nodes.parent[node]:
            added[nodes.parent[node], component, period] += cents
    for (territory, component, period), cents in quotas.items():
        if nodes.of_territory.get(territory):
            added[nodes.of_territory[territory], component, period] += cents
    wrong = [" ".join(key) for key in {**stated, **added} if stated.get(key, 0) != added.get(key, 0)]
    if wrong:
        faults.append(f"the parts add up to something else in {some(sorted(wrong))}")
    unknown = sorted({node for node in nodes.of_territory.values() if node} - set(nodes.parent))
    if unknown:
        faults.append(f"territories hang below nodes that are not listed: {some(unknown)}")
    return verdict(
        [*faults, *_other_nodes(evidence, nodes)], f"{len(stated)} amounts of {len(nodes.parent)} nodes"
    )


def _other_nodes(evidence: Evidence, nodes: Nodes) -> list[str]:
    """Tell where nodes differ from the hierarchy of the input, where that is at hand."""
    try:
        hierarchy = evidence.folder.hierarchy
    except NotChecked:
        return []
    given = {} if hierarchy is None else dict(zip(hierarchy["node_id"], hierarchy["parent_id"], strict=True))
    wrong = sorted(node for node in {**given, **nodes.parent} if given.get(node) != nodes.parent.get(node))
    return [f"not as in the hierarchy: {some(wrong)}"] if wrong else []


def credit_adds_up(evidence: Evidence) -> Finding:
    """Owners and splits of a territory carry its quota; overlays carry their share of it on top."""
    table = evidence.seat_quotas
    faults = _malformed(table)
    quotas = cells(quotas_of(evidence))
    carried = cells(amounts(table[table["role"] != "overlay"], "territory_id"))
    wrong = [" ".join(key) for key in {**quotas, **carried} if quotas.get(key, 0) != carried.get(key, 0)]
    if wrong:
        faults.append(f"seats are credited with another quota in {some(sorted(wrong))}")
    seats = dict(zip(evidence.territories["territory_id"], evidence.territories["seat_id"], strict=True))
    owners = table[table["role"] == "owner"]
    moved = owners.loc[owners["territory_id"].map(seats) != owners["seat_id"], "territory_id"]
    if len(moved):
        faults.append(f"another owner than in territories.csv: {some(sorted(set(moved)))}")
    faults += _other_shares(table, quotas)
    odd = sorted(set(table["role"]) - {"owner", "split", "overlay"})
    if odd:
        faults.append(f"unknown roles: {some(odd)}")
    return verdict(
        [*faults, *_other_credits(evidence, table)],
        f"{len(table)} amounts of {table['seat_id'].nunique()} seats",
    )


def _other_shares(table: pd.DataFrame, quotas: dict[tuple[str, str, str], int]) -> list[str]:
    """Tell of splits and overlays whose year is not their share of the territory's, to the minor unit."""
    year: dict[tuple[str, str], int] = defaultdict(int)
    for (territory, component, _), cents in quotas.items():
        year[territory, component] += cents
    wrong = []
    credited = table[table["role"] != "owner"]
    for (seat, territory, share), part in credited.groupby(["seat_id", "territory_id", "share"]):
        own: dict[str, int] = defaultdict(int)
        for row in amounts(part, "seat_id"):
            own[row.component] += row.cents
        for component, cents in own.items():
            off = abs(cents - Fraction(share) * year[territory, component])
            if cents and off >= 1:
                wrong.append(f"{seat} in {territory}")
    return [f"not the share that is stated: {some(sorted(set(wrong)))}"] if wrong else []


def _other_credits(evidence: Evidence, table: pd.DataFrame) -> list[str]:
    """Tell where credit differs from what the input states, where that is at hand."""
    try:
        given = evidence.folder.credits
    except NotChecked:
        return []
    columns = ["seat_id", "territory_id"]
    stated = (
        set()
        if given is None
        else {
            (*row, kind, float(share))
            for *row, kind, share in given[[*columns, "kind", "share"]].itertuples(index=False)
        }
    )
    shared = table[table["role"] != "owner"]
    found = {
        (*row, role, float(share))
        for *row, role, share in shared[[*columns, "role", "share"]].itertuples(index=False)
    }
    wrong = sorted(f"{seat} in {territory}" for seat, territory, *_ in stated ^ found)
    return [f"not as in the credits of the input: {some(wrong)}"] if wrong else []


def overrides_hold(evidence: Evidence) -> Finding:
    """Amounts decided by hand are what the quotas add up to, and those that the input and the run state."""
    table, quotas = evidence.overrides, quotas_of(evidence)
    faults: list[str] = []
    for row in table.to_dict("records"):
        label = row["territory_id"] or row["node_id"]
        code = row["currency"]
        who = {row["territory_id"]} if row["territory_id"] else Nodes.of(evidence).below(row["node_id"])
        carried = sum(
            q.cents
            for q in quotas
            if q.who in who and row["component"] in ("", q.component) and inside(row["period"], q.period)
        )
        if minor_units(row["amount"], code) != carried:
            faults.append(f"quotas add up to another amount than was decided for {label!r}")
        if row["method_amount"]:
            method, difference = (minor_units(row[name], code) for name in ("method_amount", "difference"))
            if minor_units(row["amount"], code) - method != difference:
                faults.append(f"the difference to the method is wrong for {label!r}")
    decided = sorted(_decided(evidence))
    applied = sorted(
        (
            row["territory_id"] or row["node_id"],
            row["component"],
            row["period"],
            minor_units(row["amount"], row["currency"]),
        )
        for row in table.to_dict("records")
    )
    if decided and decided != applied:
        wrong = {key[0] for key in set(decided) ^ set(applied)}
        faults.append(f"not as in the input or the run record: {some(sorted(wrong))}")
    return verdict(faults, f"{len(table)} amounts decided by hand")


def _decided(evidence: Evidence) -> list[tuple[str, str, str, int]]:
    """Return what the input and the run record say was decided; nothing where the input is not at hand."""
    try:
        folder = evidence.folder
    except NotChecked:
        return []
    currency, rates = currency_of(evidence), rates_of(folder)
    of_seat = dict(zip(evidence.territories["seat_id"], evidence.territories["territory_id"], strict=True))
    found: dict[tuple[str, str, str], int] = {}
    for row in [] if folder.overrides is None else folder.overrides.to_dict("records"):
        who = row["territory_id"] or of_seat.get(row["seat_id"], row["node_id"])
        period = "" if len(row["period"]) == len("2026") else row["period"]
        cents = converted(int(row["amount_cents"]), row["currency"], currency, rates)
        found[who, row["component"], period] = cents
    for row in evidence.run.get("parameters", {}).get("hand_set", []):
        who = of_seat.get(row["who"], row["who"])
        found[who, row["component"], row["period"]] = minor_units(row["amount"], currency)
    return [(*key, cents) for key, cents in found.items()]


def local_amounts_are_worth_it(evidence: Evidence) -> Finding:
    """Quotas in a seat's own currency are worth, at the rate of the input, the quota to the last minor unit."""
    table, currency = evidence.quotas, currency_of(evidence)
    if "local_amount" not in table:
        raise NotChecked("No seat has a currency of its own.")
    faults = _malformed(table, "local_amount", "local_currency")
    own = table["local_currency"] == currency
    changed = table[own & (table["local_amount"] != table["amount"])]["territory_id"]
    if len(changed):
        faults.append(f"two amounts in one currency: {some(sorted(set(changed)))}")
    rates = rates_of(evidence.folder)
    worth = total(amounts(table[~own], "territory_id", "local_amount", "local_currency"))
    quota, codes = (
        total(quotas_of(evidence)),
        dict(zip(table["territory_id"], table["local_currency"], strict=True)),
    )
    wrong = []
    for who, cents in worth.items():
        unit = rates[codes[who]] * Fraction(10) ** (minor_digits(currency) - minor_digits(codes[who]))
        if round(quota[who] / unit) != cents:
            wrong.append(who)
    if wrong:
        faults.append(f"not the quota at the rate of the input: {some(sorted(wrong))}")
    return verdict(faults, f"{len(worth)} territories in currencies of their own")


def _malformed(table: pd.DataFrame, column: str = "amount", currency: str = "currency") -> list[str]:
    pairs = zip(table[column], table[currency], strict=True)
    wrong = [text for text, code in pairs if not is_amount(text, code)]
    return [f"not an amount to the last minor unit: {some(wrong)}"] if wrong else []
