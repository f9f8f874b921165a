"""Every room of the store, so that whoever needs all tables finds them stated."""

from data.store import trail

__all__ = ["trail"]
