"""Reads a plan folder: tolerant of how people export, strict about what it means.

Nothing is dropped or mended silently: what stops a plan is an error; what was repaired, guessed or left out is a
warning; each comes with file, row, column, value, the reason and what to do. All are told at once. `data.schema` lists
tables and columns, `data.read.scenario_file` the layout of plan.toml, `data.read.measures` which columns become
measures.
"""

from data.read.folder import read_folder

__all__ = ["read_folder"]
