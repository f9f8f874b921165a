"""Where work runs: here, in processes of this machine, or on a cluster; the same tasks, the same outcomes."""

from api.executing.choosing import executor_from
from api.executing.in_process import InThisProcess
from api.executing.processes import ProcessPool
from api.executing.tasks import Content, Ending, Executor, Failure, Outcome, Task

__all__ = [
    "Content",
    "Ending",
    "Executor",
    "Failure",
    "InThisProcess",
    "Outcome",
    "ProcessPool",
    "Task",
    "executor_from",
]
