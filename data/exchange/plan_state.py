"""What a plan says to the world: territories and who holds them, accounts and whose they are, quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

SeatRole = Literal["owner", "split", "overlay"]


@dataclass(frozen=True)
class Node:
    """A node of the hierarchy: the node above (``""`` for none), its level, and its name."""

    parent: str
    level: str = ""
    name: str = ""


@dataclass(frozen=True)
class Holder:
    """A seat that is credited with a territory; `share` is a fraction of it."""

    seat_id: str
    role: SeatRole
    share: Decimal


@dataclass(frozen=True)
class Person:
    """Who sits on a seat as the inputs and the settings state it; ``""`` where they do not."""

    user_id: str = ""
    email: str = ""
    role: str = ""
    name: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, eq=False)
class PlanState:
    """One state of a plan: as it is to be, or as it was.

    Parameters
    ----------
    label
        What it is called in messages.
    territories
        Node that each territory hangs below, by territory id; ``""`` for none.
    names
        Names of territories that have one of their own.
    nodes
        Nodes of the hierarchy, by id.
    holders
        Seats of each territory, the owner first.
    accounts
        Territory of each account that has one.
    territory_quotas
        Minor units by territory, component and period.
    seat_quotas
        Minor units by seat, territory, component and period; owners and splits add up to the territory.
    currency
        Of all amounts.
    seats
        Who sits where, by seat id.
    account_record
        Record id of accounts that the CRM knows by another id.
    """

    label: str
    territories: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    holders: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    territory_quotas: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    seat_quotas: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)
    currency: str = "USD"
    seats: Mapping[str, Person] = field(default_factory=dict)
    account_record: Mapping[str, str] = field(default_factory=dict)

    @property
    def periods(self) -> frozenset[str]:
        """Periods that any quota is for."""
        return frozenset(period for _, _, period in self.territory_quotas)


def node_order(nodes: Mapping[str, Node], wanted: frozenset[str]) -> list[str]:
    """Return `wanted` and all nodes above them, each after the node above it; none twice, circles broken."""
    order: dict[str, None] = {}
    for start in sorted(wanted):
        chain: list[str] = []
        at = start
        while at in nodes and at not in order and at not in chain:
            chain.append(at)
            at = nodes[at].parent
        order |= dict.fromkeys(reversed(chain))
    return list(order)
