"""Lower bounds that no plan can beat, whatever its borders."""

from solvers.bounds.cheap import centre_of, fixed_centre_bound, least_mass, nearest_mass_bound

__all__ = ["centre_of", "fixed_centre_bound", "least_mass", "nearest_mass_bound"]
