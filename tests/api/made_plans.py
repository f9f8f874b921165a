"""Finished plans in a store, for tests of what comes after: put there as the job that makes a plan would."""

from __future__ import annotations

from pathlib import Path

from data.store import data_sets, plans, versions
from data.store.opening import Store


def put_plan(store: Store, folder: Path, out: Path) -> str:
    """Put a plan folder and the output of a plan that was made of it into a store; return the id of the plan."""
    data, output = store.objects.put_tree(folder), store.objects.put_tree(out)
    with store.database.writing() as tx:
        of = data_sets.add_data_set(tx, "Data", "upload", data, "ann")
        added = plans.add_plan(tx, "Spring", of, "ann")
        versions.add(tx, added.id, "As made", "ann", output_digest=output)
    return added.id
