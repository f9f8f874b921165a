"""Finished plans in a store, for tests of what comes after: put there as the job that makes a plan would."""

from __future__ import annotations

from pathlib import Path

from data.assembled import Assembled
from data.export import write_plan
from data.store import data_sets, plans, versions
from data.store.opening import Store
from planner.plan import Plan


def put_plan(store: Store, folder: Path, assembled: Assembled, plan: Plan, scratch: Path) -> str:
    """Put a plan folder and a plan that was made of it into a store, and return the id of the plan."""
    write_plan(scratch, assembled, plan)
    data, output = store.objects.put_tree(folder), store.objects.put_tree(scratch)
    with store.database.writing() as tx:
        of = data_sets.add_data_set(tx, "Data", "upload", data, "ann")
        added = plans.add_plan(tx, "Spring", of, "ann")
        versions.add(tx, added.id, "As made", "ann", output_digest=output)
    return added.id
