"""Expected sales from accounts: thin history is pulled to that of like accounts, and all parameters are fitted."""

from planner.quota.methods.shrinkage.model import fit, lacks_year, shrunk

__all__ = ["fit", "lacks_year", "shrunk"]
