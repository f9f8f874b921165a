"""What is in force on a day: the territory of each account, and what that territory carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.approving.reviewed import Contents, contents
from api.deps import Services
from api.schemas.publications import EffectiveOut, PeriodQuota
from data.store import publications
from data.store.publications import InForce
from planner.quota.days import days_of
from planner.roles import Scope


@dataclass(frozen=True, eq=False)
class OnADay:
    """A publication on one of its days.

    Parameters
    ----------
    force
        The publication, and its last day.
    contents
        What its version says.
    on
        The day.
    """

    force: InForce
    contents: Contents
    on: date

    @property
    def _period(self) -> str | None:
        """The shortest period of the quotas that holds the day; None where none does."""
        year = self.force.publication.effective_from.year
        spans = [(p, days_of(p, year)) for p in self.contents.output.quotas.periods]
        inside = [
            (span[1] - span[0], p) for p, span in spans if span is not None and span[0] <= self.on <= span[1]
        ]
        return min(inside)[1] if inside else None

    def rows(
        self, scope: Scope, account_id: str | None = None, after: int = -1
    ) -> Iterator[tuple[int, EffectiveOut]]:
        """Yield accounts that somebody sees with their positions, those above `after`, or one of them."""
        output, found = self.contents.output, self.force.publication
        quotas = {row.territory_id: row for row in output.quotas.rows}
        period = self._period
        column = None if period is None else output.quotas.periods.index(period)
        seen = {t for t in self.contents.region_of if self.contents.shows(scope, t)}
        table = output.assignments
        owned = zip(table["account_id"], table["territory_id"], table["seat_id"], strict=True)
        for position, (account, territory, seat) in enumerate(owned):
            if position <= after or territory not in seen or not account or account_id not in (None, account):
                continue
            quota = quotas.get(territory)
            part = None if quota is None or column is None or period is None else quota.amounts_cents[column]
            yield (
                position,
                EffectiveOut(
                    account_id=account,
                    territory_id=territory,
                    seat_id=seat,
                    region=self.contents.region_of[territory],
                    quota_cents=None if quota is None else quota.total_cents,
                    period_quota=None if part is None else PeriodQuota(period=str(period), quota_cents=part),
                    currency=output.quotas.currency,
                    plan_id=found.plan_id,
                    version=found.version,
                    publication_id=found.id,
                    line=found.line,
                    since=found.effective_from,
                    until=self.force.until,
                ),
            )


def effective(
    services: Services,
    scope: Scope,
    on: date,
    *,
    account_id: str | None = None,
    line: str | None = None,
    after: tuple[str, int] | None = None,
) -> Iterator[tuple[tuple[str, int], EffectiveOut]]:
    """Yield what is in force on a day by line and account, each with its key.

    Parameters
    ----------
    scope
        Regions that are shown.
    account_id, line
        One account, or one line; None for all.
    after
        Key to go on after.
    """
    with services.store.database.reading() as connection:
        found = publications.in_force(connection, on, line)
    for force in found:
        own = force.publication.line
        if after is not None and own < after[0]:
            continue
        last = after[1] if after is not None and own == after[0] else -1
        day = OnADay(
            force, contents(services, force.publication.data_digest, force.publication.output_digest), on
        )
        for position, row in day.rows(scope, account_id, last):
            yield (own, position), row
