"""Exact parts: CP-SAT over some units and territories, or over all of a small problem."""
