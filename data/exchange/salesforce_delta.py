"""From one state of a Salesforce organisation to another, in steps that it accepts in this order.

Its rules: a territory is inserted after the one above it and deleted before it; associations know no update; the
forecast manager is written by update only, after the user was put on the territory, and must be gone before the user
is. The ids of records that a step makes are not known before it was loaded, so each level of new territories is a
file of its own, and tokens stand where its ids are needed.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.exchange.load import Step, steps_with_rows
from data.exchange.salesforce_state import (
    ACCOUNTS,
    FIELDS,
    QUOTAS,
    TERRITORY,
    USERS,
    CrmState,
    QuotaKey,
    account_token,
    quota_token,
    territory_token,
    user_token,
)

NULL = "#N/A"
"""How the Bulk API is told to empty a field; an empty cell leaves it as it is."""
MANUAL = "Territory2Manual"


def delta(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps that turn `now` into `then`; none where nothing differs.

    Parameters
    ----------
    ids
        Record ids that are known, by token; all others stay tokens.
    """
    return steps_with_rows(
        (
            *_new_territories(now, then, ids),
            *_changed_territories(now, then, ids),
            _cleared_managers(now, then, ids),
            _gone_quotas(now, then, ids),
            *_users(now, then, ids),
            _managers(now, then, ids),
            *_accounts(now, then, ids),
            *_quotas(now, then, ids),
            *_gone_territories(now, then, ids),
        )
    )


def undo(now: CrmState, then: CrmState) -> tuple[Step, ...]:
    """Return the steps that turn `then` back into `now`.

    Records that the way there deletes come back under new ids, so these are tokens again.
    """
    lost = {
        *(account_token(key) for key in now.accounts - then.accounts),
        *(user_token(key) for key, role in now.users.items() if then.users.get(key) != role),
        *(quota_token(key) for key in now.quotas.keys() - then.quotas.keys()),
        *(territory_token(name) for name in now.territories.keys() - then.territories.keys()),
    }
    return delta(then, now, {name: one for name, one in now.ids.items() if name not in lost})


