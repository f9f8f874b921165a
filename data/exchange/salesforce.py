"""A plan as files for Salesforce: territories, accounts, users and quotas, only what differs."""

from __future__ import annotations

from pathlib import Path

from data.exchange.load import Load
from data.exchange.plan_state import PlanState
from data.exchange.salesforce_delta import delta, undo
from data.exchange.salesforce_naming import naming
from data.exchange.salesforce_plan import wanted
from data.exchange.salesforce_snapshot import read_snapshot
from data.exchange.salesforce_state import ACCOUNTS, QUOTAS, TERRITORY, USERS, CrmState
from data.exchange.settings import CrmSettings
from data.read.report import Report


def salesforce_load(
    plan: PlanState,
    prior: PlanState,
    settings: CrmSettings,
    report: Report,
    snapshot: Path | None = None,
) -> Load:
    """Return what to load so that an organisation says what a plan says.

    Parameters
    ----------
    plan, prior
        What is to be, and what the CRM is taken to hold; with a snapshot `prior` only tells which other territories
        belong to the plan.
    snapshot
        Folder with exports of the objects as they are now.
    report
        Takes every problem.
    """
    model = settings.salesforce.territory_model
    now, taken = CrmState(model or ""), frozenset[str]()
    if snapshot is not None:
        now, taken = read_snapshot(snapshot, model, report)
    if report.has_errors:
        return Load("salesforce", plan.label, prior.label, problems=report.problems())
    named = naming((prior, plan), now, taken, settings, report)
    ours = frozenset(named.territory.values())
    if snapshot is None:
        now = wanted(prior, now, named, ours, settings, Report())
    else:
        ours -= (
            {named.territory[one] for one in prior.territories}
            - now.territories.keys()
            - {named.territory[one] for one in plan.territories}
        )
    then = wanted(plan, now, named, ours, settings, report)
    return Load(
        "salesforce",
        plan.label,
        prior.label if snapshot is None else snapshot.name,
        delta(now, then, then.ids),
        undo(now, then),
        _unchanged(now, then, ours),
        report.problems(),
    )


def _unchanged(now: CrmState, then: CrmState, ours: frozenset[str]) -> dict[str, int]:
    same = [name for name, one in then.territories.items() if now.territories.get(name) == one]
    return {
        TERRITORY: len(ours.intersection(same)),
        ACCOUNTS: sum(key[1] in ours for key in now.accounts & then.accounts),
        USERS: sum(key[1] in ours and now.users.get(key) == role for key, role in then.users.items()),
        QUOTAS: sum(now.quotas.get(key) == quota for key, quota in then.quotas.items()),
    }
