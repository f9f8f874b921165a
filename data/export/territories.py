"""One row per territory: who holds it, what it holds, how compact it is, what it gained and lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.export.assignments import Owners
from data.export.quotas import node_ids
from data.export.stakes import territory_stakes
from data.export.text import money
from planner.alignment import NOBODY
from planner.measures.disruption import gained_and_lost

FREE_TEXT = ("rep_name", "region")


def territory_rows(owners: Owners) -> pd.DataFrame:
    """Return one row per territory, empty ones too, in the order of the problem.

    A column of every measure bears the measure's own name; where that is also the name of another column, the
    other one is called ``territory_<name>``.
    """
    assembled, after = owners.assembled, owners.plan.after
    territories = assembled.problem.territories
    columns: dict[str, object] = {"territory_id": territories.territory_id, "seat_id": territories.seat_id}
    people = _people(owners)
    nodes = None if owners.plan.quotas is None else node_ids(owners.plan.quotas)
    if nodes is not None:
        people["node_id"] = nodes
    for name, values in people.items():
        columns[f"territory_{name}" if name in after.measures else name] = values
    for m, name in enumerate(after.measures):
        columns[name] = after.loads[:, m]
        columns[f"{name}_deviation"] = after.deviation[:, m]
    for m, name in enumerate(after.measures):
        columns[f"{name}_gained"], columns[f"{name}_lost"] = after.gained[:, m], after.lost[:, m]
    entity = "units" if assembled.accounts is None else "accounts"
    fixed = {
        f"{entity}_gained": _changes(owners)[0],
        f"{entity}_lost": _changes(owners)[1],
        "inertia": after.inertia,
        "polsby_popper": after.polsby_popper,
        "mean_distance_km": after.mean_distance_m / 1000,
        "reach_km": after.reach_m / 1000,
        "pieces": after.pieces,
        **_centres(owners),
        **territory_stakes(owners.assembled, owners.stakes),
    }
    if owners.plan.quotas is not None:
        cents = owners.plan.quotas.amount_cents.sum(axis=(1, 2))
        fixed["quota_total"] = np.array(
            [money(amount, owners.plan.quotas.currency) for amount in cents], dtype=object
        )
    for name, values in fixed.items():
        counted = name in (f"{entity}_gained", f"{entity}_lost") and entity in after.measures
        if not counted:
            columns[f"territory_{name}" if name in columns else name] = values
    return pd.DataFrame(columns)


def _people(owners: Owners) -> dict[str, object]:
    """Return who sits on the seat of each territory and in which region; empty text where unknown."""
    seats, seat_id = owners.assembled.folder.seats, owners.assembled.problem.territories.seat_id
    if seats is None:
        return {"rep_name": "", "region": ""}
    by_seat = seats.drop_duplicates("seat_id").set_index("seat_id")
    found = {name: by_seat[name] if name in by_seat else pd.Series(dtype=object) for name in FREE_TEXT}
    return {name: column.reindex(seat_id, fill_value="").to_numpy() for name, column in found.items()}


def _changes(owners: Owners) -> tuple[np.ndarray, np.ndarray]:
    """Return how many accounts (units where there are none) each territory gains and loses."""
    one = np.ones((len(owners.entity_territory), 1))
    k = owners.assembled.problem.n_territories
    gained, lost = gained_and_lost(one, owners.entity_current, owners.entity_territory, k)
    if not (owners.entity_current != NOBODY).any():
        return np.zeros(k, int), np.zeros(k, int)
    return gained[:, 0].astype(int), lost[:, 0].astype(int)


def _centres(owners: Owners) -> dict[str, np.ndarray]:
    """Return the activity-weighted centre of each territory in degrees, rounded to a decimetre."""
    centre_m = owners.plan.after.centre_m
    degrees = np.full(centre_m.shape, np.nan)
    known = np.isfinite(centre_m).all(axis=1)
    if known.any():
        degrees[known] = owners.assembled.projection.to_degrees(centre_m[known])
    return {"centre_latitude": degrees[:, 1].round(6), "centre_longitude": degrees[:, 0].round(6)}
