"""A plan as files for Varicent: hierarchy, quotas and who owns which territory, only what differs."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from data.assemble.findings import examples
from data.exchange.keyed import Key, KeyedTable, Row
from data.exchange.load import Load, Step, steps_with_rows
from data.exchange.names import email, label, runs_in_spreadsheet
from data.exchange.periods import spelled
from data.exchange.plan_state import PlanState, node_order
from data.exchange.settings import FILE, CrmSettings
from data.exchange.tables import ExportedTable, exported
from data.export.text import money
from data.read.dates import DayOrder, iso_date
from data.read.report import Report, shown

HIERARCHY = KeyedTable(
    "Hierarchy",
    ("Key", "Name", "ParentKey"),
    ("Key",),
    "Adds or changes territories and the nodes above them; those above come first.",
    "Removes territories that the plan has no more; those below go first.",
)
QUOTA = KeyedTable(
    "Quota",
    ("Quota component", "Territory ID", "Value", "Period"),
    ("Quota component", "Territory ID", "Period"),
    "Adds or changes quotas.",
    "Removes quotas that nobody carries any more.",
)
SELLERS = KeyedTable(
    "Sellers",
    ("Email Address", "Ownership Percentage", "Territory ID", "Effective Date", "End Date"),
    ("Email Address", "Territory ID", "Effective Date"),
    "Ends ownerships on the day before the plan holds, and begins the new ones; percentages add up to 100.",
    "Removes ownerships that never came into force.",
)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
NEARLY = Decimal("1e-6")


@dataclass(frozen=True, eq=False)
class VaricentState:
    """Rows of the three tables by key."""

    hierarchy: Mapping[Key, Row] = field(default_factory=dict)
    quota: Mapping[Key, Row] = field(default_factory=dict)
    sellers: Mapping[Key, Row] = field(default_factory=dict)


def varicent_load(
    plan: PlanState,
    prior: PlanState,
    settings: CrmSettings,
    report: Report,
    snapshot: Path | None = None,
) -> Load:
    """Return what to load so that Varicent says what a plan says; parameters as for `salesforce_load`.

    The snapshot is a folder with ``Hierarchy.csv``, ``Quota.csv`` and ``Sellers.csv``.
    """
    day = settings.effective_date
    if day is None:
        report.error(
            "missing_setting",
            "Nothing says from which day the plan holds.",
            f'Add effective_date = "2026-01-01" to {FILE}, or give it in the settings.',
            file=FILE,
            column="effective_date",
        )
    now = _prior_state(prior, settings, report) if snapshot is None else _snapshot(snapshot, report)
    if day is None or report.has_errors:
        return Load("varicent", plan.label, prior.label, problems=report.problems())
    then = _wanted(plan, prior, now, settings, day, report)
    return Load(
        "varicent",
        plan.label,
        prior.label if snapshot is None else snapshot.name,
        steps(now, then),
        steps(then, now),
        {
            table.name: sum(old.get(key) == row for key, row in new.items())
            for table, old, new in (
                (HIERARCHY, now.hierarchy, then.hierarchy),
                (QUOTA, now.quota, then.quota),
                (SELLERS, now.sellers, then.sellers),
            )
        },
        report.problems(),
    )


def steps(now: VaricentState, then: VaricentState) -> tuple[Step, ...]:
    """Return the steps that turn `now` into `then`, in an order that never leaves a child without its parent."""
    return steps_with_rows(
        (
            HIERARCHY.putting(now.hierarchy, then.hierarchy, lambda key: (_depth(then.hierarchy, key), key)),
            SELLERS.removing(now.sellers, then.sellers),
            SELLERS.putting(now.sellers, then.sellers),
            QUOTA.removing(now.quota, then.quota),
            QUOTA.putting(now.quota, then.quota),
            HIERARCHY.removing(now.hierarchy, then.hierarchy, lambda key: (-_depth(now.hierarchy, key), key)),
        )
    )


def _depth(rows: Mapping[Key, Row], key: Key) -> int:
    seen, at = {key}, (rows[key][2],)
    while at in rows and at not in seen:
        seen.add(at)
        at = (rows[at][2],)
    return len(seen)


def _wanted(
    plan: PlanState,
    prior: PlanState,
    now: VaricentState,
    settings: CrmSettings,
    day: datetime.date,
    report: Report,
) -> VaricentState:
    ours = plan.territories.keys() | prior.territories.keys()
    hierarchy = {**now.hierarchy, **_hierarchy(plan, now.hierarchy, report)}
    gone = prior.territories.keys() - plan.territories.keys()
    if settings.retired_territories == "delete":
        hierarchy = {key: row for key, row in hierarchy.items() if key[0] not in gone}
    quota = _quota(plan, settings, report)
    periods = {key[2] for key in quota}
    kept = {key: row for key, row in now.quota.items() if key[1] not in ours or key[2] not in periods}
    for key, row in quota.items():
        old = now.quota.get(key)
        quota[key] = old if old is not None and Decimal(old[2]) == Decimal(row[2]) else row
    return VaricentState(hierarchy, {**kept, **quota}, _sellers(plan, ours, now.sellers, day, report))


def _prior_state(prior: PlanState, settings: CrmSettings, report: Report) -> VaricentState:
    """Return what Varicent holds if it was told the plan before."""
    quiet = Report()
    since = settings.previous_effective_date
    day = since or datetime.date.min
    sellers = _sellers(prior, prior.territories.keys(), {}, day, quiet)
    if since is None and sellers:
        report.error(
            "missing_setting",
            "Nothing says from which day the alignment before held, so its ownerships cannot be ended.",
            f'Add previous_effective_date = "2025-01-01" to {FILE}, or export Sellers from Varicent (--snapshot).',
            file=FILE,
            column="previous_effective_date",
        )
    return VaricentState(_hierarchy(prior, {}, quiet), _quota(prior, settings, quiet), sellers)


def _hierarchy(plan: PlanState, now: Mapping[Key, Row], report: Report) -> dict[Key, Row]:
    """Return nodes and territories; a territory that is there keeps its name where the plan has none for it."""
    found: dict[Key, Row] = {}
    used = frozenset(above for above in plan.territories.values() if above)
    nodes = node_order(plan.nodes, used)
    clash = sorted(set(nodes) & plan.territories.keys())
    if clash:
        report.error(
            "key_twice",
            f"These are ids of a territory and of a node of the hierarchy: {examples(clash)}.",
            "Rename one of them: Varicent knows both by one key.",
            file="hierarchy",
            column="node_id",
            value=shown(clash[0]),
            count=len(clash),
        )
    for node in nodes:
        above = plan.nodes[node].parent if plan.nodes[node].parent in plan.nodes else ""
        found[(node,)] = (node, _name(plan.nodes[node].name, node, now), above)
    for territory, above in plan.territories.items():
        found[(territory,)] = (territory, _name(plan.names.get(territory, ""), territory, now), above)
    risky = sorted(key[0] for key in found if runs_in_spreadsheet(key[0]))
    if risky:
        report.warning(
            "formula_id",
            f"These ids begin as a formula does and are written as they are, because Varicent matches on them: "
            f"{examples(risky)}.",
            "Do not open the files in a spreadsheet, or rename the territories.",
            column="Key",
            value=shown(risky[0]),
            count=len(risky),
        )
    return found


def _name(stated: str, key: str, now: Mapping[Key, Row]) -> str:
    if not stated and (key,) in now:
        return now[(key,)][1]
    return label(stated or key)


def _quota(plan: PlanState, settings: CrmSettings, report: Report) -> dict[Key, Row]:
    asked, found = settings.varicent, dict[Key, Row]()
    odd: dict[str, None] = {}
    for (territory, component, period), cents in plan.territory_quotas.items():
        name = asked.components.get(component, component or asked.quota_component)
        told = spelled(period, asked.spelling())
        if told is None:
            odd[period] = None
            continue
        row = (label(name), territory, money(cents, plan.currency), told)
        found[QUOTA.key_of(row)] = row
    if odd:
        report.error(
            "period",
            f"These periods are neither years, quarters nor months: {examples(odd)}.",
            "Set quotas by year, quarter or month.",
            file="quotas.csv",
            column="period",
            value=shown(next(iter(odd))),
            count=len(odd),
        )
    return found


def _sellers(
    plan: PlanState,
    territories: Collection[str],
    now: Mapping[Key, Row],
    day: datetime.date,
    report: Report,
) -> dict[Key, Row]:
    """Return ownerships: those in force end the day before `day` where they change, new ones begin on it."""
    found = dict(now)
    missing: dict[str, None] = {}
    uneven: list[str] = []
    first = day.isoformat()
    by_territory: dict[str, dict[Key, Row]] = {}
    for key, row in now.items():
        if not row[4] or row[4] >= first:
            by_territory.setdefault(row[2], {})[key] = row
    for territory in sorted(territories):
        shares = _shares(plan, territory, missing, uneven, report)
        if shares is None:
            continue
        current = by_territory.get(territory, {})
        in_force = {
            row[0].lower(): Decimal(row[1]) for row in current.values() if not row[4] and row[3] <= first
        }
        if in_force == {who: share for who, (share, _) in shares.items()} and len(in_force) == len(current):
            continue
        for key, row in current.items():
            del found[key]
            if row[3] < first:
                ended = (*row[:4], (day - datetime.timedelta(days=1)).isoformat())
                found[SELLERS.key_of(ended)] = ended
        for who, (share, (start, end)) in shares.items():
            begins = max(first, start)
            row = (who, f"{share:f}", territory, begins, end if end >= begins else "")
            found[SELLERS.key_of(row)] = row
    if missing:
        report.warning(
            "no_email",
            f"No e-mail address is known for these seats, so who owns their territories stays as it is: "
            f"{examples(missing)}.",
            f"Add a column email to seats, or [seats.{next(iter(missing))}] email to {FILE}.",
            file="seats",
            column="email",
            value=shown(next(iter(missing))),
            count=len(missing),
        )
    if uneven:
        report.warning(
            "uneven_shares",
            "Splits of these territories differ by component, but Varicent knows one percentage each: they were scaled "
            f"to 100 in all: {examples(uneven)}.",
            "Look at the ownership of these territories before loading.",
            file="credits",
            column="share",
            value=shown(uneven[0]),
            count=len(uneven),
        )
    return found


def _shares(
    plan: PlanState, territory: str, missing: dict[str, None], uneven: list[str], report: Report
) -> dict[str, tuple[Decimal, tuple[str, str]]] | None:
    """Return percentage, start and end of each owner by e-mail, adding up to 100; None where somebody is unknown.

    Overlays come on top of a territory and own no part of it.
    """
    parts: dict[str, Decimal] = {}
    dates: dict[str, tuple[str, str]] = {}
    unknown = False
    for holder in plan.holders.get(territory, ()):
        if holder.role == "overlay":
            continue
        person = plan.seats.get(holder.seat_id)
        stated = "" if person is None else person.email
        who = email(stated)
        if who is None:
            unknown = True
            if stated:
                report.error(
                    "email",
                    f"The e-mail address of seat {holder.seat_id} is none.",
                    "Correct the column email of seats, or [seats] in the settings.",
                    file="seats",
                    column="email",
                    value=shown(stated),
                )
            else:
                missing[holder.seat_id] = None
            continue
        parts[who] = parts.get(who, Decimal(0)) + holder.share
        dates[who] = ("", "") if person is None else (person.start, person.end)
    if unknown:
        return None
    if parts and abs(sum(parts.values()) - 1) > NEARLY:
        uneven.append(territory)
    return {who: (share, dates[who]) for who, share in percentages(parts).items() if share}


def percentages(parts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return shares as percentages of two decimals that add up to exactly 100; the largest remainders are rounded up.

    >>> percentages({"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)})
    {'a': Decimal('33.34'), 'b': Decimal('33.33'), 'c': Decimal('33.33')}
    """
    whole = sum(parts.values())
    if whole <= 0:
        return {}
    exact = {who: part / whole * HUNDRED for who, part in parts.items()}
    found = {who: share.quantize(CENT, rounding="ROUND_FLOOR") for who, share in exact.items()}
    left = int((HUNDRED - sum(found.values())) / CENT)
    for who in sorted(exact, key=lambda who: (found[who] - exact[who], who))[:left]:
        found[who] += CENT
    return {who: _short(share) for who, share in found.items()}


