"""Editing plans: desks that keep working states in memory, versions, and what edits do."""
