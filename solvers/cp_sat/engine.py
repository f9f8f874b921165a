"""CP-SAT set up the way every search here needs it."""

from __future__ import annotations

from ortools.sat.python import cp_model


def new_solver(seed: int) -> cp_model.CpSolver:
    """Return a solver that gives the same answer to the same model, seed and deterministic time."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # Bands are knapsacks that branching alone sees through late: all of them go into the linear relaxation.
    solver.parameters.linearization_level = 2
    # Comparing inequalities in presolve calls some feasible models infeasible (seen with OR-Tools 9.15).
    solver.parameters.presolve_inclusion_work_limit = 0
    solver.parameters.random_seed = seed % (2**31 - 1)
    return solver
