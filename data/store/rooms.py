"""Every room of the store, so that whoever needs all tables finds them stated."""

from data.store import (
    access,
    approvals,
    challenges,
    comments,
    data_sets,
    edits,
    jobs,
    mappings,
    people,
    plans,
    publications,
    requests,
    scenarios,
    trail,
    versions,
)

__all__ = [
    "access",
    "approvals",
    "challenges",
    "comments",
    "data_sets",
    "edits",
    "jobs",
    "mappings",
    "people",
    "plans",
    "publications",
    "requests",
    "scenarios",
    "trail",
    "versions",
]
