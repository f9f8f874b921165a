"""Who may do what: roles, what each permits, and the regions that a person is fenced to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the planning of sales. A person may have several roles."""

    ADMIN = "admin"
    """Runs the service: people, roles, tokens, backups. Everything the others may."""
    PLANNER = "planner"
    """Carves territories: data, scenarios, solves, edits, proposals."""
    FINANCE = "finance"
    """Proves quotas: targets, quotas, validation, freezing."""
    MANAGER = "manager"
    """Answers for regions: reads them, challenges, hands out their quotas, comments, approves."""
    VIEWER = "viewer"
    """Reads."""


class Permission(StrEnum):
    """One kind of thing that can be done. Every route names the one it asks for."""

    READ = "read"
    """See plans, scenarios and jobs, inside one's regions."""
    UPLOAD = "upload"
    """Bring in data, and delete what nothing uses."""
    PLAN = "plan"
    """Make, name and delete plans and scenarios, run jobs, propose."""
    EDIT = "edit"
    """Change the territory of accounts in a plan that is not frozen."""
    SET_QUOTAS = "set_quotas"
    """Change targets and quotas of a plan that is not frozen, inside one's regions."""
    CHALLENGE = "challenge"
    """Question an assignment or a quota, and comment."""
    ANSWER = "answer"
    """Decide challenges."""
    APPROVE = "approve"
    """Approve for sales, inside one's regions."""
    VALIDATE = "validate"
    """Validate quotas for finance, freeze and reopen."""
    PUBLISH = "publish"
    """Put a plan in force, and export it to other systems."""
    AUDIT = "audit"
    """Read the audit trail."""
    MONITOR = "monitor"
    """Read the metrics of the service; for the token of a program that collects them."""
    ADMINISTER = "administer"
    """People, roles, tokens of others, settings, backups."""


_READERS = frozenset({Permission.READ})
PERMITTED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.PLANNER: _READERS
    | {
        Permission.UPLOAD,
        Permission.PLAN,
        Permission.EDIT,
        Permission.SET_QUOTAS,
        Permission.CHALLENGE,
        Permission.ANSWER,
        Permission.PUBLISH,
    },
    Role.FINANCE: _READERS
    | {
        Permission.SET_QUOTAS,
        Permission.CHALLENGE,
        Permission.VALIDATE,
        Permission.AUDIT,
    },
    Role.MANAGER: _READERS | {Permission.SET_QUOTAS, Permission.CHALLENGE, Permission.APPROVE},
    Role.VIEWER: _READERS,
}
"""What each role permits."""

FENCED = frozenset({Role.MANAGER, Role.VIEWER})
"""Roles that see their regions only. A person who also has another role sees everything."""


@dataclass(frozen=True)
class Scope:
    """Which regions somebody sees.

    Parameters
    ----------
    regions
        Names of regions; None for all, accounts and territories of no region included.
    """

    regions: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.regions is None

    def covers(self, region: str | None) -> bool:
        """Return whether what belongs to `region` may be seen; what belongs to none, only by those who see all."""
        return self.regions is None or (region is not None and region in self.regions)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Person:
    """Somebody who asks for something.

    Parameters
    ----------
    id
        Stable id.
    name
        For people.
    roles
        What the person is.
    regions
        Regions of a manager or viewer, names as in the plan's seats; of no meaning for the other roles. A viewer with
        none sees everything, a manager with none sees nothing.
    permitted
        Permissions, where fewer than the roles give, as with a token for one purpose; None for those of the roles.
    within
        Regions that even who sees everything is held to, as with a token for one region; None for no such limit.
    """

    id: str
    name: str
    roles: frozenset[Role]
    regions: frozenset[str] = frozenset()
    permitted: frozenset[Permission] | None = field(default=None)
    within: frozenset[str] | None = field(default=None)

    def may(self, permission: Permission) -> bool:
        """Return whether the person may do this at all, somewhere."""
        if self.permitted is not None and permission not in self.permitted:
            return False
        return any(permission in PERMITTED[role] for role in self.roles)

    @property
    def scope(self) -> Scope:
        """Which regions the person sees."""
        of_roles = self._scope_of_roles
        if self.within is None:
            return of_roles
        return Scope(self.within if of_roles.regions is None else of_roles.regions & self.within)

    @property
    def _scope_of_roles(self) -> Scope:
        if not self.roles <= FENCED:
            return EVERYTHING
        if self.roles == {Role.VIEWER} and not self.regions:
            return EVERYTHING
        return Scope(self.regions)


LOCAL = Person("local", "You", frozenset({Role.ADMIN}))
"""The one person of a service that runs for one person on one machine."""
