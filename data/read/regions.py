"""Which regions a seat belongs to, read from the two tables that say so, without the rest of a plan folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.read.folder import table_cells
from data.read.plan_tables import read_hierarchy, read_seats
from data.read.report import Report
from data.read.scenario_file import DEFAULT_CURRENCY, read_scenario
from data.read.sources import PLAN_FILE, find_sources


@dataclass(frozen=True)
class RegionTree:
    """Regions, and what lies above each.

    Parameters
    ----------
    of_seat
        Region and node of each seat, by its id; empty texts left out.
    parent
        The node above each node, by its id; none above the top ones.
    name
        What each node is called besides its id.
    """

    of_seat: Mapping[str, tuple[str, ...]]
    parent: Mapping[str, str]
    name: Mapping[str, str]

    def all_of(self, seat_id: str, region: str) -> frozenset[str]:
        """Return every name of the regions that a seat is in: its own, and those of each node above.

        Parameters
        ----------
        seat_id
            The seat; of one that the folder does not know, only `region` is known.
        region
            The region that a plan states for its territory, empty for none.
        """
        at_first = {label for label in (region, *self.of_seat.get(seat_id, ())) if label}
        called = {name: node for node, name in self.name.items() if name}
        found: set[str] = set()
        for label in at_first:
            node = label if label in self.parent else called.get(label, "")
            found.add(label)
            passed: set[str] = set()
            while node and node not in passed:  # a circle is no reason to go round for ever
                passed.add(node)
                found |= {text for text in (node, self.name.get(node, "")) if text}
                node = self.parent.get(node, "")
        return frozenset(found)


def read_regions(folder: Path) -> RegionTree:
    """Read the regions of a plan folder; a table that is not there, or cannot be read, says nothing."""
    report = Report()
    sources = find_sources(folder, report)
    content = sources.plan.read_bytes() if sources.plan is not None else b""
    plan = read_scenario(content, PLAN_FILE, report, DEFAULT_CURRENCY)
    currency = plan.scenario.quota.currency
    tables = {}
    for name, reader in (("seats", read_seats), ("hierarchy", read_hierarchy)):
        cells = table_cells(name, sources, plan, report, currency)
        if cells is not None:
            tables[name] = reader(cells).frame
    of_seat, parent, called = {}, {}, {}
    if "seats" in tables:
        rows = tables["seats"][["seat_id", "region", "node_id"]].astype(str)
        of_seat = {seat: _texts(labels) for seat, *labels in rows.itertuples(index=False)}
    if "hierarchy" in tables:
        rows = tables["hierarchy"][["node_id", "parent_id", "name"]].astype(str)
        parent = {node: above.strip() for node, above, _ in rows.itertuples(index=False)}
        called = {node: name.strip() for node, _, name in rows.itertuples(index=False)}
    return RegionTree(of_seat, parent, called)


def _texts(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(label.strip() for label in labels if label.strip())
