"""Where a request really comes from, when proxies stand in between."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(stated: Sequence[str]) -> tuple[Network, ...]:
    """Return networks as they were stated; a single address is one too."""
    return tuple(ipaddress.ip_network(part, strict=False) for part in stated)


def client_address(scope: Scope, trusted: Sequence[Network]) -> str:
    """Return the address that a request came from.

    What ``X-Forwarded-For`` says is believed from right to left, for as long as a trusted proxy said it; anybody can
    write whatever they like to the left of that.

    Returns
    -------
    An address, empty where there is none, as over a socket of this machine.
    """
    peer = (scope.get("client") or ("",))[0]
    said = [
        part.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for part in line.split(",")
    ]
    while said and _within(peer, trusted):
        peer = said.pop()
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def rate_key(address: str) -> str:
    """Return what attempts from an address are counted by: one person often has a whole IPv6 network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "address:"
    return f"address:{ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False)}"


def _within(peer: str, trusted: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(found in network for network in trusted)
