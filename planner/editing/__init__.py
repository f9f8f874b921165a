"""Edits of a plan as events: what changes, in which order, undone and redone without limit; states and differences.

A plan's state is its base and a log of events on top, folded in order. Nothing in here knows files or databases:
subjects have ids and values, and an event says of each subject what it was and what it is.
"""

from planner.editing.changes import Change, Subject, Value, inverse
from planner.editing.edits import ClearQuota, Edit, Lock, Move, Place, SetQuota, Unlock, edits_of
from planner.editing.events import Event
from planner.editing.history import BrokenLog, CannotUndo, History, fold
from planner.editing.state import State

__all__ = [
    "BrokenLog",
    "CannotUndo",
    "Change",
    "ClearQuota",
    "Edit",
    "Event",
    "History",
    "Lock",
    "Move",
    "Place",
    "SetQuota",
    "State",
    "Subject",
    "Unlock",
    "Value",
    "edits_of",
    "fold",
    "inverse",
]
