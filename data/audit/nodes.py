"""Which territories lie below which node, by the tables of an output alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from data.audit.evidence import Evidence


@dataclass(frozen=True, eq=False)
class Nodes:
    """The hierarchy as an output tells it.

    Parameters
    ----------
    parent
        Id of the node above, by id of the node; empty text for a top node.
    of_territory
        Node that each territory hangs below; empty text for none.
    """

    parent: dict[str, str]
    of_territory: dict[str, str]

    @classmethod
    def of(cls, evidence: Evidence) -> Nodes:
        """Read them from ``node_quotas.csv`` and ``territories.csv``."""
        rows = evidence.node_quotas.drop_duplicates("node_id")
        territories = evidence.territories
        # A measure may bear the name of the column.
        name = "territory_node_id" if "territory_node_id" in territories else "node_id"
        return cls(
            dict(zip(rows["node_id"], rows["parent_id"], strict=True)),
            dict(zip(territories["territory_id"], territories[name], strict=True)),
        )

    @cached_property
    def above(self) -> dict[str, list[str]]:
        """Every node that a territory lies below, from its own to the top; ends where nodes are above themselves."""
        found: dict[str, list[str]] = {}
        for territory, node in self.of_territory.items():
            path: list[str] = []
            while node and node not in path:
                path.append(node)
                node = self.parent.get(node, "")
            found[territory] = path
        return found

    def below(self, node: str) -> set[str]:
        """Return the territories below a node."""
        return {territory for territory, path in self.above.items() if node in path}
