"""What a region holds, as a digest: an approval is of exactly that, and lapses when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.quota.tie_out import sha256


def region_digests(
    region_of: Mapping[str, str],
    holdings: Iterable[tuple[str, str, str]],
    quotas: Iterable[tuple[str, str, str, int]],
) -> dict[str, str]:
    """Return a SHA-256 of what each region holds, whatever the order of the rows.

    Parameters
    ----------
    region_of
        Region of each territory, empty for none.
    holdings
        Account, area and territory of everything that has one; empty text for what a row is not about.
    quotas
        Territory, component, period and minor units of every quota.
    """
    regions = sorted(set(region_of.values()))
    held: dict[str, list[tuple[str, str, str]]] = {region: [] for region in regions}
    carried: dict[str, list[tuple[str, str, str, int]]] = {region: [] for region in regions}
    for holding in holdings:
        if holding[2] in region_of:
            held[region_of[holding[2]]].append(holding)
    for quota in quotas:
        if quota[0] in region_of:
            carried[region_of[quota[0]]].append(quota)
    territories: dict[str, list[str]] = {region: [] for region in regions}
    for territory, region in region_of.items():
        territories[region].append(territory)
    return {
        region: sha256(
            {
                "territories": sorted(territories[region]),
                "holds": sorted(held[region]),
                "quotas": sorted(carried[region]),
            }
        )
        for region in regions
    }
