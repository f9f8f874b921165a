"""A progress bar for a running solver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from api.cli.screen import messages, percent

if TYPE_CHECKING:
    from planner.solving import Observer, Progress


def describe(progress: Progress) -> str:
    """Return the numbers of one sign of life in words: best objective, gap, breach of the bands."""
    parts = []
    if progress.objective is not None:
        parts.append(f"best {progress.objective:.4g}")
        if progress.bound is not None and progress.objective > 0:
            parts.append(f"gap {percent(max(0.0, 1 - progress.bound / progress.objective))}")
    if progress.violation:
        parts.append(f"bands broken by {percent(progress.violation)}")
    elif progress.violation is not None:
        parts.append("all bands hold")
    return ", ".join(parts)


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Observer]:
    """Give an observer that shows a bar on standard error; a silent one where nobody would see it."""
    from planner.solving import SILENT

    console = messages()
    if quiet or not console.is_terminal:
        yield SILENT
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[numbers]}", markup=False),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None, numbers="")

        def show(progress: Progress) -> None:
            total = None if progress.fraction is None else 1.0
            bar.update(
                task,
                description=progress.phase,
                completed=progress.fraction or 0.0,
                total=total,
                numbers=describe(progress),
            )

        yield show
