"""The state of a plan from its output folder: as it is to be, or the alignment before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd

from data.exchange.inputs import EMAIL, RECORD_ID, ROLE, TERRITORY_NAME, USER_ID, Inputs, read_inputs
from data.exchange.plan_state import Holder, Node, Person, PlanState, SeatRole
from data.exchange.settings import CrmSettings
from data.export.run import fingerprint
from data.export.text import minor_units
from data.read.dates import day_order, iso_date
from data.read.report import Report
from data.reopen import read_run
from planner.errors import InvalidInput, Problem
from planner.quota.tie_out import SINGLE


@dataclass(frozen=True, eq=False)
class Output:
    """The tables of an output folder as text, and the tables of the inputs it was made from."""

    out: Path
    run: dict[str, Any]
    assignments: pd.DataFrame
    territories: pd.DataFrame
    quotas: pd.DataFrame
    seat_quotas: pd.DataFrame
    nodes: pd.DataFrame
    inputs: Inputs


def read_output(out: Path, report: Report, inputs: Path | None = None) -> Output:
    """Read what other systems need of an output folder and of its inputs.

    Inputs that are gone are reported as a warning: then only the settings tell who sits where.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output.
    """
    run = read_run(out)
    try:
        assignments = _table(out, "assignments.csv", ("account_id", "territory_id", "previous_territory_id"))
        territories = _table(out, "territories.csv", ("territory_id", "seat_id"))
        quotas = _table(out, "quotas.csv", ("territory_id", "seat_id", "component", "period", "amount"), True)
        shares = ("seat_id", "territory_id", "role", "share", "component", "period", "amount")
        seat_quotas = _table(out, "seat_quotas.csv", shares, True)
        nodes = _table(out, "node_quotas.csv", ("node_id", "parent_id", "level", "name"), True)
    except (OSError, ValueError, KeyError) as fault:
        raise InvalidInput(
            [
                Problem(
                    f"This is not a whole output: {type(fault).__name__}: {fault}.",
                    "Name a folder that `planner solve` wrote, or write it again.",
                    value=str(out),
                    code="not_an_output",
                )
            ]
        ) from fault
    found = _inputs(out, run, inputs, report)
    return Output(out, run, assignments, territories, quotas, seat_quotas, nodes, found)


def _table(out: Path, name: str, needed: tuple[str, ...], optional: bool = False) -> pd.DataFrame:
    if optional and not (out / name).exists():
        return pd.DataFrame(columns=list(needed), dtype=str)
    rows = pd.read_csv(out / name, dtype=str, keep_default_na=False)
    rows[list(needed)]
    return rows


def _inputs(out: Path, run: Mapping[str, Any], given: Path | None, report: Report) -> Inputs:
    way = run["input"].get("path")
    folder = given if given is not None else (out.resolve() / way if isinstance(way, str) else None)
    if folder is None or not folder.is_dir():
        report.warning(
            "inputs_missing",
            "The plan folder that this plan was made from is not there, so user ids, e-mails and the hierarchy "
            "come from the settings and the output alone.",
            "Name the plan folder with --inputs.",
            value=str(folder),
        )
        return Inputs()
    stated: Mapping[str, str] = run["input"]["files"]
    told = [
        name
        for name, digest in stated.items()
        if name.split(".")[0].lower() in ("seats", "hierarchy")
        and (folder / name).is_file()
        and fingerprint(folder / name) != digest
    ]
    if told:
        report.warning(
            "inputs_changed",
            f"Since the plan was made, {', '.join(told)} changed; people and hierarchy are taken as they are now.",
            "Solve again if that matters.",
            value=str(folder),
        )
    return read_inputs(folder)


def planned(output: Output, settings: CrmSettings, report: Report) -> PlanState:
    """Return what a plan says is to be."""
    rows = output.assignments[output.assignments["account_id"] != ""].drop_duplicates("account_id")
    nodes = _nodes(output)
    names = _territory_names(output)
    territory_id = output.territories["territory_id"]
    above = _node_of(output, nodes)
    currency = output.quotas["currency"].iloc[0] if "currency" in output.quotas and len(output.quotas) else ""
    state = PlanState(
        label=output.out.name,
        territories=dict(zip(territory_id, above, strict=True)),
        names=names,
        nodes=nodes,
        accounts=dict(zip(rows["account_id"], rows["territory_id"], strict=True)),
        holders=_holders(output),
        currency=currency or "USD",
        seats=_people(output.inputs, settings),
        account_record=_records(output.inputs),
    )
    return replace(state, **_amounts(output, state.currency, report))


def before(output: Output, settings: CrmSettings) -> PlanState:
    """Return the alignment that a plan replaces: its territories, seats as the inputs state them, no quotas."""
    rows = output.assignments
    rows = rows[(rows["account_id"] != "") & (rows["previous_territory_id"] != "")]
    rows = rows.drop_duplicates("account_id")
    nodes = _nodes(output)
    there = list(dict.fromkeys(rows["previous_territory_id"]))
    above = dict(zip(output.territories["territory_id"], _node_of(output, nodes), strict=True))
    seats = output.inputs["seats"]
    stated = {
        territory: (Holder(seat, "owner", Decimal(1)),)
        for seat, territory in zip(seats.column("seat_id"), seats.column("territory_id"), strict=True)
        if territory
    }
    planned_holders = _holders(output)
    return PlanState(
        label="the alignment before",
        territories={name: above.get(name, "") for name in there},
        names=_territory_names(output),
        nodes=nodes,
        holders={
            name: stated.get(name, planned_holders.get(name, ())[:1] if not stated else ()) for name in there
        },
        accounts=dict(zip(rows["account_id"], rows["previous_territory_id"], strict=True)),
        seats=_people(output.inputs, settings),
        account_record=_records(output.inputs),
    )


def _nodes(output: Output) -> dict[str, Node]:
    """Return the hierarchy: as the plan has it, else as the inputs have it, else regions alone."""
    if len(output.nodes):
        rows = output.nodes.drop_duplicates("node_id")
        columns = (rows[name] for name in ("node_id", "parent_id", "level", "name"))
        return {node: Node(parent, level, name) for node, parent, level, name in zip(*columns, strict=True)}
    table = output.inputs["hierarchy"]
    found = {
        node: Node(parent, level, name)
        for node, parent, level, name in zip(
            table.column("node_id"),
            table.column("parent_id"),
            table.column("level"),
            table.column("name"),
            strict=True,
        )
        if node
    }
    if not found and "region" in output.territories:
        found = {region: Node("", "region") for region in output.territories["region"] if region}
    return found


def _node_of(output: Output, nodes: Mapping[str, Node]) -> list[str]:
    """Return the node above each territory of the output: as the plan has it, else the region of its seat."""
    rows = output.territories
    found = [""] * len(rows)
    for name in ("region", "node_id"):
        if name in rows:
            found = [now if now in nodes else old for old, now in zip(found, rows[name], strict=True)]
    return found


def _territory_names(output: Output) -> dict[str, str]:
    seats = output.inputs["seats"]
    columns = (seats.column("seat_id"), seats.column(*TERRITORY_NAME))
    by_seat = {seat: name for seat, name in zip(*columns, strict=True) if name}
    rows = output.territories
    return {t: by_seat[s] for t, s in zip(rows["territory_id"], rows["seat_id"], strict=True) if s in by_seat}


def _holders(output: Output) -> dict[str, tuple[Holder, ...]]:
    rows = output.territories
    found: dict[str, tuple[Holder, ...]] = {
        territory: (Holder(seat, "owner", Decimal(1)),) if seat else ()
        for territory, seat in zip(rows["territory_id"], rows["seat_id"], strict=True)
    }
    shared = output.seat_quotas.drop_duplicates(["territory_id", "seat_id"])
    roles: tuple[SeatRole, ...] = ("owner", "split", "overlay")
    by_territory: dict[str, list[Holder]] = {}
    for territory, seat, role, share in zip(
        shared["territory_id"], shared["seat_id"], shared["role"], shared["share"], strict=True
    ):
        if role in roles and seat:
            by_territory.setdefault(territory, []).append(Holder(seat, role, Decimal(share or "0")))
    for territory, holders in by_territory.items():
        found[territory] = tuple(sorted(holders, key=lambda holder: roles.index(holder.role)))
    return found


def _people(inputs: Inputs, settings: CrmSettings) -> dict[str, Person]:
    seats = inputs["seats"]
    columns = [
        seats.column("seat_id"),
        seats.column(*USER_ID),
        seats.column(*EMAIL),
        seats.column(*ROLE),
        seats.column("rep_name"),
        _dates(seats.column("start_date")),
        _dates(seats.column("end_date")),
    ]
    people = {seat: Person(*rest) for seat, *rest in zip(*columns, strict=True) if seat}
    for seat, stated in settings.seats.items():
        known = people.get(seat, Person())
        people[seat] = replace(
            known,
            user_id=stated.user_id or known.user_id,
            email=stated.email or known.email,
            role=stated.role or known.role,
        )
    return people


def _dates(cells: list[str]) -> list[str]:
    """Return dates as ``2026-07-31``, ``""`` for none."""
    order = day_order(cells)
    return [iso_date(cell, order) or "" for cell in cells]


def _records(inputs: Inputs) -> dict[str, str]:
    accounts = inputs["accounts"]
    ids, records = accounts.column("account_id"), accounts.column(*RECORD_ID)
    return {one: record for one, record in zip(ids, records, strict=True) if record}


def _amounts(output: Output, currency: str, report: Report) -> dict[str, Any]:
    """Return the quotas of territories and of seats in minor units."""
    territory: dict[tuple[str, str, str], int] = {}
    seat: dict[tuple[str, str, str, str], int] = {}
    names = ("seat_id", "territory_id", "component", "period", "amount")
    for seat_id, one, component, period, amount in zip(*(output.quotas[n] for n in names), strict=True):
        cents = _cents(amount, currency, "quotas.csv", report)
        at = (one, _component(component), period)
        territory[at] = territory.get(at, 0) + cents
        if seat_id and not len(output.seat_quotas):
            seat[(seat_id, *at)] = seat.get((seat_id, *at), 0) + cents
    for seat_id, one, component, period, amount in zip(*(output.seat_quotas[n] for n in names), strict=True):
        cents = _cents(amount, currency, "seat_quotas.csv", report)
        key = (seat_id, one, _component(component), period)
        seat[key] = seat.get(key, 0) + cents
    return {"territory_quotas": territory, "seat_quotas": seat}


def _component(name: str) -> str:
    return "" if name in SINGLE else name


def _cents(amount: str, currency: str, file: str, report: Report) -> int:
    try:
        return minor_units(amount, currency)
    except (ValueError, InvalidOperation):
        report.error(
            "amount",
            f"The amount is none of whole minor units of {currency}.",
            "Write the output again with `planner quota`.",
            file=file,
            column="amount",
            value=amount[:80],
        )
        return 0
