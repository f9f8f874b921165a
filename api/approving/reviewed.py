"""A written version of a plan as those see it who review it: territories by region, what each region holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from api.deps import Services
from api.errors import ApiError, not_found
from api.results.output import PlanOutput
from data.quota_rows import QUOTAS, read_quota_rows
from data.read.regions import read_regions
from data.store import plans, versions
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.approval.content import region_digests
from planner.roles import Person, Scope


@dataclass(frozen=True, eq=False)
class Contents:
    """What the output of a version says of regions; the same for everybody who asks.

    Parameters
    ----------
    folder
        Files that the plan is made from.
    output
        Its files.
    """

    folder: Path
    output: PlanOutput

    @cached_property
    def region_of(self) -> dict[str, str]:
        """Region of each territory, empty for none, in the order of the territories."""
        return {row.territory_id: row.region for row in self.output.territories.territories}

    @cached_property
    def known_as(self) -> dict[str, frozenset[str]]:
        """Every name of the regions that each territory is in: its own, and those of the nodes above."""
        tree = read_regions(self.folder)
        rows = self.output.territories.territories
        return {row.territory_id: tree.all_of(row.seat_id, row.region) for row in rows}

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """Every name of the regions that all territories of a region are in, by region; none for that of no name."""
        found: dict[str, frozenset[str]] = {}
        for territory, region in self.region_of.items():
            own = self.known_as[territory] if region else frozenset[str]()
            found[region] = found.get(region, own) & own
        return found

    def shows(self, scope: Scope, territory_id: str) -> bool:
        """Return whether there is a territory of this id inside a scope; see `api.fence.Fence`."""
        known = territory_id in self.region_of
        return known and (scope.regions is None or bool(self.known_as[territory_id] & scope.regions))

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions that have to approve, ascending, that of territories of none last."""
        return tuple(sorted(set(self.region_of.values()), key=lambda region: (not region, region)))

    @cached_property
    def digests(self) -> dict[str, str]:
        """Digest of what each region holds."""
        rows = self.output.assignments
        holdings = zip(rows["account_id"], rows["unit_id"], rows["territory_id"], strict=True)
        if not (self.output.path / QUOTAS).exists():
            return region_digests(self.region_of, holdings, ())
        quotas = read_quota_rows(self.output.path)
        amounts = zip(
            quotas.territory_id, quotas.component, quotas.period, quotas.cents.tolist(), strict=True
        )
        return region_digests(self.region_of, holdings, amounts)

    @cached_property
    def territory_of(self) -> dict[str, tuple[str, str]]:
        """Territory of each account in the version and before it, empty where it has none."""
        rows = self.output.assignments
        told = zip(rows["account_id"], rows["territory_id"], rows["previous_territory_id"], strict=True)
        return {account: (now, before) for account, now, before in told if account}


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A plan, its newest written version, and how much of it somebody sees.

    Parameters
    ----------
    plan, version
        Rows of the store.
    contents
        What the version says.
    scope
        Regions that who asks sees.
    """

    plan: PlanRow
    version: VersionRow
    contents: Contents
    scope: Scope

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions of the plan, those included that who asks does not see."""
        return self.contents.regions

    def sees_region(self, region: str) -> bool:
        """Return whether who asks sees a region, empty for what belongs to none."""
        return self.scope.regions is None or bool(
            self.contents.names.get(region, frozenset()) & self.scope.regions
        )

    def sees(self, territory_id: str) -> bool:
        """Return whether there is a territory of this id that who asks sees."""
        return self.contents.shows(self.scope, territory_id)

    def sees_account(self, account_id: str) -> bool:
        """Return whether who asks sees the territory of an account, or the one that it comes from."""
        return any(self.sees(territory) for territory in self.contents.territory_of.get(account_id, ()))

    def region(self, region: str) -> str:
        """Return a region's name; `ApiError` 404 where there is none that who asks sees."""
        if region not in self.regions or not self.sees_region(region):
            raise not_found("region", region, "…/approval")
        return region


def reviewed(services: Services, who: Person, plan_id: str, number: int | None = None) -> Reviewed:
    """Return a plan with a written version.

    Parameters
    ----------
    number
        Number of the version; None for the newest one that is written.

    Raises
    ------
    ApiError
        404 where there is no such plan or version, or who asks sees nothing of it; 409 where nothing is written yet.
    """
    with services.store.database.reading() as connection:
        plan = plans.plan(connection, plan_id)
        if plan is None:
            raise not_found("plan", plan_id, "/api/plans")
        found = (
            versions.written(connection, plan_id)
            if number is None
            else versions.version(connection, plan_id, number)
        )
    if number is not None and found is None:
        raise not_found("version", str(number), "…/versions")
    if found is None or found.output_digest is None:
        raise ApiError(
            409, "no-result", f"Nothing is written of the plan {plan.name!r} yet. Wait for its job."
        )
    seen = Reviewed(plan, found, contents(services, plan.data_digest, found.output_digest), who.scope)
    if not who.scope.everything and not any(map(seen.sees, seen.contents.region_of)):
        raise not_found("plan", plan_id, "/api/plans")
    return seen


def contents(services: Services, data_digest: str, output_digest: str) -> Contents:
    """Return what an output of the store says; the last few are kept."""
    tree = services.store.objects.tree
    return _contents(tree(data_digest), tree(output_digest))


@lru_cache(maxsize=16)
def _contents(folder: Path, path: Path) -> Contents:  # trees of the store never change
    return Contents(folder, PlanOutput(path))
