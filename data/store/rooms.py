"""Every room of the store, so that whoever needs all tables finds them stated."""

from data.store import (
    access,
    approvals,
    challenges,
    comments,
    data_sets,
    jobs,
    people,
    plans,
    publications,
    requests,
    trail,
)

__all__ = [
    "access",
    "approvals",
    "challenges",
    "comments",
    "data_sets",
    "jobs",
    "people",
    "plans",
    "publications",
    "requests",
    "trail",
]
