"""Who is to be on which territory of a Salesforce organisation, and which quotas they carry."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from data.assemble.findings import examples
from data.exchange import crm_ids
from data.exchange.crm_ids import record_id
from data.exchange.periods import first_day, kind
from data.exchange.plan_state import Person, PlanState
from data.exchange.salesforce_state import CrmState, Quota, QuotaKey, UserKey
from data.exchange.settings import FILE, CrmSettings
from data.export.text import money
from data.read.report import Report, shown


class People:
    """User ids and roles by seat; seats of the plan without a user are told once.

    Attributes
    ----------
    of, role
        Record id of the user, and role on the territory that the inputs or settings state, by seat.
    """

    def __init__(self, plan: PlanState, report: Report) -> None:
        self.of: dict[str, str] = {}
        self.role: dict[str, str] = {}
        missing = []
        used = {holder.seat_id for holders in plan.holders.values() for holder in holders}
        for seat in sorted(used | plan.seats.keys()):
            person = plan.seats.get(seat, Person())
            self.role[seat] = person.role
            record = record_id(person.user_id or seat, crm_ids.USER)
            if record is not None:
                self.of[seat] = record
            elif person.user_id:
                report.error(
                    "user_id",
                    f"The user id of seat {seat} is none: 15 or 18 characters that begin with 005, case unchanged.",
                    "Correct the column user_id of seats, or [seats] in the settings.",
                    file="seats",
                    column="user_id",
                    value=shown(person.user_id),
                )
            elif seat in used:
                missing.append(seat)
        if missing:
            report.warning(
                "no_user",
                "No user id is known for these seats, so people and quotas of their territories stay as they are: "
                f"{examples(missing)}.",
                f'Add a column user_id to seats, or [seats.{missing[0]}] user_id = "005…" to {FILE}.',
                file="seats",
                column="user_id",
                value=shown(missing[0]),
                count=len(missing),
            )

    def known(self, plan: PlanState, territory: str) -> bool:
        """Return whether every seat of a territory has a user."""
        return all(holder.seat_id in self.of for holder in plan.holders.get(territory, ()))


def users_wanted(
    plan: PlanState,
    now: CrmState,
    places: Mapping[str, str],
    people: People,
    settled: frozenset[str],
    settings: CrmSettings,
    report: Report,
) -> dict[UserKey, str]:
    """Return the role of each user on each territory: the plan's people where it says, others as they are or as asked.

    Parameters
    ----------
    places
        DeveloperName of each territory of the plan.
    settled
        Territories whose people the plan decides; on all others everybody stays.
    """
    roles = settings.salesforce.roles
    found: dict[UserKey, str] = {}
    for territory, name in places.items():
        for holder in plan.holders.get(territory, ()) if name in settled else ():
            key = (people.of[holder.seat_id], name)
            role = people.role.get(holder.seat_id) or roles.get(holder.role, "") or now.users.get(key, "")
            found.setdefault(key, role)
    ours = set(people.of.values())
    left = []
    for (user, name), role in now.users.items():
        if (user, name) in found:
            continue
        was_manager = name in now.territories and now.territories[name].forecast_user == user
        goes = user in ours or was_manager or settings.other_users == "remove"
        if name not in settled or not goes:
            found[user, name] = role
            left += [user] if name in settled else []
    if left:
        report.warning(
            "users_left",
            f"These users stay on territories of the plan, though it does not know them: {examples(sorted(left))}.",
            f'Set other_users = "remove" in {FILE} to take them off.',
            column="UserId",
            value=min(left),
            count=len(left),
        )
    return found


def quotas_wanted(
    plan: PlanState,
    now: CrmState,
    places: Mapping[str, str],
    people: People,
    settled: frozenset[str],
    settings: CrmSettings,
    report: Report,
) -> dict[QuotaKey, Quota]:
    """Return all quotas: those of the plan's periods and types as it says, all others as they are.

    Parameters are those of `users_wanted`.
    """
    asked = settings.salesforce
    cents: dict[QuotaKey, int] = {}
    no_type: dict[str, None] = {}
    no_day: dict[str, None] = {}
    for (seat, territory, component, period), amount in plan.seat_quotas.items():
        type_id = asked.forecasting_types.get(component, asked.forecasting_type)
        day = first_day(period) if kind(period) in ("quarter", "month") else None
        if type_id is None:
            no_type[component] = None
        if day is None:
            no_day[period] = None
        user = people.of.get(seat)
        if type_id is None or day is None or user is None:
            continue
        place = places.get(territory, "")
        if asked.territory_quotas and place not in settled:
            continue
        key = (user, type_id, day, place if asked.territory_quotas else "")
        cents[key] = cents.get(key, 0) + amount
    _tell_quotas(list(no_type), list(no_day), report)
    types, days = {key[1] for key in cents}, {key[2] for key in cents}
    ours, found = set(people.of.values()), {}
    for key, quota in now.quotas.items():
        mine = key[3] in settled if key[3] else key[0] in ours
        if not (mine and key[1] in types and key[2] in days):
            found[key] = quota
    for key, amount in cents.items():
        quota = Quota(money(amount, plan.currency), plan.currency if asked.multi_currency else "")
        old = now.quotas.get(key)
        same = old is not None and _same(old, quota)
        found[key] = old if old is not None and same else quota
    return found


def _same(old: Quota, new: Quota) -> bool:
    return Decimal(old.amount) == Decimal(new.amount) and old.currency in (new.currency, "")


def _tell_quotas(no_type: list[str], no_day: list[str], report: Report) -> None:
    if no_type:
        names = [name or "the only component" for name in no_type]
        report.error(
            "missing_setting",
            f"Nothing says which ForecastingTypeId the quotas have: {examples(names)}.",
            f"Add [salesforce] forecasting_type to {FILE}, or one for each to [salesforce.forecasting_types].",
            file=FILE,
            column="salesforce.forecasting_type",
            value=shown(no_type[0]),
        )
    if no_day:
        report.error(
            "forecast_period",
            f"Forecasts are kept by quarter or month, but quotas are set for {examples(no_day)}.",
            'Set quotas by quarter or month: [quota] periods = "quarter" in plan.toml.',
            file="quotas.csv",
            column="period",
            value=shown(no_day[0]),
            count=len(no_day),
        )