def _new_territories(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> list[Step]:
    """Return one step for each level of new territories, the highest first."""
    new = then.territories.keys() - now.territories.keys()
    levels: dict[int, list[str]] = {}
    for name in sorted(new):
        level, above, seen = 1, then.territories[name].parent, {name}
        while above in new and above not in seen:
            seen.add(above)
            level, above = level + 1, then.territories[above].parent
        levels.setdefault(level, []).append(name)
    steps = []
    for level, names in sorted(levels.items()):
        further = [field for field in FIELDS[3:] if any(then.territories[n].fields.get(field) for n in names)]
        rows = []
        for name in names:
            one = then.territories[name]
            rows.append(
                (
                    one.fields.get("Name", ""),
                    name,
                    then.model,
                    one.fields.get("Territory2TypeId", ""),
                    _territory(one.parent, ids) if one.parent else "",
                    one.fields.get("Description", ""),
                    *(one.fields.get(field, "") for field in further),
                )
            )
        columns = (
            "Name",
            "DeveloperName",
            "Territory2ModelId",
            "Territory2TypeId",
            "ParentTerritory2Id",
            "Description",
            *further,
        )
        why = "Makes the territories that are new" + (
            f", level {level}: those above them were made before." if level > 1 else "."
        )
        steps.append(Step("insert", TERRITORY, columns, tuple(rows), why, f"level_{level}"))
    return steps


def _changed_territories(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> list[Step]:
    """Return steps for parents, from the top down so that no circle arises, and for other fields."""
    kept = sorted(now.territories.keys() & then.territories.keys())
    by_depth: dict[int, list[tuple[str, ...]]] = {}
    by_fields: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for name in kept:
        old, new = now.territories[name], then.territories[name]
        if old.parent != new.parent:
            above = _territory(new.parent, ids) if new.parent else NULL
            by_depth.setdefault(then.depth(name), []).append((_territory(name, ids), above))
        changed = tuple(f for f in FIELDS if old.fields.get(f, "") != new.fields.get(f, ""))
        if changed:
            cells = tuple(new.fields.get(field, "") or NULL for field in changed)
            by_fields.setdefault(changed, []).append((_territory(name, ids), *cells))
    parents = [
        Step(
            "update",
            TERRITORY,
            ("Id", "ParentTerritory2Id"),
            tuple(rows),
            "Hangs territories below others; those nearer the top come first, so that no circle arises.",
            f"parent_{depth}",
        )
        for depth, rows in sorted(by_depth.items())
    ]
    return parents + [
        Step("update", TERRITORY, ("Id", *fields), tuple(rows), f"Changes {' and '.join(fields)}.", fields[0])
        for fields, rows in sorted(by_fields.items())
    ]


def _cleared_managers(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> Step:
    rows = []
    for name in sorted(now.territories):
        old = now.territories[name].forecast_user
        key = (old, name)
        leaves = key in now.users and then.users.get(key) != now.users[key]
        kept = then.territories.get(name)
        if leaves or (old and kept is not None and not kept.forecast_user):
            rows.append((_territory(name, ids), NULL))
    return Step(
        "update",
        TERRITORY,
        ("Id", "ForecastUserId"),
        tuple(rows),
        "Takes away forecast managers whose place on the territory is about to be removed.",
        "forecast_user_clear",
    )


def _managers(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> Step:
    cleared = {row[0] for row in _cleared_managers(now, then, ids).rows}
    rows = []
    for name in sorted(then.territories):
        user = then.territories[name].forecast_user
        old = now.territories[name].forecast_user if name in now.territories else ""
        one = _territory(name, ids)
        if user and (user != old or one in cleared):
            rows.append((one, user))
    return Step(
        "update",
        TERRITORY,
        ("Id", "ForecastUserId"),
        tuple(rows),
        "Second pass: the forecast manager can only be written by update, once the user is on the territory.",
        "forecast_user",
    )


def _users(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> tuple[Step, Step]:
    gone = sorted(key for key, role in now.users.items() if then.users.get(key) != role)
    new = sorted(key for key, role in then.users.items() if now.users.get(key) != role)
    return (
        Step(
            "delete",
            USERS,
            ("Id",),
            tuple((_id(user_token(key), ids),) for key in gone),
            "Takes users off territories; a change of role is a removal and a new place.",
        ),
        Step(
            "insert",
            USERS,
            ("UserId", "Territory2Id", "RoleInTerritory2"),
            tuple((user, _territory(name, ids), then.users[user, name]) for user, name in new),
            "Puts users on territories.",
        ),
    )


def _accounts(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> tuple[Step, Step]:
    return (
        Step(
            "delete",
            ACCOUNTS,
            ("Id",),
            tuple((_id(account_token(key), ids),) for key in sorted(now.accounts - then.accounts)),
            "Takes accounts out of territories: a move is a removal and a new place, as there is no update.",
        ),
        Step(
            "insert",
            ACCOUNTS,
            ("ObjectId", "Territory2Id", "AssociationCause"),
            tuple(
                (account, _territory(name, ids), MANUAL)
                for account, name in sorted(then.accounts - now.accounts)
            ),
            "Puts accounts into territories.",
        ),
    )


def _gone_quotas(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> Step:
    gone = sorted(now.quotas.keys() - then.quotas.keys())
    return Step(
        "delete",
        QUOTAS,
        ("Id",),
        tuple((_id(quota_token(key), ids),) for key in gone),
        "Removes quotas that nobody carries any more.",
    )


def _quotas(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> tuple[Step, Step]:
    changed = sorted(
        key for key in now.quotas.keys() & then.quotas.keys() if now.quotas[key] != then.quotas[key]
    )
    recoined = any(now.quotas[key].currency != then.quotas[key].currency for key in changed)
    new = sorted(then.quotas.keys() - now.quotas.keys())
    coined = any(then.quotas[key].currency for key in new)
    placed = any(key[3] for key in new)
    columns = ["QuotaOwnerId", "ForecastingTypeId", "StartDate", "QuotaAmount"]
    columns += ["CurrencyIsoCode"] * coined + ["Territory2Id"] * placed

    def row(key: QuotaKey) -> tuple[str, ...]:
        quota = then.quotas[key]
        place = _territory(key[3], ids) if key[3] else ""
        return (*key[:3], quota.amount, *[quota.currency] * coined, *[place] * placed)

    return (
        Step(
            "update",
            QUOTAS,
            ("Id", "QuotaAmount", *["CurrencyIsoCode"] * recoined),
            tuple(
                (
                    _id(quota_token(key), ids),
                    then.quotas[key].amount,
                    *[then.quotas[key].currency] * recoined,
                )
                for key in changed
            ),
            "Changes amounts of quotas.",
        ),
        Step(
            "insert",
            QUOTAS,
            tuple(columns),
            tuple(row(key) for key in new),
            "Adds quotas: one per owner, period and forecasting type; StartDate is the first day of the period.",
        ),
    )


def _gone_territories(now: CrmState, then: CrmState, ids: Mapping[str, str]) -> list[Step]:
    """Return one step for each level of territories to delete, the lowest first."""
    levels: dict[int, list[str]] = {}
    for name in sorted(now.territories.keys() - then.territories.keys()):
        levels.setdefault(now.depth(name), []).append(name)
    return [
        Step(
            "delete",
            TERRITORY,
            ("Id",),
            tuple((_territory(name, ids),) for name in names),
            "Deletes territories that the plan has no more; those below go first.",
            f"level_{depth + 1}",
        )
        for depth, names in sorted(levels.items(), reverse=True)
    ]


def _territory(name: str, ids: Mapping[str, str]) -> str:
    return _id(territory_token(name), ids)


def _id(one: str, ids: Mapping[str, str]) -> str:
    return ids.get(one, one)
