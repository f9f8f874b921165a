"""A plan as a file for Clari: the quota of every user by name and period, only what differs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from data.assemble.findings import examples
from data.exchange import crm_ids
from data.exchange.crm_ids import record_id
from data.exchange.keyed import Key, KeyedTable, Row
from data.exchange.load import Load, Step, steps_with_rows
from data.exchange.names import label
from data.exchange.periods import CLARI, spelled
from data.exchange.plan_state import PlanState
from data.exchange.salesforce_people import People
from data.exchange.settings import CrmSettings
from data.exchange.tables import exported
from data.export.text import money
from data.read.report import Report, shown

QUOTAS = KeyedTable(
    "Quotas",
    ("CRM_USER_ID", "QUOTA_NAME", "PERIOD_NAME", "QUOTA_GOAL"),
    ("CRM_USER_ID", "QUOTA_NAME", "PERIOD_NAME"),
    "Adds or changes quotas.",
    "Removes quotas that nobody carries any more.",
)


def clari_load(
    plan: PlanState,
    prior: PlanState,
    settings: CrmSettings,
    report: Report,
    snapshot: Path | None = None,
) -> Load:
    """Return what to load so that Clari says what a plan says; parameters as for `salesforce_load`.

    The snapshot is a folder with ``Quotas.csv``.
    """
    now = (
        _quotas(prior, People(prior, Report()), settings, Report())
        if snapshot is None
        else _snapshot(snapshot, report)
    )
    people = People(plan, report)
    # Clari matches on the spelling that it was told first.
    spelling = {record_id(key[0], crm_ids.USER) or key[0]: key[0] for key in now}
    then = {
        QUOTAS.key_of(row): row
        for row in (
            (spelling.get(row[0], row[0]), *row[1:])
            for row in _quotas(plan, people, settings, report).values()
        )
    }
    if report.has_errors:
        return Load("clari", plan.label, prior.label, problems=report.problems())
    known = {*people.of.values(), *People(prior, Report()).of.values()}
    ours = {spelling.get(one, one) for one in known}
    names, periods = {key[1] for key in then}, {key[2] for key in then}
    for key, row in now.items():
        mine = key[0] in ours and key[1] in names and key[2] in periods
        same = key in then and Decimal(row[3]) == Decimal(then[key][3])
        if same or (key not in then and not mine):
            then[key] = row
    return Load(
        "clari",
        plan.label,
        prior.label if snapshot is None else snapshot.name,
        steps(now, then),
        steps(then, now),
        {QUOTAS.name: sum(now.get(key) == row for key, row in then.items())},
        report.problems(),
    )


def steps(now: Mapping[Key, Row], then: Mapping[Key, Row]) -> tuple[Step, ...]:
    """Return the steps that turn `now` into `then`."""
    return steps_with_rows((QUOTAS.removing(now, then), QUOTAS.putting(now, then)))


def _quotas(plan: PlanState, people: People, settings: CrmSettings, report: Report) -> dict[Key, Row]:
    asked, cents = settings.clari, dict[Key, int]()
    odd: dict[str, None] = {}
    for (seat, _, component, period), amount in plan.seat_quotas.items():
        user, told = people.of.get(seat), spelled(period, CLARI)
        if told is None:
            odd[period] = None
        elif user is not None:
            key = (user, label(asked.quota_names.get(component, component or asked.quota_name)), told)
            cents[key] = cents.get(key, 0) + amount
    if odd:
        report.error(
            "period",
            f"Clari knows years, quarters and months, but quotas are set for {examples(odd)}.",
            "Set quotas by year, quarter or month.",
            file="quotas.csv",
            column="period",
            value=shown(next(iter(odd))),
            count=len(odd),
        )
    return {key: (*key, money(amount, plan.currency)) for key, amount in cents.items()}


def _snapshot(folder: Path, report: Report) -> dict[Key, Row]:
    rows = exported(folder, QUOTAS.name, QUOTAS.columns, (), report) if folder.is_dir() else None
    if rows is None:
        if not report.has_errors:
            report.error(
                "no_snapshot",
                f"There is no {QUOTAS.name}.csv.",
                f"Export {', '.join(QUOTAS.columns)} into it.",
                value=str(folder),
            )
        return {}
    found: dict[Key, Row] = {}
    for at, (user, name, period, goal) in enumerate(
        zip(*(rows.column(one) for one in QUOTAS.columns), strict=True)
    ):
        row = (user, name, period, goal)
        try:
            usable = Decimal(goal).is_finite()
        except InvalidOperation:
            usable = False
        if not usable or QUOTAS.key_of(row) in found:
            report.error(
                "snapshot",
                "The goal is no plain number." if not usable else "Two rows have the same key.",
                "Export the table again.",
                file=rows.file,
                row=rows.row[at],
                value=shown(", ".join(row)),
            )
            continue
        found[QUOTAS.key_of(row)] = row
    return found
