"""Scenario files: where they stand, read and written whole."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from planner.errors import InvalidInput, Problem
from planner.scenarios import NamedChanges, from_toml, to_toml

FOLDER = "scenarios"
"""Folder beside the files of a plan that scenarios are looked for in by name."""
ENDING = ".toml"


def scenario_path(stated: Path, plan_folder: Path | None = None) -> Path:
    """Return where a scenario stands: the path as stated, or the file of that name in the plan folder.

    Raises
    ------
    InvalidInput
        Where there is none, with those there are.
    """
    if stated.is_file():
        return stated
    there: list[str] = []
    if plan_folder is not None:
        place = plan_folder / FOLDER
        if len(stated.parts) == 1:
            for name in (stated.name, f"{stated.name}{ENDING}"):
                if (place / name).is_file():
                    return place / name
        there = scenarios_of(plan_folder)
    listed = f" There are {', '.join(there)}." if there else ""
    why = f"There is no scenario {str(stated)!r}.{listed}"
    what = "Name a file, or one of the folder scenarios; `planner scenario new` writes one."
    raise InvalidInput([Problem(why, what, value=str(stated), code="no_scenario")])


def scenarios_of(plan_folder: Path) -> list[str]:
    """Return the names of the scenario files of a plan folder."""
    place = plan_folder / FOLDER
    return sorted(path.stem for path in place.glob(f"*{ENDING}") if path.is_file()) if place.is_dir() else []


def read_scenario_file(stated: Path, plan_folder: Path | None = None) -> NamedChanges:
    """Return the scenario of a file; one without a name goes by that of its file.

    Raises
    ------
    InvalidInput
        Where there is none, or with everything that is wrong with it.
    """
    path = scenario_path(stated, plan_folder)
    return from_toml(path.read_bytes(), path.name, path.stem)


def write_scenario_file(path: Path, scenario: NamedChanges, *, overwrite: bool = False) -> None:
    """Write a scenario; the file is whole or not there.

    Raises
    ------
    InvalidInput
        Where there is a file already that is not to be replaced.
    """
    if path.exists() and not overwrite:
        problem = Problem("There is a file already.", "Name another.", value=str(path), code="exists")
        raise InvalidInput([problem])
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    fresh.write_text(to_toml(scenario), "utf-8")
    fresh.replace(path)


def file_name(scenario_name: str) -> str:
    """Return a name for the file of a scenario."""
    slug = re.sub(r"[^a-z0-9]+", "-", scenario_name.lower()).strip("-")[:60]
    return f"{slug or 'scenario'}{ENDING}"
