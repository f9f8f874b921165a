"""Changes to who has what: locks and exclusions put on or lifted, and rules of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from planner.data_changes import Lifted, RulePattern, as_row
from planner.demands import AskedRule
from planner.scenarios.change import Asked, Change, listed
from planner.scenarios.fields import Check, asked_rule, choice, ids, optional_text, rule_pattern


@dataclass(frozen=True)
class Lock(Change):
    """Accounts or areas must stay where they are, or go to a certain territory.

    Parameters
    ----------
    accounts, units
        Ids; either, or `where`.
    where, of
        A condition instead, on ``accounts`` or ``units``.
    territory, seat
        Whose they must be; empty for whoever has them today. Alone: all that the territory has today.
    """

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    where: str = ""
    of: str = ""
    territory: str = ""
    seat: str = ""

    kind: ClassVar[str] = "lock"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "accounts": ids,
        "units": ids,
        "where": optional_text,
        "of": choice(("accounts", "units")),
        "territory": optional_text,
        "seat": optional_text,
    }

    def faults(self) -> list[str]:
        """Return whether it speaks of nothing, or in two ways."""
        if self.where and (self.accounts or self.units):
            return ["name ids, or write one condition; make two changes of it where both are meant"]
        nothing = not (self.accounts or self.units or self.where or self.territory or self.seat)
        return ["name accounts, units, a condition (where), or a territory"] if nothing else []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each account and area, and the condition."""
        if not (self.accounts or self.units or self.where):
            return (("lock territory", self.territory or self.seat),)
        return _subjects("lock", self.accounts, self.units, self.where)

    def sentence(self) -> str:
        """Return the change in words."""
        owner = self.territory or self.seat
        what = _what(self.accounts, self.units, self.where, self.of)
        if not what:
            return f"All that {owner} has today stays there."
        return f"{what} locked to {owner or 'who has them today'}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the locks as rules."""
        return _with_rules(
            asked,
            _rules("lock", self.accounts, self.units, self.where, self.of, self.territory, self.seat),
        )


@dataclass(frozen=True)
class Unlock(Change):
    """Accounts or areas may move, whatever locked them.

    Parameters
    ----------
    accounts, units
        Ids.
    """

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    kind: ClassVar[str] = "unlock"
    CHECKS: ClassVar[Mapping[str, Check]] = {"accounts": ids, "units": ids}

    def faults(self) -> list[str]:
        """Return whether it names nothing."""
        return [] if self.accounts or self.units else ["name accounts or units"]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each account and area."""
        return _subjects("lock", self.accounts, self.units, "")

    def sentence(self) -> str:
        """Return the change in words."""
        return f"{_what(self.accounts, self.units, '', '')} free to move."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked without the locks."""
        named = {*self.accounts}, {*self.units}
        rules = tuple(
            each
            for each in asked.scenario.rules
            if each.kind != "lock" or not (each.account_id in named[0] or each.unit_id in named[1])
        )
        now = asked.scenario.lifted
        lifted = Lifted(
            tuple(dict.fromkeys((*now.accounts, *self.accounts))),
            tuple(dict.fromkeys((*now.units, *self.units))),
            now.rules,
        )
        return asked.replace(rules=rules, lifted=lifted)


@dataclass(frozen=True)
class Exclude(Change):
    """Accounts or areas must not belong to a territory, a seat or a region.

    Parameters
    ----------
    accounts, units
        Ids; either, or `where`.
    where, of
        A condition instead, on ``accounts`` or ``units``.
    territory, seat, region
        Whose they must not be; one of these at least.
    """

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    where: str = ""
    of: str = ""
    territory: str = ""
    seat: str = ""
    region: str = ""

    kind: ClassVar[str] = "exclude"
    CHECKS: ClassVar[Mapping[str, Check]] = {**Lock.CHECKS, "region": optional_text}

    def faults(self) -> list[str]:
        """Return whether it speaks of nothing, in two ways, or of nobody."""
        if self.where and (self.accounts or self.units):
            return ["name ids, or write one condition; make two changes of it where both are meant"]
        told = []
        if not (self.accounts or self.units or self.where):
            told.append("name accounts, units, or a condition (where)")
        if not (self.territory or self.seat or self.region):
            told.append("name the territory, the seat or the region that must not have them")
        return told

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each account and area with whose it must not be."""
        whose = (self.territory, self.seat, self.region)
        found = _subjects("exclude", self.accounts, self.units, self.where)
        return tuple((*each, *whose) for each in found)

    def sentence(self) -> str:
        """Return the change in words."""
        whose = listed([name for name in (self.territory, self.seat, self.region) if name])
        return f"{_what(self.accounts, self.units, self.where, self.of)} not for {whose}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the exclusions as rules."""
        rules = _rules("exclude", self.accounts, self.units, self.where, self.of, self.territory, self.seat)
        return _with_rules(asked, tuple(replace(each, region=self.region) for each in rules))


