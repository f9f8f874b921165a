"""Regions: which territories, accounts and areas belong to which, and what is asked of single ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.folder import PlanFolder
from data.schema import key
from planner.arrays import FloatArray, IdArray, MaskArray
from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions by the names they go by.

    Parameters
    ----------
    asked
        Names that the scenario makes rules for, in its order.
    wanted
        How many territories it asks of some of them.
    keep
        Whether accounts and areas stay in their region.
    stated
        Region that each account, then each area, states for itself; ``""`` where none.
    node, parent
        Id of each node of the hierarchy by the key of its id or name, and the node above each.
    """

    asked: tuple[str, ...]
    wanted: dict[str, int]
    keep: bool
    stated: IdArray
    node: dict[str, str]
    parent: dict[str, str]

    def of(self, texts: Iterable[object]) -> list[str]:
        """Return the region of each text: its node of the hierarchy, or the nearest one above that has rules."""
        listed = {self.node.get(key(name), name): name for name in self.asked}
        known: dict[str, str] = {}
        for text in texts:
            if (name := str(text).strip()) not in known:
                known[name] = self._climbed(name, listed) if name else ""
        return [known[str(text).strip()] for text in texts]

    def _climbed(self, name: str, listed: dict[str, str]) -> str:
        start = self.node.get(key(name), name)
        by_key = {key(each): asked for each, asked in listed.items()}
        seen: set[str] = set()
        node = start
        while node and node not in seen:
            if node in listed or key(node) in by_key:
                return listed.get(node) or by_key[key(node)]
            seen.add(node)
            node = self.parent.get(node, "")
        return start

    def of_territories(self, territory_id: IdArray, weight: FloatArray, rows: MaskArray) -> dict[str, str]:
        """Return the region that holds most of each territory today, by what its accounts and areas state.

        Parameters
        ----------
        territory_id, weight
            Current territory and activity of accounts and areas that have one.
        rows
            Which of all accounts and areas these are.
        """
        frame = pd.DataFrame(
            {"territory": territory_id, "region": self.of(self.stated[rows]), "weight": weight}
        )
        frame = frame[frame["region"] != ""]
        size = (
            frame.assign(weight=frame["weight"] + 1e-12)
            .groupby(["territory", "region"], sort=True)["weight"]
            .sum()
        )
        if not len(size):
            return {}
        largest = size.groupby(level="territory").idxmax()
        return {str(territory): str(region) for territory, region in largest}

    def names_of(self, regions: Iterable[str]) -> tuple[str, ...]:
        """Return the names of all regions that territories belong to, those with rules first."""
        there = {name for name in regions if name}
        listed = [name for name in self.asked if name in there]
        return (*listed, *sorted(there - set(listed)))


def plan_regions(folder: PlanFolder, scenario: Scenario) -> Regions:
    """Return what the folder and the scenario say of regions."""
    nodes = folder.hierarchy
    node: dict[str, str] = {}
    parent: dict[str, str] = {}
    if nodes is not None:
        node = {
            key(str(name)): str(of) for name, of in zip(nodes["name"], nodes["node_id"], strict=True) if name
        }
        node |= {key(str(name)): str(name) for name in nodes["node_id"]}
        parent = dict(zip(nodes["node_id"], nodes["parent_id"], strict=True))
    stated = [
        np.full(len(table), "", dtype=object)
        if "region" not in table
        else table["region"].to_numpy(dtype=object)
        for table in (folder.accounts, folder.units)
        if table is not None
    ]
    asked = scenario.regions
    return Regions(
        asked=tuple(asked),
        wanted={name: rules.territories for name, rules in asked.items() if rules.territories is not None},
        keep=bool(asked) if scenario.keep_regions is None else scenario.keep_regions,
        stated=np.concatenate(stated) if stated else np.zeros(0, dtype=object),
        node=node,
        parent=parent,
    )
