"""The last step of solving: territories matched to seats, so that as few customers as possible change rep."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from data.assemble.workload import seat_capacity, workload_measure
from data.assembled import Assembled
from planner.alignment import Alignment
from planner.arrays import FloatArray, IntArray
from planner.scorecard import scorecard
from planner.seating import SeatingFacts, seated
from planner.solving import SolveResult, Status


def with_best_seats(assembled: Assembled, result: SolveResult) -> SolveResult:
    """Return `result` with its territories matched to seats in the best way that keeps every rule and the objective.

    The report tells how many more customers keep their rep; where nothing is gained the result comes back as it is.
    """
    if result.alignment is None:
        return result
    problem, facts = assembled.problem, seating_facts(assembled)
    found = seated(problem, result.alignment, facts)
    if found == result.alignment:
        return result
    kept = [_kept(facts, alignment) for alignment in (result.alignment, found)]
    note = (
        f"Territories were matched to seats anew at the end: {kept[1] - kept[0]:,.0f} more customers keep their rep "
        f"({kept[1]:,.0f} in all)."
    )
    card = scorecard(problem, found.territory)
    report = result.report.replace(objective=card.objective, notes=(*result.report.notes, note))
    if card.feasible and result.status in (Status.UNKNOWN, Status.INFEASIBLE):
        # Other seats were all that was missing for every rule to hold.
        return result.replace(alignment=found, status=Status.FEASIBLE, report=report.replace(reasons=()))
    return result.replace(alignment=found, report=report)


def seating_facts(assembled: Assembled) -> SeatingFacts:
    """Return what the matching goes by: each account counts as one customer (each basic unit where there are none)."""
    problem, accounts, relationships = assembled.problem, assembled.accounts, assembled.relationships
    if accounts is None:
        n, unit, current = problem.n_units, np.arange(problem.n_units, dtype=np.int32), problem.current
        hours = problem.activity
    else:
        n, unit, current = len(accounts), np.where(accounts.fixed >= 0, -1, accounts.unit), accounts.current
        hours = accounts.activity
    owner = current if relationships is None else relationships.owner
    known = np.flatnonzero(owner >= 0)
    if relationships is None:
        keeps = csr_array((np.ones(len(known)), (known, owner[known])), shape=(n, problem.n_territories))
    else:
        of_owner = csr_array(relationships.stays.astype(np.float64))
        pick = csr_array((np.ones(len(known)), (known, owner[known])), shape=(n, of_owner.shape[0]))
        keeps = csr_array(pick @ of_owner)
    names = tuple(measure.name for measure in problem.measures)
    workload = workload_measure(assembled.scenario, names)
    return SeatingFacts(
        size=np.ones(n),
        unit=unit.astype(np.int32),
        keeps=keeps,
        hours=None if workload is None else hours[:, names.index(workload)],
        capacity_hours=None if workload is None else _capacity(assembled),
    )


def _capacity(assembled: Assembled) -> FloatArray | None:
    seats, seat_id = assembled.folder.seats, assembled.problem.territories.seat_id
    if seats is None or "capacity_hours" not in seats:
        return None
    stated = seats.drop_duplicates("seat_id").set_index("seat_id")["capacity_hours"].reindex(seat_id)
    return seat_capacity(assembled.scenario, stated.to_numpy(dtype=float))


def _kept(facts: SeatingFacts, alignment: Alignment) -> float:
    """Return how many customers keep their rep."""
    decided = np.flatnonzero(facts.unit >= 0)
    if not len(decided):
        return 0.0
    territory: IntArray = alignment.territory[facts.unit[decided]]
    return float(np.asarray(facts.keeps[decided, territory]).sum())
