"""Every room of the store, so that whoever needs all tables finds them stated."""

from data.store import data_sets, plans, requests, trail

__all__ = ["data_sets", "plans", "requests", "trail"]
