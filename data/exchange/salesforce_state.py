"""What a Salesforce organisation holds of territories, by names that people see, and its record ids beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.exchange.load import token

TERRITORY, ACCOUNTS, USERS, QUOTAS = (
    "Territory2",
    "ObjectTerritory2Association",
    "UserTerritory2Association",
    "ForecastingQuota",
)
"""The objects, by their API names."""

FIELDS = (
    "Name",
    "Territory2TypeId",
    "Description",
    "AccountAccessLevel",
    "OpportunityAccessLevel",
    "CaseAccessLevel",
)
"""Fields of a territory that can be written, apart from its parent and its forecast manager."""

AccountKey = tuple[str, str]
"""Record id of the account, DeveloperName of the territory."""
UserKey = tuple[str, str]
"""Record id of the user, DeveloperName of the territory."""
QuotaKey = tuple[str, str, str, str]
"""Owner, forecasting type, first day of the period, DeveloperName of the territory (``""`` for none)."""


@dataclass(frozen=True)
class Territory:
    """One territory: its fields, the DeveloperName of the one above (``""`` for none), and its forecast manager."""

    fields: Mapping[str, str]
    parent: str = ""
    forecast_user: str = ""


@dataclass(frozen=True)
class Quota:
    """One quota: decimal text and currency code."""

    amount: str
    currency: str = ""


@dataclass(frozen=True, eq=False)
class CrmState:
    """Territories and what hangs on them.

    Parameters
    ----------
    model
        Id of the territory model.
    territories
        By DeveloperName.
    accounts
        Accounts assigned by hand or by a load.
    by_rule
        Accounts that an assignment rule of the organisation put there: no load removes them.
    users
        Role of each user on each territory.
    quotas
        By owner, type, first day and territory.
    ids
        Record ids that are known, by token.
    """

    model: str = ""
    territories: Mapping[str, Territory] = field(default_factory=dict)
    accounts: frozenset[AccountKey] = frozenset()
    by_rule: frozenset[AccountKey] = frozenset()
    users: Mapping[UserKey, str] = field(default_factory=dict)
    quotas: Mapping[QuotaKey, Quota] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def replace(self, **changes: object) -> CrmState:
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def depth(self, name: str) -> int:
        """Return how many territories lie above one; circles end where they close."""
        seen = {name}
        steps = 0
        above = self.territories[name].parent
        while above in self.territories and above not in seen:
            seen.add(above)
            steps += 1
            above = self.territories[above].parent
        return steps


def territory_token(name: str) -> str:
    """Return what stands for the id of a territory, by DeveloperName."""
    return token(TERRITORY, name)


def account_token(key: AccountKey) -> str:
    """Return what stands for the id of an account's place in a territory."""
    return token(ACCOUNTS, *key)


def user_token(key: UserKey) -> str:
    """Return what stands for the id of a user's place in a territory."""
    return token(USERS, *key)


def quota_token(key: QuotaKey) -> str:
    """Return what stands for the id of a quota."""
    return token(QUOTAS, *key)
