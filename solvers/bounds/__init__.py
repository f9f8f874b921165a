"""Lower bounds that no plan can beat, whatever its borders."""

from solvers.bounds.cheap import fixed_centre_bound, least_mass, nearest_mass_bound

__all__ = ["fixed_centre_bound", "least_mass", "nearest_mass_bound"]
