"""Tasks one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from api.executing.tasks import (
    Outcome,
    Running,
    Task,
    TaskObserver,
    checked,
    never,
    perform,
    unobserved,
    withdrawn,
)
from planner.stop import Cancelled


class InThisProcess(Running):
    """Runs tasks here, in the thread that asks for outcomes. What ends this process ends them all."""

    def __enter__(self) -> InThisProcess:
        return self

    @property
    def width(self) -> int:
        """One."""
        return 1

    def run(
        self,
        tasks: Sequence[Task],
        *,
        cancelled: Callable[[], bool] = never,
        observer: TaskObserver = unobserved,
    ) -> Iterator[Outcome]:
        """Yield the outcome of each task in order; see `api.executing.tasks.Executor`."""
        return self._outcomes(checked(tasks), cancelled, observer)

    def _outcomes(
        self, tasks: Sequence[Task], cancelled: Callable[[], bool], observer: TaskObserver
    ) -> Iterator[Outcome]:
        for task in tasks:
            if cancelled():
                yield withdrawn(task)
                continue
            shared = [content.data for content in task.shared]
            yield perform(
                task,
                shared,
                Cancelled(cancelled),
                lambda sign, key=task.key: observer(key, sign),  # type: ignore[misc]
            )
