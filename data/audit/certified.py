"""Every sum of the certificate, added up again from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from data.assemble.quota_inputs import converted, rates_of
from data.audit.amounts import Quota, amounts, cells, currency_of, inside, quotas_of, total
from data.audit.evidence import Evidence
from data.audit.nodes import Nodes
from data.audit.report import NotChecked, some, verdict
from planner.quota.tie_out import SINGLE, verify

Finding = tuple[bool, str]
Sum = tuple[str, str]
"""Kind and name of a sum."""


def certificate_holds(evidence: Evidence) -> Finding:
    """The certificate was not changed since it was made, and every sum in it holds."""
    _ = evidence.quotas
    faults = verify(evidence.tie_out)
    inputs = evidence.run["input"]["files"]
    if evidence.tie_out.get("inputs") != inputs:
        faults.append("The certificate was made for other inputs than run.json names.")
    return verdict(faults, f"{len(evidence.tie_out.get('equations', []))} sums")


def certificate_speaks_of_these_quotas(evidence: Evidence) -> Finding:
    """The quotas of the table are those of the certificate; each of its sums is what the tables add up to."""
    rows = quotas_of(evidence)
    plain = [(r.who, "" if (r.component,) == SINGLE else r.component, r.period, r.cents) for r in rows]
    known = verify(evidence.tie_out)
    faults = [fault for fault in verify(evidence.tie_out, plain) if fault not in known]
    sums = recomputed(evidence)
    stated = {(e["kind"], e["name"]): e["right_cents"] for e in evidence.tie_out["equations"]}
    checked = [key for key in stated if key in sums]
    wrong = [name for kind, name in checked if sums[kind, name] != stated[kind, name]]
    if wrong:
        faults.append(f"the tables add up to something else in {some(wrong)}")
    absent = [name for kind, name in sums if (kind, name) not in stated and sums[kind, name]]
    if absent:
        faults.append(f"the certificate says nothing of {some(absent)}")
    steps = {step["name"] for step in evidence.tie_out["bridge"]}
    # What amounts are worth follows from the rates of the input.
    rest = () if _has_rates(evidence) else ("conversion",)
    unknown = [n for kind, n in stated if (kind, n) not in sums and n not in steps and kind not in rest]
    if unknown:
        faults.append(f"the tables know nothing of {some(unknown)}")
    return verdict(faults, f"{len(checked)} of {len(stated)} sums added up again")


def recomputed(evidence: Evidence) -> dict[Sum, int]:
    """Return every sum that the tables tell, by kind and name."""
    rows = quotas_of(evidence)
    sums: dict[Sum, int] = defaultdict(int)
    several = len({row.component for row in rows}) > 1
    for row in rows:
        sums["territory_periods", f"territory {row.who} {row.component}"] += row.cents
        sums["company_periods", f"street quota {row.component} {row.period}"] += row.cents
        sums["components", f"street quota {row.component}"] += row.cents
        sums["over_assignment", "street quota"] += row.cents
        if several:
            sums["components", f"territory {row.who}"] += row.cents
    sums |= _targets(evidence, rows)
    for part in (_nodes(evidence, rows), _overrides(evidence, rows), _credits(evidence), _local(evidence)):
        try:
            sums |= dict(part)
        except NotChecked:
            continue
    return sums


def _targets(evidence: Evidence, rows: list[Quota]) -> dict[Sum, int]:
    """Return sums of quotas inside each period that targets state, in all and by the node whose target it is."""
    asked = [(e["kind"], e["name"]) for e in evidence.tie_out["equations"]]
    components = dict.fromkeys(row.component for row in rows)
    names = [""] if not (evidence.out / "node_quotas.csv").exists() else ["", *Nodes.of(evidence).parent]
    found: dict[Sum, int] = {}
    for kind, name in asked:
        if kind == "over_assignment" and name.startswith("street quota ") and " target " in name:
            for component in components:
                head = f"street quota {component} target "
                if name.startswith(head):
                    found[kind, name] = _in_period(rows, component, name.removeprefix(head))
        elif kind == "target":
            for node in names:
                below = {row.who for row in rows} if not node else Nodes.of(evidence).below(node)
                for component in components:
                    head = f"target of {node or 'company'} {component}"
                    if name == head or name.startswith(f"{head} "):
                        own = [row for row in rows if row.who in below]
                        found[kind, name] = _in_period(own, component, name.removeprefix(head).strip())
    return found


def _in_period(rows: list[Quota], component: str, period: str) -> int:
    return sum(row.cents for row in rows if row.component == component and inside(period, row.period))


def _nodes(evidence: Evidence, rows: list[Quota]) -> Iterator[tuple[Sum, int]]:
    """Give what each node carries, from all territories below it."""
    nodes = Nodes.of(evidence)
    whole: dict[str, int] = dict.fromkeys(nodes.parent, 0)
    parts: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        for node in nodes.above.get(row.who, ()):
            whole[node] += row.cents
            parts[node, row.component, row.period] += row.cents
    yield from ((("node", f"node {node}"), cents) for node, cents in whole.items())
    yield from ((("node_periods", " ".join(("node", *key))), cents) for key, cents in parts.items())
    yield ("node", "company, all nodes"), sum(row.cents for row in rows)


def _overrides(evidence: Evidence, rows: list[Quota]) -> Iterator[tuple[Sum, int]]:
    """Give what the quotas add up to that somebody decided."""
    for row in evidence.overrides.to_dict("records"):
        who = {row["territory_id"]} if row["territory_id"] else Nodes.of(evidence).below(row["node_id"])
        label = f"territory {row['territory_id']}" if row["territory_id"] else f"node {row['node_id']}"
        name = " ".join(filter(None, ("override", label, row["component"], row["period"])))
        yield (
            ("override", name),
            sum(
                quota.cents
                for quota in rows
                if quota.who in who
                and row["component"] in ("", quota.component)
                and inside(row["period"], quota.period)
            ),
        )


def _credits(evidence: Evidence) -> Iterator[tuple[Sum, int]]:
    """Give what owners and splits of a territory, and overlays, are credited with."""
    table = evidence.seat_quotas
    split = set(table.loc[table["role"] == "split", "territory_id"])
    shared = table[table["territory_id"].isin(split) & (table["role"] != "overlay")]
    for (who, component, period), cents in cells(amounts(shared, "territory_id")).items():
        yield ("split", f"credit of territory {who} {component} {period}"), cents
    for (seat, territory), part in table[table["role"] == "overlay"].groupby(["seat_id", "territory_id"]):
        by_component: dict[str, int] = defaultdict(int)
        for row in amounts(part, "seat_id"):
            by_component[row.component] += row.cents
        for component, cents in by_component.items():
            if cents:
                yield ("overlay", f"overlay of seat {seat} on territory {territory} {component}"), cents


def _local(evidence: Evidence) -> Iterator[tuple[Sum, int]]:
    """Give quotas in the seats' own currencies, and what these are worth."""
    table, currency = evidence.quotas, currency_of(evidence)
    if "local_amount" not in table:
        return
    foreign = table[table["local_currency"] != currency]
    added = total(amounts(foreign, "territory_id", "local_amount", "local_currency"))
    codes = dict(zip(foreign["territory_id"], foreign["local_currency"], strict=True))
    rates: dict[str, Fraction] = rates_of(evidence.folder) if _has_rates(evidence) else {}
    for who, cents in added.items():
        yield ("local", f"territory {who} in {codes[who]}"), cents
        if codes[who] in rates:
            worth = converted(cents, codes[who], currency, rates)
            yield ("conversion", f"territory {who} from {codes[who]}"), worth


def _has_rates(evidence: Evidence) -> bool:
    """Return whether the exchange rates of the input are at hand."""
    try:
        return evidence.folder.rates is not None
    except NotChecked:
        return False
