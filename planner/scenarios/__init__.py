"""Scenarios: named changes on a base, put together, checked, written down and read back.

A change is a frozen dataclass; `registry` lists every kind. `changes_from_json`, `to_json`, `from_toml` and `to_toml`
are the ways in and out, `check` says what is wrong, `describe` says it in words, `apply` makes of a base what is asked.
"""

from planner.scenarios.applying import apply, describe
from planner.scenarios.change import Asked, Change
from planner.scenarios.checking import Known, check
from planner.scenarios.codec import NamedChanges, canonical, changes_from_json, named_from_json, to_json
from planner.scenarios.grid import Axis, axis_of, cases_of
from planner.scenarios.registry import KINDS
from planner.scenarios.toml import from_toml, to_toml

__all__ = [
    "KINDS",
    "Asked",
    "Axis",
    "Change",
    "Known",
    "NamedChanges",
    "apply",
    "axis_of",
    "canonical",
    "cases_of",
    "changes_from_json",
    "check",
    "describe",
    "from_toml",
    "named_from_json",
    "to_json",
    "to_toml",
]
