"""Which executor is meant by settings or options."""

from __future__ import annotations

from api.executing.in_process import InThisProcess
from api.executing.processes import ProcessPool
from api.executing.tasks import Executor
from planner.errors import PlannerError

MOST_WORKERS = 1024


def executor_from(workers: int | None, cluster: str | None) -> Executor:
    """Return where to run tasks.

    Parameters
    ----------
    workers
        Processes of this machine; None or 1 for this process alone.
    cluster
        Address of a Dask scheduler; None or empty for none.

    Raises
    ------
    PlannerError
        Where both are stated, the number makes no sense, or nobody answers at the address.
    """
    if cluster:
        if workers is not None:
            raise PlannerError("State either workers or a cluster: a cluster has workers of its own.")
        # Imported here: it is an extra, and takes a second to load.
        from api.executing.cluster import DaskCluster

        return DaskCluster(cluster)
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise PlannerError(f"{workers} workers make no sense; state 1 to {MOST_WORKERS}.")
    return InThisProcess() if workers in (None, 1) else ProcessPool(int(workers or 1))
