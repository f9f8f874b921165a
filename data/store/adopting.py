"""Plans that were made elsewhere, such as on the command line."""

from __future__ import annotations

from pathlib import Path

from data.store import data_sets, plans, trail, versions
from data.store.database import StoreError
from data.store.opening import Store
from data.store.plans import PlanRow


def adopt_output(store: Store, name: str, data_set_id: str, output: Path, who: str) -> PlanRow:
    """Take in the output folder of a plan as a plan with one version.

    Parameters
    ----------
    store, name
        Where to, and the name of the plan.
    data_set_id
        The data set that the plan was made from.
    output
        Its output folder; a copy is taken.
    who
        Id of the person.

    Raises
    ------
    StoreError
        Where there is no such data set.
    """
    digest = store.objects.put_tree(output)
    with store.database.writing() as transaction:
        of = data_sets.data_set(transaction, data_set_id, lock=True)
        if of is None:
            raise StoreError(f"There is no data set {data_set_id!r}.")
        plan = plans.add_plan(transaction, name, of, who)
        versions.add(transaction, plan.id, name, who, output_digest=digest)
        trail.append(
            transaction,
            who=who,
            what="plan.adopt",
            kind="plan",
            subject=plan.id,
            plan=plan.id,
            new={"name": name, "data_set": of.id, "output_digest": digest},
        )
    return plan