def _short(share: Decimal) -> Decimal:
    """Return a percentage without decimals that say nothing."""
    return share.quantize(Decimal(1)) if share == share.to_integral_value() else share


def _snapshot(folder: Path, report: Report) -> VaricentState:
    if not folder.is_dir():
        report.error("no_snapshot", "There is no such folder.", "Name one with exports.", value=str(folder))
        return VaricentState()
    found = []
    for table in (HIERARCHY, QUOTA, SELLERS):
        rows = exported(folder, table.name, table.columns, (), report)
        if rows is None and not report.has_errors:
            report.warning(
                "not_in_snapshot",
                f"The folder has no {table.name}.csv: Varicent is taken to hold none.",
                f"Export {', '.join(table.columns)} into it, if there are any.",
                file=f"{table.name}.csv",
            )
        found.append({} if rows is None else _rows(table, rows, report))
    return VaricentState(*found)


def _rows(table: KeyedTable, rows: ExportedTable, report: Report) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    number = {"Quota": "Value", "Sellers": "Ownership Percentage"}.get(table.name)
    for at, row in enumerate(zip(*(rows.column(name) for name in table.columns), strict=True)):
        why = ""
        if table.key_of(row) in found:
            why = "Two rows have the same key."
        elif number is not None and not _is_number(row[table.columns.index(number)]):
            why = f"{number} is no plain number."
        elif table is SELLERS and not all(_is_date(cell) for cell in row[3:]):
            why = "A date is not written as 2026-01-31."
        if why:
            report.error(
                "snapshot",
                why,
                "Export the table again.",
                file=rows.file,
                row=rows.row[at],
                value=shown(", ".join(row)),
            )
        found[table.key_of(row)] = row
    return found


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    return text == "" or iso_date(text, DayOrder(False)) == text
