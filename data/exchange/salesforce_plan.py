"""What a plan wants of a Salesforce organisation: the state it is to have, given the state it has.

Only what the plan speaks of changes: its territories and the nodes above them, its accounts in its territories, its
people on its territories, and quotas of its periods and forecasting types. Everything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.assemble.findings import examples
from data.exchange import crm_ids
from data.exchange.crm_ids import record_id
from data.exchange.names import label, runs_in_spreadsheet
from data.exchange.plan_state import PlanState
from data.exchange.salesforce_naming import Naming, nodes_of
from data.exchange.salesforce_people import People, quotas_wanted, users_wanted
from data.exchange.salesforce_state import CrmState, Territory, UserKey
from data.exchange.settings import FILE, CrmSettings
from data.read.report import Report, shown


def wanted(
    plan: PlanState,
    now: CrmState,
    named: Naming,
    managed: frozenset[str],
    settings: CrmSettings,
    report: Report,
) -> CrmState:
    """Return the state that a plan wants.

    Parameters
    ----------
    plan
        What is to be.
    now
        What is there.
    named
        What the plan's territories are called.
    managed
        DeveloperNames of territories that belong to the plan, those of the alignment before included.
    """
    places = {one: named.territory[one] for one in plan.territories}
    people = People(plan, report)
    unknown = {name for one, name in places.items() if not people.known(plan, one)}
    settled = managed - unknown
    users = users_wanted(plan, now, places, people, settled, settings, report)
    then = CrmState(
        settings.salesforce.territory_model or "",
        _territories(plan, now, named, people, settings, users),
        _accounts(plan, now, places, managed, report),
        now.by_rule,
        users,
        quotas_wanted(plan, now, places, people, settled, settings, report),
        {**now.ids, **named.ids},
    )
    if then.territories.keys() - now.territories.keys():
        if settings.salesforce.territory_model is None:
            _tell_missing("territory_model", "Territory2ModelId", report)
        if settings.salesforce.territory_type is None:
            _tell_missing("territory_type", "Territory2TypeId", report)
    gone = managed - set(places.values()) - set(named.node.values())
    return _retired(now, then, gone, settings, report)


def _tell_missing(key: str, field: str, report: Report) -> None:
    report.error(
        "missing_setting",
        f"Nothing says which {field} new territories get.",
        f"Add [salesforce] {key} to {FILE}, or give it in the settings.",
        file=FILE,
        column=f"salesforce.{key}",
    )


def _territories(
    plan: PlanState,
    now: CrmState,
    named: Naming,
    people: People,
    settings: CrmSettings,
    users: Mapping[UserKey, str],
) -> dict[str, Territory]:
    asked, found = settings.salesforce, dict(now.territories)
    for node in nodes_of(plan, settings):
        name = named.node[node]
        above = named.node.get(plan.nodes[node].parent, "")
        title, type_id = plan.nodes[node].name or node, asked.node_type or asked.territory_type or ""
        found[name] = _territory(found.get(name), title, f"Node {node}", type_id, above)
    for one, above in plan.territories.items():
        name = named.territory[one]
        old = found.get(name)
        parent = named.node.get(above, "") if above else ("" if old is None else old.parent)
        title = plan.names.get(one, "")
        made = _territory(old, title or one, f"Territory {one}", asked.territory_type or "", parent)
        fields = dict(made.fields)
        if old is not None and title and _may_rename(old):
            fields["Name"] = label(title)
        manager = made.forecast_user
        if asked.forecast_users and people.known(plan, one):
            owner = next((h.seat_id for h in plan.holders.get(one, ()) if h.role == "owner"), "")
            manager = people.of.get(owner, "")
        found[name] = Territory(fields, made.parent, manager)
    return {name: _with_manager_on_it(one, name, now, users) for name, one in found.items()}


def _with_manager_on_it(one: Territory, name: str, now: CrmState, users: Mapping[UserKey, str]) -> Territory:
    """Return a territory without its forecast manager, where he was on it and leaves it."""
    key = (one.forecast_user, name)
    leaves = key in now.users and key not in users
    return Territory(one.fields, one.parent, "") if leaves else one


def _territory(old: Territory | None, title: str, description: str, type_id: str, parent: str) -> Territory:
    if old is not None:
        return Territory(old.fields, parent, old.forecast_user)
    fields = {"Name": label(title), "Territory2TypeId": type_id, "Description": label(description)}
    return Territory(fields, parent)


def _may_rename(old: Territory) -> bool:
    """Return whether the present name can be written into a roll-back file as it is."""
    return not runs_in_spreadsheet(old.fields.get("Name", ""))


def _accounts(
    plan: PlanState, now: CrmState, places: Mapping[str, str], managed: frozenset[str], report: Report
) -> frozenset[tuple[str, str]]:
    """Return which account is to be where: those of the plan in its territory and in no other of the plan."""
    owner: dict[str, str] = {}
    bad, clash = [], []
    for account, territory in plan.accounts.items():
        record = record_id(plan.account_record.get(account, account), crm_ids.ACCOUNT)
        if record is None:
            bad.append(account)
        elif owner.setdefault(record, places[territory]) != places[territory]:
            clash.append(account)
    if bad:
        tell = report.error if len(bad) == len(plan.accounts) else report.warning
        tell(
            "account_record",
            f"These accounts have no record id of the CRM, so they are left out: {examples(bad)}. An id has 15 or 18 "
            "characters, begins with 001, and its case is unchanged.",
            "Use record ids as account_id, or add a column crm_account_id to accounts.",
            file="accounts",
            column="account_id",
            value=shown(bad[0]),
            count=len(bad),
        )
    if clash:
        report.error(
            "account_twice",
            f"The same record of the CRM belongs to two territories, by different account ids: {examples(clash)}.",
            "Keep one row per record: an id of 15 and one of 18 characters may be the same.",
            file="accounts",
            column="account_id",
            value=shown(clash[0]),
            count=len(clash),
        )
    foreign_places = [key for key in now.accounts if key[1] in managed and key[0] not in owner]
    if foreign_places:
        report.warning(
            "accounts_left",
            "Accounts that the plan does not know stay where they are in its territories: "
            f"{examples([account for account, _ in foreign_places])}.",
            "Bring them into the plan, or remove them in the CRM.",
            column="ObjectId",
            value=foreign_places[0][0],
            count=len(foreign_places),
        )
    stuck = [key for key in now.by_rule if key[1] in managed and owner.get(key[0], key[1]) != key[1]]
    if stuck:
        report.warning(
            "by_rule",
            "Assignment rules of the CRM keep these accounts in another territory than the plan's, and no load can "
            f"remove them: {examples(sorted(account for account, _ in stuck))}.",
            "Change the assignment rules, and run them.",
            column="ObjectId",
            value=sorted(stuck)[0][0],
            count=len(stuck),
        )
    stays = {key for key in now.accounts if key[1] not in managed or key[0] not in owner}
    return frozenset(stays | {key for key in owner.items() if key not in now.by_rule})


def _retired(
    now: CrmState, then: CrmState, gone: frozenset[str], settings: CrmSettings, report: Report
) -> CrmState:
    """Return the state without territories that the plan has no more, where these are to go and nothing is on them."""
    there = sorted(name for name in gone if name in now.territories)
    if not there:
        return then
    if settings.retired_territories == "keep":
        report.warning(
            "retired",
            f"The plan has these territories no more; they stay in the CRM: {examples(there)}.",
            f'Set retired_territories = "delete" in {FILE} to delete them.',
            column="DeveloperName",
            value=there[0],
            count=len(there),
        )
        return then
    territories = dict(then.territories)
    held = {name for _, name in then.accounts} | {name for _, name in then.by_rule}
    held |= {name for _, name in then.users} | {key[3] for key in then.quotas}
    refused: list[str] = []
    for name in sorted(there, key=now.depth, reverse=True):
        has_children = any(one.parent == name for one in territories.values())
        unsafe = any(runs_in_spreadsheet(value) for value in territories[name].fields.values())
        if name in held or has_children or unsafe:
            refused.append(name)
        else:
            del territories[name]
    if refused:
        report.warning(
            "retired",
            f"These territories cannot be deleted, as something is still on or below them, or their text could not be "
            f"restored safely: {examples(refused)}.",
            "Empty them in the CRM first.",
            column="DeveloperName",
            value=refused[0],
            count=len(refused),
        )
    return then.replace(territories=territories)
