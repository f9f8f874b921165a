"""From a plan folder to a problem: the one place where frames become arrays."""

from data.assemble.assembling import assemble

__all__ = ["assemble"]
