"""The plan as a map in one page that opens with no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.export.assignments import Owners
from data.export.shapes import Drawn
from geo.maps import Column, PointLayer, PolygonLayer, Texts, offline_map
from planner.quota.currency import minor_digits, money
from planner.scorecard import Scorecard

TEXTS = Texts(
    groups="Territories",
    points="Accounts",
    areas="Areas",
    name="Territory",
    search="Search territories and accounts",
    nothing_found="No such territory or account",
    changed_only="Only what changes owner",
    no_group="nobody",
)


def write_map(path: Path, owners: Owners, drawn: Drawn, rows: pd.DataFrame) -> None:
    """Write the map: territories before and after, accounts as points, areas underneath, figures in a list.

    Parameters
    ----------
    rows
        The territory table.
    """
    plan, assembled = owners.plan, owners.assembled
    labels = rows["territory_id"].tolist()
    layers = [PolygonLayer("After", drawn.shapes_deg, labels, drawn.colours, _rows(owners, plan.after, rows))]
    if drawn.before_deg is not None and plan.before is not None:
        before = _rows(owners, plan.before, rows)
        layers.append(PolygonLayer("Before", drawn.before_deg, labels, drawn.colours, before))
    areas = assembled.folder.units
    has_areas = areas is not None and areas.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).any()
    page = offline_map(
        title=assembled.scenario.name,
        subtitle=f"{len(labels)} territories, {_entities(owners)}",
        layers=layers,
        columns=_columns(owners),
        points=_points(owners, len(layers)),
        areas=areas.geometry if has_areas else None,
        facts=_facts(owners),
        texts=TEXTS,
    )
    path.write_text(page, "utf-8")


def _columns(owners: Owners) -> list[Column]:
    """Return what is shown of each territory; the first measures have a place in the list beside the map."""
    columns = [Column("Seat"), Column("Rep")]
    shown = _balanced(owners)[:2]
    for m, name in enumerate(owners.plan.after.measures):
        columns.append(Column(name, digits=0, listed=m in shown[:1]))
        columns.append(
            Column(f"{name} against ideal", digits=1, percent=True, signed=True, listed=m in shown)
        )
    columns += [Column("Mean distance", digits=1, suffix=" km"), Column("Reach", digits=1, suffix=" km")]
    if owners.plan.quotas is not None:
        columns.append(Column("Quota", digits=2, suffix=f" {owners.plan.quotas.currency}"))
    return columns


def _rows(owners: Owners, card: Scorecard, rows: pd.DataFrame) -> list[list[str | float | None]]:
    rep = rows["rep_name"] if "rep_name" in rows else rows["territory_rep_name"]
    after = card is owners.plan.after
    out = []
    for j, (seat_id, rep_name) in enumerate(zip(rows["seat_id"], rep, strict=True)):
        row: list[str | float | None] = [seat_id, rep_name]
        for m in range(len(card.measures)):
            row += [card.loads[j, m], card.deviation[j, m]]
        row += [card.mean_distance_m[j] / 1000, card.reach_m[j] / 1000]
        if owners.plan.quotas is not None:
            # Today's quotas are not known to the plan.
            unit = 10 ** minor_digits(owners.plan.quotas.currency)
            row.append(int(owners.plan.quotas.amount_cents[j].sum()) / unit if after else None)
        out.append(row)
    return out


def _points(owners: Owners, n_layers: int) -> PointLayer | None:
    """Return the accounts, or the basic units where they are points, with their territories after and before."""
    assembled, accounts = owners.assembled, owners.assembled.accounts
    if accounts is None and assembled.shapes is not None:
        return None
    if accounts is None:
        degrees, names = (
            assembled.projection.to_degrees(assembled.problem.units.xy_m),
            assembled.problem.units.unit_id,
        )
    else:
        degrees, names = assembled.account_place_deg, _account_names(owners)
    labels = [owners.entity_territory, np.maximum(owners.entity_current, -1)][:n_layers]
    return PointLayer(degrees[:, 0], degrees[:, 1], labels, names)


def _account_names(owners: Owners) -> list[str]:
    """Return name and id of each account, the id alone where it has no name of its own."""
    account_id, frame = owners.assembled.accounts.account_id, owners.assembled.folder.accounts
    name = frame["name"] if frame is not None and "name" in frame else account_id
    return [
        f"{text} ({own})" if text and text != own else own for text, own in zip(name, account_id, strict=True)
    ]


def _facts(owners: Owners) -> list[tuple[str, str]]:
    plan = owners.plan
    facts = [("Status", str(plan.result.status))]
    for m in _balanced(owners):
        name = plan.after.measures[m]
        worst = f"{plan.after.worst_deviation[m]:.1%}"
        if plan.before is not None:
            worst = f"{plan.before.worst_deviation[m]:.1%} → {worst}"
        facts.append((f"Worst deviation, {name}", worst))
    if plan.before is not None:
        facts += [
            (f"{plan.after.measures[m]} that changes hands", f"{plan.after.moved_share[m]:.1%}")
            for m in _balanced(owners)[:1]
        ]
    unplaced = int((owners.entity_territory < 0).sum())
    if unplaced:
        facts.append(("Not placed", f"{unplaced:,} accounts"))
    if plan.quotas is not None:
        street = int(plan.quotas.street_cents.sum())
        facts.append(("Street quota", money(street, plan.quotas.currency)))
    return facts


def _balanced(owners: Owners) -> list[int]:
    """Return the positions of the measures with limits; of the first one where none has any."""
    limited: list[int] = owners.assembled.problem.limited.tolist()
    return limited or list(range(len(owners.plan.after.measures)))[:1]


def _entities(owners: Owners) -> str:
    return f"{len(owners.entity_territory):,} {'units' if owners.assembled.accounts is None else 'accounts'}"
