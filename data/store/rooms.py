"""Every room of the store, so that whoever needs all tables finds them stated."""

from data.store import access, data_sets, people, plans, requests, trail

__all__ = ["access", "data_sets", "people", "plans", "requests", "trail"]
