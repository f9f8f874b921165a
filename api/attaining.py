"""The year under way: quotas of an output folder, sales to date, moves and reliefs, put together."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from data.export.attainment import InYear
from data.export.text import money
from data.quota_model import QuotaModel, read_quota_model
from data.quota_rows import read_quota_rows
from data.read.in_year import InYearFiles, Names, read_in_year
from data.reopen import reopen
from data.seat_credit import read_credit_lines
from planner.arrays import FloatArray
from planner.errors import InvalidInput, Problem
from planner.quota.in_year.attainment import expected, standings
from planner.quota.in_year.credit import credit_standings
from planner.quota.in_year.daily import Calendar, Carried, PlanDays, calendar_of
from planner.quota.in_year.forecast import forecast
from planner.quota.in_year.ledger import Ledger, ledger
from planner.quota.in_year.past import carried_weight, error_of_pace, month_weights, past_years
from planner.quota.in_year.sold import Credited, credited, latest_day
from planner.quota.in_year.tie_out import as_of_rows, certificate
from planner.quota.inputs import QuotaInputs
from planner.quota.relief import presence_of
from planner.quota.rounding import Cents
from planner.quota.tie_out import SINGLE, quotas_digest
from planner.scorecard import scorecard


def in_year(
    out: Path,
    actuals: Path,
    *,
    as_of: date | None = None,
    moves: Path | None = None,
    relief: Path | None = None,
    inputs: Path | None = None,
) -> InYear:
    """Tell how the year of a plan stands.

    Parameters
    ----------
    out
        Output folder of a solve with quotas.
    actuals
        Sales to date by account, territory or seat, like a history.
    as_of
        Last day that sales are known for; None for the last one of the actuals.
    moves, relief
        Accounts that changed territory, and quota that seats were relieved of; None for none.
    inputs
        Plan folder that the plan was made from; None for the one that ``run.json`` points to.

    Raises
    ------
    InvalidInput
        With every problem of the files.
    """
    plan = _Plan.open(out, inputs)
    model, components, territory_id = plan.model, plan.components, plan.inputs.territory_id
    lines = read_credit_lines(out, territory_id, components)
    files = read_in_year(actuals, plan.names(), moves, relief)
    book = _told_by_file(lambda: plan.ledger(files), moves, relief)
    day = _day(as_of, files, book.calendar)
    sold = credited(
        files.sold,
        plan.inputs.territory_of_entity,
        book.moves,
        len(territory_id),
        len(components),
        book.calendar,
        day,
    )
    error, course = error_of_pace(plan.inputs.history, plan.past, book.calendar, day)
    foreseen = expected(book, plan.carried, day, model.outlook)
    rows = standings(
        book,
        sold,
        day,
        foreseen,
        error,
        territory_id,
        components,
        names=plan.rep_names(),
        hierarchy=plan.inputs.hierarchy,
        node_of_territory=plan.inputs.node_of_territory,
        target_cents=model.target_cents,
    )
    year = forecast(sold.cents.sum(1), foreseen, error)
    rows += credit_standings(lines, book, sold, day, year, components, plan.names_of_seats())
    changed, prints = bool(book.moves or book.grants), {**plan.run["input"]["files"], **files.fingerprints}
    proof = None
    if changed:
        proof = certificate(
            book, plan.carried, territory_id, components, plan.entity_id, model.currency, prints
        )
    return InYear(
        out,
        model.currency,
        day,
        book.calendar.last,
        rows,
        dict(zip(territory_id, plan.inputs.seat_id, strict=True)),
        (*plan.notes, course, *_left_out(sold, model.currency)),
        files.problems,
        tuple(as_of_rows(book, territory_id, components)) if changed else None,
        proof,
    )


@dataclass(frozen=True, eq=False)
class _Plan:
    """Quotas of an output folder by day, and what they were made from, in the order of its territories.

    Parameters
    ----------
    model, run
        What the quotas rest on, and the run record.
    inputs, assembled
        What they were set from.
    entity_id
        Ids of the accounts (basic units where there are none).
    components
        Names of the components.
    past
        Sales of full past years, shape ``(n_territories, n_years, 12)``.
    carried
        Quotas by day, and what accounts carry of them.
    notes
        What people should know.
    """

    model: QuotaModel
    run: dict[str, Any]
    inputs: QuotaInputs
    assembled: Assembled
    entity_id: tuple[str, ...]
    components: tuple[str, ...]
    past: FloatArray
    carried: Carried
    notes: tuple[str, ...]

    @classmethod
    def open(cls, out: Path, folder: Path | None) -> _Plan:
        """Open an output folder.

        Raises
        ------
        InvalidInput
            Where it has no quotas, its inputs are gone, or they have other territories now.
        """
        model, found = read_quota_model(out), reopen(out, folder)
        assembled, accounts = found.assembled, found.assembled.accounts
        inputs = quota_inputs(
            assembled, found.territory, scorecard(assembled.problem, found.territory, accounts)
        )
        if inputs.territory_id != model.territory_id:
            why = "The inputs have other territories now than the quotas were set for."
            what = "Name the plan folder as it was with --inputs, or solve again."
            raise InvalidInput([Problem(why, what, value=str(out), code="inputs_changed")])
        components, periods, cents = _quotas(out, inputs.territory_id)
        calendar = calendar_of(periods, model.year)
        owner, n = inputs.territory_of_entity, inputs.n_territories
        past = past_years(inputs.history, owner, n, calendar)
        months = [slot.month for slot in calendar.slots]
        present = presence_of(assembled.scenario.quota, inputs, months, model.year).productive
        ids = assembled.problem.units.unit_id if accounts is None else accounts.account_id
        carried = Carried(
            PlanDays(calendar, cents, month_weights(past, calendar, present)),
            owner,
            carried_weight(inputs.history, len(ids), components, calendar.first),
        )
        notes = [f"Since the plan was made, {change}." for change in found.changed]
        if not _certified(out, inputs.territory_id, components, periods, cents):
            notes.append(
                "quotas.csv is not what tie_out.json certifies: `planner audit` tells what was changed."
            )
        if model.outlook is None:
            notes.append(
                "The history does not tell how certain sales are: the run rate alone says how the year may end."
            )
        entity_id = tuple(map(str, ids))
        return cls(model, found.run, inputs, assembled, entity_id, components, past, carried, tuple(notes))

    def names(self) -> Names:
        """Return what files of the year may speak of."""
        inputs = self.inputs
        return Names(
            {name: j for j, name in enumerate(self.entity_id)},
            {name: j for j, name in enumerate(inputs.territory_id)},
            {name: j for j, name in enumerate(inputs.seat_id) if name},
            self.components,
            self.model.currency,
            inputs.territory_of_entity,
        )

    def names_of_seats(self) -> dict[str, str]:
        """Return who is on each seat, by its id."""
        seats = self.assembled.folder.seats
        return {} if seats is None else dict(zip(seats["seat_id"], seats["rep_name"], strict=True))

    def rep_names(self) -> tuple[str, ...]:
        """Return who is on the seat of each territory, empty text where unknown."""
        known = self.names_of_seats()
        return tuple(str(known.get(seat, "")) if seat else "" for seat in self.inputs.seat_id)

    def ledger(self, files: InYearFiles) -> Ledger:
        """Return the quotas by day after what the files say."""
        inputs = self.inputs
        return ledger(
            self.carried,
            inputs.territory_id,
            files.moves,
            files.grants,
            inputs.hierarchy,
            inputs.node_of_territory,
            self.model.currency,
        )


def _quotas(out: Path, territory_id: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], Cents]:
    """Return components, periods and the quotas of ``quotas.csv``, shape ``(n_territories, n_components, n_periods)``.

    Every row has one of the territories: `read_quota_model` has held them together.
    """
    rows = read_quota_rows(out)
    columns = (rows.territory_id, rows.component, rows.period)
    names = tuple(territory_id), tuple(dict.fromkeys(rows.component)), rows.periods
    at = (
        [position[name] for name in column]
        for column, position in zip(columns, map(_positions, names), strict=True)
    )
    cents = np.zeros(tuple(map(len, names)), np.int64)
    np.add.at(cents, tuple(at), rows.cents)
    return rows.components, rows.periods, cents


def _positions(names: Sequence[str]) -> dict[str, int]:
    return {name: j for j, name in enumerate(names)}


def _certified(
    out: Path, territory_id: Sequence[str], components: Sequence[str], periods: Sequence[str], cents: Cents
) -> bool:
    """Return whether quotas are those that the certificate of the plan speaks of."""
    try:
        stated = json.loads((out / "tie_out.json").read_text("utf-8"))["quotas_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    names = [""] if tuple(components) == SINGLE else list(components)
    rows = (
        (territory_id[t], names[c], periods[p], int(cents[t, c, p])) for t, c, p in np.ndindex(cents.shape)
    )
    return bool(quotas_digest(rows) == stated)


def _day(asked: date | None, files: InYearFiles, calendar: Calendar) -> date:
    """Return the last day that sales are known for.

    Raises
    ------
    InvalidInput
        Where that is before the quotas begin.
    """
    day = latest_day(files.sold, calendar) if asked is None else min(asked, calendar.last)
    early = int(files.sold.last.max(initial=0)) < calendar.first.toordinal() if asked is None else False
    if day < calendar.first or early:
        known = day if not early else date.fromordinal(max(1, int(files.sold.last.max(initial=1))))
        why = f"The quotas are for {calendar.first} to {calendar.last}; sales are known up to {known}."
        what = "Name sales of the year that quotas are for, or another day with --as-of."
        raise InvalidInput([Problem(why, what, value=str(known), code="day_outside")])
    return day


def _told_by_file(make: Callable[[], Ledger], moves: Path | None, relief: Path | None) -> Ledger:
    """Return a ledger; what is wrong is told with the names of the files."""
    names = {"moves": moves, "relief": relief}
    try:
        return make()
    except InvalidInput as fault:
        raise InvalidInput(
            replace(problem, file=path.name) if (path := names.get(problem.file or "")) else problem
            for problem in fault.problems
        ) from None


def _left_out(sold: Credited, currency: str) -> list[str]:
    out = []
    if sold.nobody_cents:
        amount = money(sold.nobody_cents, currency)
        out.append(f"Sales of {amount} {currency} of accounts that no territory holds are left out.")
    if sold.left_out:
        amount = money(sold.left_out_cents, currency)
        out.append(
            f"{sold.left_out} row(s) of the actuals, {amount} {currency} in all, begin before the quotas or after the "
            "day and are left out."
        )
    return out
