"""What the plan's territories and nodes are called in a Salesforce organisation, and which are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.assemble.findings import examples
from data.exchange import crm_ids
from data.exchange.crm_ids import record_id
from data.exchange.names import (
    MOST_CHARACTERS,
    developer_name,
    developer_names,
    is_developer_name,
    marked_name,
)
from data.exchange.plan_state import PlanState, node_order
from data.exchange.salesforce_state import CrmState, territory_token
from data.exchange.settings import FILE, CrmSettings
from data.read.report import Report, shown

TERRITORY, NODE = "territory", "node"
One = tuple[str, str]
"""Whether it is a territory or a node, and its id: the same id may be both."""


@dataclass(frozen=True, eq=False)
class Naming:
    """DeveloperNames of the plan's territories and nodes, and the record ids that the plan itself tells.

    Parameters
    ----------
    territory, node
        DeveloperName by id.
    ids
        Record ids by token.
    """

    territory: Mapping[str, str]
    node: Mapping[str, str]
    ids: Mapping[str, str]


def naming(
    plans: Sequence[PlanState],
    now: CrmState,
    taken: frozenset[str],
    settings: CrmSettings,
    report: Report,
) -> Naming:
    """Return what the territories and nodes of some plans are called in the CRM.

    A territory is found there by what the settings say, by its own id where that is a record id, by DeveloperName, by
    its name, or by the DeveloperName made from its id; else it is new and gets the latter.
    """
    names: dict[One, str] = {}
    yielded: dict[One, str] = {}
    matcher = _Matcher(now, settings, report)
    # A name with a mark is that of one id alone, so it is found before a weaker likeness can claim it.
    for plan in plans:
        for one in [
            *((TERRITORY, t) for t in plan.territories),
            *((NODE, n) for n in nodes_of(plan, settings)),
        ]:
            there = matcher.marked(one)
            if there is not None:
                names[one] = there
    # One plan after the other: a later one never changes what an earlier one was called.
    for plan in plans:
        texts: dict[One, str] = {(TERRITORY, one): one for one in sorted(plan.territories)}
        texts |= {(NODE, one): one for one in sorted(nodes_of(plan, settings))}
        known = matcher.match(texts, names)
        others = [*taken, *(name for name in now.territories if name not in known.values())]
        names, late = developer_names(texts, others, known)
        yielded |= late
    if yielded:
        told = [f"{one[1]} ({names[one]} instead of {yielded[one]})" for one in yielded]
        report.warning(
            "developer_name",
            f"The DeveloperName made from these ids belongs to another territory already: {examples(told)}.",
            "State the DeveloperName of each in [salesforce.territories], so that it never changes.",
            column="territory_id",
            value=shown(next(iter(yielded))[1]),
            count=len(yielded),
        )
    return Naming(
        {one: name for (kind, one), name in names.items() if kind == TERRITORY},
        {one: name for (kind, one), name in names.items() if kind == NODE},
        {territory_token(names[one]): record for one, record in matcher.records.items()},
    )


def nodes_of(plan: PlanState, settings: CrmSettings) -> list[str]:
    """Return the nodes of the hierarchy that become territories: those above the plan's, the highest first."""
    if not settings.salesforce.hierarchy:
        return []
    return node_order(plan.nodes, frozenset(above for above in plan.territories.values() if above))


class _Matcher:
    """Finds the plan's territories among those that are there."""

    def __init__(self, now: CrmState, settings: CrmSettings, report: Report) -> None:
        self.stated, self.report = settings.salesforce.territories, report
        self.records: dict[One, str] = {}
        tokens = {territory_token(name): name for name in now.territories}
        self._by_record = {one: tokens[key] for key, one in now.ids.items() if key in tokens}
        self._by_name: dict[str, list[str]] = {}
        for name, territory in now.territories.items():
            self._by_name.setdefault(territory.fields.get("Name", ""), []).append(name)
        self._folded = {name.casefold(): name for name in now.territories}
        self._snapshot = bool(now.territories)

    def match(self, ids: Mapping[One, str], names: Mapping[One, str]) -> dict[One, str]:
        """Return `names` with those of further ids that are there, or that the settings name; each at most once."""
        found = dict(names)
        claimed = {name.casefold(): one[1] for one, name in names.items()}
        for strength in (self._stated, self._own_record, self._exact, self._label, self._derived):
            for one in ids:
                name = None if one in found else strength(one)
                if name is None:
                    continue
                if name.casefold() not in claimed:
                    found[one], claimed[name.casefold()] = name, one[1]
                elif strength == self._stated and claimed[name.casefold()] != one[1]:
                    self._tell(one, f"{claimed[name.casefold()]!r} is the same territory of the CRM already.")
        return found

    def marked(self, one: One) -> str | None:
        """Return the name with the mark of an id, where it is there and nothing else is stated for the id."""
        return None if one[1] in self.stated else self._folded.get(marked_name(one, one[1]).casefold())

    def _stated(self, one: One) -> str | None:
        wanted = self.stated.get(one[1])
        if wanted is None:
            return None
        record = record_id(wanted, crm_ids.TERRITORY)
        if record is not None:
            if self._snapshot and record not in self._by_record:
                self._tell(one, f"The CRM has no territory {wanted}.")
                return None
            self.records[one] = record
            return self._by_record.get(record, developer_name(one[1]))
        if not is_developer_name(wanted):
            self._tell(
                one,
                f"{shown(wanted)!r} is neither a record id nor a DeveloperName: letters, digits and single _ only, a "
                f"letter first, no _ at the end, at most {MOST_CHARACTERS}.",
            )
            return None
        return self._folded.get(wanted.casefold(), wanted)

    def _own_record(self, one: One) -> str | None:
        record = record_id(one[1], crm_ids.TERRITORY)
        if record is None or (self._snapshot and record not in self._by_record):
            return None
        self.records[one] = record
        return self._by_record.get(record, developer_name(one[1]))

    def _exact(self, one: One) -> str | None:
        return self._folded.get(one[1].casefold())

    def _label(self, one: One) -> str | None:
        found = self._by_name.get(one[1], [])
        return found[0] if len(found) == 1 else None

    def _derived(self, one: One) -> str | None:
        return self._folded.get(developer_name(one[1]).casefold())

    def _tell(self, one: One, why: str) -> None:
        self.report.error(
            "territory_mapping",
            why,
            "Correct [salesforce.territories].",
            file=FILE,
            column=f"salesforce.territories.{one[1]}",
            value=shown(self.stated.get(one[1], "")),
        )