@dataclass(frozen=True)
class AddRule(Change):
    """Another rule of any kind.

    Parameters
    ----------
    rule
        The rule as a row of the table of rules.
    """

    rule: AskedRule

    kind: ClassVar[str] = "add_rule"
    CHECKS: ClassVar[Mapping[str, Check]] = {"rule": asked_rule}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the rule as a whole: any number of others may hold besides."""
        return (("rule", *(f"{name}={value}" for name, value in _said(self.rule).items())),)

    def sentence(self) -> str:
        """Return the change in words."""
        return f"Another rule: {', '.join(f'{name} {value}' for name, value in _said(self.rule).items())}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the rule."""
        return _with_rules(asked, (self.rule,))


@dataclass(frozen=True)
class RemoveRule(Change):
    """Rules that hold no more: all that agree with every column stated.

    Parameters
    ----------
    rule
        Columns and what they hold, such as the name of the rule.
    """

    rule: RulePattern

    kind: ClassVar[str] = "remove_rule"
    CHECKS: ClassVar[Mapping[str, Check]] = {"rule": rule_pattern}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return what is taken away."""
        return (("rule", *(f"{name}={value}" for name, value in self.rule.stated)),)

    def sentence(self) -> str:
        """Return the change in words."""
        return f"No rule any more with {self.rule.told}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked without the rules."""
        kept = tuple(each for each in asked.scenario.rules if not self.rule.matches(as_row(each)))
        found = replace(self.rule, found=len(asked.scenario.rules) - len(kept))
        now = asked.scenario.lifted
        return asked.replace(rules=kept, lifted=Lifted(now.accounts, now.units, (*now.rules, found)))


def _said(asked: AskedRule) -> dict[str, Any]:
    return {name: value for name, value in as_row(asked).items() if value not in ("", None) and name != "row"}


def _with_rules(asked: Asked, rules: tuple[AskedRule, ...]) -> Asked:
    return asked.replace(rules=(*asked.scenario.rules, *rules))


def _rules(
    kind: str,
    accounts: tuple[str, ...],
    units: tuple[str, ...],
    where: str,
    of: str,
    territory: str,
    seat: str,
) -> tuple[AskedRule, ...]:
    """Return one rule for each id, or one for the condition, or one for a whole territory."""
    whose = AskedRule(kind, territory_id=territory, seat_id=seat)
    named = [replace(whose, account_id=name) for name in accounts]
    named += [replace(whose, unit_id=name) for name in units]
    return tuple(named) or (replace(whose, where=where, of=of),)


def _subjects(
    verb: str, accounts: tuple[str, ...], units: tuple[str, ...], where: str
) -> tuple[tuple[str, ...], ...]:
    found = [(verb, "account", name) for name in accounts] + [(verb, "unit", name) for name in units]
    return tuple(found) or ((verb, "where", where),)


def _what(accounts: tuple[str, ...], units: tuple[str, ...], where: str, of: str) -> str:
    if where:
        return f"All {of or 'accounts'} where {where}"
    parts = [
        f"{'Account' if len(accounts) == 1 else 'Accounts'} {listed(accounts)}" * bool(accounts),
        f"{'Unit' if len(units) == 1 else 'Units'} {listed(units)}" * bool(units),
    ]
    return " and ".join(part for part in parts if part)
