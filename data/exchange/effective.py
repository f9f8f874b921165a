"""Published plans by the day they hold from: whose each account is on any day, and with which quota.

A publication holds from its day until the next one does. Of two that hold from the same day the one published later
counts. Before the first one nothing is published.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pandas as pd

from data.exchange.plan_tables import read_tables
from planner.quota.periods import MONTHS, months_covered


@dataclass(frozen=True)
class QuotaOnDay:
    """A quota of a territory for a period that holds the day: its component (``""`` for the only one) and amount."""

    component: str
    period: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class AccountOnDay:
    """Whose an account is on a day.

    Parameters
    ----------
    account_id, territory_id, seat_id
        Ids; ``""`` where the account belongs to nobody.
    plan, effective_from
        The publication that says so.
    quotas
        Quotas of its territory for the periods that hold the day.
    """

    account_id: str
    territory_id: str
    seat_id: str
    plan: str
    effective_from: datetime.date
    quotas: tuple[QuotaOnDay, ...]


@dataclass(frozen=True)
class Span:
    """A time in which an account belongs to the same territory and seat.

    Parameters
    ----------
    first_day, last_day
        Its days, both included; no last day where it goes on.
    territory_id, seat_id
        Ids; ``""`` where the account is in no territory, or in no plan.
    plan
        The publication that began it.
    """

    first_day: datetime.date
    last_day: datetime.date | None
    territory_id: str
    seat_id: str
    plan: str


@dataclass(frozen=True, eq=False)
class Publication:
    """A published plan.

    Parameters
    ----------
    effective_from
        First day on which it holds.
    name
        What it is called.
    assignments
        ``account_id``, ``territory_id``, ``seat_id`` as text; rows without account are ignored.
    quotas
        ``territory_id``, ``component``, ``period``, ``amount`` (`Decimal`, or decimal text), ``currency``; None for
        none.
    """

    effective_from: datetime.date
    name: str
    assignments: pd.DataFrame
    quotas: pd.DataFrame | None = None

    @classmethod
    def of_output(cls, effective_from: datetime.date, out: Path, name: str | None = None) -> Publication:
        """Return the publication of an output folder.

        Raises
        ------
        InvalidInput
            Where it is no whole output.
        """
        plan = read_tables(out, places=False)
        return cls(effective_from, name or plan.name, plan.tables["assignments"], plan.tables.get("quotas"))

    @cached_property
    def owners(self) -> dict[str, tuple[str, str]]:
        """Territory and seat of each account."""
        rows = self.assignments[self.assignments["account_id"] != ""].drop_duplicates("account_id")
        pairs = zip(rows["territory_id"], rows["seat_id"], strict=True)
        return dict(zip(rows["account_id"], pairs, strict=True))

    @cached_property
    def territory_quotas(self) -> dict[str, list[QuotaOnDay]]:
        """All quotas of each territory."""
        found: dict[str, list[QuotaOnDay]] = {}
        if self.quotas is not None:
            names = ("territory_id", "component", "period", "amount", "currency")
            for one, component, period, amount, currency in zip(
                *(self.quotas[name] for name in names), strict=True
            ):
                quota = QuotaOnDay(str(component), str(period), Decimal(amount), str(currency))
                found.setdefault(one, []).append(quota)
        return found

    def quotas_on(self, territory_id: str, day: datetime.date) -> tuple[QuotaOnDay, ...]:
        """Return the quotas of a territory whose periods hold a day; a period of unknown name holds every day."""
        return tuple(
            quota for quota in self.territory_quotas.get(territory_id, ()) if _holds(quota.period, day)
        )


class PublishedPlans:
    """Publications in order of time.

    Parameters
    ----------
    publications
        In the order in which they were published.
    """

    def __init__(self, publications: Sequence[Publication]) -> None:
        # Sorting keeps the order of those with the same day, so the later one wins.
        ordered = sorted(publications, key=lambda one: one.effective_from)
        by_day = {one.effective_from: one for one in ordered}
        self.publications: tuple[Publication, ...] = tuple(by_day.values())
        self._days = list(by_day)

    def in_force(self, day: datetime.date) -> Publication | None:
        """Return the publication that holds on a day; None before the first one."""
        at = bisect_right(self._days, day)
        return self.publications[at - 1] if at else None

    def account_on(self, account_id: str, day: datetime.date) -> AccountOnDay | None:
        """Return whose an account is on a day; None where nothing is published, or the plan does not know it."""
        plan = self.in_force(day)
        if plan is None or account_id not in plan.owners:
            return None
        return _on_day(plan, account_id, day)

    def on(self, day: datetime.date) -> tuple[AccountOnDay, ...]:
        """Return whose every account is on a day, in the order of the plan; none before the first publication."""
        plan = self.in_force(day)
        if plan is None:
            return ()
        quotas: dict[str, tuple[QuotaOnDay, ...]] = {}
        found = []
        for account_id, (territory_id, seat_id) in plan.owners.items():
            if territory_id not in quotas:
                quotas[territory_id] = plan.quotas_on(territory_id, day)
            found.append(
                AccountOnDay(
                    account_id, territory_id, seat_id, plan.name, plan.effective_from, quotas[territory_id]
                )
            )
        return tuple(found)

    def history(self, account_id: str) -> tuple[Span, ...]:
        """Return whose an account has been and will be: spans without gaps from its first publication on.

        Publications that change neither territory nor seat begin no new span. Where a later plan does not know the
        account, a span without territory tells so.
        """
        spans: list[Span] = []
        for plan in self.publications:
            territory_id, seat_id = plan.owners.get(account_id, ("", ""))
            if not spans and account_id not in plan.owners:
                continue
            if spans and (spans[-1].territory_id, spans[-1].seat_id) == (territory_id, seat_id):
                continue
            if spans:
                last = spans.pop()
                ended = plan.effective_from - datetime.timedelta(days=1)
                spans.append(Span(last.first_day, ended, last.territory_id, last.seat_id, last.plan))
            spans.append(Span(plan.effective_from, None, territory_id, seat_id, plan.name))
        return tuple(spans)


def _on_day(plan: Publication, account_id: str, day: datetime.date) -> AccountOnDay:
    territory_id, seat_id = plan.owners[account_id]
    quotas = plan.quotas_on(territory_id, day)
    return AccountOnDay(account_id, territory_id, seat_id, plan.name, plan.effective_from, quotas)


def _holds(period: str, day: datetime.date) -> bool:
    months = months_covered(period)
    return months is None or months[0] <= day.year * MONTHS + day.month - 1 < months[1]
