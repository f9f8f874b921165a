"""Finished plans as the service shows them: read from the files a plan wrote, never computed again."""
